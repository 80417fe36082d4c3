//! What the companion says and makes of a turn: replies, memories, summaries, expressions.
//!
//! A [`head`] is a way of reading a turn; its prompts and limits are those of spec.md, section 2.
//! [`mind`] answers: with authored replies found by [`retrieval`], with what [`senses`] and the heads'
//! classifiers ([`tuned`]) learned from all examples, with language models in one role or several ([`models`]), those whose output is
//! a form held to it ([`forms`]). [`measure`] tells how well.

pub mod forms;
pub mod head;
pub mod measure;
pub mod mind;
pub mod models;
mod plausible;
pub mod retrieval;
pub mod senses;
pub mod spans;
pub mod synonyms;
mod talker;
mod tense;
pub mod tuned;

pub use head::{Head, Input};
pub use mind::{Ask, Mind, MindError, Reply};
pub use models::{HeadModel, OneHead, SharedHeads};
pub use synonyms::Synonyms;
pub use talker::{LoadMind, OhLora};
pub use tuned::{Tuned, TunedFiles};
