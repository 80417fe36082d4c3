//! Question packs: the types of the TOML files, loading, checking, watching.

pub mod types;

pub use types::*;

/// A loaded pack: every topic in order, and the intents.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// `pack.toml`.
    pub file: PackFile,
    /// Topics in the order of `pack.toml`.
    pub topics: Vec<Topic>,
    /// `intents.toml`.
    pub intents: Intents,
}

impl Pack {
    /// Position and topic of an exact title.
    pub fn topic(&self, title: &str) -> Option<(usize, &Topic)> {
        self.topics
            .iter()
            .enumerate()
            .find(|(_, topic)| topic.title == title)
    }
}

impl Topic {
    /// What people read.
    pub fn display(&self) -> &str {
        self.display_title.as_deref().unwrap_or(&self.title)
    }

    /// Exact labels, in order.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.answers.iter().map(|answer| answer.label.as_str())
    }

    /// The sub-answer with this exact label.
    pub fn answer(&self, label: &str) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.label == label)
    }
}
