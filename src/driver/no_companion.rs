//! Stands in for the companion until her conversation is driven: nothing is said, nothing remembered.

use super::companionship::{Companionship, Remembered, TalkNotice, TalkPhase};
use super::{Driver, DriverError};
use crate::engine::Event;

impl Companionship for Driver {
    type Event = Event;
    type Error = DriverError;

    fn visit(&mut self) -> Result<Vec<TalkNotice>, DriverError> {
        Ok(Vec::new())
    }

    fn say(&mut self, _message: String) -> Result<Vec<TalkNotice>, DriverError> {
        Ok(Vec::new())
    }

    fn hush(&mut self) -> Result<Vec<TalkNotice>, DriverError> {
        Ok(Vec::new())
    }

    fn hear(&mut self, _event: &Event) -> Result<Vec<TalkNotice>, DriverError> {
        Ok(Vec::new())
    }

    fn memories(&mut self) -> Result<Vec<Remembered>, DriverError> {
        Ok(Vec::new())
    }

    fn amend(&mut self, _id: i64, _item: &str) -> Result<(), DriverError> {
        Ok(())
    }

    fn forget(&mut self, _id: i64) -> Result<(), DriverError> {
        Ok(())
    }

    fn talk_phase(&self) -> TalkPhase {
        TalkPhase::Waiting
    }
}
