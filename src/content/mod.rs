//! Question packs: what a learner is asked, and the answers a message is compared with.
//!
//! A pack is a folder of TOML files ([`types`]). It is found ([`locate`]) on disk or in the binary
//! ([`source`]), loaded ([`mod@load`]) and, while an interview runs, watched ([`watch`]). [`mod@check`] tells
//! an instructor what is wrong with it, [`schema`] tells an editor what is possible. [`eval`] holds
//! the answers kept out of training. [`companion`] is what the companion's models learn from,
//! [`exchanges`] what she says. [`inputs`] and [`csv`] are how the models and other programs
//! see all this.

pub mod check;
pub mod companion;
pub mod csv;
pub mod document;
pub mod eval;
pub mod examples;
pub mod exchanges;
pub mod finding;
pub mod inputs;
pub mod load;
pub mod locate;
mod near;
pub mod rule;
pub mod schema;
mod shape;
pub mod source;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod text;
pub mod types;
pub mod watch;

pub use check::{check, check_source};
pub use document::Document;
pub use eval::{EvalSet, EvalTopic};
pub use examples::{ExampleList, Of};
pub use finding::{Finding, LoadError};
pub use load::{Draft, load};
pub use rule::{Rule, Severity};
pub use source::{Embedded, Folder, Source};
pub use types::*;

/// In place of a variant's identifier: the answer names none of the topic's variants.
pub const NO_VARIANT: &str = "";

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
    pub fn labels(&self) -> impl Iterator<Item = &str> + Clone {
        self.answers.iter().map(|answer| answer.label.as_str())
    }

    /// The sub-answer with this exact label.
    pub fn answer(&self, label: &str) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.label == label)
    }

    /// Ids of all its variants, as `when = "variant:ID"` names them.
    pub fn variant_ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.answers
            .iter()
            .flat_map(|answer| &answer.variants)
            .map(|variant| variant.id.as_str())
    }
}

impl TopicKind {
    /// Whether answers are judged; elsewhere any message does what the topic is for.
    pub fn is_judged(self) -> bool {
        matches!(self, Self::Question | Self::Experience)
    }
}

impl Intents {
    /// Names of the lists of what learners say.
    pub const NAMES: [&str; 7] = [
        "ready",
        "skip",
        "dont_know",
        "term_question",
        "hedge",
        "greeting",
        "chit_chat",
    ];

    /// What learners say, with the name of each list.
    pub fn lists(&self) -> [(&'static str, &[String]); 7] {
        let lists = [
            &self.ready,
            &self.skip,
            &self.dont_know,
            &self.term_question,
            &self.hedge,
            &self.greeting,
            &self.chit_chat,
        ];
        std::array::from_fn(|i| (Self::NAMES[i], lists[i].as_slice()))
    }
}
