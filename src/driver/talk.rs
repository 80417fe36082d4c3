//! A live conversation with the companion: her machine, the engine and the record together.
//!
//! What was heard is recorded before anything else is done with it, and a reply before it is shown,
//! so that a program that is killed goes on where it stopped. What the screen asks of it is answered in
//! `talk/companionship.rs`; `talk/shelf.rs` keeps what she remembers at hand.

mod companionship;
mod shelf;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::companionship::TalkNotice;
use super::session::{Speaker, Spoken};
use crate::companion::ethics::block::Block;
use crate::companion::ethics::{sanctioned, standing_text};
use crate::companion::memory::{Item, ItemError, dated};
use crate::companion::protocol::Options;
use crate::companion::{Companion, Effect, Head, Input, Trace};
use crate::engine::talker::{Shelf, TalkAnswer, TalkRequest};
use crate::engine::{Engine, Request, RequestId};
use crate::messages::Messages;
use crate::store::{Conversation, Now, Problem, Store, StoreError};

/// Turns of earlier sittings that are shown again.
const EARLIER: u32 = 50;

/// The clock of a conversation.
#[derive(Debug, Clone, Copy, Default)]
pub enum Clock {
    /// The machine's, in its own time zone.
    #[default]
    System,
    /// Always this time, for trying things out.
    Fixed(DateTime),
}

/// Why the conversation cannot go on as asked.
#[derive(Debug, thiserror::Error)]
pub enum TalkError {
    /// The record cannot be read or written; what was to be recorded did not happen.
    #[error("{explained}")]
    Store {
        /// What happened and what to do, in the learner's language.
        explained: String,
        /// The record's error.
        source: StoreError,
    },
    /// What was typed is nothing that she can remember.
    #[error("{0}")]
    Item(String),
}

impl TalkError {
    /// Another program had gone on with the conversation.
    fn is_of_another_program(&self) -> bool {
        matches!(self, Self::Store { source, .. } if matches!(source.problem, Problem::Said(_)))
    }
}

/// What a request to the engine was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// A step of the turn under way.
    Step(Step),
    /// A head, of this turn.
    Head(u32, Head),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Ethics,
    Memory,
    Reply,
}

/// Drives the companion's machine.
pub struct Talk {
    companion: Companion,
    options: Options,
    engine: Engine,
    store: Option<Store>,
    messages: Messages,
    clock: Clock,
    asked: HashMap<RequestId, Asked>,
    last_request: RequestId,
    visited: bool,
    /// What is to be told at the first visit.
    warning: Option<String>,
    shelf: Arc<Shelf>,
    /// The record's version and the day on which the shelf was filled.
    shelved: Option<(i64, DateTime)>,
}

impl Talk {
    /// A conversation on an engine that is running; without a record she remembers nothing.
    pub fn new(
        engine: Engine,
        store: Option<Store>,
        options: Options,
        messages: Messages,
        clock: Clock,
    ) -> Self {
        Self {
            companion: Companion::new(options.clone()),
            options,
            engine,
            store,
            messages,
            clock,
            asked: HashMap::new(),
            last_request: 0,
            visited: false,
            warning: None,
            shelf: Arc::new(Shelf::default()),
            shelved: None,
        }
    }

    /// Something to be told at the first visit: what became of the record.
    #[must_use]
    pub fn warned(mut self, warning: Option<String>) -> Self {
        self.warning = warning;
        self
    }

    /// All heads of the last turn have answered.
    pub fn is_settled(&self) -> bool {
        self.companion.is_settled()
    }

    /// The moment, on the conversation's clock.
    pub fn now(&self) -> Now {
        let at = Timestamp::now();
        match self.clock {
            Clock::System => Now::of(at, &TimeZone::system()),
            Clock::Fixed(local) => Now { at, local },
        }
    }

    fn failed(&self, source: StoreError) -> TalkError {
        TalkError::Store {
            explained: source.explain(&self.messages),
            source,
        }
    }

    fn block(&mut self) -> Result<Option<Block>, TalkError> {
        let standing = self
            .store
            .as_mut()
            .map(|store| store.standing(Timestamp::now()));
        let standing = standing.transpose().map_err(|error| self.failed(error))?;
        Ok(standing.and_then(|standing| standing.block))
    }

    fn refuse(&self, block: &Block) -> TalkNotice {
        let zone = TimeZone::system();
        TalkNotice::Sanctioned {
            offences: block.offences.clone(),
            until: Some(block.until),
            text: standing_text(block, &zone, &self.messages),
            trace: None,
        }
    }

    /// Gives the machine an input and does what follows. A record that cannot be written leaves the
    /// machine as it was before the step: a message that was not recorded is the learner's again, and a
    /// reply that was not is owed. Where another program went on with the conversation, so does this one.
    fn input(&mut self, input: Input) -> Result<Vec<TalkNotice>, TalkError> {
        let before = match input.is_of_head() {
            true => self.companion.clone(),
            // What the step waited for was answered, and will not be again.
            false => Companion::resume(self.options.clone(), self.companion.snapshot()),
        };
        let mut notices = Vec::new();
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for effect in self.companion.handle(input) {
                match self.effect(effect, &mut notices) {
                    Ok(next) => inputs.extend(next),
                    Err(error) => {
                        self.companion = match error.is_of_another_program() {
                            true => self.as_recorded().unwrap_or(before),
                            false => before,
                        };
                        return Err(error);
                    }
                }
            }
        }
        Ok(notices)
    }

    /// The conversation as the record has it.
    fn as_recorded(&self) -> Option<Companion> {
        let state = self.store.as_ref()?.companion_state().ok()?;
        Some(Companion::resume(
            self.options.clone(),
            state.unwrap_or_default(),
        ))
    }

    /// Where another program went on with the conversation, or erased it, so does this one.
    fn catch_up(&mut self) -> Result<(), TalkError> {
        let read = self.store.as_ref().map(Store::companion_state).transpose();
        let Some(state) = read.map_err(|error| self.failed(error))? else {
            return Ok(());
        };
        let state = state.unwrap_or_default();
        if state.turn() == self.companion.turn() {
            return Ok(());
        }
        let (turn, is_owed) = (state.turn(), state.is_owed());
        self.companion = Companion::resume(self.options.clone(), state);
        match &self.store {
            // The other program is about to answer.
            Some(store) if is_owed => Err(self.failed(store.fault(Problem::Said(turn)))),
            _ => Ok(()),
        }
    }

    fn effect(
        &mut self,
        effect: Effect,
        notices: &mut Vec<TalkNotice>,
    ) -> Result<Option<Input>, TalkError> {
        match effect {
            Effect::Record => {
                let state = self.companion.snapshot();
                let recorded = self.store.as_mut().map(|store| store.record_state(&state));
                recorded.transpose().map_err(|error| self.failed(error))?;
            }
            Effect::Classify(texts) => {
                self.ask(Asked::Step(Step::Ethics), TalkRequest::Classify(texts));
            }
            Effect::Sanction(message, offences) => {
                let (at, state) = (Timestamp::now(), self.companion.snapshot());
                let hers = Conversation::Companion;
                let follows = match &mut self.store {
                    Some(store) => store.sanction(at, hers, &message, &offences, Some(&state)),
                    None => Ok(super::boundary::unrecorded(&offences)),
                };
                let follows = follows.map_err(|error| self.failed(error))?;
                return Ok(Some(Input::Sanctioned(follows)));
            }
            Effect::Sanctioned(follows, trace) => {
                let zone = TimeZone::system();
                notices.push(TalkNotice::Sanctioned {
                    text: sanctioned(&follows.offences, follows.until, &zone, &self.messages),
                    offences: follows.offences,
                    until: follows.until,
                    trace: Some(trace),
                });
            }
            Effect::Heard(turn, message) => {
                let state = self.companion.snapshot();
                if let Some(store) = &mut self.store {
                    let heard = store.record_heard(turn, Timestamp::now(), &message, &state);
                    heard.map_err(|error| self.failed(error))?;
                }
            }
            Effect::Retrieve(message) => {
                self.fill_shelf()?;
                if self.shelf.items.is_empty() {
                    return Ok(Some(Input::Recalled(Vec::new())));
                }
                let request = TalkRequest::Recall(message, self.shelf.clone());
                self.ask(Asked::Step(Step::Memory), request);
            }
            Effect::Reply(request) => {
                self.ask(Asked::Step(Step::Reply), TalkRequest::Reply(request));
            }
            Effect::Replied(trace) => {
                let state = self.companion.snapshot();
                if let Some(store) = &mut self.store {
                    let recorded = store.record_reply(&trace, &state);
                    recorded.map_err(|error| self.failed(error))?;
                }
                notices.push(TalkNotice::Replied(trace));
            }
            Effect::Extract(request) => self.run_head(Head::Memory, request),
            Effect::Summarise(request) => self.run_head(Head::Summary, request),
            Effect::Express(request) => self.run_head(Head::Expression, request),
            Effect::Drop(turn, heads) => {
                let engine = &self.engine;
                self.asked.retain(|id, asked| {
                    let dropped =
                        matches!(asked, Asked::Head(of, head) if *of == turn && heads.contains(head));
                    if dropped {
                        engine.give_up(*id);
                    }
                    !dropped
                });
            }
            Effect::Remember(turn, item) => {
                let now = self.now();
                let item = dated(&item, now.local);
                if let Some(store) = &mut self.store {
                    // What was erased meanwhile is not to be remembered.
                    let kept = store
                        .has_turn(turn)
                        .and_then(|there| there.then(|| store.remember(&item, now)).transpose());
                    kept.map_err(|error| self.failed(error))?;
                }
                self.shelved = None;
            }
            Effect::Face(_, expression, scores) => {
                notices.push(TalkNotice::Face(expression, scores));
            }
            Effect::Settled(trace) => {
                let state = self.companion.snapshot();
                if let Some(store) = &mut self.store {
                    let recorded = store.record_trace(&trace, &state);
                    recorded.map_err(|error| self.failed(error))?;
                }
                notices.push(TalkNotice::Settled(trace));
            }
        }
        Ok(None)
    }

    fn run_head(&mut self, head: Head, request: crate::companion::HeadRequest) {
        let turn = request.turn;
        self.ask(Asked::Head(turn, head), TalkRequest::Head(head, request));
    }

    fn ask(&mut self, asked: Asked, request: TalkRequest) {
        self.last_request += 1;
        self.asked.insert(self.last_request, asked);
        self.engine.send(Request::Talk(self.last_request, request));
    }

    fn answered(
        &mut self,
        asked: Asked,
        answer: TalkAnswer,
        ms: f64,
    ) -> Result<Vec<TalkNotice>, TalkError> {
        let (turn, step) = match asked {
            // A message counts when it is within bounds: until then it is of the turn to come.
            Asked::Step(Step::Ethics) => (self.companion.turn() + 1, "ethics"),
            Asked::Step(Step::Memory) => (self.companion.turn(), "memory"),
            Asked::Step(Step::Reply) => (self.companion.turn(), "reply"),
            Asked::Head(turn, Head::Memory) => (turn, "extract"),
            Asked::Head(turn, Head::Summary) => (turn, "summary"),
            Asked::Head(turn, Head::Expression) => (turn, "expression"),
        };
        self.companion.timed(turn, step, (ms * 10.).round() / 10.);
        match (asked, answer) {
            (_, TalkAnswer::Classified(scores)) => self.input(Input::Classified(scores)),
            (_, TalkAnswer::Recalled(scores, embedded)) => self.recalled(&scores, &embedded),
            (_, TalkAnswer::Replied(utterance)) => self.input(Input::Replied(utterance)),
            (_, TalkAnswer::Extracted(item)) => self.input(Input::Extracted(turn, item)),
            (_, TalkAnswer::Summarised(text)) => self.input(Input::Summarised(turn, text)),
            (_, TalkAnswer::Expressed(face)) => self.input(Input::Expressed(turn, face)),
            (_, TalkAnswer::Draft(text)) => Ok(vec![TalkNotice::Draft(text)]),
            (asked, TalkAnswer::Failed(reason)) => self.broke(asked, reason),
        }
    }

    /// A step that failed gives the message back; a head that failed made nothing of the turn.
    fn broke(&mut self, asked: Asked, reason: String) -> Result<Vec<TalkNotice>, TalkError> {
        let mut notices = vec![TalkNotice::Problem(reason)];
        match asked {
            Asked::Step(Step::Ethics) => notices.extend(self.input(Input::Retract)?),
            Asked::Step(Step::Memory) => notices.extend(self.input(Input::Recalled(Vec::new()))?),
            // The message stays owed a reply: the next visit asks again.
            Asked::Step(Step::Reply) => {
                let snapshot = self.companion.snapshot();
                self.companion = Companion::resume(self.options.clone(), snapshot);
            }
            Asked::Head(turn, Head::Memory) => {
                notices.extend(self.input(Input::Extracted(turn, None))?);
            }
            Asked::Head(turn, Head::Summary) => {
                notices.extend(self.input(Input::Summarised(turn, None))?);
            }
            Asked::Head(turn, Head::Expression) => {
                notices.extend(self.input(Input::Expressed(turn, None))?);
            }
        }
        Ok(notices)
    }

    /// Takes up the conversation of earlier sittings.
    fn go_on(&mut self) -> Result<Vec<TalkNotice>, TalkError> {
        let mut notices = Vec::new();
        let read = self.store.as_ref().map(|store| {
            Ok::<_, StoreError>((store.companion_state()?, store.companion_turns(EARLIER)?))
        });
        if let Some((state, turns)) = read.transpose().map_err(|error| self.failed(error))? {
            let mut earlier = Vec::new();
            for turn in turns {
                earlier.push(Spoken {
                    by: Speaker::Learner,
                    text: turn.message,
                });
                if let Some(reply) = turn.reply {
                    self.last_request += 1;
                    let said = TalkRequest::Said(reply.clone());
                    self.engine.send(Request::Talk(self.last_request, said));
                    earlier.push(Spoken {
                        by: Speaker::Interviewer,
                        text: reply,
                    });
                }
            }
            if let Some(state) = state {
                earlier.extend(state.received().map(|message| Spoken {
                    by: Speaker::Learner,
                    text: message.to_owned(),
                }));
                self.companion = Companion::resume(self.options.clone(), state);
            }
            if !earlier.is_empty() {
                notices.push(TalkNotice::Earlier(earlier));
            }
        }
        notices.extend(self.input(Input::Begin(self.now().local))?);
        Ok(notices)
    }

    fn object(&mut self, reason: &str) -> Result<Vec<TalkNotice>, TalkError> {
        let kept = self
            .store
            .as_mut()
            .map_or(Ok(false), |store| store.object(Timestamp::now(), reason));
        let kept = kept.map_err(|error| self.failed(error))?;
        let text = self.messages.get("companion.objected").to_owned();
        Ok(kept
            .then_some(TalkNotice::Objected(text))
            .into_iter()
            .collect())
    }

    fn item(&self, text: &str) -> Result<Item, TalkError> {
        Item::parse(text).map_err(|error: ItemError| TalkError::Item(error.explain(&self.messages)))
    }
}

/// The JSON object of a turn that settled, as docs/contract.md has it.
pub fn reply_json(trace: &Trace) -> serde_json::Value {
    let ethics = &trace.ethics;
    serde_json::json!({
        "event": "reply",
        "turn": trace.turn,
        "text": trace.text,
        "prompt": trace.prompt,
        "memory_used": trace.memory_used,
        "memory_saved": trace.memory_saved,
        "summary": trace.summary,
        "expression": trace.expression,
        "ethics": {"categories": ethics.categories, "scores": ethics.scores, "sanction": ethics.sanction},
        "writer": trace.writer,
        "fallback": trace.fallback,
        "ms": trace.ms,
    })
}
