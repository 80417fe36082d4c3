//! Ethics rows: messages with their category.

use std::path::Path;

use super::{Row, Rows, Split, Table, read, read_from};
use crate::content::companion::Category;
use crate::content::finding::{Finding, LoadError};
use crate::content::rule::Rule;
use crate::content::source::{MAX_FILE_BYTES, ReadError, Source};

/// A message and its category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EthicsRow {
    /// `type`.
    pub split: Split,
    /// `user_prompt`.
    pub message: String,
    /// `category`.
    pub category: Category,
    /// Its line in the file, from 1.
    pub line: usize,
}

const COLUMNS: [&str; 3] = ["type", "user_prompt", "category"];

/// Reads a file of ethics rows.
///
/// # Errors
/// When it cannot be read, lacks a column, or holds a word that is no category.
pub fn read_ethics_rows(path: &Path) -> Result<Rows<EthicsRow>, LoadError> {
    read(path, columns, ethics_row)
}

/// The rows of a file of a pack.
///
/// # Errors
/// As [`read_ethics_rows`].
pub fn ethics_rows(source: &dyn Source, path: &str) -> Result<Vec<EthicsRow>, LoadError> {
    let file = source.show(path);
    let bytes = source.read(path).map_err(|error| {
        let finding = match error {
            ReadError::Missing => Finding::file(Rule::FileMissing, &file),
            ReadError::TooLarge(size) => Finding::file(Rule::FileTooLarge, &file)
                .with("size", size)
                .with("limit", MAX_FILE_BYTES),
            ReadError::Unreadable(reason) => {
                Finding::file(Rule::FileUnreadable, &file).with_whole("reason", reason)
            }
        };
        LoadError {
            findings: vec![finding],
        }
    })?;
    let reader = csv::Reader::from_reader(&bytes[..]);
    read_from(file, reader, columns, ethics_row).map(|read| read.rows)
}

fn columns(table: &mut Table) -> [Option<usize>; 3] {
    COLUMNS.map(|name| table.column(name))
}

fn ethics_row(columns: &[Option<usize>; 3], row: &mut Row<'_>) -> Option<EthicsRow> {
    let [split, message, category] = columns.map(|column| row.cell(column));
    if message.is_empty() || category.is_empty() {
        return None;
    }
    let Some(category) = Category::from_word(&category) else {
        row.report(Rule::CsvBadCategory, columns[2]?, &category);
        return None;
    };
    let split = match split.as_str() {
        "train" => Split::Train,
        "valid" | "test" | "valid/test" => Split::Valid,
        other => {
            row.report(Rule::CsvBadSplit, columns[0]?, other);
            return None;
        }
    };
    Some(EthicsRow {
        split,
        message,
        category,
        line: row.line,
    })
}
