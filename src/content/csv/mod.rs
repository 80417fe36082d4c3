//! The CSV layouts in which anyone's interview data comes and goes (contract.md, "Data files").
//!
//! Columns are found by their names, so that further ones and an index column do no harm. What
//! can't be read is a [`Finding`]: its column is the number of the cell, its field the column's name.

mod companion;
mod ethics;
mod memory;
mod pairs;
mod rows;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use csv::{ErrorKind, StringRecord};

pub use companion::{CompanionRow, read_companion_rows};
pub use ethics::{EthicsRow, ethics_rows, read_ethics_rows};
pub use memory::{MemoryPair, read_memory_pairs};
pub use pairs::{
    LabelledInput, Pair, PairRole, answer_inputs, eval_inputs, read_pairs, write_pairs,
};
pub use rows::{InterviewRow, RowRole, Split, read_interview_rows, untagged};

pub use rows::read_dialogue;

use super::finding::{Finding, LoadError};
use super::rule::Rule;
use super::text;

/// A file with this many mistakes is the wrong file; the rest need not be listed.
const ENOUGH: usize = 20;

/// What was read, and how many rows had nothing to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows<T> {
    /// The rows, in order.
    pub rows: Vec<T>,
    /// Rows without topic, message or label, which were passed over.
    pub skipped: usize,
}

/// A file's header, and the mistakes found so far.
struct Table {
    file: String,
    header: StringRecord,
    findings: Vec<Finding>,
}

impl Table {
    /// Number of the column with this name.
    fn find(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|cell| cell.trim() == name)
    }

    /// Number of the column with this name; a missing one is a finding.
    fn column(&mut self, name: &str) -> Option<usize> {
        let at = self.find(name);
        if at.is_none() {
            self.findings.push(
                Finding::at(Rule::CsvMissingColumn, &self.file, (1, 1), name)
                    .with("name", name)
                    .with_list("found", self.header.iter().filter(|cell| !cell.is_empty())),
            );
        }
        at
    }
}

/// One row: cells by the number of their column.
struct Row<'a> {
    table: &'a mut Table,
    record: &'a StringRecord,
    line: usize,
}

impl Row<'_> {
    /// A cell, trimmed and cleaned; empty where the file has no such column.
    fn cell(&self, column: Option<usize>) -> String {
        let cell = column.and_then(|column| self.record.get(column));
        text::clean(cell.unwrap_or_default()).trim().to_owned()
    }

    fn report(&mut self, rule: Rule, column: usize, value: &str) {
        let field = self.table.header.get(column).unwrap_or_default().trim();
        let place = (self.line, column + 1);
        let finding = Finding::at(rule, &self.table.file, place, field).with("value", value);
        self.table.findings.push(finding);
    }
}

/// Reads a file row by row. `columns` looks up the columns, `row` makes a value of each row: `None`
/// passes it over.
fn read<C, T>(
    path: &Path,
    columns: impl FnOnce(&mut Table) -> C,
    row: impl FnMut(&C, &mut Row<'_>) -> Option<T>,
) -> Result<Rows<T>, LoadError> {
    let file = path.display().to_string();
    let reader = csv::Reader::from_path(path).map_err(|error| LoadError {
        findings: vec![explain(&file, &error, &StringRecord::new())],
    })?;
    read_from(file, reader, columns, row)
}

/// As [`read`], of a file that is open; `file` is what people call it.
fn read_from<R: io::Read, C, T>(
    file: String,
    mut reader: csv::Reader<R>,
    columns: impl FnOnce(&mut Table) -> C,
    mut row: impl FnMut(&C, &mut Row<'_>) -> Option<T>,
) -> Result<Rows<T>, LoadError> {
    let refused = |error: csv::Error, header: &StringRecord| LoadError {
        findings: vec![explain(&file, &error, header)],
    };
    let header = reader
        .headers()
        .map_err(|e| refused(e, &StringRecord::new()))?
        .clone();
    let mut table = Table {
        file: file.clone(),
        header,
        findings: Vec::new(),
    };
    let columns = columns(&mut table);
    let (mut rows, mut skipped) = (Vec::new(), 0);
    if table.findings.is_empty() {
        let mut record = StringRecord::new();
        while reader
            .read_record(&mut record)
            .map_err(|error| refused(error, &table.header))?
        {
            let line = record
                .position()
                .map_or(1, |position| position.line() as usize);
            let before = table.findings.len();
            let value = row(
                &columns,
                &mut Row {
                    table: &mut table,
                    record: &record,
                    line,
                },
            );
            match value {
                Some(value) => rows.push(value),
                None if table.findings.len() == before => skipped += 1,
                None if table.findings.len() >= ENOUGH => break,
                None => {}
            }
        }
    }
    match table.findings.is_empty() {
        true => Ok(Rows { rows, skipped }),
        false => Err(LoadError {
            findings: table.findings,
        }),
    }
}

/// What the csv crate refuses, as a finding.
fn explain(file: &str, error: &csv::Error, header: &StringRecord) -> Finding {
    let line = error
        .position()
        .map_or(1, |position| position.line() as usize);
    match error.kind() {
        ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Finding::file(Rule::CsvFileMissing, file)
        }
        ErrorKind::Utf8 { err, .. } => {
            let field = header.get(err.field()).unwrap_or_default();
            Finding::at(Rule::NotUtf8, file, (line, err.field() + 1), field)
        }
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => Finding::at(Rule::CsvCells, file, (line, 1), "")
            .with("found", len)
            .with("expected", expected_len),
        _ => Finding::at(Rule::FileUnreadable, file, (line, 1), "").with_whole("reason", error),
    }
}
