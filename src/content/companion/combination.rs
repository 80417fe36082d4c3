//! `[key: value] message` a line: a memory, and a message that calls for it.

use std::path::Path;

use crate::content::finding::{Finding, LoadError};
use crate::content::rule::Rule;
use crate::content::source::{Folder, MAX_FILE_BYTES, ReadError, Source};
use crate::content::text;

/// A memory and a message that calls for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combination {
    /// What the memory is about.
    pub key: String,
    /// What it says.
    pub value: String,
    /// A message for which it is the right one.
    pub message: String,
}

impl Combination {
    /// `[key: value]`, as the S-BERT reads it.
    pub fn item(&self) -> String {
        format!("[{}: {}]", self.key, self.value)
    }
}

/// Key and value of `[key: value]`.
pub fn parse_item(item: &str) -> Option<(&str, &str)> {
    let inner = item.trim().strip_prefix('[')?.strip_suffix(']')?;
    let (key, value) = inner.split_once(':')?;
    let (key, value) = (key.trim(), value.trim());
    (!key.is_empty() && !value.is_empty()).then_some((key, value))
}

/// Reads a file of combinations by its path.
///
/// # Errors
/// When it cannot be read, or a line has another form.
pub fn read_combinations(path: &Path) -> Result<Vec<Combination>, LoadError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    read(&Folder(folder.to_owned()), &name).map(|(combinations, _)| combinations)
}

/// The combinations of a file, and the line of each.
pub(super) fn read(
    source: &dyn Source,
    path: &str,
) -> Result<(Vec<Combination>, Vec<usize>), LoadError> {
    let file = source.show(path);
    let (mut combinations, mut lines, mut findings) = (Vec::new(), Vec::new(), Vec::new());
    for (line, text) in read_lines(source, path)? {
        match parse(&text) {
            Ok(combination) => {
                combinations.push(combination);
                lines.push(line);
            }
            Err(column) => findings.push(
                Finding::at(Rule::CombinationForm, &file, (line, column), "").with("text", text),
            ),
        }
    }
    match findings.is_empty() {
        true => Ok((combinations, lines)),
        false => Err(LoadError { findings }),
    }
}

/// A line's combination, or the column, from 1, at which it leaves the form.
fn parse(line: &str) -> Result<Combination, usize> {
    let column = |at: usize| line[..at].chars().count() + 1;
    let Some(close) = line.find(']').filter(|_| line.starts_with('[')) else {
        return Err(1);
    };
    let Some((key, value)) = parse_item(&line[..=close]) else {
        return Err(2);
    };
    let message = line[close + 1..].trim();
    if message.is_empty() {
        return Err(column(close + 1));
    }
    Ok(Combination {
        key: key.to_owned(),
        value: value.to_owned(),
        message: message.to_owned(),
    })
}

/// The lines of a text file that are not empty, cleaned, each with its number from 1.
pub(in crate::content) fn read_lines(
    source: &dyn Source,
    path: &str,
) -> Result<Vec<(usize, String)>, LoadError> {
    let file = source.show(path);
    let refuse = |finding| {
        Err(LoadError {
            findings: vec![finding],
        })
    };
    let bytes = match source.read(path) {
        Ok(bytes) => bytes,
        Err(ReadError::Missing) => return refuse(Finding::file(Rule::FileMissing, &file)),
        Err(ReadError::TooLarge(size)) => {
            let finding = Finding::file(Rule::FileTooLarge, &file).with("size", size);
            return refuse(finding.with("limit", MAX_FILE_BYTES));
        }
        Err(ReadError::Unreadable(reason)) => {
            let finding = Finding::file(Rule::FileUnreadable, &file);
            return refuse(finding.with_whole("reason", reason));
        }
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let whole = match std::str::from_utf8(bytes) {
        Ok(whole) => whole,
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            return refuse(Finding::at(Rule::NotUtf8, &file, (line, 1), ""));
        }
    };
    Ok(whole
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, text::clean(line).trim().to_owned()))
        .filter(|(_, line)| !line.is_empty())
        .collect())
}
