//! Both conversations on one engine, as the screen with its two tabs holds them.

use super::companionship::{Companionship, Remembered, TalkNotice, TalkPhase};
use super::session::{Begin, Notice, Phase, Report, Session, TopicProgress};
use super::{Driver, DriverError, Talk, TalkError};
use crate::engine::Event;
use crate::interview::EndReason;

/// An interview, and the companion behind the other tab.
pub struct Both {
    /// The interview.
    pub interview: Driver,
    /// The companion.
    pub talk: Talk,
}

impl Session for Both {
    type Event = Event;
    type Error = DriverError;

    fn begin(&mut self, begin: Begin) -> Result<Vec<Notice>, DriverError> {
        self.interview.begin(begin)
    }

    fn submit(&mut self, message: String) -> Result<Vec<Notice>, DriverError> {
        self.interview.submit(message)
    }

    fn retract(&mut self) -> Result<Vec<Notice>, DriverError> {
        self.interview.retract()
    }

    fn skip(&mut self) -> Result<Vec<Notice>, DriverError> {
        self.interview.skip()
    }

    fn dispute(&mut self) -> Result<Vec<Notice>, DriverError> {
        self.interview.dispute()
    }

    fn cancel(&mut self) -> Result<Vec<Notice>, DriverError> {
        self.interview.cancel()
    }

    fn stop(&mut self, reason: EndReason) -> Result<Vec<Notice>, DriverError> {
        self.interview.stop(reason)
    }

    fn object(&mut self, reason: String) -> Result<Vec<Notice>, DriverError> {
        self.interview.object(reason)
    }

    fn poll(&mut self, event: Event) -> Result<Vec<Notice>, DriverError> {
        self.interview.poll(event)
    }

    fn phase(&self) -> Phase {
        self.interview.phase()
    }

    fn hint(&self) -> Option<String> {
        self.interview.hint()
    }

    fn progress(&self) -> Vec<TopicProgress> {
        self.interview.progress()
    }

    fn can_dispute(&self) -> bool {
        self.interview.can_dispute()
    }

    fn report(&self) -> Report {
        self.interview.report()
    }

    fn report_markdown(&self) -> String {
        self.interview.report_markdown()
    }
}

impl Companionship for Both {
    type Event = Event;
    type Error = TalkError;

    fn visit(&mut self) -> Result<Vec<TalkNotice>, TalkError> {
        self.talk.visit()
    }

    fn say(&mut self, message: String) -> Result<Vec<TalkNotice>, TalkError> {
        self.talk.say(message)
    }

    fn hush(&mut self) -> Result<Vec<TalkNotice>, TalkError> {
        self.talk.hush()
    }

    fn hear(&mut self, event: &Event) -> Result<Vec<TalkNotice>, TalkError> {
        self.talk.hear(event)
    }

    fn memories(&mut self) -> Result<Vec<Remembered>, TalkError> {
        self.talk.memories()
    }

    fn amend(&mut self, id: i64, item: &str) -> Result<Option<String>, TalkError> {
        self.talk.amend(id, item)
    }

    fn forget(&mut self, id: i64) -> Result<(), TalkError> {
        self.talk.forget(id)
    }

    fn talk_phase(&self) -> TalkPhase {
        self.talk.talk_phase()
    }
}
