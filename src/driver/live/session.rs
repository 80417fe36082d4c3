//! What the screen asks of a live interview, and what the engine tells it.

use super::{Driver, DriverError, Standing, Timing};
use crate::driver::session::{Begin, Notice, Session};
use crate::engine::Event;
use crate::interview::{EndReason, Input, Phase, Report, TopicProgress, markdown};

impl Session for Driver {
    type Event = Event;
    type Error = DriverError;

    fn begin(&mut self, begin: Begin) -> Result<Vec<Notice>, DriverError> {
        if let Some(block) = self.running_block()? {
            return Ok(self.refuse(&block));
        }
        match (begin, self.unfinished.clone()) {
            (Begin::Resume, Some(unfinished)) => {
                let notices = self.resume(unfinished)?;
                self.unfinished = None;
                Ok(notices)
            }
            (Begin::Fresh, Some(unfinished)) => {
                if let Some(recorder) = &mut self.recorder {
                    recorder
                        .abandon(unfinished.id)
                        .map_err(|error| self.failed(error))?;
                }
                self.unfinished = None;
                self.input(Input::Begin)
            }
            (_, None) => self.input(Input::Begin),
        }
    }

    fn submit(&mut self, message: String) -> Result<Vec<Notice>, DriverError> {
        self.hear(message)
    }

    fn object(&mut self, reason: String) -> Result<Vec<Notice>, DriverError> {
        self.objection(&reason)
    }

    fn retract(&mut self) -> Result<Vec<Notice>, DriverError> {
        self.take_back()?;
        Ok(self.change_if_edited().into_iter().collect())
    }

    fn skip(&mut self) -> Result<Vec<Notice>, DriverError> {
        self.timing = Timing::default();
        self.input(Input::SkipKey)
    }

    fn dispute(&mut self) -> Result<Vec<Notice>, DriverError> {
        if self.standing == Standing::Warned && self.phase() == Phase::Waiting {
            return self.objection("");
        }
        self.input(Input::Dispute)
    }

    fn cancel(&mut self) -> Result<Vec<Notice>, DriverError> {
        match self.phase() {
            Phase::Writing => {
                self.engine.cancel(self.waiting);
                self.waiting = 0;
                self.write_instead(Vec::new())
            }
            Phase::Judging | Phase::Selecting => self.retract(),
            _ => Ok(Vec::new()),
        }
    }

    fn stop(&mut self, reason: EndReason) -> Result<Vec<Notice>, DriverError> {
        self.held = None;
        self.engine.cancel(self.last_request);
        self.waiting = 0;
        self.input(Input::Stop(reason))
    }

    fn poll(&mut self, event: Event) -> Result<Vec<Notice>, DriverError> {
        match event {
            Event::Loading { done, total, what } => Ok(vec![Notice::Loading { done, total, what }]),
            Event::Ready { ms } => Ok(vec![Notice::Ready { ms }]),
            Event::Classified(id, scores, _) if id == self.waiting => self.scored(&scores),
            Event::Judged(id, evidence, ms) if id == self.waiting => {
                self.timing.judge = ms;
                self.input(Input::Judged(evidence))
            }
            Event::Selected(id, next, ms) if id == self.waiting => {
                self.timing.select = ms;
                self.input(Input::Selected(next))
            }
            Event::Draft(id, text) if id == self.waiting => Ok(vec![Notice::Draft(text)]),
            Event::Written(id, utterance, ms) if id == self.waiting => {
                self.timing.write = ms;
                self.input(Input::Written(utterance))
            }
            // An answer to what was taken back, or cancelled, comes too late.
            Event::Classified(..)
            | Event::Judged(..)
            | Event::Selected(..)
            | Event::Draft(..)
            | Event::Written(..)
            | Event::Talked(..) => Ok(Vec::new()),
            // A turn is judged to its end by the pack it began with.
            Event::Edited(Ok(pack)) if self.phase() == Phase::Waiting => {
                Ok(vec![self.change_pack(pack)])
            }
            Event::Edited(Ok(pack)) => {
                self.edited = Some(pack);
                Ok(Vec::new())
            }
            Event::Edited(Err(problem)) => Ok(vec![Notice::ContentChanged(Err(problem))]),
            Event::Failed(id, reason) => {
                let mut notices = vec![Notice::Problem(reason)];
                if id == Some(self.waiting) {
                    notices.extend(self.retract()?);
                }
                Ok(notices)
            }
        }
    }

    fn phase(&self) -> Phase {
        match (self.standing, &self.held) {
            (Standing::Refused, _) => Phase::Ended(EndReason::Sanctioned),
            (_, Some(_)) => Phase::Judging,
            (_, None) => self.interview.phase(),
        }
    }

    fn hint(&self) -> Option<String> {
        self.interview.hint()
    }

    fn progress(&self) -> Vec<TopicProgress> {
        self.interview.progress()
    }

    fn can_dispute(&self) -> bool {
        let warned = self.standing == Standing::Warned && self.phase() == Phase::Waiting;
        warned || self.interview.can_dispute()
    }

    fn report(&self) -> Report {
        match &self.last_report {
            Some(report) => report.clone(),
            None => self.interview.report(),
        }
    }

    fn report_markdown(&self) -> String {
        markdown(&self.report(), &self.messages)
    }
}
