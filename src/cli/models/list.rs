//! The models as a table, and as JSON lines.

use indicatif::DecimalBytes;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::printable;
use super::pull::{licence, short};
use crate::hub::{Entry, HubError, Library, State};
use crate::messages::Messages;

/// Message key of each column.
const COLUMNS: [&str; 5] = [
    "hub.column_name",
    "hub.column_role",
    "hub.column_state",
    "hub.column_size",
    "hub.column_licence",
];

/// The column that holds numbers.
const SIZE: usize = 3;

/// A model, as the list shows it.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    name: String,
    roles: Vec<String>,
    state: &'static str,
    architecture: Option<String>,
    repository: Option<String>,
    revision: Option<String>,
    commit: Option<String>,
    /// Measured where the model is here, else about so much.
    bytes: u64,
    licence: String,
    /// Files that are missing or were changed.
    damaged: Vec<String>,
}

pub(super) fn rows(library: &Library) -> Result<Vec<Line>, HubError> {
    let entries = library.entries()?.into_iter();
    let lines = entries.map(|Entry { name, row, state }| {
        let (word, locked, damage) = match state {
            State::Shipped => ("shipped", None, None),
            State::NotPulled => ("not_pulled", None, None),
            State::Pulled(locked) => ("pulled", Some(locked), None),
            State::Damaged(locked, damage) => ("damaged", Some(locked), Some(damage)),
        };
        let origin = locked.as_ref().and_then(|locked| locked.parts.first());
        let source = row.and_then(|row| row.source.as_ref());
        let stated = origin.and_then(|origin| origin.licence.clone());
        let known = row.map(|row| row.licence.clone());
        Line {
            name,
            roles: row.map_or_else(Vec::new, |row| row.roles.clone()),
            state: word,
            architecture: row.map(|row| row.architecture.to_string()),
            repository: origin
                .map(|origin| origin.repository.clone())
                .or_else(|| source.map(|source| source.repository.clone())),
            revision: origin
                .map(|origin| origin.revision.clone())
                .or_else(|| source.map(|source| source.revision.clone())),
            commit: origin.map(|origin| origin.commit.clone()),
            bytes: match &locked {
                Some(locked) => locked.bytes(),
                None => row.map_or(0, |row| row.bytes),
            },
            licence: stated.or(known).unwrap_or_else(|| "stated".to_owned()),
            damaged: damage.map_or_else(Vec::new, |damage| damage.files),
        }
    });
    Ok(lines.collect())
}

pub(super) fn json(lines: &[Line]) -> serde_json::Result<String> {
    let lines = lines.iter().map(serde_json::to_string);
    lines.map(|line| Ok(line? + "\n")).collect()
}

pub(super) fn table(lines: &[Line], messages: &Messages) -> String {
    let header = COLUMNS.map(|key| messages.get(key).to_owned());
    let rows = lines.iter().map(|line| {
        let commit = line.commit.as_deref().map_or("", short);
        let about = if line.state == "not_pulled" { "~" } else { "" };
        let key = format!("hub.state_{}", line.state);
        [
            line.name.clone(),
            line.roles.join(", "),
            messages.fill(&key, &[("commit", &commit)]),
            format!("{about}{}", DecimalBytes(line.bytes)),
            licence(&printable(&line.licence), messages),
        ]
    });
    let table: Vec<_> = std::iter::once(header).chain(rows).collect();
    let widths: [usize; COLUMNS.len()] = std::array::from_fn(|column| {
        let widths = table.iter().map(|row| row[column].width());
        widths.max().unwrap_or_default()
    });
    let rows = table.iter().map(|row| {
        let cells = row.iter().zip(widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| {
            let missing = width - cell.width();
            let (left, right) = if column == SIZE {
                (missing, 0)
            } else {
                (0, missing)
            };
            format!("{:left$}{cell}{:right$}", "", "")
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    });
    rows.collect()
}
