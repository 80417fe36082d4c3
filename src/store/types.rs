//! What goes into the record and what comes out of it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::interview::{EndReason, Utterance, Verdict};

/// The number of an interview, counted from 1; never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct InterviewId(pub i64);

impl fmt::Display for InterviewId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Milliseconds by step (`judge`, `select`, `write`), as in the JSON lines.
pub type Timings = BTreeMap<String, f64>;

/// An interview that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInterview {
    /// Now.
    pub at: Timestamp,
    /// The pack's `id`.
    pub pack_id: String,
    /// The pack's `title`.
    pub pack_title: String,
    /// The pack's `language`.
    pub language: String,
    /// Who words the questions.
    pub writer: String,
    /// What the wordings are drawn with.
    pub seed: u64,
}

/// What the interviewer said.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The final text.
    pub utterance: Utterance,
    /// Time spent on it.
    pub ms: Timings,
}

/// A question that was asked: the opening, or the reply to a turn that was recorded without one.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionRecord {
    /// 0 for the opening.
    pub turn: u32,
    /// Now.
    pub at: Timestamp,
    /// Title of the topic asked.
    pub topic: String,
    /// The reaction and the question.
    pub reply: Reply,
}

/// A message that was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnRecord {
    /// Counted from 1.
    pub turn: u32,
    /// Now.
    pub at: Timestamp,
    /// Title of the topic answered.
    pub topic: String,
    /// What the learner wrote.
    pub message: String,
    /// How it was taken.
    pub verdict: Verdict,
    /// Title of the topic that follows.
    pub next: String,
    /// Time spent on judging and selecting.
    pub ms: Timings,
    /// What was said to it, where that is known already; see [`QuestionRecord`].
    pub reply: Option<Reply>,
}

/// The learner insists on a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeRecord {
    /// The turn whose verdict is disputed.
    pub turn: u32,
    /// Now.
    pub at: Timestamp,
    /// Title of the topic.
    pub topic: String,
    /// The label that was credited as disputed.
    pub label: String,
    /// What the learner wrote in that turn.
    pub message: String,
}

/// An interview that was left without an end and can go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    /// Which one.
    pub id: InterviewId,
    /// The pack it was held with.
    pub pack_id: String,
    /// When it began.
    pub started: Timestamp,
    /// The last turn that was recorded.
    pub turn: u32,
    /// Title of the topic it stands at.
    pub topic: String,
    /// The state after that turn.
    pub snapshot: Value,
}

/// An interview, as in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Interview {
    /// Its number.
    pub id: InterviewId,
    /// When it began.
    #[serde(serialize_with = "as_text")]
    pub started: Timestamp,
    /// When and why it ended; none while it can be resumed.
    pub end: Option<End>,
    /// The pack's `id`.
    pub pack_id: String,
    /// The pack's `title`.
    pub pack_title: String,
    /// The pack's `language`.
    pub language: String,
    /// Who worded the questions.
    pub writer: String,
    /// What the wordings were drawn with.
    pub seed: u64,
    /// Number of messages judged.
    pub turns: u32,
    /// Number of labels earned in them.
    pub earned: u32,
}

/// The end of an interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct End {
    /// When.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// Why.
    pub reason: EndReason,
}

/// An interview with everything said in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Transcript {
    /// The interview.
    #[serde(flatten)]
    pub interview: Interview,
    /// Its turns, in order.
    #[serde(rename = "transcript")]
    pub turns: Vec<Turn>,
    /// Its disputes, in order.
    pub disputes: Vec<Dispute>,
    /// The state after the last turn.
    #[serde(skip)]
    pub snapshot: Option<Value>,
}

/// A turn as recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turn {
    /// 0 for the opening.
    pub turn: u32,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// Title of the topic: asked in the opening, answered in the others.
    pub topic: String,
    /// The learner's part; none in the opening.
    #[serde(flatten)]
    pub answer: Option<Answer>,
    /// The interviewer's part; none where the program was stopped before it.
    pub reply: Option<Utterance>,
    /// Time spent on each step.
    pub ms: Timings,
}

/// The learner's part of a turn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// What they wrote.
    pub message: String,
    /// How it was taken.
    pub verdict: Verdict,
    /// Title of the topic that followed.
    pub next: String,
}

/// A dispute as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dispute {
    /// Its number.
    pub id: i64,
    /// The interview it belongs to.
    pub interview: InterviewId,
    /// The pack of that interview.
    pub pack_id: String,
    /// The turn whose verdict is disputed.
    pub turn: u32,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// Title of the topic.
    pub topic: String,
    /// The label.
    pub label: String,
    /// What the learner wrote.
    pub message: String,
    /// The instructor has dealt with it.
    pub resolved: bool,
}

pub(super) fn as_text<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}
