//! A live interview: machine, engine and record together. What the screen asks of it is answered in
//! `live/session.rs`; `live/resume.rs` goes on with an interview that was cut off.

mod resume;
mod session;

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use super::recorder::Recorder;
use super::session::{Notice, Session};
use crate::companion::ethics::Thresholds;
use crate::content::Pack;
use crate::engine::{Announcer, Engine, Event, Request, RequestId, Setup};
use crate::interview::{
    Authored, Effect, EndReason, Input, Interview, InterviewError, Options, Phase, Report,
    Utterance,
};
use crate::messages::Messages;
use crate::store::{StoreError, Timings, Unfinished};

/// What an interview is held with.
pub struct Holding {
    /// The questions.
    pub pack: Arc<Pack>,
    /// How it is held.
    pub options: Options,
    /// The models and the writer.
    pub setup: Setup,
    /// The record; none where it could not be opened.
    pub recorder: Option<Recorder>,
    /// Probabilities at which a message is an offence, calibrated with the guard's model.
    pub boundaries: Thresholds,
    /// An interview that can go on.
    pub unfinished: Option<Unfinished>,
    /// Texts for people.
    pub messages: Messages,
}

/// Why the interview cannot go on as asked.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// It cannot begin or be resumed.
    #[error(transparent)]
    Interview(#[from] InterviewError),
    /// The record cannot be written; what was to be recorded did not happen.
    #[error("{explained}")]
    Store {
        /// What happened and what to do, in the learner's language.
        explained: String,
        /// The record's error.
        source: StoreError,
    },
    /// The unfinished interview cannot be read.
    #[error("the unfinished interview cannot be read: {0}; begin a new one")]
    Snapshot(#[from] serde_json::Error),
}

/// Milliseconds that the last turn took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Timing {
    /// Judging.
    pub judge: f64,
    /// Choosing the next topic.
    pub select: f64,
    /// Wording the reply.
    pub write: f64,
}

/// Where the learner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing has happened.
    Free,
    /// The last message got a warning.
    Warned,
    /// A block began.
    Blocked,
    /// A block was running already: nothing began.
    Refused,
}

/// Drives the machine.
pub struct Driver {
    pub(super) interview: Interview,
    options: Options,
    pub(super) engine: Engine,
    pub(super) recorder: Option<Recorder>,
    unfinished: Option<Unfinished>,
    pub(super) messages: Messages,
    pub(super) boundaries: Thresholds,
    /// The message that is being scored, before the interview hears of it.
    pub(super) held: Option<String>,
    /// What followed from the learner's messages.
    pub(super) standing: Standing,
    /// The request whose answer is waited for.
    waiting: RequestId,
    last_request: RequestId,
    timing: Timing,
    last_report: Option<Report>,
    /// An edited pack that waits for the end of the turn.
    edited: Option<Arc<Pack>>,
}

impl Driver {
    /// Prepares an interview and starts the engine; nothing is said before [`Session::begin`].
    ///
    /// # Errors
    /// When the pack does not hold the topic to begin with, or the system gives no thread.
    pub fn new(holding: Holding) -> color_eyre::Result<(Self, UnboundedReceiver<Event>)> {
        let interview = Interview::new(holding.pack, holding.options.clone())?;
        let (engine, events) = Engine::start(holding.setup)?;
        let driver = Self {
            interview,
            options: holding.options,
            engine,
            recorder: holding.recorder,
            unfinished: holding.unfinished,
            messages: holding.messages,
            boundaries: holding.boundaries,
            held: None,
            standing: Standing::Free,
            waiting: 0,
            last_request: 0,
            timing: Timing::default(),
            last_report: None,
            edited: None,
        };
        Ok((driver, events))
    }

    /// Milliseconds that the last turn took.
    pub fn timing(&self) -> Timing {
        self.timing
    }

    /// The interview.
    pub fn interview(&self) -> &Interview {
        &self.interview
    }

    /// The engine, for the conversation beside the interview.
    pub fn engine(&self) -> Engine {
        self.engine.clone()
    }

    /// Takes edited packs, from wherever they are watched.
    pub fn announcer(&self) -> Announcer {
        self.engine.announcer()
    }

    /// Judges by an edited pack from now on. One in which a topic that was visited, or one of its
    /// labels, is gone leaves the old pack in place.
    fn change_pack(&mut self, pack: Arc<Pack>) -> Notice {
        match self.standing(pack.clone()) {
            Ok(interview) => {
                self.interview = interview;
                self.engine.send(Request::Pack(pack));
                Notice::ContentChanged(Ok(()))
            }
            Err(error) => Notice::ContentChanged(Err(error.to_string())),
        }
    }

    /// The interview at its last question, in this pack; what is being judged is not in it.
    fn standing(&self, pack: Arc<Pack>) -> Result<Interview, InterviewError> {
        let snapshot = self.interview.snapshot();
        let mut interview = Interview::resume(pack, self.options.clone(), snapshot)?;
        // A resumed machine says its question again; it stands on the screen already.
        interview.handle(Input::Begin);
        Ok(interview)
    }

    /// Forgets the message or dispute that is being judged.
    fn take_back(&mut self) -> Result<(), DriverError> {
        if self.held.take().is_some() {
            self.engine.cancel(self.waiting);
            self.waiting = 0;
            return Ok(());
        }
        if matches!(self.phase(), Phase::Judging | Phase::Selecting) {
            self.engine.cancel(self.waiting);
            self.waiting = 0;
            self.interview = self.standing(self.interview.pack().clone())?;
        }
        Ok(())
    }

    /// An edit that came in the middle of a turn, now that the turn is over.
    fn change_if_edited(&mut self) -> Option<Notice> {
        let waits = self.phase() == Phase::Waiting;
        let pack = self.edited.take_if(|_| waits)?;
        Some(self.change_pack(pack))
    }

    pub(super) fn input(&mut self, input: Input) -> Result<Vec<Notice>, DriverError> {
        let before = self.interview.clone();
        let mut notices = Vec::new();
        for effect in self.interview.handle(input) {
            if let Err(error) = self.effect(effect, &mut notices) {
                self.interview = before;
                self.take_back()?;
                return Err(error);
            }
        }
        notices.extend(self.change_if_edited());
        Ok(notices)
    }

    pub(super) fn failed(&self, source: StoreError) -> DriverError {
        DriverError::Store {
            explained: source.explain(&self.messages),
            source,
        }
    }

    fn effect(&mut self, effect: Effect, notices: &mut Vec<Notice>) -> Result<(), DriverError> {
        match effect {
            Effect::Judge(request) => {
                self.timing = Timing::default();
                let id = self.next_request();
                self.engine.send(Request::Judge(id, request));
            }
            Effect::Select(request) => {
                let id = self.next_request();
                self.engine.send(Request::Select(id, request));
            }
            Effect::Write(request) => {
                let id = self.next_request();
                self.engine.send(Request::Write(id, request));
            }
            Effect::Judged {
                turn,
                topic,
                message,
                verdict,
                next,
            } => {
                let snapshot = self.interview.snapshot();
                let Timing { judge, select, .. } = self.timing;
                if let Some(recorder) = &mut self.recorder {
                    let ms = Timings::from([("judge".into(), judge), ("select".into(), select)]);
                    recorder
                        .turn((turn, &topic), &message, (&verdict, &next), ms, &snapshot)
                        .map_err(|error| self.failed(error))?;
                }
                notices.push(Notice::Judged {
                    turn,
                    topic,
                    message,
                    verdict,
                    next,
                    judge_ms: judge,
                    select_ms: select,
                });
            }
            Effect::Disputed {
                turn,
                topic,
                label,
                message,
            } => {
                let snapshot = self.interview.snapshot();
                if let Some(recorder) = &mut self.recorder {
                    recorder
                        .dispute(turn, &topic, &label, &message, &snapshot)
                        .map_err(|error| self.failed(error))?;
                }
                notices.push(Notice::Disputed { topic, label });
            }
            Effect::Question {
                turn,
                topic,
                utterance,
            } => {
                notices.extend(self.record_question(turn, &topic, &utterance));
                notices.push(Notice::Question {
                    turn,
                    topic,
                    utterance,
                });
            }
            Effect::End { reason, report } => {
                self.last_report = Some(report.clone());
                let last_words = (reason == EndReason::Finished)
                    .then(|| self.interview.question().cloned())
                    .flatten();
                if let Some(words) = &last_words {
                    let end = self.interview.pack().file.end.clone();
                    notices.extend(self.record_question(self.interview.turn(), &end, words));
                }
                let recorder = self.recorder.as_mut();
                let ended = recorder.map_or(Ok(()), |recorder| recorder.end(reason));
                notices.extend(ended.err().map(|error| self.problem(&error)));
                notices.push(Notice::End {
                    reason,
                    last_words,
                    report,
                });
            }
        }
        Ok(())
    }

    /// A reply that cannot be recorded is said all the same: resumed, the interview words it anew.
    fn record_question(&mut self, turn: u32, topic: &str, utterance: &Utterance) -> Option<Notice> {
        let snapshot = self.interview.snapshot();
        let (pack, seed) = (self.interview.pack().clone(), self.options.seed);
        let said = (utterance, self.timing.write);
        let recorder = self.recorder.as_mut()?;
        let recorded = recorder.question(&pack, seed, (turn, topic), said, &snapshot);
        recorded.err().map(|error| self.problem(&error))
    }

    fn problem(&self, error: &StoreError) -> Notice {
        Notice::Problem(error.explain(&self.messages))
    }

    pub(super) fn next_request(&mut self) -> RequestId {
        self.last_request += 1;
        self.waiting = self.last_request;
        self.waiting
    }

    /// What was being generated is cut off: the authored words stand in.
    fn write_instead(&mut self, mut notices: Vec<Notice>) -> Result<Vec<Notice>, DriverError> {
        let snapshot = self.interview.snapshot();
        let Some(request) = snapshot.owed() else {
            return Ok(notices);
        };
        let mut authored = Authored::new(self.interview.pack().clone(), self.options.seed);
        if let Some(question) = self.interview.question() {
            authored.remember(&question.text);
        }
        let mut utterance = authored.write(request);
        utterance.fallback = true;
        self.engine.send(Request::Remember(utterance.text.clone()));
        notices.extend(self.input(Input::Written(utterance))?);
        Ok(notices)
    }
}

#[cfg(test)]
mod tests;
