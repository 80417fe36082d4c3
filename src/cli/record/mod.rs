//! `ohlora record`: the learner's interviews, to look at, take along and erase.

mod args;
mod list;
mod markdown;
mod show;
#[cfg(test)]
mod tests;
mod text;

use std::io::{self, BufRead, ErrorKind, Write};
use std::path::Path;

use jiff::tz::TimeZone;
use serde::Serialize;

pub use args::{Command, Format, RecordArgs};

use crate::fs::{WriteError, write_atomic};
use crate::messages::{Lang, Messages};
use crate::store::{InterviewId, Problem, Store, StoreError, Transcript};

/// What the command reads from, writes to, and tells the time by.
pub struct Terminal<'a> {
    /// Where an answer to a question comes from.
    pub input: &'a mut dyn BufRead,
    /// Where everything is printed.
    pub output: &'a mut dyn Write,
    /// In which times are shown.
    pub zone: TimeZone,
}

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is no interview of this number.
    NoSuch(InterviewId),
    /// Erasing was not confirmed, because nobody is there to ask.
    Unanswered,
    /// The record failed.
    Store(#[from] StoreError),
    /// The export can't be written.
    File(#[from] WriteError),
    /// The output can't be written.
    Output(#[from] io::Error),
}

/// Runs the command. A reader that closes the pipe early is no failure.
///
/// # Errors
/// See [`RecordError`].
pub fn run(
    args: &RecordArgs,
    store: &mut Store,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
) -> Result<(), RecordError> {
    let done = perform(&args.command, store, messages, terminal);
    match done.and_then(|()| Ok(terminal.output.flush()?)) {
        Err(RecordError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn perform(
    command: &Command,
    store: &mut Store,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
) -> Result<(), RecordError> {
    match command {
        Command::List => {
            let table = list::text(&store.interviews()?, messages, &terminal.zone);
            terminal.output.write_all(table.as_bytes())?;
        }
        Command::Show { id } => {
            let transcript = find(store, InterviewId(*id))?;
            let text = show::text(&transcript, messages, &terminal.zone);
            terminal.output.write_all(text.as_bytes())?;
        }
        Command::Export { id, format, out } => {
            let exported = export(
                store,
                id.map(InterviewId),
                *format,
                messages,
                &terminal.zone,
            )?;
            match out {
                Some(path) => save(path, &exported, messages, terminal)?,
                None => terminal.output.write_all(exported.as_bytes())?,
            }
        }
        Command::Erase { id, yes, .. } => {
            erase(store, id.map(InterviewId), *yes, messages, terminal)?;
        }
    }
    Ok(())
}

fn find(store: &Store, id: InterviewId) -> Result<Transcript, RecordError> {
    store.show(id)?.ok_or(RecordError::NoSuch(id))
}

/// The JSON export.
#[derive(Serialize)]
struct Export {
    format_version: u32,
    interviews: Vec<Transcript>,
}

fn export(
    store: &Store,
    id: Option<InterviewId>,
    format: Format,
    messages: &Messages,
    zone: &TimeZone,
) -> Result<String, RecordError> {
    let interviews = match id {
        Some(id) => vec![find(store, id)?],
        None => {
            let all = store.interviews()?;
            let found = all.iter().map(|interview| find(store, interview.id));
            found.collect::<Result<_, _>>()?
        }
    };
    Ok(match format {
        Format::Md => markdown::text(&interviews, messages, zone),
        Format::Json => {
            let export = Export {
                format_version: 1,
                interviews,
            };
            let json = serde_json::to_string_pretty(&export).map_err(io::Error::from)?;
            json + "\n"
        }
    })
}

fn save(
    path: &Path,
    exported: &str,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
) -> Result<(), RecordError> {
    write_atomic(path, exported.as_bytes())?;
    let said = messages.fill("store.exported", &[("path", &path.display())]);
    Ok(writeln!(terminal.output, "{said}")?)
}

/// Erases one interview or all of them, after asking.
fn erase(
    store: &mut Store,
    id: Option<InterviewId>,
    yes: bool,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
) -> Result<(), RecordError> {
    let interviews = store.interviews()?;
    let question = match id {
        Some(id) if interviews.iter().any(|interview| interview.id == id) => {
            messages.fill("store.erase_one", &[("id", &id)])
        }
        Some(id) => return Err(RecordError::NoSuch(id)),
        None => messages.fill("store.erase_all", &[("n", &interviews.len())]),
    };
    if !yes && !confirm(&question, messages, terminal)? {
        return Ok(writeln!(terminal.output, "{}", messages.get("store.kept"))?);
    }
    let said = match id {
        Some(id) => {
            store.erase(id)?;
            messages.fill("store.erased", &[("n", &1)])
        }
        None => erase_all(store, messages)?,
    };
    writeln!(terminal.output, "{said}")?;
    let damaged = if id.is_none() {
        store.damaged_files()
    } else {
        Vec::new()
    };
    for path in damaged {
        let said = messages.fill("store.damaged_left", &[("path", &path.display())]);
        writeln!(terminal.output, "{said}")?;
    }
    Ok(())
}

/// Erases everything said in the profile; says what it was, and what stays.
fn erase_all(store: &mut Store, messages: &Messages) -> Result<String, StoreError> {
    let erased = store.erase_all()?;
    let mut said = messages.fill("store.erased", &[("n", &erased.interviews)]);
    if erased.turns + erased.memories > 0 {
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("turns", &erased.turns), ("memories", &erased.memories)];
        said = format!(
            "{said}\n{}",
            messages.fill("store.erased_companion", &values)
        );
    }
    if erased.sanctions > 0 {
        let stays = messages.fill("store.sanctions_stay", &[("n", &erased.sanctions)]);
        said = format!("{said}\n{stays}");
    }
    Ok(said)
}

/// Asks, and takes yes in either language for an answer.
///
/// # Errors
/// [`RecordError::Unanswered`] where nobody is there to answer.
pub(super) fn confirm(
    question: &str,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
) -> Result<bool, RecordError> {
    write!(
        terminal.output,
        "{question} {} ",
        messages.get("store.yes_no")
    )?;
    terminal.output.flush()?;
    let mut answer = String::new();
    if terminal.input.read_line(&mut answer)? == 0 {
        writeln!(terminal.output)?;
        return Err(RecordError::Unanswered);
    }
    let answer = answer.trim().to_lowercase();
    Ok(["y", "yes", "ㅛ", "네", "예", "응"].contains(&answer.as_str()))
}

impl RecordError {
    /// 1 where the work failed, 2 where the command was wrong.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoSuch(_) | Self::Unanswered => 2,
            Self::Store(error) if matches!(error.problem, Problem::Gone(_)) => 2,
            Self::Store(_) | Self::File(_) | Self::Output(_) => 1,
        }
    }

    /// What happened and what to do.
    pub fn explain(&self, messages: &Messages) -> String {
        match self {
            Self::NoSuch(id) => messages.fill("store.no_such", &[("id", id)]),
            Self::Unanswered => messages.get("store.unanswered").to_owned(),
            Self::Store(error) => error.explain(messages),
            Self::File(error) => error.explain(messages),
            Self::Output(error) => messages.fill("store.no_output", &[("error", error)]),
        }
    }
}

impl std::fmt::Display for RecordError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.explain(&Messages::new(Lang::En)))
    }
}
