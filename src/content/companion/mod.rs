//! The companion's pack: messages by category, and memories with the messages that call for them.
//!
//! What is trained on is a [`CompanionPack`]; the held-out files ([`eval`]) are no part of it, so that
//! training code cannot see them. [`check()`] tells what is wrong with either.

pub mod check;
mod combination;
pub mod eval;
mod plain;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use check::check;
pub(in crate::content) use combination::read_lines;
pub use combination::{Combination, parse_item, read_combinations};
pub use eval::{Conversation, Conversations};
pub use plain::{Form, Part, Plain, PlainFault, PlainFile};

use super::csv::{EthicsRow, ethics_rows};
use super::finding::{Finding, LoadError};
use super::source::{ReadError, Source};
use crate::content::Document;
use crate::content::csv::Split;

/// Where a pack is taken for one of the companion's.
pub const MARKER: &str = "ethics/train.csv";
/// Messages that are harmless whatever the ethics S-BERT makes of them; need not be there.
pub const PLAIN: &str = "ethics/plain.toml";
/// Messages with the memories that they call for.
pub const COMBINATIONS: &str = "memory/train.txt";
/// Messages that call for no memory, a line each.
pub const NONE: &str = "memory/none.txt";

/// What a message is classified as (spec.md, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Category {
    /// Love declared to her, or a wish to meet her.
    #[serde(rename = "사랑 고백/만남")]
    Love,
    /// Party politics.
    #[serde(rename = "정치")]
    Politics,
    /// Insults to somebody's parents.
    #[serde(rename = "패드립")]
    Family,
    /// Hate, and other abuse.
    #[serde(rename = "혐오/기타")]
    Hate,
    /// Nothing of these.
    #[serde(rename = "일반")]
    General,
}

impl Category {
    /// All of them, the harmless one last.
    pub const ALL: [Self; 5] = [
        Self::Love,
        Self::Politics,
        Self::Family,
        Self::Hate,
        Self::General,
    ];

    /// The word in files and JSON, and the candidate that the S-BERT compares with.
    pub fn word(self) -> &'static str {
        match self {
            Self::Love => "사랑 고백/만남",
            Self::Politics => "정치",
            Self::Family => "패드립",
            Self::Hate => "혐오/기타",
            Self::General => "일반",
        }
    }

    /// The category of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.word() == word)
    }
}

/// What the two S-BERTs of the companion are trained on.
#[derive(Debug, Clone, Default)]
pub struct CompanionPack {
    /// `ethics/train.csv`.
    pub ethics: Vec<EthicsRow>,
    /// `ethics/plain.toml`.
    pub plain: Plain,
    /// `memory/train.txt`.
    pub combinations: Vec<Combination>,
    /// `memory/none.txt`.
    pub none: Vec<String>,
}

impl CompanionPack {
    /// Reads the pack.
    ///
    /// # Errors
    /// Everything that is wrong with its files.
    pub fn load(source: &dyn Source) -> Result<Self, LoadError> {
        let mut findings = Vec::new();
        let ethics = keep(ethics_rows(source, MARKER), &mut findings);
        let plain = keep(plain(source), &mut findings);
        let combinations = keep(
            combination::read(source, COMBINATIONS).map(|(all, _)| all),
            &mut findings,
        );
        let none = keep(combination::read_lines(source, NONE), &mut findings);
        if !findings.is_empty() {
            return Err(LoadError { findings });
        }
        Ok(Self {
            ethics: ethics
                .into_iter()
                .filter(|row| row.split == Split::Train)
                .collect(),
            plain: plain.map(|(_, plain)| plain).unwrap_or_default(),
            combinations,
            none: none.into_iter().map(|(_, line)| line).collect(),
        })
    }
}

/// The plainly harmless messages, where there is such a file.
fn plain(source: &dyn Source) -> Result<Option<(Document<PlainFile>, Plain)>, LoadError> {
    if matches!(source.read(PLAIN), Err(ReadError::Missing)) {
        return Ok(None);
    }
    let read = Document::<PlainFile>::read(source, PLAIN);
    let compiled = read.and_then(|document| {
        let plain = check::compiled(&document)?;
        Ok(Some((document, plain)))
    });
    compiled.map_err(|findings| LoadError { findings })
}

fn keep<T: Default>(read: Result<T, LoadError>, findings: &mut Vec<Finding>) -> T {
    read.unwrap_or_else(|error| {
        findings.extend(error.findings);
        T::default()
    })
}
