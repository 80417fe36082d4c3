//! The steps of a turn: heard, judged, selected, said.

use crate::content::TopicKind;
use crate::talk::{normalise, strip_controls};

use super::flow::{is_judged, part};
use super::machine::Interview;
use super::progress::TopicStatus;
use super::protocol::Effect;
use super::snapshot::LastTurn;
use super::turn::Turn;
use super::types::{
    EndReason, Evidence, JudgeRequest, SelectRequest, Situation, Utterance, WriteRequest,
};

/// What is under way and would be lost with the program.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Nothing.
    Settled,
    /// The judge has the message.
    Judging(String),
    /// The selector chooses among these titles.
    Selecting(Box<Move>, Vec<String>),
}

/// A decision that waits for the topic that follows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Move {
    /// A message or the skip key.
    Turn {
        message: String,
        evidence: Evidence,
        turn: Turn,
    },
    /// The last verdict is disputed in favour of this label.
    Dispute { last: LastTurn, label: String },
}

impl Move {
    /// A message that can still be taken back.
    fn is_message(&self) -> bool {
        matches!(self, Self::Turn { message, .. } if !message.is_empty())
    }
}

impl Interview {
    pub(super) fn open(&mut self) -> Vec<Effect> {
        let title = self.state.topic.clone();
        self.write(WriteRequest {
            situation: Situation::Opening,
            topic: title.clone(),
            message: String::new(),
            labels: Vec::new(),
            misconceptions: Vec::new(),
            remaining: self.state.remaining.clone(),
            coaching: None,
            next: title,
            ask: self.state.asked.clone(),
            turn: self.state.turn,
        })
    }

    pub(super) fn go_on(&mut self) -> Vec<Effect> {
        match (&self.state.owed, &self.state.question) {
            (Some(owed), _) => vec![Effect::Write(owed.clone())],
            (None, Some(utterance)) => vec![Effect::Question {
                turn: self.state.turn,
                topic: self.state.topic.clone(),
                utterance: utterance.clone(),
            }],
            (None, None) => Vec::new(),
        }
    }

    pub(super) fn hear(&mut self, message: &str) -> Vec<Effect> {
        let message = normalise(message).text;
        self.step = Step::Judging(message.clone());
        if message.is_empty() {
            return self.judge(Evidence::none());
        }
        let tells = self.topic().kind == TopicKind::Experience;
        vec![Effect::Judge(JudgeRequest {
            topic: self.state.topic.clone(),
            message,
            asked: self.state.asked.clone().filter(|_| tells),
        })]
    }

    pub(super) fn retract(&mut self) -> Vec<Effect> {
        let heard = match &self.step {
            Step::Judging(_) => true,
            Step::Selecting(taken, _) => taken.is_message(),
            Step::Settled => false,
        };
        if heard {
            self.step = Step::Settled;
        }
        Vec::new()
    }

    pub(super) fn judge(&mut self, evidence: Evidence) -> Vec<Effect> {
        let Step::Judging(message) = std::mem::replace(&mut self.step, Step::Settled) else {
            return Vec::new();
        };
        let evidence = evidence.sound();
        let topic = &self.pack.topics[self.topic];
        let turn = Turn::judged(&self.pack, topic, &self.state, &self.options, &evidence);
        let allowed = turn.allowed(&self.pack, topic, evidence.variant.as_deref());
        let taken = Move::Turn {
            message,
            evidence,
            turn,
        };
        self.choose(taken, allowed)
    }

    pub(super) fn skip(&mut self) -> Vec<Effect> {
        let topic = &self.pack.topics[self.topic];
        let turn = Turn::skipped(topic, &self.state);
        let allowed = turn.allowed(&self.pack, topic, None);
        let taken = Move::Turn {
            message: String::new(),
            evidence: Evidence::none(),
            turn,
        };
        self.choose(taken, allowed)
    }

    pub(super) fn choose(&mut self, taken: Move, mut allowed: Vec<String>) -> Vec<Effect> {
        if allowed.len() < 2 {
            let next = allowed.pop().unwrap_or_else(|| self.pack.file.end.clone());
            return self.settle(taken, &next);
        }
        let (message, remaining) = match &taken {
            Move::Turn { message, turn, .. } => (message, turn.verdict.remaining.clone()),
            Move::Dispute { last, .. } => (&last.message, Vec::new()),
        };
        let request = SelectRequest {
            topic: self.state.topic.clone(),
            message: message.clone(),
            remaining,
            allowed: allowed.clone(),
        };
        self.step = Step::Selecting(Box::new(taken), allowed);
        vec![Effect::Select(request)]
    }

    /// A title the flow doesn't allow counts as the default, which stands last.
    pub(super) fn select(&mut self, title: &str) -> Vec<Effect> {
        let Step::Selecting(taken, allowed) = std::mem::replace(&mut self.step, Step::Settled)
        else {
            return Vec::new();
        };
        let chosen = allowed.iter().find(|allowed| *allowed == title);
        match chosen.or(allowed.last()).cloned() {
            Some(next) => self.settle(*taken, &next),
            None => Vec::new(),
        }
    }

    fn settle(&mut self, taken: Move, next: &str) -> Vec<Effect> {
        match taken {
            Move::Turn {
                message,
                evidence,
                turn,
            } => self.settle_turn(message, evidence, turn, next),
            Move::Dispute { last, label } => self.settle_dispute(&last, &label, next),
        }
    }

    fn settle_turn(
        &mut self,
        message: String,
        evidence: Evidence,
        turn: Turn,
        next: &str,
    ) -> Vec<Effect> {
        let title = self.state.topic.clone();
        let judged = is_judged(self.topic());
        let Turn {
            verdict,
            situation,
            leave,
            failure,
            stalls,
        } = turn;
        self.state.turn += 1;
        self.state.failures += u32::from(failure);
        self.state.stalls = stalls;
        self.state.remaining.clone_from(&verdict.remaining);
        let record = self.state.record_mut(&title);
        record.note(&verdict);
        if let Some(status) = leave {
            record.status = status;
            if judged && status != TopicStatus::Done {
                record.miss(&verdict.remaining);
            }
        }
        self.state.last = Some(LastTurn {
            turn: self.state.turn,
            topic: title.clone(),
            message: message.clone(),
            verdict: verdict.clone(),
            scores: evidence.labels,
            variant: evidence.variant,
            failure,
            left: leave.is_some(),
            disputed: false,
        });
        self.follow(leave.is_some(), next);
        let mut effects = vec![Effect::Judged {
            turn: self.state.turn,
            topic: title.clone(),
            message: message.clone(),
            verdict: verdict.clone(),
            next: next.to_owned(),
        }];
        effects.extend(self.write(WriteRequest {
            situation,
            topic: title,
            message,
            labels: verdict.labels,
            misconceptions: verdict.misconceptions,
            remaining: verdict.remaining,
            coaching: verdict.coaching,
            next: next.to_owned(),
            ask: self.asked_of(next),
            turn: self.state.turn,
        }));
        effects
    }

    /// Moves to the next topic, or narrows the question on the current one.
    pub(super) fn follow(&mut self, moves: bool, next: &str) {
        if !moves {
            let failed = self.state.failures > 0;
            self.state.asked = part(self.topic(), &self.state.remaining, failed);
        } else if let Some((index, _)) = self.pack.topic(next) {
            self.enter(index);
        }
    }

    pub(super) fn enter(&mut self, index: usize) {
        self.topic = index;
        let topic = &self.pack.topics[index];
        self.state.topic.clone_from(&topic.title);
        self.state.remaining = topic.labels().map(str::to_owned).collect();
        self.state.asked = part(topic, &self.state.remaining, false);
        self.state.failures = 0;
        self.state.stalls = 0;
    }

    pub(super) fn asked_of(&self, next: &str) -> Option<String> {
        self.state
            .asked
            .clone()
            .filter(|_| self.state.topic == next)
    }

    pub(super) fn write(&mut self, request: WriteRequest) -> Vec<Effect> {
        self.state.owed = Some(request.clone());
        vec![Effect::Write(request)]
    }

    pub(super) fn say(&mut self, mut utterance: Utterance) -> Vec<Effect> {
        let Some(owed) = self.state.owed.take() else {
            return Vec::new();
        };
        utterance.text = strip_controls(&utterance.text);
        self.state.question = Some(utterance.clone());
        if owed.next == self.pack.file.end {
            return self.end(EndReason::Finished);
        }
        vec![Effect::Question {
            turn: self.state.turn,
            topic: self.state.topic.clone(),
            utterance,
        }]
    }

    pub(super) fn end(&mut self, reason: EndReason) -> Vec<Effect> {
        self.step = Step::Settled;
        self.state.ended = Some(reason);
        vec![Effect::End {
            reason,
            report: self.report(),
        }]
    }
}
