//! What the screen asks of the conversation, and what the engine tells it.

use super::{Asked, Step, Talk, TalkError};
use crate::companion::distress::is_distress;
use crate::companion::{Input, Phase};
use crate::driver::companionship::{Companionship, Remembered, TalkNotice};
use crate::engine::talker::{TalkAnswer, TalkRequest};
use crate::engine::{Event, Request};

impl Companionship for Talk {
    type Event = Event;
    type Error = TalkError;

    fn visit(&mut self) -> Result<Vec<TalkNotice>, TalkError> {
        if std::mem::replace(&mut self.visited, true) {
            return Ok(Vec::new());
        }
        // The models are loaded while the learner writes the first message.
        self.last_request += 1;
        let prepare = Request::Talk(self.last_request, TalkRequest::Prepare);
        self.engine.send(prepare);
        let warning = self.warning.take().map(TalkNotice::Problem);
        let mut notices: Vec<_> = warning.into_iter().collect();
        notices.extend(self.go_on()?);
        if let Some(block) = self.block()? {
            notices.push(self.refuse(&block));
        }
        Ok(notices)
    }

    fn say(&mut self, message: String) -> Result<Vec<TalkNotice>, TalkError> {
        if let Some(block) = self.block()? {
            let mut notices = match is_distress(&message) {
                true => vec![TalkNotice::Objected(
                    self.messages.get("companion.distress").to_owned(),
                )],
                false => self.object(&message)?,
            };
            notices.push(self.refuse(&block));
            return Ok(notices);
        }
        if matches!(self.companion.phase(), Phase::Waiting | Phase::Blocked) {
            self.catch_up()?;
        }
        let mut notices = Vec::new();
        match self.companion.phase() {
            Phase::Blocked => notices.extend(self.input(Input::Unblock)?),
            Phase::Interrupted => {
                notices.extend(self.input(Input::Begin(self.now().local))?);
                return Ok(notices);
            }
            _ => {}
        }
        notices.extend(self.input(Input::Message(message, self.now().local))?);
        Ok(notices)
    }

    fn hush(&mut self) -> Result<Vec<TalkNotice>, TalkError> {
        for (id, asked) in &self.asked {
            if *asked == Asked::Step(Step::Reply) {
                self.engine.give_up(*id);
            }
        }
        Ok(Vec::new())
    }

    fn hear(&mut self, event: &Event) -> Result<Vec<TalkNotice>, TalkError> {
        let Event::Talked(id, answer, ms) = event else {
            return Ok(Vec::new());
        };
        let Some(asked) = self.asked.get(id).copied() else {
            return Ok(Vec::new());
        };
        if !matches!(answer, TalkAnswer::Draft(_)) {
            self.asked.remove(id);
        }
        self.answered(asked, answer.clone(), *ms)
    }

    fn memories(&mut self) -> Result<Vec<Remembered>, TalkError> {
        let local = self.now().local;
        let read = self.store.as_mut().map(|store| store.memories(local));
        let memories = read.transpose().map_err(|error| self.failed(error))?;
        let mut shown: Vec<Remembered> = memories
            .unwrap_or_default()
            .into_iter()
            .map(|memory| Remembered {
                id: memory.kept.id,
                item: memory.kept.item.to_string(),
                since: memory.kept.said.to_string(),
                until: memory
                    .kept
                    .expires
                    .map(|end| end.strftime("%Y-%m-%d %H:%M").to_string()),
            })
            .collect();
        shown.reverse();
        Ok(shown)
    }

    fn amend(&mut self, id: i64, item: &str) -> Result<Option<String>, TalkError> {
        let (item, now) = (self.item(item)?, self.now());
        let edited = self
            .store
            .as_mut()
            .map_or(Ok(None), |store| store.edit_memory(id, &item, now));
        self.shelved = None;
        let gone = edited.map_err(|error| self.failed(error))?;
        Ok(gone.map(|item| self.messages.fill("companion.replaced", &[("item", &item)])))
    }

    fn forget(&mut self, id: i64) -> Result<(), TalkError> {
        let forgotten = self.store.as_mut().map_or(Ok(()), |store| store.forget(id));
        self.shelved = None;
        forgotten.map_err(|error| self.failed(error))
    }

    fn talk_phase(&self) -> Phase {
        self.companion.phase()
    }
}
