//! `ohlora memory`: what the companion remembers, to look at, mend, forget and take along.

use std::io::BufRead;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, value_parser};
use color_eyre::eyre::{Result, bail, eyre};
use serde_json::json;

use super::record::{RecordError, Terminal, confirm};
use super::{BadInput, store_report, table};
use crate::companion::memory::{Item, export, import};
use crate::fs::write_atomic;
use crate::messages::Messages;
use crate::store::{Memory, Now, Store};

/// `ohlora memory …`
#[derive(Debug, Args)]
pub struct MemoryArgs {
    /// What to do with the memories.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with the memories.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all memories
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Change a memory: a new value, or key and value as `[key: value]`
    Edit {
        /// Number of the memory, as in the list
        #[arg(value_parser = value_parser!(i64).range(1..))]
        id: i64,
        /// The new value, or `[key: value]`
        text: String,
    },
    /// Forget memories
    Rm {
        /// Numbers of the memories
        #[arg(value_parser = value_parser!(i64).range(1..), required_unless_present = "all")]
        ids: Vec<i64>,
        /// Forget everything
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
    /// Write all memories, `[key: value]` a line
    Export {
        /// File to write; the screen without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Read memories, `[key: value]` a line; a known key gets the new value
    Import {
        /// File to read; `-` is standard input
        file: PathBuf,
    },
}

/// The largest file that is read.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Runs the command.
///
/// # Errors
/// The record, a file or the output fails; a number or a text cannot be used.
pub fn run(
    args: &MemoryArgs,
    store: &mut Store,
    now: Now,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode> {
    let memories = |store: &mut Store| {
        let found = store.memories(now.local);
        found.map_err(|error| store_report(&error, messages))
    };
    match &args.command {
        Command::List { json } => {
            let found = memories(store)?;
            let text = if *json {
                lines(&found)
            } else {
                listed(&found, messages)
            };
            terminal.output.write_all(text.as_bytes())?;
        }
        Command::Edit { id, text } => {
            let found = memories(store)?
                .into_iter()
                .find(|memory| memory.kept.id == *id);
            let item = match found {
                Some(_) if text.trim_start().starts_with('[') => Item::parse(text),
                Some(memory) => Item::new(memory.kept.item.key(), text),
                None => bail!(BadInput(messages.fill("store.no_memory", &[("id", id)]))),
            };
            let item = item.map_err(|error| {
                BadInput(messages.fill(
                    "companion.not_edited",
                    &[("error", &error.explain(messages))],
                ))
            })?;
            let gone = store
                .edit_memory(*id, &item, now)
                .map_err(|error| store_report(&error, messages))?;
            let edited = messages.fill("companion.edited", &[("item", &item)]);
            writeln!(terminal.output, "{edited}")?;
            if let Some(gone) = gone {
                let replaced = messages.fill("companion.replaced", &[("item", &gone)]);
                writeln!(terminal.output, "{replaced}")?;
            }
        }
        Command::Rm { ids, all, yes } => {
            let question = messages.get("companion.forget_all");
            if *all && !yes && !asked(question, messages, terminal)? {
                writeln!(terminal.output, "{}", messages.get("store.kept"))?;
                return Ok(ExitCode::SUCCESS);
            }
            let mut n = 0;
            if *all {
                n = store
                    .forget_all()
                    .map_err(|error| store_report(&error, messages))?;
            }
            for id in ids {
                store
                    .forget(*id)
                    .map_err(|error| store_report(&error, messages))?;
                n += 1;
            }
            writeln!(
                terminal.output,
                "{}",
                messages.fill("companion.forgotten", &[("n", &n)])
            )?;
        }
        Command::Export { out } => {
            let found = memories(store)?;
            let text = export(found.iter().map(|memory| &memory.kept.item));
            match out {
                None => terminal.output.write_all(text.as_bytes())?,
                Some(path) => {
                    write_atomic(path, text.as_bytes())
                        .map_err(|error| eyre!(error.explain(messages)))?;
                    let said = messages.fill("store.exported", &[("path", &path.display())]);
                    writeln!(terminal.output, "{said}")?;
                }
            }
        }
        Command::Import { file } => return take_in(file, store, now, messages, terminal),
    }
    terminal.output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Takes in a file. Lines that are no memory are named and left out; the exit code says so.
fn take_in(
    file: &PathBuf,
    store: &mut Store,
    now: Now,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode> {
    let name = file.display().to_string();
    let text = read(file, terminal.input).map_err(|error| {
        BadInput(messages.fill(
            "companion.unreadable",
            &[("path", &name), ("error", &error)],
        ))
    })?;
    let imported = import(&text);
    store
        .remember_all(&imported.items, now)
        .map_err(|error| store_report(&error, messages))?;
    for finding in &imported.findings {
        let explained = finding.explain(messages);
        eprintln!("{name}:{}: {explained}", finding.line);
    }
    let left_out = imported
        .findings
        .iter()
        .filter(|finding| finding.is_loss())
        .count();
    let n = imported.items.len();
    let said = match left_out {
        0 => messages.fill("companion.imported", &[("n", &n)]),
        left => messages.fill("companion.imported_some", &[("n", &n), ("left", &left)]),
    };
    writeln!(terminal.output, "{said}")?;
    terminal.output.flush()?;
    Ok(ExitCode::from(if left_out == 0 { 0 } else { 2 }))
}

fn read(file: &PathBuf, input: &mut dyn BufRead) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind, Read};
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        input.take(LARGEST + 1).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)?
            .take(LARGEST + 1)
            .read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > LARGEST {
        return Err(Error::new(ErrorKind::FileTooLarge, "more than 16 MiB"));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Error::new(ErrorKind::InvalidData, "UTF-16, not UTF-8"));
    }
    // Lines that are no UTF-8 are findings.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn asked(question: &str, messages: &Messages, terminal: &mut Terminal<'_>) -> Result<bool> {
    confirm(question, messages, terminal).map_err(|error| match error {
        RecordError::Output(error) => error.into(),
        error => BadInput(error.explain(messages)).into(),
    })
}

fn listed(memories: &[Memory], messages: &Messages) -> String {
    if memories.is_empty() {
        return messages.get("companion.no_memories").to_owned() + "\n";
    }
    let header = [
        "store.column_id",
        "companion.column_said",
        "companion.column_until",
        "companion.column_memory",
    ];
    let header = header.map(|key| messages.get(key).to_owned()).to_vec();
    let rows = memories.iter().map(|memory| {
        let kept = &memory.kept;
        let until = kept
            .expires
            .map(|expires| expires.strftime("%Y-%m-%d %H:%M").to_string());
        vec![
            kept.id.to_string(),
            kept.said.to_string(),
            until.unwrap_or_else(|| "-".to_owned()),
            kept.item.to_string(),
        ]
    });
    table::columns(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
}

fn lines(memories: &[Memory]) -> String {
    let line = |memory: &Memory| {
        let kept = &memory.kept;
        let object = json!({
            "id": kept.id,
            "key": kept.item.key(),
            "value": kept.item.value(),
            "saved": memory.saved.to_string(),
            "said": kept.said.to_string(),
            "expires": kept.expires.map(|expires| expires.to_string()),
        });
        format!("{object}\n")
    };
    memories.iter().map(line).collect()
}
