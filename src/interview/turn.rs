//! What a message means for the course of its topic: the rules of the interview.

use crate::content::{Pack, Topic, TopicKind};

use super::decide::{Reading, decide};
use super::flow::{FlowDecision, allowed, is_judged, leaves_on_failure};
use super::progress::TopicStatus;
use super::protocol::Options;
use super::snapshot::Snapshot;
use super::types::{Evidence, Intent, Outcome, Situation, Verdict};
use super::wording;

/// Messages in a row that may keep a topic without counting: pumps, repetitions, idle talk.
const MAX_STALLS: u32 = 2;

/// A decided message, not yet acted upon.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Turn {
    pub(super) verdict: Verdict,
    pub(super) situation: Situation,
    /// How the topic is left, if it is.
    pub(super) leave: Option<TopicStatus>,
    /// It counts as a failure.
    pub(super) failure: bool,
    /// Stalled messages in a row, this one included.
    pub(super) stalls: u32,
}

impl Turn {
    /// Applies the rules to the judge's evidence.
    pub(super) fn judged(
        pack: &Pack,
        topic: &Topic,
        state: &Snapshot,
        options: &Options,
        evidence: &Evidence,
    ) -> Self {
        let reading = Reading {
            topic,
            remaining: &state.remaining,
            evidence,
            thresholds: &options.thresholds,
        };
        let verdict = decide(
            topic,
            state.asked.as_deref(),
            &state.remaining,
            evidence,
            &options.thresholds,
        );
        if is_judged(topic) {
            let mut turn = Self::answer(pack, topic, state, options, reading, verdict);
            if evidence.hedged && is_advised(&turn.verdict) {
                let line = wording::coaching(pack, options.seed, state.turn + 1);
                turn.verdict.coaching = Some(line);
            }
            turn
        } else {
            Self::small_talk(topic, state, reading, verdict)
        }
    }

    /// The skip key: no judge is asked.
    pub(super) fn skipped(topic: &Topic, state: &Snapshot) -> Self {
        Self {
            verdict: Verdict {
                outcome: Outcome::Skip,
                labels: Vec::new(),
                misconceptions: Vec::new(),
                score: 1.0,
                candidates: Vec::new(),
                remaining: state.remaining.clone(),
                coaching: None,
                dont_know: false,
            },
            situation: match topic.kind {
                TopicKind::Greeting => Situation::GreetingDone,
                TopicKind::Rest => Situation::Rest,
                TopicKind::Closing => Situation::Closing,
                TopicKind::Question | TopicKind::Experience | TopicKind::SmallTalk => {
                    Situation::Skip
                }
            },
            leave: Some(TopicStatus::Skipped),
            failure: false,
            stalls: 0,
        }
    }

    fn answer(
        pack: &Pack,
        topic: &Topic,
        state: &Snapshot,
        options: &Options,
        reading: Reading,
        mut verdict: Verdict,
    ) -> Self {
        let earns_nothing = verdict.outcome == Outcome::Fail && !verdict.dont_know;
        let repeats = earns_nothing && reading.repeats();
        let chats = earns_nothing && reading.leans_to(Intent::ChitChat);
        let mut stalls = match verdict.outcome {
            Outcome::Unclear => state.stalls + 1,
            Outcome::Fail if repeats || chats => state.stalls + 1,
            _ => 0,
        };
        let patient = stalls <= MAX_STALLS;
        if !patient {
            verdict.outcome = Outcome::Fail;
            stalls = 0;
        }
        let repeats = repeats && patient;
        let failure = match verdict.outcome {
            Outcome::Misconception => verdict.labels.is_empty(),
            Outcome::Fail => !(repeats || chats && patient),
            _ => false,
        };
        let failures = state.failures + u32::from(failure);
        let lost = failure && (failures >= options.max_failures || leaves_on_failure(pack, topic));
        let complete = verdict.remaining.is_empty();
        let situation = match verdict.outcome {
            Outcome::Skip => Situation::Skip,
            Outcome::TermQuestion => Situation::TermQuestion,
            Outcome::Unclear => Situation::Unclear,
            _ if lost => Situation::Reveal,
            Outcome::Misconception => Situation::Misconception,
            Outcome::Pass if complete => Situation::Pass,
            Outcome::Pass => Situation::Partial,
            _ if repeats => Situation::Partial,
            _ if verdict.dont_know => Situation::DontKnow,
            _ if chats => Situation::SmallTalk,
            _ if failures == 1 => Situation::FirstFailure,
            _ => Situation::Fail,
        };
        let leave = match situation {
            Situation::Skip => Some(TopicStatus::Skipped),
            Situation::Reveal => Some(TopicStatus::Failed),
            _ if complete => Some(TopicStatus::Done),
            _ => None,
        };
        Self {
            verdict,
            situation,
            leave,
            failure,
            stalls,
        }
    }

    /// Greeting, small talk, rest and last words end with one message that does what they are for.
    /// Anything else keeps them twice at most; only "not yet" keeps a greeting or a rest longer.
    fn small_talk(topic: &Topic, state: &Snapshot, reading: Reading, verdict: Verdict) -> Self {
        let goes_on = reading.leans_to(Intent::Ready) || reading.leans_to(Intent::Skip);
        let (done, waits) = match topic.kind {
            TopicKind::Greeting | TopicKind::Rest => (goes_on, reading.is_failure()),
            TopicKind::Closing => (goes_on || reading.leans_to(Intent::DontKnow), false),
            _ => (reading.leans_to(Intent::DontKnow), false),
        };
        let done = !verdict.labels.is_empty() || (done && verdict.outcome == Outcome::SmallTalk);
        let stalls = state.stalls + u32::from(!done && !waits);
        let leave = if verdict.outcome == Outcome::Skip {
            Some(TopicStatus::Skipped)
        } else if done || stalls > MAX_STALLS {
            Some(TopicStatus::Done)
        } else {
            None
        };
        let situation = match (topic.kind, verdict.outcome) {
            (_, Outcome::Skip) => Situation::Skip,
            (_, Outcome::TermQuestion) if leave.is_none() => Situation::TermQuestion,
            (TopicKind::Greeting, _) if leave.is_none() => Situation::GreetingWait,
            (TopicKind::Greeting, _) => Situation::GreetingDone,
            (TopicKind::Rest, _) => Situation::Rest,
            (TopicKind::Closing, _) if leave.is_some() => Situation::Closing,
            _ => Situation::SmallTalk,
        };
        Self {
            verdict,
            situation,
            leave,
            failure: false,
            stalls,
        }
    }

    /// Titles that may follow.
    pub(super) fn allowed(&self, pack: &Pack, topic: &Topic, variant: Option<&str>) -> Vec<String> {
        let decision = match self.leave {
            None => FlowDecision::Stay,
            Some(TopicStatus::Done) => FlowDecision::Done { variant },
            Some(_) => FlowDecision::Failed,
        };
        allowed(pack, topic, &self.verdict.remaining, decision)
    }
}

/// Whether a hedge around this answer gets a line of advice; a plain "I don't know" needs none.
fn is_advised(verdict: &Verdict) -> bool {
    match verdict.outcome {
        Outcome::Pass | Outcome::Misconception | Outcome::Unclear => true,
        Outcome::Fail => !verdict.dont_know,
        _ => false,
    }
}
