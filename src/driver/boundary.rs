//! Boundaries in the interview: a message is scored before the machine hears of it. One that offends gets a
//! sanction in place of a verdict; a block that is running refuses the start.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::live::{Driver, DriverError, Standing};
use super::session::{Notice, Session};
use crate::companion::Sanctioned;
use crate::companion::distress::is_distress;
use crate::companion::ethics::block::Block;
use crate::companion::ethics::{
    Offence, Scores, decide, readings, sanction, sanctioned, standing_text, together,
};
use crate::engine::Request;
use crate::interview::{EndReason, Input, Phase, normalise};

impl Driver {
    /// A block was running, so nothing began.
    pub fn was_refused(&self) -> bool {
        self.standing == Standing::Refused
    }

    /// The block that is running, by the record; without a record there is none.
    pub(super) fn running_block(&mut self) -> Result<Option<Block>, DriverError> {
        let block = self
            .recorder
            .as_mut()
            .map_or(Ok(None), |recorder| recorder.block());
        block.map_err(|error| self.failed(error))
    }

    /// Says why and until when nothing begins. The interview that is unfinished stays so.
    pub(super) fn refuse(&mut self, block: &Block) -> Vec<Notice> {
        self.standing = Standing::Refused;
        let text = standing_text(block, &TimeZone::system(), &self.messages);
        let sanctioned = Notice::Sanctioned {
            offences: block.offences.clone(),
            until: Some(block.until),
            text,
        };
        let end = Notice::End {
            reason: EndReason::Sanctioned,
            last_words: None,
            report: self.interview.report(),
        };
        vec![sanctioned, end]
    }

    /// Has the message scored; the interview hears of it when it is within bounds.
    pub(super) fn hear(&mut self, message: String) -> Result<Vec<Notice>, DriverError> {
        if self.phase() != Phase::Waiting {
            return Ok(Vec::new());
        }
        let text = normalise(&message).text;
        if text.is_empty() {
            return self.input(Input::Message(message));
        }
        // Another window may have been blocked meanwhile.
        if let Some(block) = self.running_block()? {
            return self.block(block.offences, block.until);
        }
        let id = self.next_request();
        self.engine.send(Request::Classify(id, readings(&text)));
        self.held = Some(text);
        Ok(Vec::new())
    }

    /// The scores of the message that is held.
    pub(super) fn scored(&mut self, scores: &[Scores]) -> Result<Vec<Notice>, DriverError> {
        let Some(message) = self.held.take() else {
            return Ok(Vec::new());
        };
        if is_distress(&message) {
            // No answer to be judged: nobody is told that they are on the wrong track.
            let help = self.messages.get("companion.distress").to_owned();
            self.standing = Standing::Free;
            let notices = std::iter::once(Notice::Problem(help));
            return Ok(notices.chain(self.asked_again()).collect());
        }
        let offences = decide(scores, &self.boundaries);
        if offences.is_empty() {
            self.standing = Standing::Free;
            return self.input(Input::Message(message));
        }
        let follows = match &mut self.recorder {
            Some(recorder) => recorder.sanction(&message, &offences),
            None => Ok(unrecorded(&offences)),
        };
        let Sanctioned { offences, until } = follows.map_err(|error| self.failed(error))?;
        match until {
            Some(until) => self.block(offences, until),
            None => Ok(self.warn(offences)),
        }
    }

    fn warn(&mut self, offences: Vec<Offence>) -> Vec<Notice> {
        self.standing = Standing::Warned;
        let warning = self.notice(offences, None);
        std::iter::once(warning).chain(self.asked_again()).collect()
    }

    /// The question as it was asked; it is recorded already.
    fn asked_again(&self) -> Option<Notice> {
        let question = self.interview.question()?;
        Some(Notice::Question {
            turn: self.interview.turn(),
            topic: self.interview.topic().title.clone(),
            utterance: question.clone(),
        })
    }

    fn block(
        &mut self,
        offences: Vec<Offence>,
        until: Timestamp,
    ) -> Result<Vec<Notice>, DriverError> {
        self.standing = Standing::Blocked;
        let mut notices = vec![self.notice(offences, Some(until))];
        notices.extend(self.stop(EndReason::Sanctioned)?);
        Ok(notices)
    }

    fn notice(&self, offences: Vec<Offence>, until: Option<Timestamp>) -> Notice {
        let text = sanctioned(&offences, until, &TimeZone::system(), &self.messages);
        Notice::Sanctioned {
            offences,
            until,
            text,
        }
    }

    /// Keeps an objection with the log.
    pub(super) fn objection(&mut self, reason: &str) -> Result<Vec<Notice>, DriverError> {
        let reason = normalise(reason).text;
        let kept = self
            .recorder
            .as_mut()
            .map_or(Ok(false), |recorder| recorder.object(&reason));
        let kept = kept.map_err(|error| self.failed(error))?;
        if self.standing == Standing::Warned {
            self.standing = Standing::Free;
        }
        Ok(kept.then_some(Notice::Objected).into_iter().collect())
    }
}

/// What follows where nothing can be recorded: as if it were the first time.
pub(super) fn unrecorded(offences: &[Offence]) -> Sanctioned {
    let lasts = together(offences.iter().map(|offence| sanction(*offence, 0)));
    let until = Timestamp::now()
        .saturating_add(lasts)
        .unwrap_or(Timestamp::MAX);
    Sanctioned {
        offences: offences.to_vec(),
        until: (!lasts.is_zero()).then_some(until),
    }
}
