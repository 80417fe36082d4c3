//! The machine that holds an interview: one input in, its effects out.
//!
//! ```text
//!  Begin ─▶ Writing ─▶ Waiting ─▶ Judging ─▶ (Selecting) ─▶ Writing ─▶ Waiting … ─▶ Ended
//! ```
//!
//! What has been decided is in the [`Snapshot`]; what is still being judged or selected is only in
//! its `Step`, so that a snapshot taken at any moment is a state to go on from.

use std::sync::Arc;

use crate::content::{Pack, Topic};
use crate::talk::strip_controls;

use super::error::{InterviewError, close_titles};
use super::progress::{self, TopicProgress};
use super::protocol::{Effect, Input, Options, Phase};
use super::report::Report;
use super::snapshot::Snapshot;
use super::steps::Step;
use super::types::{EndReason, Utterance};

/// An interview in a pack.
#[derive(Debug, Clone)]
pub struct Interview {
    pub(super) pack: Arc<Pack>,
    pub(super) options: Options,
    pub(super) state: Snapshot,
    pub(super) step: Step,
    /// Index of the current topic.
    pub(super) topic: usize,
    /// Resumed, and not begun again.
    resumed: bool,
}

impl Interview {
    /// A new interview, begun by [`Input::Begin`]. The topic to start with is named by its title
    /// or display title.
    pub fn new(pack: Arc<Pack>, options: Options) -> Result<Self, InterviewError> {
        if pack.topics.is_empty() {
            return Err(InterviewError::NoTopics {
                pack: pack.file.id.clone(),
            });
        }
        let topic = match &options.start_topic {
            None => 0,
            Some(title) => pack
                .topics
                .iter()
                .position(|topic| topic.title == *title || topic.display() == title)
                .ok_or_else(|| InterviewError::UnknownTopic {
                    pack: pack.file.id.clone(),
                    title: title.clone(),
                    close: close_titles(title, pack.topics.iter().map(|t| t.title.as_str())),
                })?,
        };
        let mut interview = Self {
            state: Snapshot::new(pack.file.id.clone()),
            pack,
            options,
            step: Step::Settled,
            topic,
            resumed: false,
        };
        interview.enter(topic);
        Ok(interview)
    }

    /// Goes on where a snapshot was taken. One that was stopped goes on too; one that is finished
    /// stays so.
    pub fn resume(
        pack: Arc<Pack>,
        options: Options,
        mut snapshot: Snapshot,
    ) -> Result<Self, InterviewError> {
        snapshot.fits(&pack)?;
        let topic = pack.topic(&snapshot.topic).map_or(0, |(index, _)| index);
        if snapshot.ended != Some(EndReason::Finished) {
            snapshot.ended = None;
        }
        Ok(Self {
            state: snapshot,
            pack,
            options,
            step: Step::Settled,
            topic,
            resumed: true,
        })
    }

    /// All that is needed to go on later. A message that is still being judged is not in it.
    pub fn snapshot(&self) -> Snapshot {
        self.state.clone()
    }

    /// What the machine waits for.
    pub fn phase(&self) -> Phase {
        match (&self.step, self.state.ended) {
            (_, Some(reason)) => Phase::Ended(reason),
            (Step::Judging(_), _) => Phase::Judging,
            (Step::Selecting(..), _) => Phase::Selecting,
            (Step::Settled, _) if self.state.owed.is_some() => Phase::Writing,
            (Step::Settled, _) if self.state.question.is_none() => Phase::NotStarted,
            (Step::Settled, _) => Phase::Waiting,
        }
    }

    /// The pack the interview is held in.
    pub fn pack(&self) -> &Arc<Pack> {
        &self.pack
    }

    /// The current topic; after the end, the last one.
    pub fn topic(&self) -> &Topic {
        &self.pack.topics[self.topic]
    }

    /// The part of the topic that is asked for, where it is one of several.
    pub fn asked(&self) -> Option<&str> {
        self.state.asked.as_deref()
    }

    /// Labels of the topic that are still open.
    pub fn remaining(&self) -> &[String] {
        &self.state.remaining
    }

    /// Number of the last judged turn; 0 before the first.
    pub fn turn(&self) -> u32 {
        self.state.turn
    }

    /// The last thing the interviewer said.
    pub fn question(&self) -> Option<&Utterance> {
        self.state.question.as_ref()
    }

    /// Whether [`Input::Dispute`] would credit something now.
    pub fn can_dispute(&self) -> bool {
        self.phase() == Phase::Waiting && self.disputable().is_some()
    }

    /// A hint for the part that is asked for, or for the first that is open.
    pub fn hint(&self) -> Option<String> {
        let label = self
            .asked()
            .or(self.remaining().first().map(String::as_str))?;
        let hint = &self.topic().answer(label)?.hint;
        (!hint.is_empty()).then(|| strip_controls(hint))
    }

    /// Every topic with its sub-answers, in the pack's order.
    pub fn progress(&self) -> Vec<TopicProgress> {
        progress::progress(&self.pack, &self.state)
    }

    /// What has come of the interview so far.
    pub fn report(&self) -> Report {
        Report::new(&self.pack, &self.state)
    }

    /// Takes an input. One that doesn't fit the phase has no effects.
    pub fn handle(&mut self, input: Input) -> Vec<Effect> {
        let resumed = std::mem::take(&mut self.resumed);
        match (self.phase(), input) {
            (Phase::Ended(_), _) => Vec::new(),
            (_, Input::Stop(reason)) => self.end(reason),
            (Phase::NotStarted, Input::Begin) => self.open(),
            (Phase::Waiting | Phase::Writing, Input::Begin) if resumed => self.go_on(),
            (Phase::Waiting, Input::Message(message)) => self.hear(&message),
            (Phase::Waiting, Input::SkipKey) => self.skip(),
            (Phase::Waiting, Input::Dispute) => self.dispute(),
            (Phase::Judging, Input::Judged(evidence)) => self.judge(evidence),
            (Phase::Judging | Phase::Selecting, Input::Retract) => self.retract(),
            (Phase::Selecting, Input::Selected(title)) => self.select(&title),
            (Phase::Writing, Input::Written(utterance)) => self.say(utterance),
            _ => {
                self.resumed = resumed;
                Vec::new()
            }
        }
    }
}
