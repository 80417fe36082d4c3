//! `ohlora models`: what there is, fetched, verified, removed.

mod args;
mod list;
mod progress;
mod pull;
mod quantize;
#[cfg(test)]
mod tests;

use std::io::{BufRead, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use indicatif::DecimalBytes;

pub use args::{Command, ModelsArgs};

use crate::content::text::clean;
use crate::hub::{HubError, Library};
use crate::messages::Messages;
use progress::Bar;
pub use quantize::Kind;

/// What the command reads from and writes to.
pub struct Terminal<'a> {
    /// Whether somebody is there to be asked.
    pub interactive: bool,
    /// Where an answer comes from.
    pub input: &'a mut dyn BufRead,
    /// Where everything but the progress is printed.
    pub output: &'a mut dyn Write,
}

/// From when it is called, Ctrl+C raises the flag instead of ending the program. It is called only
/// when long work begins: a question should be left at once.
pub type Catch<'a> = &'a dyn Fn() -> Arc<AtomicBool>;

/// Runs the command. A reader that closes the pipe early is no failure.
///
/// # Errors
/// See [`HubError`].
pub fn run(
    args: &ModelsArgs,
    library: &Library,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
    catch: Catch<'_>,
) -> Result<(), HubError> {
    let done = perform(&args.command, library, messages, terminal, catch);
    match done.and_then(|()| Ok(terminal.output.flush()?)) {
        Err(HubError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn perform(
    command: &Command,
    library: &Library,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
    catch: Catch<'_>,
) -> Result<(), HubError> {
    match command {
        Command::List { json } => {
            let rows = list::rows(library)?;
            let text = match json {
                true => list::json(&rows).map_err(std::io::Error::from)?,
                false => list::table(&rows, messages),
            };
            terminal.output.write_all(text.as_bytes())?;
            Ok(())
        }
        Command::Pull {
            name,
            revision,
            yes,
        } => {
            let wish = pull::Wish {
                name,
                revision: revision.as_deref(),
                yes: *yes,
            };
            pull::run(&wish, library, messages, terminal, catch)
        }
        Command::Verify { name } => verify(name.as_deref(), library, messages, terminal, catch),
        Command::Quantize { name, kind } => {
            let installed = library.installed(name)?;
            quantize::run(&installed, *kind, library, messages, terminal)
        }
        Command::Rm { name, yes } => remove(name, *yes, library, messages, terminal),
    }
}

fn verify(
    name: Option<&str>,
    library: &Library,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
    catch: Catch<'_>,
) -> Result<(), HubError> {
    let mut bar = Bar::new();
    let verified = library.verify(name, &mut bar, &catch())?;
    drop(bar);
    let said = if verified.is_empty() {
        messages.get("hub.nothing_pulled").to_owned()
    } else {
        messages.fill("hub.verified", &[("names", &verified.join(", "))])
    };
    Ok(writeln!(terminal.output, "{said}")?)
}

fn remove(
    name: &str,
    yes: bool,
    library: &Library,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
) -> Result<(), HubError> {
    let size = DecimalBytes(library.removable(name)?);
    let question = messages.fill("hub.remove", &[("name", &name), ("size", &size)]);
    let said = if yes || confirm(&question, messages, terminal)? {
        library.remove(name)?;
        messages.fill("hub.removed", &[("name", &name), ("size", &size)])
    } else {
        messages.get("hub.kept").to_owned()
    };
    Ok(writeln!(terminal.output, "{said}")?)
}

/// Asks a question that is answered with yes or no, if there is somebody to ask.
fn confirm(
    question: &str,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
) -> Result<bool, HubError> {
    if !terminal.interactive {
        return Err(HubError::Unanswered);
    }
    let choice = messages.get("store.yes_no");
    write!(terminal.output, "{question} {choice} ")?;
    terminal.output.flush()?;
    let mut answer = String::new();
    if terminal.input.read_line(&mut answer)? == 0 {
        writeln!(terminal.output)?;
        return Err(HubError::Unanswered);
    }
    let answer = answer.trim().to_lowercase();
    Ok(["y", "yes", "ㅛ", "네", "예", "응"].contains(&answer.as_str()))
}

/// Foreign text on one line, without what could steer a terminal.
pub(super) fn printable(text: &str) -> String {
    let clean = clean(text);
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}
