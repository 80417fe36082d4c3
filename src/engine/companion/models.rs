//! Language models as heads: one base with an adapter for each, or a model of its own for a role.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::head::Head;
use crate::decoder::{
    Decoder, DecoderError, Finish, Form, GenerateOptions, KvCache, ModelFiles, Pieces, Precision,
    Sampling,
};
use crate::engine::voice::{LanguageModel, VoiceError};

/// What a head is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Which head.
    pub head: Head,
    /// What it reads, with the marker that ends it.
    pub prompt: &'a str,
    /// What it may say; anything if none.
    pub form: Option<&'a Form>,
    /// Equal seeds give equal texts.
    pub seed: u64,
}

/// What speaks as a head.
pub trait HeadModel: Send {
    /// What is said to a prompt; none where it came to no end, was cancelled by `draft`, or is not of
    /// the form.
    ///
    /// # Errors
    /// When the prompt is too long, the model damaged, or the server gone.
    fn say(
        &mut self,
        asked: &Asked<'_>,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<String>, VoiceError>;
}

/// Tokens that a head may say (spec.md, section 2).
fn options(asked: &Asked<'_>) -> GenerateOptions {
    let (max_tokens, temperature) = match asked.head {
        Head::Reply => (128, 0.6),
        Head::Summary => (64, 0.6),
        Head::Memory => (24, 0.6),
        Head::Expression => (36, 1.),
    };
    GenerateOptions {
        max_tokens,
        sampling: Sampling {
            temperature,
            seed: asked.seed,
            ..Sampling::default()
        },
        stop: vec![asked.head.end().to_owned()],
    }
}

/// One base in memory with an adapter for each head, unmerged.
pub struct SharedHeads {
    decoder: Decoder,
    pieces: Pieces,
    /// What each head read last, with its adapter.
    caches: HashMap<Head, KvCache>,
}

impl SharedHeads {
    /// Loads the base, rounded as `precision` says, and the adapters.
    ///
    /// # Errors
    /// When a file is missing, damaged or of another model.
    pub fn load(
        base: &ModelFiles,
        adapters: Vec<(Head, ModelFiles)>,
        precision: &Precision,
    ) -> Result<Self, DecoderError> {
        let adapters = adapters.into_iter();
        let adapters = adapters
            .map(|(head, files)| (head.name().to_owned(), files))
            .collect();
        Ok(Self::new(Decoder::load_with(base, adapters, precision)?))
    }

    /// Heads of a model whose adapters have their names.
    pub fn new(decoder: Decoder) -> Self {
        Self {
            pieces: decoder.pieces(),
            decoder,
            caches: HashMap::new(),
        }
    }

    /// Whether there is an adapter for a head.
    pub fn has(&self, head: Head) -> bool {
        self.decoder
            .adapters()
            .iter()
            .any(|name| name == head.name())
    }

    /// Whether a character can be said within a form.
    pub fn can_say(&self, character: char) -> bool {
        self.pieces.can_say(character)
    }
}

impl HeadModel for SharedHeads {
    fn say(
        &mut self,
        asked: &Asked<'_>,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<String>, VoiceError> {
        if !self.decoder.choose(Some(asked.head.name())) {
            return Ok(None);
        }
        let cache = self.caches.entry(asked.head).or_default();
        let prompt = self.decoder.tokenizer.encode(asked.prompt, true)?;
        let options = options(asked);
        if let Some(form) = asked.form {
            let mut ends = self.decoder.tokenizer.encode(asked.head.end(), false)?;
            ends.truncate(1);
            ends.extend(&self.decoder.config.eos_token_ids);
            // The likeliest: a form has no style to vary.
            let greedy = Sampling::default();
            let said =
                self.decoder
                    .generate_form(&prompt, form, (&self.pieces, &ends), &greedy, cache)?;
            return Ok(said.map(|said| said.text));
        }
        let said = self.decoder.generate(&prompt, &options, cache, draft)?;
        let ended = said.finish == Finish::Stop;
        Ok(ended.then(|| said.text.trim().to_owned()))
    }
}

/// One model in the roles of several heads.
impl<M: HeadModel> HeadModel for Arc<Mutex<M>> {
    fn say(
        &mut self,
        asked: &Asked<'_>,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<String>, VoiceError> {
        let mut model = self.lock().unwrap_or_else(PoisonError::into_inner);
        model.say(asked, draft)
    }
}

/// Any language model in the role of one head; a form is generated until it is one.
pub struct OneHead(pub Box<dyn LanguageModel>);

/// Tries for a form (spec.md, section 2).
const TRIES: u64 = 5;

impl HeadModel for OneHead {
    fn say(
        &mut self,
        asked: &Asked<'_>,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<String>, VoiceError> {
        let tries = if asked.form.is_some() { TRIES } else { 1 };
        for attempt in 0..tries {
            let seed = asked.seed.wrapping_mul(TRIES).wrapping_add(attempt);
            let options = options(&Asked { seed, ..*asked });
            let said = self.0.complete(asked.prompt, &options, draft)?;
            if said.finish == Finish::Cancelled {
                return Ok(None);
            }
            let text = said.text.trim();
            let is_form = asked.form.is_none_or(|form| form.allows(text));
            if said.finish == Finish::Stop && is_form {
                return Ok(Some(text.to_owned()));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::voice::Said;

    /// Says one thing after the other.
    struct Script(Vec<&'static str>);

    impl LanguageModel for Script {
        fn complete(
            &mut self,
            _: &str,
            _: &GenerateOptions,
            _: &mut dyn FnMut(&str) -> bool,
        ) -> Result<Said, VoiceError> {
            Ok(Said {
                text: self.0.remove(0).to_owned(),
                tokens: 1,
                finish: Finish::Stop,
            })
        }
    }

    fn asked(form: Option<&Form>) -> Asked<'_> {
        Asked {
            head: Head::Expression,
            prompt: "안녕 (표정 출력 시작)",
            form,
            seed: 1,
        }
    }

    #[test]
    fn a_model_that_is_not_led_is_asked_until_its_text_has_the_form() {
        let form = Form::one_of(["눈 크게", "눈 작게"]);
        let mut head = OneHead(Box::new(Script(vec!["음", "눈 감음", " 눈 작게 "])));
        let said = head.say(&asked(Some(&form)), &mut |_| true).unwrap();
        assert_eq!(said.as_deref(), Some("눈 작게"));
        let mut head = OneHead(Box::new(Script(vec!["음"; 5])));
        assert_eq!(head.say(&asked(Some(&form)), &mut |_| true).unwrap(), None);
    }
}
