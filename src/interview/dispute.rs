//! "My answer is right": the learner disputes the last verdict, and an instructor will see it.

use crate::content::Complete;

use super::flow::{FlowDecision, allowed, is_judged};
use super::machine::Interview;
use super::progress::TopicStatus;
use super::protocol::Effect;
use super::snapshot::LastTurn;
use super::steps::Move;
use super::types::{Situation, WriteRequest};

impl Interview {
    pub(super) fn dispute(&mut self) -> Vec<Effect> {
        let Some((last, label)) = self.disputable() else {
            return Vec::new();
        };
        let (last, label) = (last.clone(), label.to_owned());
        let topic = &self.pack.topics[self.topic];
        let decision = if !last.left && self.completes(&label) {
            FlowDecision::Done {
                variant: last.variant.as_deref(),
            }
        } else {
            FlowDecision::Stay
        };
        let allowed = allowed(&self.pack, topic, &[], decision);
        self.choose(Move::Dispute { last, label }, allowed)
    }

    /// The label that a dispute would credit: the likeliest of those the last message left open.
    pub(super) fn disputable(&self) -> Option<(&LastTurn, &str)> {
        let last = self.state.last.as_ref()?;
        let (_, topic) = self.pack.topic(&last.topic)?;
        if last.disputed || last.message.is_empty() || !is_judged(topic) {
            return None;
        }
        let score = |label: &str| {
            let found = last.scores.iter().find(|(name, _)| name == label);
            found.map_or(0.0, |(_, score)| *score)
        };
        let open = last.verdict.remaining.iter().rev();
        let label = open.max_by(|a, b| score(a).total_cmp(&score(b)))?;
        Some((last, label))
    }

    pub(super) fn settle_dispute(
        &mut self,
        last: &LastTurn,
        label: &str,
        next: &str,
    ) -> Vec<Effect> {
        let mut left_open = last.verdict.remaining.clone();
        left_open.retain(|open| open != label);
        let completes = !last.left && self.completes(label);
        if !last.left {
            self.state.remaining.retain(|open| open != label);
            self.state.failures -= u32::from(last.failure).min(self.state.failures);
            self.state.stalls = 0;
        }
        let one_is_enough = self
            .pack
            .topic(&last.topic)
            .is_some_and(|(_, topic)| topic.complete == Complete::Any);
        let record = self.state.record_mut(&last.topic);
        record.dispute(label);
        if one_is_enough {
            record.missed.clear();
        }
        if completes || (last.left && record.missed.is_empty()) {
            record.status = TopicStatus::Done;
        }
        if let Some(last) = &mut self.state.last {
            last.disputed = true;
        }
        self.follow(completes, next);
        let mut effects = vec![Effect::Disputed {
            turn: last.turn,
            topic: last.topic.clone(),
            label: label.to_owned(),
            message: last.message.clone(),
        }];
        effects.extend(self.write(WriteRequest {
            situation: Situation::Dispute,
            topic: last.topic.clone(),
            message: last.message.clone(),
            labels: vec![label.to_owned()],
            misconceptions: Vec::new(),
            remaining: left_open,
            coaching: None,
            next: next.to_owned(),
            ask: self.asked_of(next),
            turn: self.state.turn,
        }));
        effects
    }

    fn completes(&self, label: &str) -> bool {
        self.topic().complete == Complete::Any || self.state.remaining.iter().all(|l| l == label)
    }
}
