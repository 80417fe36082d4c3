//! The held-out files of the companion's pack. What trains is given a
//! [`CompanionPack`](super::CompanionPack) and so cannot see them.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Combination;
use super::combination;
use crate::content::csv::{EthicsRow, ethics_rows};
use crate::content::finding::LoadError;
use crate::content::rule::Rule;
use crate::content::source::{Folder, Source};
use crate::content::{Document, Finding};

/// Messages by category.
pub const ETHICS: &str = "eval/ethics.csv";
/// Combinations.
pub const MEMORY: &str = "eval/memory.txt";
/// What is remembered, a message, and the memory that it calls for.
pub const CONVERSATIONS: &str = "eval/memory-conversations.toml";

/// All files of messages by category: those of `dev/` were looked at while the models were made. The
/// second of each is spelt to slip past, the others of `dev/` are short.
pub(super) const ALL_ETHICS: [&str; 6] = [
    ETHICS,
    "eval/ethics-spelling.csv",
    "dev/ethics.csv",
    "dev/ethics-spelling.csv",
    "dev/ethics-short.csv",
    "dev/ethics-everyday.csv",
];
/// All files of combinations.
pub(super) const ALL_MEMORY: [&str; 2] = [MEMORY, "dev/memory.txt"];
/// All files of conversations.
pub(super) const ALL_CONVERSATIONS: [&str; 3] = [
    CONVERSATIONS,
    "dev/memory-conversations.toml",
    "dev/memory-everyday.toml",
];

/// `memory-conversations.toml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conversations {
    /// The conversations.
    #[serde(rename = "conversation")]
    pub conversations: Vec<Conversation>,
}

/// `[[conversation]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conversation {
    /// What is remembered, `[key: value]` each.
    pub items: Vec<String>,
    /// What is said.
    pub message: String,
    /// The item that it calls for; empty for none.
    pub expected: String,
}

/// Messages of `eval/ethics.csv`.
///
/// # Errors
/// When the file cannot be read.
pub fn ethics(source: &dyn Source) -> Result<Vec<EthicsRow>, LoadError> {
    ethics_rows(source, ETHICS)
}

/// Combinations of `eval/memory.txt`.
///
/// # Errors
/// When the file cannot be read.
pub fn memory(source: &dyn Source) -> Result<Vec<Combination>, LoadError> {
    combination::read(source, MEMORY).map(|(combinations, _)| combinations)
}

/// Conversations, each sound: items have the form, and what is expected is one of them or nothing.
///
/// # Errors
/// When the file cannot be read, or a conversation is not sound.
pub fn conversations(source: &dyn Source) -> Result<Vec<Conversation>, LoadError> {
    read(source, CONVERSATIONS)
}

/// The same of a file by its path.
///
/// # Errors
/// When it cannot be read, or a conversation is not sound.
pub fn read_conversations(path: &Path) -> Result<Vec<Conversation>, LoadError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    read(&Folder(folder.to_owned()), &name)
}

fn read(source: &dyn Source, path: &str) -> Result<Vec<Conversation>, LoadError> {
    let document =
        Document::<Conversations>::read(source, path).map_err(|findings| LoadError { findings })?;
    let findings = faults(&document);
    match findings.is_empty() {
        true => Ok(document.value.conversations),
        false => Err(LoadError { findings }),
    }
}

/// Items of another form, and expectations that no item meets.
pub(super) fn faults(document: &Document<Conversations>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = document
        .blemishes
        .iter()
        .filter(|finding| !finding.field.ends_with(".expected"))
        .cloned()
        .collect();
    for (i, conversation) in document.value.conversations.iter().enumerate() {
        for (j, item) in conversation.items.iter().enumerate() {
            if super::parse_item(item).is_none() {
                let field = format!("conversation[{i}].items[{j}]");
                let finding = document.find(Rule::CombinationForm, &field);
                findings.push(finding.with("text", item));
            }
        }
        let expected = &conversation.expected;
        if !expected.is_empty() && !conversation.items.contains(expected) {
            let field = format!("conversation[{i}].expected");
            let finding = document.find(Rule::UnknownExpected, &field);
            findings.push(finding.with("text", expected));
        }
    }
    findings
}
