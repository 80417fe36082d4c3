//! `ohlora models pull`: look up, show the licences, ask, fetch.

use std::sync::atomic::AtomicBool;

use indicatif::DecimalBytes;
use jiff::Timestamp;

use super::progress::Bar;
use super::quantize::{self, Kind};
use super::{Catch, Terminal, confirm, printable};
use crate::hub::{HubError, Installed, Library, Part, Remote, Row};
use crate::messages::Messages;

/// What the user wants.
pub(super) struct Wish<'a> {
    pub(super) name: &'a str,
    pub(super) revision: Option<&'a str>,
    pub(super) yes: bool,
}

pub(super) fn run(
    wish: &Wish<'_>,
    library: &Library,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
    catch: Catch<'_>,
) -> Result<(), HubError> {
    let row = library.manifest.row(wish.name)?;
    if row.shipped {
        return Err(HubError::Shipped(row.name.clone()));
    }
    // Not to be found out after the hub was asked.
    if !wish.yes && !terminal.interactive {
        return Err(HubError::Unanswered);
    }
    let remote = Remote::from_env()?;
    let plan = remote.plan(row, wish.revision, &AtomicBool::new(false))?;
    let mut bar = Bar::new();
    let already = library.already(&plan, &mut bar, &AtomicBool::new(false))?;
    drop(bar);
    if let Some(installed) = already {
        let said = messages.fill(
            "hub.already",
            &[("name", &row.name), ("path", &installed.folder.display())],
        );
        writeln!(terminal.output, "{said}")?;
        return make_ready(&installed, library, messages, terminal);
    }
    for part in &plan.parts {
        write!(terminal.output, "{}", describe(part, row, messages))?;
    }
    let size = DecimalBytes(plan.bytes());
    let question = messages.fill("hub.pull", &[("name", &row.name), ("size", &size)]);
    if !wish.yes && !confirm(&question, messages, terminal)? {
        return Ok(writeln!(terminal.output, "{}", messages.get("hub.left"))?);
    }
    terminal.output.flush()?;
    let mut bar = Bar::new();
    let installed = library.fetch(&remote, &plan, Timestamp::now(), &mut bar, &catch())?;
    drop(bar);
    let said = messages.fill(
        "hub.pulled",
        &[
            ("name", &row.name),
            ("path", &installed.folder.display()),
            ("commit", &short(&installed.commit)),
        ],
    );
    writeln!(terminal.output, "{said}")?;
    make_ready(&installed, library, messages, terminal)
}

/// Rounds what this program runs. A model that can't be rounded is here all the same.
fn make_ready(
    installed: &Installed,
    library: &Library,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
) -> Result<(), HubError> {
    if !quantize::is_run(installed) || library.quantized(installed).is_some() {
        return Ok(());
    }
    match quantize::run(installed, Kind::default(), library, messages, terminal) {
        Err(error @ HubError::Quantize { .. }) => {
            let said = printable(&error.explain(messages));
            Ok(writeln!(terminal.output, "{said}")?)
        }
        done => done,
    }
}

/// A repository, its size and its licence, a line each.
fn describe(part: &Part, row: &Row, messages: &Messages) -> String {
    let mut text = messages.fill(
        "hub.part",
        &[
            ("repository", &printable(&part.repository)),
            ("revision", &printable(&part.revision)),
            ("commit", &short(&part.commit)),
            ("files", &part.files()),
            ("size", &DecimalBytes(part.bytes())),
        ],
    );
    let name = match &part.licence.name {
        Some(name) => licence(&printable(name), messages),
        None if part.licence.opening.is_empty() => licence(&row.licence, messages),
        None => messages.get("hub.licence_file").to_owned(),
    };
    text += &messages.fill("hub.licence", &[("licence", &name)]);
    if let Some(link) = &part.licence.link {
        text += &format!("    {}\n", printable(link));
    }
    for line in &part.licence.opening {
        text += &format!("    | {}\n", printable(line));
    }
    text
}

/// A licence's name, and what it means where we know it.
pub(super) fn licence(name: &str, messages: &Messages) -> String {
    let key = format!("hub.licence_{name}");
    match messages.get(&key) {
        unknown if unknown == key => name.to_owned(),
        known => known.to_owned(),
    }
}

/// As much of a commit as people read.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
