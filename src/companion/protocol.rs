//! What goes into the companion's machine and what comes out of it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::clock::Moment;
use super::ethics::{self, Offence, Thresholds};
use super::expression::{self, Expression};
use super::memory::{Item, Scored};
use super::trace::Trace;
use crate::talk::Utterance;

/// How a conversation is held.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Probabilities at which a message is an offence.
    pub thresholds: Thresholds,
    /// The score from which a memory goes before a message.
    pub memory_threshold: f32,
    /// Draws the faces.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            thresholds: Thresholds::default(),
            memory_threshold: 0.6,
            seed: 0,
        }
    }
}

/// Something happened. An input that doesn't fit the [`Phase`] is ignored, but for what the heads
/// answer: that is taken at any time, by its turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Takes up what a snapshot still owes; the learner's wall clock.
    Begin(DateTime),
    /// The learner sent a message; their wall clock.
    Message(String, DateTime),
    /// The learner takes it back before it is answered.
    Retract,
    /// [`Effect::Classify`] is answered, a score for each text; empty where nothing can classify.
    Classified(Vec<ethics::Scores>),
    /// [`Effect::Sanction`] is recorded.
    Sanctioned(Sanctioned),
    /// The block is over or lifted.
    Unblock,
    /// [`Effect::Retrieve`] is answered: the memories that score best.
    Recalled(Vec<Scored>),
    /// [`Effect::Reply`] is answered.
    Replied(Utterance),
    /// [`Effect::Extract`] is answered; none where there is nothing to remember, or the head failed.
    Extracted(u32, Option<Item>),
    /// [`Effect::Summarise`] is answered; none where the head failed.
    Summarised(u32, Option<String>),
    /// [`Effect::Express`] is answered; none where the head failed.
    Expressed(u32, Option<Expression>),
}

impl Input {
    /// It ends what a head does beside the turn.
    pub fn is_of_head(&self) -> bool {
        matches!(
            self,
            Self::Extracted(..) | Self::Summarised(..) | Self::Expressed(..)
        )
    }
}

/// Something to do, or something that is now so.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Record the snapshot: a message came, or was taken back.
    Record,
    /// Score these readings of the message; answer with [`Input::Classified`].
    Classify(Vec<String>),
    /// Record the offences with the message, and the snapshot; answer with [`Input::Sanctioned`].
    Sanction(String, Vec<Offence>),
    /// The message gets a sanction and no reply.
    Sanctioned(Sanctioned, Box<Trace>),
    /// The message is hers to answer: record it, with the snapshot, before anything else.
    Heard(u32, String),
    /// Score what she remembers against the message; answer with [`Input::Recalled`].
    Retrieve(String),
    /// Word a reply; answer with [`Input::Replied`].
    Reply(ReplyRequest),
    /// She said this; the learner may go on. Record it.
    Replied(Box<Trace>),
    /// Find what is worth remembering; answer with [`Input::Extracted`].
    Extract(HeadRequest),
    /// Summarise the exchange; answer with [`Input::Summarised`].
    Summarise(HeadRequest),
    /// Find the expression that goes with the reply; answer with [`Input::Expressed`].
    Express(HeadRequest),
    /// The next message came first: these need no answer any more.
    Drop(u32, Vec<Head>),
    /// Keep this memory.
    Remember(u32, Item),
    /// Her face changes.
    Face(u32, Expression, expression::Scores),
    /// All that follows from a turn is there: the whole trace. Record it, with the snapshot.
    Settled(Box<Trace>),
}

/// What follows from a message that offends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sanctioned {
    /// What it committed.
    pub offences: Vec<Offence>,
    /// When the block ends; none for a warning.
    pub until: Option<Timestamp>,
}

/// A reply to be worded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplyRequest {
    /// Number of the turn.
    pub turn: u32,
    /// The message.
    pub message: String,
    /// What the head reads.
    pub prompt: String,
    /// The memory in it.
    pub memory: Option<Item>,
    /// When it is said; replies are checked against it.
    pub moment: Moment,
    /// What she said last, not to be said again.
    pub last: Option<String>,
}

/// A head, of those that run after the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// What is worth remembering.
    Memory,
    /// The exchange in short.
    Summary,
    /// Her face.
    Expression,
}

/// Something for a head to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadRequest {
    /// Number of the turn.
    pub turn: u32,
    /// What the head reads.
    pub prompt: String,
}

/// What the machine waits for. Heads that run after a reply are no phase: the learner may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// For [`Input::Begin`]: a message came and was not answered before the program ended.
    Interrupted,
    /// For the learner.
    Waiting,
    /// For the classifier.
    Classifying,
    /// For the sanction to be recorded.
    Sanctioning,
    /// For what she remembers.
    Retrieving,
    /// For the reply.
    Replying,
    /// For the end of a block.
    Blocked,
}
