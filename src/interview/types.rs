//! The vocabulary of an interview turn: what the judge saw, what was decided, what was said.

use serde::{Deserialize, Serialize};

pub use crate::talk::Utterance;

/// What the learner may want instead of answering; the lists of `intents.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Wants to begin or go on.
    Ready,
    /// Asks for another question.
    Skip,
    /// Says plainly that they don't know.
    DontKnow,
    /// Asks what a term or the question means.
    TermQuestion,
    /// Greets.
    Greeting,
    /// Talks about something else.
    ChitChat,
}

impl Intent {
    /// Its name in content files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Skip => "skip",
            Self::DontKnow => "dont_know",
            Self::TermQuestion => "term_question",
            Self::Greeting => "greeting",
            Self::ChitChat => "chit_chat",
        }
    }
}

/// What a message can be taken for within a topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "of")]
pub enum Class {
    /// It earns these labels: one, or several at once.
    Labels(Vec<String>),
    /// It holds this misconception.
    Misconception(String),
    /// It earns nothing.
    Failure,
    /// It answers nothing and wants something else.
    Intent(Intent),
}

/// A class with its calibrated probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// What the message may be.
    pub class: Class,
    /// Calibrated probability in 0..=1; all candidates of a judgement sum to 1.
    pub score: f32,
}

/// What the judge model saw in one message: evidence, not yet a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Every candidate of the topic, best first.
    pub candidates: Vec<Candidate>,
    /// For each label of the topic, in order, the probability that the message earns it: the sum
    /// over the candidates that hold it, or what one of the message's sentences alone earns.
    pub labels: Vec<(String, f32)>,
    /// The message hedges ("~인데 잘 모르겠어").
    pub hedged: bool,
    /// The variant of an earned answer that the message names, where the topic branches;
    /// [`NO_VARIANT`](crate::content::NO_VARIANT) where it clearly names none.
    pub variant: Option<String>,
}

impl Evidence {
    /// Nothing was seen: the message is empty, or there is none.
    pub(super) fn none() -> Self {
        Self {
            candidates: Vec::new(),
            labels: Vec::new(),
            hedged: false,
            variant: None,
        }
    }

    /// Without numbers that are none, which no file could hold.
    pub(super) fn sound(mut self) -> Self {
        let scores = self
            .candidates
            .iter_mut()
            .map(|candidate| &mut candidate.score);
        for score in scores.chain(self.labels.iter_mut().map(|(_, score)| score)) {
            if !score.is_finite() {
                *score = 0.0;
            }
        }
        self
    }
}

/// Probabilities at which evidence becomes a decision; calibrated on held-out answers and stored
/// with the judge's weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thresholds {
    /// A label is credited at this probability.
    pub credit: f32,
    /// A misconception is named at this probability.
    pub misconception: f32,
    /// An intent (skip, term question, …) is followed at this probability.
    pub intent: f32,
    /// Below this probability of the best candidate the message is unclear.
    pub sure: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            credit: 0.5,
            misconception: 0.5,
            intent: 0.5,
            sure: 0.4,
        }
    }
}

/// How a message was taken; contract.md, "Judging".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A misconception matched.
    Misconception,
    /// At least one label newly earned.
    Pass,
    /// Not sure enough; a pump follows.
    Unclear,
    /// Nothing earned.
    Fail,
    /// The learner asked to skip.
    Skip,
    /// The learner asked what something means.
    TermQuestion,
    /// Greeting, rest, small talk, last words.
    SmallTalk,
}

/// The decision about one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// How the message was taken.
    pub outcome: Outcome,
    /// Labels newly earned by this message.
    pub labels: Vec<String>,
    /// Misconceptions it holds.
    pub misconceptions: Vec<String>,
    /// Calibrated probability of the best candidate.
    pub score: f32,
    /// Every candidate, best first.
    pub candidates: Vec<Candidate>,
    /// Labels still open on this topic after the message.
    pub remaining: Vec<String>,
    /// One line of advice, where the learner hedged.
    pub coaching: Option<String>,
    /// The learner said plainly that they don't know.
    pub dont_know: bool,
}

/// What the selector is asked: which of the topics the flow allows comes next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelectRequest {
    /// Title of the topic just answered.
    pub topic: String,
    /// The learner's message.
    pub message: String,
    /// Labels that remain after the message.
    pub remaining: Vec<String>,
    /// Titles the flow allows, never empty.
    pub allowed: Vec<String>,
}

/// What the judge is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeRequest {
    /// Title of the topic.
    pub topic: String,
    /// The learner's message, normalised.
    pub message: String,
    /// In an experience topic, the label that was asked for.
    pub asked: Option<String>,
}

/// The situation a reply answers to; one per reaction list, so that a writer needs no rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Situation {
    /// The first words of the interview.
    Opening,
    /// The topic is complete.
    Pass,
    /// Right, but parts remain.
    Partial,
    /// Nothing earned, first time on this topic: the hint follows.
    FirstFailure,
    /// Nothing earned, again.
    Fail,
    /// A plain "I don't know": praised for being plain, the hint follows.
    DontKnow,
    /// A wrong idea, with its correction.
    Misconception,
    /// Not clear: asked to say more.
    Unclear,
    /// The last failure: the model answer, then on.
    Reveal,
    /// Skipped: the model answer is kept for the report, then on.
    Skip,
    /// Explains a term.
    TermQuestion,
    /// Greeted, but not ready.
    GreetingWait,
    /// Ready: the first question follows.
    GreetingDone,
    /// After small talk.
    SmallTalk,
    /// After the rest.
    Rest,
    /// After the last words: the end.
    Closing,
    /// The learner insists on being right.
    Dispute,
}

/// Everything a writer needs for one reply: the reaction to the message and the next question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WriteRequest {
    /// What the reply answers to.
    pub situation: Situation,
    /// Title of the topic the message answered.
    pub topic: String,
    /// The learner's message; empty in the opening.
    pub message: String,
    /// Labels earned by the message.
    pub labels: Vec<String>,
    /// Misconceptions in the message.
    pub misconceptions: Vec<String>,
    /// Labels still open on `topic`.
    pub remaining: Vec<String>,
    /// Advice to somebody who hedges.
    pub coaching: Option<String>,
    /// Title of the topic asked next (may equal `topic`), or the pack's end.
    pub next: String,
    /// The part of `next` that is asked for, where it is one of several.
    pub ask: Option<String>,
    /// Number of the turn; a writer varies its wording with it.
    pub turn: u32,
}

/// Why an interview ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Every topic was visited.
    Finished,
    /// The input ended.
    Eof,
    /// The learner stopped.
    Stopped,
    /// A sanction began.
    Sanctioned,
}
