//! What the companion says and makes of a turn: replies, memories, summaries, expressions.
//!
//! A [`head`] is a way of reading a turn; its prompts and limits are those of spec.md, section 2.

pub mod grams;
pub mod head;
pub mod linear;
pub mod spans;
pub mod synonyms;

pub use head::{Head, Input};
pub use synonyms::Synonyms;
