//! The interviews as a table.

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use super::text::{line, state, time};
use crate::messages::Messages;
use crate::store::Interview;

/// Message key of each column, and whether it holds numbers.
const COLUMNS: [(&str, bool); 6] = [
    ("store.column_id", true),
    ("store.column_started", false),
    ("store.column_pack", false),
    ("store.column_turns", true),
    ("store.column_earned", true),
    ("store.column_state", false),
];

pub(super) fn text(interviews: &[Interview], messages: &Messages, zone: &TimeZone) -> String {
    if interviews.is_empty() {
        return messages.get("store.none").to_owned() + "\n";
    }
    let header = COLUMNS.map(|(key, _)| messages.get(key).to_owned());
    let rows = interviews.iter().map(|interview| {
        [
            interview.id.to_string(),
            time(interview.started, zone),
            line(&interview.pack_title),
            interview.turns.to_string(),
            interview.earned.to_string(),
            state(interview, messages).to_owned(),
        ]
    });
    let table: Vec<_> = std::iter::once(header).chain(rows).collect();
    let widths: [usize; COLUMNS.len()] = std::array::from_fn(|column| {
        let widths = table.iter().map(|row| row[column].width());
        widths.max().unwrap_or_default()
    });
    let lines = table.iter().map(|row| {
        let cells = row.iter().zip(widths).zip(COLUMNS);
        let cells: Vec<_> = cells
            .map(|((cell, width), (_, number))| {
                let missing = width - cell.width();
                let (left, right) = if number { (missing, 0) } else { (0, missing) };
                format!("{:left$}{cell}{:right$}", "", "")
            })
            .collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    });
    lines.collect()
}
