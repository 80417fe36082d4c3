//! What follows from a turn: its summary, what is worth remembering of it, her face.

use super::{LANGUAGE, Mind, Spoken};
use crate::companion::expression::Expression;
use crate::decoder::Form;
use crate::engine::companion::forms;
use crate::engine::companion::head::{Head, Input, parse_item};
use crate::engine::companion::models::{Asked, HeadModel};
use crate::engine::voice::VoiceError;
use crate::interview::check_reply;

/// Tries of the summary head (spec.md, section 2).
const SUMMARY_TRIES: u64 = 3;

impl Mind {
    /// The exchange in short, of what the summary head reads; none where nothing sensible is known.
    pub fn summary(&mut self, turn: u32, prompt: &str) -> Option<String> {
        let read = strip(prompt, Head::Summary);
        let reply = read
            .rsplit_once("(오로라 답변)")
            .map(|(_, reply)| reply.trim());
        let authored = reply.and_then(|reply| self.spoken(reply)?.summary.clone());
        if authored.is_some() && !self.models.contains_key(&Head::Summary) {
            return authored;
        }
        for attempt in 0..SUMMARY_TRIES {
            let said = self.ask(Head::Summary, prompt, None, self.seed_of(turn, attempt))?;
            if check_reply(&said, LANGUAGE).is_ok() {
                return Some(said);
            }
        }
        authored
    }

    /// What is worth remembering of what the memory head reads: key and value.
    pub fn memory(&mut self, turn: u32, prompt: &str) -> Option<(String, String)> {
        let input = Input::timed(strip(prompt, Head::Memory));
        if self.models.contains_key(&Head::Memory) {
            let form = forms::memory(self.senses.keys(), input.message, |_| true);
            let said = self.ask(Head::Memory, prompt, Some(&form), self.seed_of(turn, 0));
            let item = said.as_deref().and_then(parse_item);
            return item.map(|(key, value)| (key.to_owned(), value.to_owned()));
        }
        let told = self.senses.memory(input.message)?;
        Some((told.key, told.value))
    }

    /// The face that goes with what the expression head reads.
    pub fn expression(&mut self, turn: u32, prompt: &str) -> Expression {
        let reply = strip(prompt, Head::Expression).trim();
        if self.models.contains_key(&Head::Expression) {
            let form = forms::expression(Expression::all());
            let said = self.ask(Head::Expression, prompt, Some(&form), self.seed_of(turn, 0));
            if let Some(face) = said.and_then(|said| Expression::parse(&said).ok()) {
                return face;
            }
        }
        match self.spoken(reply) {
            Some(Spoken {
                mood: Some(mood), ..
            }) => self.talk.persona.face(*mood),
            Some(spoken) => self.senses.face(&spoken.message, reply),
            None => self.senses.face("", reply),
        }
    }

    /// What the model of a head says: the one that was given the role, or the adapter on the shared
    /// base.
    fn ask(&mut self, head: Head, prompt: &str, form: Option<&Form>, seed: u64) -> Option<String> {
        let asked = Asked {
            head,
            prompt,
            form,
            seed,
        };
        let said = match (self.models.get_mut(&head), &mut self.shared) {
            (Some((_, model)), _) => model.say(&asked, &mut |_| true),
            (None, Some(shared)) if shared.has(head) => shared.say(&asked, &mut |_| true),
            _ => return None,
        };
        let failed = |error: VoiceError| tracing::warn!(%error, %head, "the head failed");
        said.map_err(failed).ok().flatten()
    }
}

/// What a head reads, without the marker at its end.
fn strip(prompt: &str, head: Head) -> &str {
    let prompt = prompt.trim();
    prompt.strip_suffix(head.start()).unwrap_or(prompt)
}
