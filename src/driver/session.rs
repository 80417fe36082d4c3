//! What the screen needs of an interview: a trait, so that the whole screen can be tested with a
//! fake, and the notices that come back.

use jiff::Timestamp;

use crate::companion::ethics::Offence;
pub use crate::interview::{
    Advice, Correction, LabelProgress, LabelState, Missed, Phase, Report, TopicProgress,
    TopicReport, TopicStatus, Totals,
};
use crate::interview::{EndReason, Utterance, Verdict};

/// An interview as the screen drives it. Every call returns at once; what takes time comes later,
/// as an event of the engine handed to [`Session::poll`].
pub trait Session {
    /// What the engine sends back.
    type Event;
    /// Why a request could not be taken; its `Display` is shown to the learner.
    type Error: std::error::Error;

    /// Starts a fresh interview, or goes on with the unfinished one that was offered.
    fn begin(&mut self, begin: Begin) -> Result<Vec<Notice>, Self::Error>;
    /// The learner's message.
    fn submit(&mut self, message: String) -> Result<Vec<Notice>, Self::Error>;
    /// Takes back the message that is being judged.
    fn retract(&mut self) -> Result<Vec<Notice>, Self::Error>;
    /// Asks for the next question.
    fn skip(&mut self) -> Result<Vec<Notice>, Self::Error>;
    /// Insists that the last answer was right.
    fn dispute(&mut self) -> Result<Vec<Notice>, Self::Error>;
    /// Objects to the last sanction, for this reason.
    fn object(&mut self, reason: String) -> Result<Vec<Notice>, Self::Error>;
    /// Stops what is being generated.
    fn cancel(&mut self) -> Result<Vec<Notice>, Self::Error>;
    /// Ends the interview.
    fn stop(&mut self, reason: EndReason) -> Result<Vec<Notice>, Self::Error>;
    /// Takes what the engine sent.
    fn poll(&mut self, event: Self::Event) -> Result<Vec<Notice>, Self::Error>;

    /// What the interview is doing.
    fn phase(&self) -> Phase;
    /// A hint for what is asked.
    fn hint(&self) -> Option<String>;
    /// Every topic, in order.
    fn progress(&self) -> Vec<TopicProgress>;
    /// The last verdict can be disputed.
    fn can_dispute(&self) -> bool;
    /// The report so far; after the end, the final one.
    fn report(&self) -> Report;
    /// The same as Markdown.
    fn report_markdown(&self) -> String;
}

/// How an interview starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// From the opening.
    Fresh,
    /// Where the unfinished one stopped.
    Resume,
}

/// An unfinished interview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumeOffer {
    /// When it was last touched, as people read it.
    pub when: String,
    /// The topic it stopped at, as people read it.
    pub topic: String,
    /// How many messages the learner sent.
    pub turns: u32,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A model is being loaded.
    Loading {
        /// Bytes done.
        done: u64,
        /// Bytes in all.
        total: u64,
        /// What is being loaded.
        what: String,
    },
    /// Everything is loaded.
    Ready {
        /// Milliseconds it took.
        ms: f64,
    },
    /// What was said before, in a resumed interview.
    Earlier(Vec<Spoken>),
    /// The reply as far as it is written.
    Draft(String),
    /// The interviewer's reply, with the next question.
    Question {
        /// Number of the turn.
        turn: u32,
        /// Exact title of the topic asked about.
        topic: String,
        /// What was said.
        utterance: Utterance,
    },
    /// A message was judged and the next topic chosen.
    Judged {
        /// Number of the turn.
        turn: u32,
        /// Exact title of the topic.
        topic: String,
        /// The learner's message.
        message: String,
        /// The decision.
        verdict: Verdict,
        /// Exact title of the next topic.
        next: String,
        /// Milliseconds of the judge.
        judge_ms: f64,
        /// Milliseconds of the selector.
        select_ms: f64,
    },
    /// A dispute was recorded.
    Disputed {
        /// Exact title of the topic.
        topic: String,
        /// The label credited as disputed.
        label: String,
    },
    /// The message gets a sanction in place of a verdict, or a block refuses the start.
    Sanctioned {
        /// What was committed.
        offences: Vec<Offence>,
        /// When the block ends; none for a warning, after which the question is asked again.
        until: Option<Timestamp>,
        /// Why, and until when, for people.
        text: String,
    },
    /// An objection was recorded.
    Objected,
    /// The interview is over.
    End {
        /// Why.
        reason: EndReason,
        /// The interviewer's last words, where there are any.
        last_words: Option<Utterance>,
        /// The final report.
        report: Report,
    },
    /// Something went wrong.
    Problem(String),
    /// A content file was read again, or why it could not be.
    ContentChanged(Result<(), String>),
}

/// Something said in an earlier sitting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Who said it.
    pub by: Speaker,
    /// What.
    pub text: String,
}

/// The two sides of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// Oh-LoRA.
    Interviewer,
    /// The person at the keyboard.
    Learner,
}
