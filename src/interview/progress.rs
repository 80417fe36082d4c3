//! How far the interview is, topic by topic: what a checklist shows.

use serde::{Deserialize, Serialize};

use crate::content::{Pack, Topic};

use super::snapshot::{Snapshot, TopicRecord};

/// Where a topic stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelProgress {
    /// Exact label.
    pub label: String,
    /// Where it stands.
    pub state: LabelState,
}

/// Every topic of the pack, in order.
pub(super) fn progress(pack: &Pack, state: &Snapshot) -> Vec<TopicProgress> {
    pack.topics
        .iter()
        .map(|topic| {
            let record = state.record(&topic.title);
            TopicProgress {
                title: topic.title.clone(),
                display: topic.display().to_owned(),
                status: status(topic, state),
                labels: topic
                    .labels()
                    .map(|label| LabelProgress {
                        label: label.to_owned(),
                        state: record.map_or(LabelState::Open, |record| label_state(record, label)),
                    })
                    .collect(),
            }
        })
        .collect()
}

/// Where a topic stands now.
pub(super) fn status(topic: &Topic, state: &Snapshot) -> TopicStatus {
    if state.ended.is_none() && state.topic == topic.title {
        return TopicStatus::Current;
    }
    state
        .record(&topic.title)
        .map_or(TopicStatus::Open, |record| record.status)
}

fn label_state(record: &TopicRecord, label: &str) -> LabelState {
    let holds = |list: &[String]| list.iter().any(|item| item == label);
    if holds(&record.earned) {
        LabelState::Earned
    } else if holds(&record.disputed) {
        LabelState::Disputed
    } else if holds(&record.missed) {
        LabelState::Missed
    } else {
        LabelState::Open
    }
}
