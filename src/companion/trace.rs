//! How a reply came about, step by step: the JSON object of `ohlora chat` and the panel on the screen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ethics::{Offence, Scores};
use super::expression::Expression;
use super::memory::Scored;
use super::protocol::Head;

/// What happened in a turn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// Number of the turn, from 1.
    pub turn: u32,
    /// What the learner wrote, normalised.
    pub message: String,
    /// What was said.
    pub text: String,
    /// What the reply head read.
    pub prompt: String,
    /// What was put before the message for the time, where it asks for it.
    pub time: Option<String>,
    /// The memory put before the message, `[key: value]`.
    pub memory_used: Option<String>,
    /// The best memories with their scores, at most [`SHOWN`].
    pub memory_scores: Vec<Scored>,
    /// The memory made of the message, `[key: value]`.
    pub memory_saved: Option<String>,
    /// The summary of the exchange.
    pub summary: Option<String>,
    /// Her expression.
    pub expression: Option<Expression>,
    /// What her boundaries made of it.
    pub ethics: EthicsTrace,
    /// Whose words they are.
    pub writer: String,
    /// Prepared words stand in for a model's that failed its checks.
    pub fallback: bool,
    /// Heads that were left out because the next message came first.
    pub dropped: Vec<Head>,
    /// Milliseconds by step.
    pub ms: BTreeMap<String, f64>,
}

/// What her boundaries made of a message.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EthicsTrace {
    /// What it committed.
    pub categories: Vec<Offence>,
    /// The scores of its worst reading; all zero where nothing was classified.
    pub scores: Scores,
    /// That reading, where it is not the message itself.
    pub reading: Option<String>,
    /// What follows from it; there is no reply then.
    pub sanction: Option<String>,
}

/// Memories shown with their scores.
pub const SHOWN: usize = 3;

impl EthicsTrace {
    /// The trace of the scores of a message's readings.
    pub(super) fn of(texts: &[String], scores: &[Scores], categories: Vec<Offence>) -> Self {
        let worst = texts
            .iter()
            .zip(scores)
            .enumerate()
            .max_by(|(_, (_, a)), (_, (_, b))| a.worst().total_cmp(&b.worst()));
        let Some((index, (text, scores))) = worst else {
            return Self {
                categories,
                ..Self::default()
            };
        };
        Self {
            categories,
            scores: *scores,
            reading: (index > 0).then(|| text.clone()),
            sanction: None,
        }
    }
}
