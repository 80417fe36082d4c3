//! What the companion says: authored exchanges, and who she is.
//!
//! `persona.toml` says who she is, what she says where she knows nothing, and which face goes with a
//! mood; `exchanges/*.toml` hold what learners say and her replies. The held-out exchanges of
//! `eval/exchanges.toml` are read by [`held_out`] alone, the held-out statements by the check alone:
//! training is given a [`Talk`] and cannot see them. `check` tells what is wrong with either.

mod check;
#[cfg(test)]
mod tests;
mod types;

pub use check::check;
pub use types::{Exchange, ExchangeFile, FaceOf, Fallback, Mood, Persona, Recall};

use std::collections::BTreeSet;

use super::Document;
use super::companion::read_lines;
use super::finding::{Finding, LoadError};
use super::rule::{Rule, Severity};
use super::source::{ReadError, Source};

/// Who she is.
pub const PERSONA: &str = "persona.toml";
/// Folder of the exchanges.
pub const EXCHANGES: &str = "exchanges";
/// The held-out statements.
pub const HELD_OUT_STATEMENTS: &str = "eval/statements.txt";
/// The held-out exchanges.
pub const HELD_OUT: &str = "eval/exchanges.toml";
/// Statements with the memory in them, `[key: value] message` a line; without an item, a message
/// that says nothing to remember.
pub const STATEMENTS: &str = "memory/statements.txt";

/// All she has to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Talk {
    /// Who she is.
    pub persona: Persona,
    /// The exchanges, in the order of their files.
    pub exchanges: Vec<Exchange>,
    /// Statements with what is to be remembered of each, `[key: value]` or nothing.
    pub statements: Vec<(String, String)>,
}

impl Talk {
    /// Reads persona and exchanges.
    ///
    /// # Errors
    /// Everything that keeps them from being used.
    pub fn load(source: &dyn Source) -> Result<Self, LoadError> {
        let mut findings = Vec::new();
        let persona = Document::<Persona>::read(source, PERSONA);
        let persona = persona.map_err(|found| findings.extend(found)).ok();
        let mut exchanges = Vec::new();
        for path in files(source) {
            match Document::<ExchangeFile>::read(source, &path) {
                Ok(document) => {
                    findings.extend(check::exchanges(&document));
                    exchanges.extend(document.value.exchanges);
                }
                Err(found) => findings.extend(found),
            }
        }
        if let Some(persona) = &persona {
            findings.extend(check::persona(persona));
        }
        let statements = statements(source, STATEMENTS)
            .map_err(|error| findings.extend(error.findings))
            .unwrap_or_default();
        findings.retain(|finding| finding.severity() == Severity::Error);
        match persona {
            Some(persona) if findings.is_empty() => Ok(Self {
                persona: persona.value,
                exchanges,
                statements: statements.into_iter().map(|(_, told)| told).collect(),
            }),
            _ => Err(LoadError { findings }),
        }
    }
}

impl Talk {
    /// Keys of all memories in the examples, sorted.
    pub fn keys(&self) -> Vec<String> {
        let exchanges = self.exchanges.iter().filter_map(|e| e.memory.as_ref());
        let statements = self.statements.iter().map(|(item, _)| item);
        let keys = exchanges.chain(statements).filter_map(|text| item(text));
        let keys: BTreeSet<&str> = keys.map(|(key, _)| key).collect();
        keys.into_iter().map(str::to_owned).collect()
    }
}

/// The held-out exchanges.
///
/// # Errors
/// When they cannot be read.
pub fn held_out(source: &dyn Source) -> Result<Vec<Exchange>, LoadError> {
    let document = Document::<ExchangeFile>::read(source, HELD_OUT)
        .map_err(|findings| LoadError { findings })?;
    let mut findings = check::exchanges(&document);
    findings.retain(|finding| finding.severity() == Severity::Error);
    match findings.is_empty() {
        true => Ok(document.value.exchanges),
        false => Err(LoadError { findings }),
    }
}

/// Paths of the exchange files, sorted.
fn files(source: &dyn Source) -> Vec<String> {
    let names = source.list(EXCHANGES).into_iter();
    names.map(|name| format!("{EXCHANGES}/{name}")).collect()
}

/// A line's number, and what is to be remembered of its message: an item or nothing, and the message.
type Line = (usize, (String, String));

/// The statements of a file; none where there is no such file.
fn statements(source: &dyn Source, path: &str) -> Result<Vec<Line>, LoadError> {
    if matches!(source.read(path), Err(ReadError::Missing)) {
        return Ok(Vec::new());
    }
    let (mut statements, mut findings) = (Vec::new(), Vec::new());
    for (line, text) in read_lines(source, path)? {
        let told = match text.split_once(']') {
            Some((head, message)) if head.starts_with('[') => (format!("{head}]"), message.trim()),
            _ => (String::new(), text.as_str()),
        };
        if !told.0.is_empty() && (item(&told.0).is_none() || told.1.is_empty()) {
            let file = source.show(path);
            let finding = Finding::at(Rule::CombinationForm, &file, (line, 1), "");
            findings.push(finding.with("text", &text));
        }
        statements.push((line, (told.0, told.1.to_owned())));
    }
    match findings.is_empty() {
        true => Ok(statements),
        false => Err(LoadError { findings }),
    }
}

/// Key and value of `[key: value]`.
pub fn item(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text
        .strip_prefix('[')?
        .strip_suffix(']')?
        .split_once(": ")?;
    let plain = |part: &str| !part.trim().is_empty() && !part.contains(['[', ']']);
    (plain(key) && plain(value)).then_some((key, value))
}

/// A rule's finding in a document.
fn at<T>(document: &Document<T>, rule: Rule, field: &str, text: &str) -> Finding {
    document.find(rule, field).with("text", text)
}
