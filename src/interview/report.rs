//! What came of an interview: every topic, what was earned, what was missed, how to improve.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::content::{Pack, Topic};
use crate::messages::Messages;

use super::advice;
use super::flow::is_judged;
use super::progress::{self, TopicStatus};
use super::snapshot::{Snapshot, TopicRecord};
use super::types::EndReason;

/// The report of an interview, finished or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Missed {
    /// Exact label.
    pub label: String,
    /// The reference statement.
    pub key_point: String,
    /// A very good answer.
    pub model_answer: String,
}

/// A wrong idea the learner held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// Name of the wrong idea.
    pub label: String,
    /// What sets it right.
    pub correction: String,
}

/// Sums over the judged topics that were visited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// Key of the message.
    pub key: String,
    /// Placeholder to value.
    pub values: BTreeMap<String, String>,
}

impl Advice {
    /// The line in a language.
    pub fn text(&self, messages: &Messages) -> String {
        let values: Vec<(&str, &dyn std::fmt::Display)> = self
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value as &dyn std::fmt::Display))
            .collect();
        messages.fill(&self.key, &values)
    }
}

impl TopicReport {
    /// Labels credited, earned or disputed.
    pub fn credited(&self) -> usize {
        self.earned.len() + self.disputed.len()
    }

    /// Labels that counted: credited, given up, or open.
    pub fn labels(&self) -> usize {
        self.credited() + self.missed.len() + self.open.len()
    }

    /// Asked at least once, and judged.
    pub(super) fn was_judged(&self) -> bool {
        self.judged && self.turns > 0
    }
}

impl Report {
    pub(super) fn new(pack: &Pack, state: &Snapshot) -> Self {
        let topics: Vec<TopicReport> = pack
            .topics
            .iter()
            .map(|topic| topic_report(topic, state))
            .collect();
        let totals = totals(&topics, state);
        let current = (state.ended != Some(EndReason::Finished)).then_some(state.topic.as_str());
        let advice = advice::advice(pack, &topics, &totals, current);
        Self {
            pack: pack.file.title.clone(),
            topics,
            totals,
            advice,
        }
    }
}

fn topic_report(topic: &Topic, state: &Snapshot) -> TopicReport {
    let status = match progress::status(topic, state) {
        TopicStatus::Current => TopicStatus::Open,
        status => status,
    };
    let fresh = TopicRecord::default();
    let record = state.record(&topic.title).unwrap_or(&fresh);
    let decided = |label: &str| {
        [&record.earned, &record.disputed, &record.missed]
            .into_iter()
            .flatten()
            .any(|decided| decided == label)
    };
    TopicReport {
        title: topic.title.clone(),
        display_title: topic.display().to_owned(),
        judged: is_judged(topic),
        status,
        earned: record.earned.clone(),
        disputed: record.disputed.clone(),
        missed: topic
            .answers
            .iter()
            .filter(|answer| record.missed.contains(&answer.label))
            .map(|answer| Missed {
                label: answer.label.clone(),
                key_point: answer.key_point.clone(),
                model_answer: answer.model_answer.clone(),
            })
            .collect(),
        open: topic
            .labels()
            .filter(|label| status == TopicStatus::Open && !decided(label))
            .map(str::to_owned)
            .collect(),
        misconceptions: topic
            .misconceptions
            .iter()
            .filter(|misconception| record.misconceptions.contains(&misconception.label))
            .map(|misconception| Correction {
                label: misconception.label.clone(),
                correction: misconception.correction.clone(),
            })
            .collect(),
        turns: record.turns,
        skipped: status == TopicStatus::Skipped,
    }
}

fn totals(topics: &[TopicReport], state: &Snapshot) -> Totals {
    let mut totals = Totals::default();
    for topic in topics.iter().filter(|topic| topic.was_judged()) {
        totals.topics += 1;
        totals.passed += usize::from(topic.status == TopicStatus::Done);
        totals.skipped += usize::from(topic.skipped);
        totals.earned += topic.earned.len();
        totals.disputed += topic.disputed.len();
        totals.missed += topic.missed.len();
        totals.labels += topic.labels();
        totals.misconceptions += topic.misconceptions.len();
        totals.turns += topic.turns;
        if let Some(record) = state.record(&topic.title) {
            totals.hedged += record.hedged;
            totals.unclear += record.unclear;
            totals.dont_know += record.dont_know;
        }
    }
    totals
}
