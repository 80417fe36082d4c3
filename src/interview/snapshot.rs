//! All that an interview remembers, in a form that survives the program.

use serde::{Deserialize, Serialize};

use crate::content::Pack;

use super::error::InterviewError;
use super::progress::TopicStatus;
use super::types::{EndReason, Outcome, Utterance, Verdict, WriteRequest};

/// The state of an interview between two messages.
///
/// It names topics and labels instead of counting them, so that it fits a pack whose other topics
/// have changed. A message whose judgement was not finished is not in it: it is sent again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub(super) pack: String,
    pub(super) topic: String,
    pub(super) asked: Option<String>,
    pub(super) remaining: Vec<String>,
    pub(super) turn: u32,
    /// Failures on the current topic.
    pub(super) failures: u32,
    /// Messages in a row that kept the topic without counting as failures.
    pub(super) stalls: u32,
    pub(super) question: Option<Utterance>,
    /// The reply that is still to be written.
    pub(super) owed: Option<WriteRequest>,
    pub(super) ended: Option<EndReason>,
    pub(super) last: Option<LastTurn>,
    pub(super) records: Vec<TopicRecord>,
}

/// The turn judged last, as long as it can be disputed or looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LastTurn {
    pub(super) turn: u32,
    pub(super) topic: String,
    pub(super) message: String,
    pub(super) verdict: Verdict,
    /// What each label of the topic scored.
    pub(super) scores: Vec<(String, f32)>,
    pub(super) variant: Option<String>,
    /// It counted as a failure.
    pub(super) failure: bool,
    /// The interview left the topic with it.
    pub(super) left: bool,
    pub(super) disputed: bool,
}

/// What happened on a topic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct TopicRecord {
    pub(super) title: String,
    pub(super) status: TopicStatus,
    pub(super) earned: Vec<String>,
    pub(super) disputed: Vec<String>,
    pub(super) missed: Vec<String>,
    pub(super) misconceptions: Vec<String>,
    pub(super) turns: u32,
    pub(super) hedged: u32,
    pub(super) unclear: u32,
    pub(super) dont_know: u32,
}

impl Snapshot {
    /// An interview that is about to begin on a topic.
    pub(super) fn new(pack: String) -> Self {
        Self {
            pack,
            topic: String::new(),
            asked: None,
            remaining: Vec::new(),
            turn: 0,
            failures: 0,
            stalls: 0,
            question: None,
            owed: None,
            ended: None,
            last: None,
            records: Vec::new(),
        }
    }

    /// Why the interview ended, if it did.
    pub fn ended(&self) -> Option<EndReason> {
        self.ended
    }

    /// The reply that is still to be written.
    pub fn owed(&self) -> Option<&WriteRequest> {
        self.owed.as_ref()
    }

    /// The record of a topic, where it was visited.
    pub(super) fn record(&self, title: &str) -> Option<&TopicRecord> {
        self.records.iter().find(|record| record.title == title)
    }

    /// The record of a topic, begun where there is none.
    pub(super) fn record_mut(&mut self, title: &str) -> &mut TopicRecord {
        let index = self
            .records
            .iter()
            .position(|record| record.title == title)
            .unwrap_or_else(|| {
                self.records.push(TopicRecord {
                    title: title.to_owned(),
                    ..TopicRecord::default()
                });
                self.records.len() - 1
            });
        &mut self.records[index]
    }

    /// Checks that every topic and label named here exists in the pack.
    pub(super) fn fits(&self, pack: &Pack) -> Result<(), InterviewError> {
        if self.pack != pack.file.id {
            return Err(InterviewError::OtherPack {
                was: self.pack.clone(),
                is: pack.file.id.clone(),
            });
        }
        let changed = |what| InterviewError::Changed {
            pack: pack.file.id.clone(),
            what,
        };
        let label_of = |title: &str, label: &str| {
            let (_, topic) = pack
                .topic(title)
                .ok_or_else(|| changed(format!("the topic `{title}`")))?;
            topic
                .answer(label)
                .map(|_| ())
                .ok_or_else(|| changed(format!("the label `{label}` of the topic `{title}`")))
        };
        if pack.topic(&self.topic).is_none() {
            return Err(changed(format!("the topic `{}`", self.topic)));
        }
        for label in self.remaining.iter().chain(&self.asked) {
            label_of(&self.topic, label)?;
        }
        for record in &self.records {
            let labels = [&record.earned, &record.disputed, &record.missed];
            for label in labels.into_iter().flatten() {
                label_of(&record.title, label)?;
            }
        }
        if let Some(owed) = &self.owed {
            for title in [&owed.topic, &owed.next] {
                if *title != pack.file.end && pack.topic(title).is_none() {
                    return Err(changed(format!("the topic `{title}`")));
                }
            }
        }
        Ok(())
    }
}

impl TopicRecord {
    /// Notes a judged message.
    pub(super) fn note(&mut self, verdict: &Verdict) {
        self.turns += 1;
        add(&mut self.earned, &verdict.labels);
        self.missed.retain(|label| !verdict.labels.contains(label));
        add(&mut self.misconceptions, &verdict.misconceptions);
        self.hedged += u32::from(verdict.coaching.is_some());
        self.unclear += u32::from(verdict.outcome == Outcome::Unclear);
        self.dont_know += u32::from(verdict.dont_know);
    }

    /// Notes labels that were still open when the topic was left undone.
    pub(super) fn miss(&mut self, labels: &[String]) {
        add(&mut self.missed, labels);
        self.missed
            .retain(|label| !self.earned.contains(label) && !self.disputed.contains(label));
    }

    /// Credits a label because the learner insists on it.
    pub(super) fn dispute(&mut self, label: &str) {
        self.missed.retain(|missed| missed != label);
        add(&mut self.disputed, &[label.to_owned()]);
    }
}

fn add(list: &mut Vec<String>, more: &[String]) {
    for item in more {
        if !list.contains(item) {
            list.push(item.clone());
        }
    }
}
