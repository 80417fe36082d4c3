//! `ohlora sanctions`: the log, for the learner to read and object to, and for the owner of the machine
//! to lift.

use std::process::ExitCode;

use clap::{Args, Subcommand, value_parser};
use color_eyre::eyre::{Result, bail};
use jiff::{SignedDuration, Timestamp};

use super::record::Terminal;
use super::{BadInput, store_report, table};
use crate::companion::ethics::wording::{moment, names};
use crate::companion::ethics::{period, standing_text};
use crate::messages::Messages;
use crate::store::{Sanction, Store};
use crate::talk::{normalise, strip_controls};

/// `ohlora sanctions …`
#[derive(Debug, Args)]
pub struct SanctionsArgs {
    /// What to do with the log.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with the log.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all sanctions, and whether a block is running
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Lift a sanction: it blocks no longer and counts no more
    Lift {
        /// Number of the sanction, as in the list
        #[arg(value_parser = value_parser!(i64).range(1..), required_unless_present = "all")]
        id: Option<i64>,
        /// Lift every sanction
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
    /// Object to the last sanction; the objection is kept with it
    Object {
        /// Why
        text: String,
    },
}

/// Runs the command.
///
/// # Errors
/// The record or the output fails; there is no such sanction.
pub fn run(
    args: &SanctionsArgs,
    store: &mut Store,
    now: Timestamp,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode> {
    let report = |error| store_report(&error, messages);
    match &args.command {
        Command::List { json } => {
            let log = store.sanctions().map_err(report)?;
            let block = store.standing(now).map_err(report)?.block;
            if *json {
                for sanction in &log {
                    writeln!(terminal.output, "{}", serde_json::to_string(sanction)?)?;
                }
                terminal.output.flush()?;
                return Ok(ExitCode::SUCCESS);
            }
            terminal
                .output
                .write_all(listed(&log, messages, terminal).as_bytes())?;
            if let Some(block) = block {
                let text = standing_text(&block, &terminal.zone, messages);
                writeln!(terminal.output, "{text}")?;
            }
        }
        Command::Lift { id, all } => {
            let log = store.sanctions().map_err(report)?;
            let open = log
                .iter()
                .filter(|sanction| *all && sanction.lifted.is_none());
            let ids: Vec<i64> = open.map(|sanction| sanction.id).chain(*id).collect();
            for id in &ids {
                store.lift(*id, now).map_err(report)?;
            }
            let said = messages.fill("companion.lifted", &[("n", &ids.len())]);
            writeln!(terminal.output, "{said}")?;
        }
        Command::Object { text } => {
            let text = normalise(text).text;
            if text.is_empty() {
                bail!(BadInput(
                    messages.get("companion.objection_empty").to_owned()
                ));
            }
            if !store.object(now, &text).map_err(report)? {
                bail!(BadInput(messages.get("companion.no_sanctions").to_owned()));
            }
            writeln!(terminal.output, "{}", messages.get("companion.objected"))?;
        }
    }
    terminal.output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The beginning of a text, on one line.
fn line(text: &str) -> String {
    let plain = strip_controls(text);
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(60).collect()
}

fn listed(log: &[Sanction], messages: &Messages, terminal: &Terminal<'_>) -> String {
    if log.is_empty() {
        return messages.get("companion.no_sanctions").to_owned() + "\n";
    }
    let header = [
        "store.column_id",
        "companion.column_when",
        "companion.column_category",
        "companion.column_period",
        "companion.column_state",
        "companion.column_message",
    ];
    let header = header.map(|key| messages.get(key).to_owned()).to_vec();
    let rows = log.iter().map(|sanction| {
        let state = match (sanction.lifted, sanction.objections.is_empty()) {
            (Some(_), _) => "companion.state_lifted",
            (None, false) => "companion.state_objected",
            (None, true) => "companion.state_stands",
        };
        let mut said = line(sanction.message.as_deref().unwrap_or("-"));
        for objection in &sanction.objections {
            said = format!("{said} ← {}", line(objection));
        }
        vec![
            sanction.id.to_string(),
            moment(sanction.at, &terminal.zone),
            names(&[sanction.category], messages),
            period(SignedDuration::from_secs(sanction.seconds), messages),
            messages.get(state).to_owned(),
            said,
        ]
    });
    table::columns(&std::iter::once(header).chain(rows).collect::<Vec<_>>())
}
