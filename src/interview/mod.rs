//! The interview as a pure state machine: inputs in, effects out as data, no terminal, no tensors.
//!
//! One turn, file by file: a [message](crate::talk::message) is normalised, [`decide()`] makes a [`Verdict`] of the
//! judge's [`Evidence`], the rules in `turn` say what it means for the topic, the [`flow`] graph
//! says which topics may follow, and a writer ([`authored`] here) answers. [`machine`] holds the
//! `steps` together, [`snapshot`] is all it remembers, [`progress`] and [`report`] are what people
//! see of it.

mod advice;
pub mod authored;
pub mod decide;
mod dispute;
pub mod error;
pub mod flow;
pub mod machine;
pub mod progress;
pub mod protocol;
pub mod report;
pub mod report_markdown;
pub mod snapshot;
mod steps;
mod terms;
mod turn;
pub mod types;
mod wording;

#[cfg(test)]
mod tests;

pub use authored::Authored;
pub use decide::decide;
pub use error::InterviewError;
pub use flow::{FlowDecision, allowed};
pub use machine::Interview;
pub use progress::{LabelProgress, LabelState, TopicProgress, TopicStatus};
pub use protocol::{Effect, Input, Options, Phase};
pub use report::{Advice, Correction, Missed, Report, TopicReport, Totals};
pub use report_markdown::markdown;
pub use snapshot::Snapshot;
pub use types::*;

pub use crate::talk::{Fault, Normalised, check_reply, normalise, strip_controls};
