//! Progress and report of an interview, as the interview module defines them.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::interview::EndReason;
use crate::messages::Messages;

/// What the machine waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// For the beginning.
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

/// Where a topic stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TopicStatus {
    /// Not asked, or not finished.
    #[default]
    Open,
    /// Being asked now.
    Current,
    /// Complete.
    Done,
    /// Left because the learner asked for another question.
    Skipped,
    /// Left after the last failure.
    Failed,
}

/// Where a label stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LabelState {
    /// Not answered yet.
    Open,
    /// Earned.
    Earned,
    /// Credited because the learner insists on it.
    Disputed,
    /// Given up.
    Missed,
}

/// A topic of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicProgress {
    /// Exact title.
    pub title: String,
    /// What people read.
    pub display: String,
    /// Where it stands.
    pub status: TopicStatus,
    /// Its sub-answers, in order.
    pub labels: Vec<LabelProgress>,
}

/// A sub-answer of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelProgress {
    /// Exact label.
    pub label: String,
    /// Where it stands.
    pub state: LabelState,
}

/// The report of an interview, finished or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Title of the pack.
    pub pack: String,
    /// Every topic of the pack, in order.
    pub topics: Vec<TopicReport>,
    /// Sums over the judged topics that were visited.
    pub totals: Totals,
    /// How to improve, the most useful first.
    pub advice: Vec<Advice>,
}

/// A topic of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicReport {
    /// Exact title.
    pub title: String,
    /// What people read.
    pub display_title: String,
    /// Answers are judged here: no greeting, small talk, rest or last words.
    pub judged: bool,
    /// Where the topic stands; `open` with turns is a topic in which the interview stopped.
    pub status: TopicStatus,
    /// Labels earned.
    pub earned: Vec<String>,
    /// Labels credited because the learner insists on them.
    pub disputed: Vec<String>,
    /// Labels given up, with what would have earned them.
    pub missed: Vec<Missed>,
    /// Labels that were never decided.
    pub open: Vec<String>,
    /// Wrong ideas, set right.
    pub misconceptions: Vec<Correction>,
    /// Messages judged on the topic.
    pub turns: u32,
    /// The learner asked for another question.
    pub skipped: bool,
}

/// A label that was given up.
#[derive(Debug, Clone, PartialEq)]
pub struct Missed {
    /// Exact label.
    pub label: String,
    /// The reference statement.
    pub key_point: String,
    /// A very good answer.
    pub model_answer: String,
}

/// A wrong idea the learner held.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// Name of the wrong idea.
    pub label: String,
    /// What sets it right.
    pub correction: String,
}

/// Sums over the judged topics that were visited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Topics visited.
    pub topics: usize,
    /// Topics completed.
    pub passed: usize,
    /// Topics skipped.
    pub skipped: usize,
    /// Labels of the visited topics.
    pub labels: usize,
    /// Labels earned.
    pub earned: usize,
    /// Labels credited because the learner insists on them.
    pub disputed: usize,
    /// Labels given up.
    pub missed: usize,
    /// Wrong ideas.
    pub misconceptions: usize,
    /// Messages judged, on these topics.
    pub turns: u32,
    /// Answers that hedged.
    pub hedged: u32,
    /// Answers that were not clear.
    pub unclear: u32,
    /// Times the learner said plainly that they don't know.
    pub dont_know: u32,
}

/// One line of advice: a key of the message files and the values of its placeholders.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// Key of the message.
    pub key: String,
    /// Placeholder to value.
    pub values: BTreeMap<String, String>,
}

impl Advice {
    /// The line in a language.
    pub fn text(&self, messages: &Messages) -> String {
        let values: Vec<(&str, &dyn Display)> = self
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value as &dyn Display))
            .collect();
        messages.fill(&self.key, &values)
    }
}
