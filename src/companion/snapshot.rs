//! All that a conversation remembers, in a form that survives the program. Memories and sanctions have
//! records of their own.

use serde::{Deserialize, Serialize};

use super::protocol::Head;
use super::trace::Trace;

/// The state of a conversation between two inputs. A message that is not classified or not answered
/// yet is in it, and so are the heads that have not answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// Number of the last message that was heard.
    pub(super) turn: u32,
    /// The message that is not classified yet.
    pub(super) received: Option<String>,
    /// The last exchange.
    pub(super) last: Option<Exchange>,
    /// The message that is owed a reply.
    pub(super) heard: Option<Trace>,
    /// Turns whose heads have not all answered, oldest first.
    pub(super) open: Vec<Open>,
}

/// What was said last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Exchange {
    pub(super) turn: u32,
    pub(super) reply: String,
    pub(super) summary: Option<String>,
}

/// A turn that was answered, and the heads it waits for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Open {
    pub(super) trace: Trace,
    pub(super) waits: Vec<Head>,
}

/// Characters of a reply that stand in for a summary that was not made.
const SHORT: usize = 80;

impl Snapshot {
    /// Number of the last message that was heard.
    pub fn turn(&self) -> u32 {
        self.turn
    }

    /// A message that came and is not classified yet: it counts as no turn so far.
    pub fn received(&self) -> Option<&str> {
        self.received.as_deref()
    }

    /// A message is owed an answer.
    pub fn is_owed(&self) -> bool {
        self.heard.is_some() || self.received.is_some()
    }
}

impl Exchange {
    /// The summary, or the beginning of the reply where there is none.
    pub(super) fn in_short(&self) -> String {
        let reply = || self.reply.chars().take(SHORT).collect();
        self.summary.clone().unwrap_or_else(reply)
    }
}
