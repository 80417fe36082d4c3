//! The machine that holds a conversation: one input in, its effects out.
//!
//! ```text
//!  Waiting ─▶ Classifying ─▶ Retrieving ─▶ Replying ─▶ Waiting …
//!                  └─▶ Sanctioning ─▶ Waiting | Blocked
//! ```
//!
//! The heads run beside it. A message that comes while those of an earlier turn are running takes
//! precedence: the expression and the summary of that turn are dropped (the beginning of the reply
//! stands in for the summary), but what is worth remembering is always found: the memory head's
//! answer is taken whenever it comes, and a snapshot that lacks it asks again.

use super::protocol::{Effect, Input, Options, Phase};
use super::snapshot::Snapshot;
use super::steps::Step;
use super::trace::Trace;

/// A conversation.
#[derive(Debug, Clone)]
pub struct Companion {
    pub(super) options: Options,
    pub(super) state: Snapshot,
    pub(super) step: Step,
}

impl Companion {
    /// A conversation that begins.
    pub fn new(options: Options) -> Self {
        Self::resume(options, Snapshot::default())
    }

    /// Goes on where a snapshot was taken; [`Input::Begin`] asks for what it owes.
    pub fn resume(options: Options, snapshot: Snapshot) -> Self {
        Self {
            options,
            state: snapshot,
            step: Step::Settled,
        }
    }

    /// All that is needed to go on later.
    pub fn snapshot(&self) -> Snapshot {
        self.state.clone()
    }

    /// What the machine waits for.
    pub fn phase(&self) -> Phase {
        match &self.step {
            Step::Settled if self.state.is_owed() => Phase::Interrupted,
            Step::Settled => Phase::Waiting,
            Step::Classifying(..) => Phase::Classifying,
            Step::Sanctioning(..) => Phase::Sanctioning,
            Step::Retrieving(..) => Phase::Retrieving,
            Step::Replying => Phase::Replying,
            Step::Blocked => Phase::Blocked,
        }
    }

    /// Number of the last message that was heard; 0 before the first.
    pub fn turn(&self) -> u32 {
        self.state.turn
    }

    /// Heads have not all answered.
    pub fn is_settled(&self) -> bool {
        self.state.open.is_empty()
    }

    /// What she said last.
    pub fn last_reply(&self) -> Option<&str> {
        self.state.last.as_ref().map(|last| last.reply.as_str())
    }

    /// Notes the milliseconds of a step of a turn, before the input that ends the step.
    pub fn timed(&mut self, turn: u32, step: &str, ms: f64) {
        if let Some(trace) = self.trace_mut(turn) {
            trace.ms.insert(step.to_owned(), ms);
        }
    }

    fn trace_mut(&mut self, turn: u32) -> Option<&mut Trace> {
        let asked = match &mut self.step {
            Step::Classifying(_, _, trace) | Step::Sanctioning(trace) => Some(trace.as_mut()),
            _ => None,
        };
        let open = self.state.open.iter_mut().map(|open| &mut open.trace);
        let mut traces = asked.into_iter().chain(&mut self.state.heard).chain(open);
        traces.find(|trace| trace.turn == turn)
    }

    /// Takes an input. One that doesn't fit the phase has no effects.
    pub fn handle(&mut self, input: Input) -> Vec<Effect> {
        match (self.phase(), input) {
            (_, Input::Extracted(turn, item)) => self.extracted(turn, item),
            (_, Input::Summarised(turn, text)) => self.summarised(turn, text),
            (_, Input::Expressed(turn, expression)) => self.expressed(turn, expression),
            (Phase::Interrupted | Phase::Waiting, Input::Begin(local)) => self.go_on(local),
            (Phase::Waiting, Input::Message(text, local)) => self.hear(&text, local),
            (Phase::Classifying, Input::Classified(scores)) => self.classified(&scores),
            (Phase::Classifying, Input::Retract) => self.retract(),
            (Phase::Sanctioning, Input::Sanctioned(sanctioned)) => self.sanctioned(sanctioned),
            (Phase::Blocked, Input::Unblock) => self.unblock(),
            (Phase::Retrieving, Input::Recalled(scored)) => self.recalled(scored),
            (Phase::Replying, Input::Replied(utterance)) => self.replied(utterance),
            _ => Vec::new(),
        }
    }
}
