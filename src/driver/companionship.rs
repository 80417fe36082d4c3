//! What the screen needs of a conversation with the companion: a trait, so that the whole screen can
//! be tested with a fake, and the notices that come back.

use jiff::Timestamp;

use super::session::Spoken;
use crate::companion::ethics::Offence;
pub use crate::companion::expression::{Expression, Scores};
pub use crate::companion::{Phase as TalkPhase, Trace};

/// A conversation as the screen drives it. Every call returns at once; what takes time comes later,
/// as an event of the engine handed to [`Companionship::hear`].
pub trait Companionship {
    /// What the engine sends.
    type Event;
    /// Why a request could not be taken; its `Display` is shown to the learner.
    type Error: std::error::Error;

    /// The conversation is looked at for the first time: loads what it needs, tells what was said
    /// before, and goes on with what was owed.
    fn visit(&mut self) -> Result<Vec<TalkNotice>, Self::Error>;
    /// The learner's message. While a sanction blocks the conversation it is an objection.
    fn say(&mut self, message: String) -> Result<Vec<TalkNotice>, Self::Error>;
    /// Stops the reply that is being worded.
    fn hush(&mut self) -> Result<Vec<TalkNotice>, Self::Error>;
    /// Takes what the engine sent; nothing where it concerns the interview.
    fn hear(&mut self, event: &Self::Event) -> Result<Vec<TalkNotice>, Self::Error>;
    /// What she remembers, the newest first.
    fn memories(&mut self) -> Result<Vec<Remembered>, Self::Error>;
    /// Changes what she remembers to `[key: value]`; tells what had the same key and is gone.
    fn amend(&mut self, id: i64, item: &str) -> Result<Option<String>, Self::Error>;
    /// Makes her forget something.
    fn forget(&mut self, id: i64) -> Result<(), Self::Error>;

    /// What the conversation is doing.
    fn talk_phase(&self) -> TalkPhase;
}

/// Something that she remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Its number in the record.
    pub id: i64,
    /// `[key: value]`.
    pub item: String,
    /// Since when, as people read it.
    pub since: String,
    /// Until when, as people read it; none where it does not expire.
    pub until: Option<String>,
}

/// Something that happened in the conversation.
#[derive(Debug, Clone, PartialEq)]
pub enum TalkNotice {
    /// What was said before, oldest first.
    Earlier(Vec<Spoken>),
    /// The reply as far as it is written.
    Draft(String),
    /// She said this; the heads are at work on the rest of the trace.
    Replied(Box<Trace>),
    /// Her face changes.
    Face(Expression, Scores),
    /// All that follows from a turn is there.
    Settled(Box<Trace>),
    /// The message was over a line: what she says to it, and the whole trace.
    Sanctioned {
        /// What it was.
        offences: Vec<Offence>,
        /// Until when nobody may speak; none for a warning.
        until: Option<Timestamp>,
        /// Why and until when, in the learner's language.
        text: String,
        /// How it was decided.
        trace: Option<Box<Trace>>,
    },
    /// The objection was kept with the sanction.
    Objected(String),
    /// Something went wrong.
    Problem(String),
}
