//! What goes into the machine and what comes out of it.

use serde::{Deserialize, Serialize};

use super::report::Report;
use super::types::{
    EndReason, Evidence, JudgeRequest, SelectRequest, Thresholds, Utterance, Verdict, WriteRequest,
};

/// How an interview is held.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Title of the topic to begin with; the pack's first one otherwise.
    pub start_topic: Option<String>,
    /// Chooses among authored wordings.
    pub seed: u64,
    /// Failures after which a topic is revealed and left; at least 1.
    pub max_failures: u32,
    /// Probabilities at which evidence becomes a decision.
    pub thresholds: Thresholds,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            start_topic: None,
            seed: 0,
            max_failures: 3,
            thresholds: Thresholds::default(),
        }
    }
}

/// Something happened. An input that doesn't fit the [`Phase`] is ignored.
///
/// Answers carry no number, so a driver drops the engine's answer to a message that was retracted.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Starts the interview. After a resume: says the last question again, or asks once more for
    /// the reply that was being written.
    Begin,
    /// The learner sent a message.
    Message(String),
    /// The learner pressed the key for another question.
    SkipKey,
    /// The judge answered [`Effect::Judge`].
    Judged(Evidence),
    /// The selector answered [`Effect::Select`] with the title of the next topic.
    Selected(String),
    /// The writer answered [`Effect::Write`].
    Written(Utterance),
    /// The learner insists that the last judged answer was right.
    Dispute,
    /// The learner takes the message back before it is judged.
    Retract,
    /// The interview is over, for this reason.
    Stop(EndReason),
}

/// Something to do, or something that is now so.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the judge; answer with [`Input::Judged`].
    Judge(JudgeRequest),
    /// Ask the selector; answer with [`Input::Selected`].
    Select(SelectRequest),
    /// Ask the writer; answer with [`Input::Written`].
    Write(WriteRequest),
    /// A message was judged, and the topic that follows is known.
    Judged {
        /// Number of the turn, from 1.
        turn: u32,
        /// Title of the topic the message answered.
        topic: String,
        /// The learner's message, normalised; empty for the skip key.
        message: String,
        /// The decision.
        verdict: Verdict,
        /// Title of the topic asked next, or the pack's end.
        next: String,
    },
    /// A label was credited because the learner insists on it.
    Disputed {
        /// The turn whose verdict is disputed.
        turn: u32,
        /// Title of its topic.
        topic: String,
        /// The label credited.
        label: String,
        /// The message that the learner holds to be right.
        message: String,
    },
    /// The interviewer said this; the learner may answer.
    Question {
        /// Number of the turn it closes; 0 for the opening.
        turn: u32,
        /// Title of the topic asked.
        topic: String,
        /// What was said.
        utterance: Utterance,
    },
    /// The interview is over. Last words, if any, are in
    /// [`Interview::question`](super::Interview::question).
    End {
        /// Why.
        reason: EndReason,
        /// What came of it.
        report: Report,
    },
}

/// What the machine waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// For [`Input::Begin`].
    NotStarted,
    /// For the learner.
    Waiting,
    /// For the judge.
    Judging,
    /// For the selector.
    Selecting,
    /// For the writer.
    Writing,
    /// For nothing any more.
    Ended(EndReason),
}
