//! The companion's models as her machine sees them: the memory S-BERT beside the [`Mind`].

use crate::companion::expression::Expression;
use crate::companion::memory::Item;
use crate::companion::{HeadRequest, ReplyRequest, check_companion_reply};
use crate::engine::memory::{Items, MemoryFinder};
use crate::engine::talker::Talker;
use crate::talk::Utterance;

use super::mind::{Ask, Mind};

/// Language of what she says.
const LANGUAGE: &str = "ko";

/// Loads the models; what is wrong is said in one sentence.
pub type LoadMind = Box<dyn FnOnce() -> Result<(Mind, MemoryFinder), String> + Send>;

/// Oh-LoRA, once she is loaded.
pub struct OhLora {
    load: Option<LoadMind>,
    loaded: Option<(Mind, MemoryFinder)>,
    items: Items,
}

impl OhLora {
    /// Loads at the first request.
    pub fn new(load: LoadMind) -> Self {
        Self {
            load: Some(load),
            loaded: None,
            items: Items::default(),
        }
    }

    fn mind(&mut self) -> Result<&mut Mind, String> {
        let absent = || "the companion's models are not loaded".to_owned();
        self.loaded
            .as_mut()
            .map(|(mind, _)| mind)
            .ok_or_else(absent)
    }
}

impl Talker for OhLora {
    fn load(&mut self) -> Result<(), String> {
        if let Some(load) = self.load.take() {
            let (mind, mut finder) = load()?;
            finder.settle();
            self.loaded = Some((mind, finder));
        }
        self.mind().map(|_| ())
    }

    fn fingerprint(&self) -> String {
        let finder = self.loaded.as_ref().map(|(_, finder)| finder);
        finder.map_or(String::new(), MemoryFinder::fingerprint)
    }

    fn embed(&mut self, items: &[Item]) -> Result<Vec<Vec<f32>>, String> {
        let Some((_, finder)) = &self.loaded else {
            return Ok(Vec::new());
        };
        let items: Vec<String> = items.iter().map(Item::to_string).collect();
        finder.embed(&items).map_err(|error| error.to_string())
    }

    fn shelve(&mut self, items: &[(&Item, Vec<f32>)]) {
        let Some((_, finder)) = &self.loaded else {
            return;
        };
        let items = items.iter();
        let items = items.map(|(item, embedding)| (item.key(), embedding.as_slice()));
        self.items = finder.arrange(&items.collect::<Vec<_>>());
    }

    fn recall(&mut self, message: &str) -> Result<Vec<f32>, String> {
        let Some((_, finder)) = &self.loaded else {
            return Ok(Vec::new());
        };
        let choices = finder.choices(message, &self.items);
        choices.map_err(|error| error.to_string())
    }

    fn reply(
        &mut self,
        request: &ReplyRequest,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Utterance, String> {
        let last = request.last.as_deref();
        let ask = Ask {
            turn: request.turn,
            prompt: &request.prompt,
            last,
        };
        let refuses =
            |text: &str| check_companion_reply(text, LANGUAGE, request.moment, last).is_err();
        let reply = self.mind()?.reply(&ask, &refuses, draft);
        let reply = reply.map_err(|error| error.to_string())?;
        Ok(Utterance {
            text: reply.text,
            writer: reply.writer,
            fallback: reply.fallback,
        })
    }

    fn extract(&mut self, request: &HeadRequest) -> Option<Item> {
        let (key, value) = self.mind().ok()?.memory(request.turn, &request.prompt)?;
        Item::new(&key, &value).ok()
    }

    fn summarise(&mut self, request: &HeadRequest) -> Option<String> {
        self.mind().ok()?.summary(request.turn, &request.prompt)
    }

    fn express(&mut self, request: &HeadRequest) -> Option<Expression> {
        let mind = self.mind().ok()?;
        Some(mind.expression(request.turn, &request.prompt))
    }

    fn remember(&mut self, text: &str) {
        if let Ok(mind) = self.mind() {
            mind.remember(text);
        }
    }
}
