//! A language model with what it needs to be understood and trusted.

use std::path::PathBuf;

use super::prompt::{END, PromptStyle};
use super::question_check::QuestionCheck;
use crate::content::Pack;
use crate::content::csv::InterviewRow;
use crate::decoder::{
    Decoder, DecoderError, Finish, GenerateOptions, Generated, KvCache, ModelFiles, Precision,
    Sampling,
};
use crate::encoder::{self, EncoderError};
use crate::interview::{Fault, check_reply};
use crate::nn::block_quant::BlockType;

/// Sampling temperature of an interview (spec.md, section 1).
pub const TEMPERATURE: f32 = 0.6;

/// Tokens of the longest reply.
const MAX_TOKENS: usize = 160;

/// A language model that words replies.
pub struct Voice {
    /// The model.
    pub decoder: Decoder,
    /// What its prompts tell.
    pub style: PromptStyle,
    /// Whether its questions are about their topics.
    pub check: QuestionCheck,
}

/// Why a voice could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// The language model.
    #[error(transparent)]
    Decoder(#[from] DecoderError),
    /// The encoder that checks its questions.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
}

impl Voice {
    /// Loads a model, its weights rounded to eight bits, and what checks its questions: the pack's
    /// wordings and `rows`, embedded by `base`.
    ///
    /// # Errors
    /// When a file of either model is missing or damaged.
    pub fn load(
        files: &ModelFiles,
        base: &encoder::ModelFiles,
        cache: Option<PathBuf>,
        pack: &Pack,
        rows: &[InterviewRow],
    ) -> Result<Self, VoiceError> {
        let style = PromptStyle::of(files)?;
        let decoder = Decoder::load(files, None, &Precision::Blocks(BlockType::Q8_0))?;
        let check = QuestionCheck::new(base, cache, pack, rows)?;
        Ok(Self {
            decoder,
            style,
            check,
        })
    }

    /// Generates a reply to a prompt.
    ///
    /// # Errors
    /// When the prompt is too long or the model damaged.
    pub fn say(
        &self,
        prompt: &str,
        temperature: f32,
        seed: u64,
        cache: &mut KvCache,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Generated, DecoderError> {
        let options = GenerateOptions {
            max_tokens: MAX_TOKENS,
            sampling: Sampling {
                temperature,
                seed,
                ..Sampling::default()
            },
            stop: vec![END.to_owned()],
        };
        let prompt = self.decoder.tokenizer.encode(prompt, true)?;
        let mut said = self.decoder.generate(&prompt, &options, cache, draft)?;
        said.text = said.text.trim().to_owned();
        Ok(said)
    }

    /// Why a reply must not be said, if so: it asks about `next` in the pack's language, and ends.
    pub fn fault(&self, said: &Generated, next: &str, language: &str) -> Option<Fault> {
        if said.finish != Finish::Stop {
            return Some(Fault::Endless);
        }
        check_reply(&said.text, language).err().or_else(|| {
            let about = self.check.asks_about(&said.text, next);
            (!about.unwrap_or(false)).then_some(Fault::OffTopic)
        })
    }
}
