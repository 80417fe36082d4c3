//! A language model as the interviewer's voice.
//!
//! What it says is checked before it counts: it must be well-formed Korean, not what was just said,
//! and ask about the topic that was selected. After a few tries the authored words stand in.

use std::collections::VecDeque;
use std::sync::Arc;

use super::prompt::{END, PromptStyle, of_request};
use super::question_check::QuestionCheck;
use super::writer::Writer;
use crate::content::Pack;
use crate::decoder::{Decoder, Finish, GenerateOptions, KvCache, Sampling};
use crate::interview::{Authored, Utterance, WriteRequest, check_reply};

/// Texts generated for one reply before the authored words stand in (spec.md, section 3).
const TRIES: u64 = 5;

/// Replies that are not to be given again.
const REMEMBERED: usize = 40;

/// A language model that words replies.
pub struct Speaker {
    name: String,
    decoder: Decoder,
    style: PromptStyle,
    cache: KvCache,
    check: QuestionCheck,
    authored: Authored,
    pack: Arc<Pack>,
    seed: u64,
    said: VecDeque<String>,
}

impl Speaker {
    /// A speaker called `name` on the screen; equal seeds give equal interviews.
    pub fn new(
        name: String,
        decoder: Decoder,
        style: PromptStyle,
        check: QuestionCheck,
        pack: Arc<Pack>,
        seed: u64,
    ) -> Self {
        Self {
            name,
            decoder,
            style,
            cache: KvCache::new(),
            check,
            authored: Authored::new(pack.clone(), seed),
            pack,
            seed,
            said: VecDeque::new(),
        }
    }

    /// A reply that passes all checks; none after too many tries, or when the model fails.
    fn speak(
        &mut self,
        request: &WriteRequest,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Option<String> {
        let prompt = of_request(request, self.style);
        let prompt = self.decoder.tokenizer.encode(&prompt, true).ok()?;
        for attempt in 0..TRIES {
            let turn = u64::from(request.turn) * TRIES + attempt;
            let options = GenerateOptions {
                max_tokens: 160,
                sampling: Sampling {
                    temperature: 0.6,
                    seed: self.seed.wrapping_mul(0x9e37_79b9).wrapping_add(turn),
                    ..Sampling::default()
                },
                stop: vec![END.to_owned()],
            };
            let said = self
                .decoder
                .generate(&prompt, &options, &mut self.cache, draft);
            let said = match said {
                Ok(said) => said,
                Err(error) => {
                    tracing::warn!(%error, "the language model failed");
                    return None;
                }
            };
            let text = said.text.trim().to_owned();
            match said.finish {
                Finish::Cancelled => return Some(text),
                Finish::Stop if self.passes(&text, &request.next) => return Some(text),
                _ => tracing::info!(text, "not said"),
            }
        }
        None
    }

    fn passes(&self, text: &str, next: &str) -> bool {
        check_reply(text, &self.pack.file.language).is_ok()
            && !self.said.iter().any(|said| said == text)
            && self.check.asks_about(text, next).unwrap_or(false)
    }
}

impl Writer for Speaker {
    fn write(&mut self, request: &WriteRequest, draft: &mut dyn FnMut(&str) -> bool) -> Utterance {
        match self.speak(request, draft) {
            Some(text) => {
                self.remember(&text);
                Utterance {
                    text,
                    writer: self.name.clone(),
                    fallback: false,
                }
            }
            None => Utterance {
                fallback: true,
                ..Authored::write(&mut self.authored, request)
            },
        }
    }

    fn remember(&mut self, text: &str) {
        self.authored.remember(text);
        self.said.push_back(text.to_owned());
        if self.said.len() > REMEMBERED {
            self.said.pop_front();
        }
    }

    fn use_pack(&mut self, pack: Arc<Pack>) {
        self.authored.use_pack(pack.clone());
        self.pack = pack;
    }
}
