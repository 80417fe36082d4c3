//! The steps of a turn: heard, classified, remembered, answered; and what the heads make of it.

use jiff::civil::DateTime;

use super::clock::{self, Moment};
use super::distress::is_distress;
use super::ethics::{self, decide, readings};
use super::expression::{Expression, draw};
use super::machine::Companion;
use super::memory::{Item, Scored, choose};
use super::prompt::{self, Before};
use super::protocol::{Effect, Head, HeadRequest, ReplyRequest, Sanctioned};
use super::snapshot::{Exchange, Open};
use super::trace::{EthicsTrace, SHOWN, Trace};
use crate::talk::{Utterance, normalise, strip_controls};

/// What is under way and would be lost with the program; the message is in the snapshot.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Nothing.
    Settled,
    /// The classifier has these readings of the message.
    Classifying(Vec<String>, DateTime, Box<Trace>),
    /// The offence is being recorded.
    Sanctioning(Box<Trace>),
    /// What she remembers is being compared.
    Retrieving(Moment),
    /// The reply is being worded.
    Replying,
    /// Nobody may speak.
    Blocked,
}

/// Characters of a summary that are kept.
const LONGEST_SUMMARY: usize = 200;

impl Companion {
    pub(super) fn hear(&mut self, text: &str, local: DateTime) -> Vec<Effect> {
        let message = normalise(text).text;
        if message.is_empty() {
            return Vec::new();
        }
        let mut effects = self.drop_heads();
        self.state.received = Some(message.clone());
        effects.push(Effect::Record);
        effects.push(self.classify(message, local));
        effects
    }

    fn classify(&mut self, message: String, local: DateTime) -> Effect {
        let texts = readings(&message);
        let trace = Trace {
            turn: self.state.turn + 1,
            message,
            ..Trace::default()
        };
        self.step = Step::Classifying(texts.clone(), local, Box::new(trace));
        Effect::Classify(texts)
    }

    /// The heads of earlier turns make way, but for the memory head.
    fn drop_heads(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for open in &mut self.state.open {
            let dropped: Vec<Head> = open
                .waits
                .iter()
                .copied()
                .filter(|head| *head != Head::Memory)
                .collect();
            if !dropped.is_empty() {
                open.waits.retain(|head| *head == Head::Memory);
                open.trace.dropped.extend(&dropped);
                effects.push(Effect::Drop(open.trace.turn, dropped));
            }
        }
        effects.extend(self.settle());
        effects
    }

    pub(super) fn retract(&mut self) -> Vec<Effect> {
        self.step = Step::Settled;
        self.state.received = None;
        vec![Effect::Record]
    }

    pub(super) fn classified(&mut self, scores: &[ethics::Scores]) -> Vec<Effect> {
        let Step::Classifying(texts, local, mut trace) =
            std::mem::replace(&mut self.step, Step::Settled)
        else {
            return Vec::new();
        };
        self.state.received = None;
        let offences = match is_distress(&trace.message) {
            true => Vec::new(),
            false => decide(scores, &self.options.thresholds),
        };
        trace.ethics = EthicsTrace::of(&texts, scores, offences.clone());
        if !offences.is_empty() {
            let message = trace.message.clone();
            self.step = Step::Sanctioning(trace);
            return vec![Effect::Sanction(message, offences)];
        }
        let (turn, message) = (trace.turn, trace.message.clone());
        self.state.turn = turn;
        self.state.heard = Some(*trace);
        self.step = Step::Retrieving(Moment::of(local));
        vec![
            Effect::Heard(turn, message.clone()),
            Effect::Retrieve(message),
        ]
    }

    pub(super) fn sanctioned(&mut self, sanctioned: Sanctioned) -> Vec<Effect> {
        let next = match sanctioned.until {
            Some(_) => Step::Blocked,
            None => Step::Settled,
        };
        let Step::Sanctioning(mut trace) = std::mem::replace(&mut self.step, next) else {
            return Vec::new();
        };
        let until = sanctioned.until.map(|until| until.to_string());
        trace.ethics.sanction = Some(until.unwrap_or_else(|| "warning".to_owned()));
        vec![Effect::Sanctioned(sanctioned, trace)]
    }

    pub(super) fn unblock(&mut self) -> Vec<Effect> {
        self.step = Step::Settled;
        Vec::new()
    }

    pub(super) fn recalled(&mut self, mut scored: Vec<Scored>) -> Vec<Effect> {
        let Step::Retrieving(moment) = self.step else {
            return Vec::new();
        };
        let last = self.state.last.as_ref();
        let (summary, said) = (
            last.map(Exchange::in_short),
            last.map(|last| last.reply.clone()),
        );
        let Some(trace) = &mut self.state.heard else {
            return Vec::new();
        };
        let memory =
            choose(&scored, self.options.memory_threshold).map(|scored| scored.item.clone());
        scored.sort_by(|a, b| b.score.total_cmp(&a.score));
        scored.truncate(SHOWN);
        let time = clock::prefix(&trace.message, moment);
        let before = Before {
            time: time.as_deref(),
            memory: memory.as_ref(),
            summary: summary.as_deref(),
        };
        trace.prompt = prompt::reply(&trace.message, before);
        trace.time = time;
        trace.memory_used = memory.as_ref().map(Item::to_string);
        trace.memory_scores = scored;
        let request = ReplyRequest {
            turn: trace.turn,
            message: trace.message.clone(),
            prompt: trace.prompt.clone(),
            memory,
            moment,
            last: said,
        };
        self.step = Step::Replying;
        vec![Effect::Reply(request)]
    }

    pub(super) fn replied(&mut self, utterance: Utterance) -> Vec<Effect> {
        let Some(mut trace) = self.state.heard.take() else {
            return Vec::new();
        };
        self.step = Step::Settled;
        trace.text = strip_controls(&utterance.text);
        trace.writer = utterance.writer;
        trace.fallback = utterance.fallback;
        self.state.last = Some(Exchange {
            turn: trace.turn,
            reply: trace.text.clone(),
            summary: None,
        });
        let waits = vec![Head::Expression, Head::Memory, Head::Summary];
        let open = Open { trace, waits };
        let mut effects = vec![Effect::Replied(Box::new(open.trace.clone()))];
        effects.extend(requests(&open));
        self.state.open.push(open);
        effects
    }

    /// What a snapshot owes: the heads that have not answered, and the answer to a message.
    pub(super) fn go_on(&mut self, local: DateTime) -> Vec<Effect> {
        let mut effects: Vec<_> = self.state.open.iter().flat_map(requests).collect();
        if let Some(heard) = &self.state.heard {
            effects.push(Effect::Retrieve(heard.message.clone()));
            self.step = Step::Retrieving(Moment::of(local));
        } else if let Some(message) = self.state.received.clone() {
            effects.push(self.classify(message, local));
        }
        effects
    }

    pub(super) fn extracted(&mut self, turn: u32, item: Option<Item>) -> Vec<Effect> {
        let Some(open) = self.answered(turn, Head::Memory) else {
            return Vec::new();
        };
        open.trace.memory_saved = item.as_ref().map(Item::to_string);
        let mut effects: Vec<_> = item
            .map(|item| Effect::Remember(turn, item))
            .into_iter()
            .collect();
        effects.extend(self.settle());
        effects
    }

    pub(super) fn summarised(&mut self, turn: u32, text: Option<String>) -> Vec<Effect> {
        let text = text.map(|text| {
            let line = strip_controls(&text)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            line.chars().take(LONGEST_SUMMARY).collect::<String>()
        });
        let text = text.filter(|text| !text.is_empty());
        let Some(open) = self.answered(turn, Head::Summary) else {
            return Vec::new();
        };
        open.trace.summary.clone_from(&text);
        if let Some(last) = self.state.last.as_mut().filter(|last| last.turn == turn) {
            last.summary = text;
        }
        self.settle()
    }

    pub(super) fn expressed(&mut self, turn: u32, expression: Option<Expression>) -> Vec<Effect> {
        let seed = self.options.seed.wrapping_add(u64::from(turn));
        let Some(open) = self.answered(turn, Head::Expression) else {
            return Vec::new();
        };
        open.trace.expression = expression;
        let face =
            expression.map(|expression| Effect::Face(turn, expression, draw(expression, seed)));
        let mut effects: Vec<_> = face.into_iter().collect();
        effects.extend(self.settle());
        effects
    }

    /// The turn that waits for this head; it waits no longer.
    fn answered(&mut self, turn: u32, head: Head) -> Option<&mut Open> {
        let open = self
            .state
            .open
            .iter_mut()
            .find(|open| open.trace.turn == turn)?;
        let place = open.waits.iter().position(|waited| *waited == head)?;
        open.waits.remove(place);
        Some(open)
    }

    /// Takes out the turns that wait for nothing.
    fn settle(&mut self) -> Vec<Effect> {
        let all = std::mem::take(&mut self.state.open);
        let (open, done): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|open| !open.waits.is_empty());
        self.state.open = open;
        done.into_iter()
            .map(|open| Effect::Settled(Box::new(open.trace)))
            .collect()
    }
}

/// What the heads that a turn waits for are asked, the face first: it is seen.
fn requests(open: &Open) -> Vec<Effect> {
    let trace = &open.trace;
    let request = |prompt| HeadRequest {
        turn: trace.turn,
        prompt,
    };
    let effect = |head: &Head| match head {
        Head::Expression => Effect::Express(request(prompt::expression(&trace.text))),
        Head::Memory => Effect::Extract(request(prompt::memory(
            &trace.message,
            trace.time.as_deref(),
        ))),
        Head::Summary => Effect::Summarise(request(prompt::summary(&trace.message, &trace.text))),
    };
    open.waits.iter().map(effect).collect()
}
