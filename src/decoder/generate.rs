//! The loop: read the prompt, choose a token, show what is certain, until something ends it.

use std::time::{Duration, Instant};

use super::cache::KvCache;
use super::error::DecoderError;
use super::guesses::Ahead;
use super::model::Decoder;
use super::sampling::{Sampler, Sampling};
use super::stop::{StopSequence, StopText};
use super::tokenizer::TextStream;

/// Tokens of a prompt that are read at once. Between two looks at whether to go on one layer reads them,
/// which takes about as long as a token takes all layers.
const PREFILL: usize = 64;
/// Tokens the cache has room for from the start; beyond them it grows by doubling.
const RESERVED: usize = 4096;

/// What is asked of a generation.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerateOptions {
    /// Tokens at most.
    pub max_tokens: usize,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// Texts that end the reply; they do not belong to it.
    pub stop: Vec<String>,
}

/// Why a generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// A stop sequence, or a token that ends a text.
    Stop,
    /// `max_tokens`, or the model's last position.
    Length,
    /// The caller had enough.
    Cancelled,
}

/// A generated text and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// The text, without what ended it.
    pub text: String,
    /// Its tokens, with those that ended it.
    pub ids: Vec<u32>,
    /// Why it ended.
    pub finish: Finish,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Those of them that the cache held already.
    pub reused_tokens: usize,
    /// Time to read the others.
    pub prefill: Duration,
    /// Time from the start to the first token.
    pub first_token: Duration,
    /// Time from the first token to the last.
    pub decode: Duration,
}

impl Generated {
    /// Tokens of the prompt read in a second; 0 where none were.
    pub fn prefill_tokens_per_s(&self) -> f64 {
        per_second(self.prompt_tokens - self.reused_tokens, self.prefill)
    }

    /// Tokens after the first generated in a second; 0 where there are none.
    pub fn decode_tokens_per_s(&self) -> f64 {
        per_second(self.ids.len().saturating_sub(1), self.decode)
    }
}

fn per_second(tokens: usize, time: Duration) -> f64 {
    let seconds = time.as_secs_f64();
    if seconds > 0. {
        tokens as f64 / seconds
    } else {
        0.
    }
}

impl Decoder {
    /// Generates a reply to a prompt's tokens.
    ///
    /// `cache` keeps what was read: a prompt that begins like the last one is read from where they
    /// part. `draft` is given the text so far, at least once a token and, while the prompt is read,
    /// before each layer, and answers whether to go on; it never sees half a character, nor part of what ends
    /// the reply.
    ///
    /// # Errors
    /// When the prompt is empty or longer than the model's positions, or its weights are damaged.
    pub fn generate(
        &self,
        prompt: &[u32],
        options: &GenerateOptions,
        cache: &mut KvCache,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Generated, DecoderError> {
        let started = Instant::now();
        let limit = self.config.max_position_embeddings;
        if prompt.len() >= limit {
            let tokens = prompt.len();
            return Err(DecoderError::TooLong { tokens, limit });
        }
        let stops = options.stop.iter();
        let stops = stops.map(|stop| StopSequence::new(stop, &self.tokenizer));
        let stops = stops.collect::<Result<Vec<_>, _>>()?;
        let max_tokens = options.max_tokens.min(limit - prompt.len());
        let reused_tokens = cache.keep_prefix(prompt);
        self.reserve(cache, RESERVED.min(prompt.len() + max_tokens));
        let mut reply = Reply {
            result: Generated {
                text: String::new(),
                ids: Vec::new(),
                finish: Finish::Length,
                prompt_tokens: prompt.len(),
                reused_tokens,
                prefill: Duration::ZERO,
                first_token: Duration::ZERO,
                decode: Duration::ZERO,
            },
            text: StopText::new(&stops),
            stream: TextStream::default(),
        };
        if max_tokens == 0 {
            return Ok(reply.finish(Finish::Length, false));
        }
        let Some(mut logits) = self.prefill(prompt, cache, draft)? else {
            return Ok(reply.finish(Finish::Cancelled, false));
        };
        reply.result.prefill = started.elapsed();
        let mut sampler = Sampler::new(options.sampling.clone());
        let mut text = prompt.to_vec();
        let mut ahead = Ahead::default();
        loop {
            let id = sampler.next(logits, &text)?;
            text.push(id);
            reply.result.ids.push(id);
            if reply.result.ids.len() == 1 {
                reply.result.first_token = started.elapsed();
            }
            reply.result.decode = started.elapsed() - reply.result.first_token;
            let by_tokens = reply.text.ends(&reply.result.ids);
            if by_tokens || self.config.eos_token_ids.contains(&id) {
                return Ok(reply.finish(Finish::Stop, by_tokens));
            }
            let new = reply.stream.push(id, &self.tokenizer)?;
            if reply.text.push(&new) {
                return Ok(reply.finish(Finish::Stop, false));
            }
            if !draft(reply.text.visible()) {
                return Ok(reply.finish(Finish::Cancelled, false));
            }
            if reply.result.ids.len() == max_tokens {
                return Ok(reply.finish(Finish::Length, false));
            }
            let room = max_tokens - reply.result.ids.len();
            logits = self.next_logits(&text, room, cache, &mut ahead)?;
        }
    }

    /// Reads what the cache lacks of a prompt; none where the caller had enough.
    fn prefill(
        &self,
        prompt: &[u32],
        cache: &mut KvCache,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<Vec<f32>>, DecoderError> {
        let mut rest = &prompt[cache.ids().len()..];
        while rest.len() > PREFILL {
            let (now, later) = rest.split_at(PREFILL);
            if self.read_while(now, cache, &mut || draft(""))?.is_none() {
                return Ok(None);
            }
            rest = later;
        }
        Ok(self.step_while(rest, cache, &mut || draft(""))?)
    }
}

/// A reply in the making.
struct Reply<'a> {
    result: Generated,
    text: StopText<'a>,
    stream: TextStream,
}

impl Reply<'_> {
    fn finish(mut self, finish: Finish, by_tokens: bool) -> Generated {
        self.result.text = self.text.finish(by_tokens);
        self.result.finish = finish;
        self.result
    }
}
