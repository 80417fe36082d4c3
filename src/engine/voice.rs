//! A language model with what it needs to be understood and trusted.

use std::path::{Path, PathBuf};

use super::prompt::{END, PromptStyle};
use super::question_check::QuestionCheck;
use super::server::ServerError;
use crate::content::Pack;
use crate::content::csv::{InterviewRow, Split};
use crate::decoder::{
    Decoder, DecoderError, Finish, GenerateOptions, KvCache, ModelFiles, Precision, Sampling,
};
use crate::encoder::{self, EncoderError};
use crate::interview::{Fault, check_reply};
use crate::nn::block_quant::BlockType;

/// Sampling temperature of an interview (spec.md, section 1).
pub const TEMPERATURE: f32 = 0.6;

/// Tokens of the longest reply.
const MAX_TOKENS: usize = 160;

/// Embeddings that came with a model for the check of its questions.
pub const QUESTIONS: &str = "questions.emb";

/// What goes on with a prompt: a model in this process, or one that a server runs.
pub trait LanguageModel: Send {
    /// Generates what follows a prompt. `draft` is given the text so far and answers whether to go
    /// on.
    ///
    /// # Errors
    /// When the prompt is too long, the model damaged, or the server gone.
    fn complete(
        &mut self,
        prompt: &str,
        options: &GenerateOptions,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Said, VoiceError>;
}

/// What a language model said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The text, without what ended it.
    pub text: String,
    /// Its length in tokens.
    pub tokens: usize,
    /// Why it ended.
    pub finish: Finish,
}

/// A language model that words replies.
pub struct Voice {
    /// The model.
    pub model: Box<dyn LanguageModel>,
    /// What its prompts tell.
    pub style: PromptStyle,
    /// Whether its questions are about their topics.
    pub check: QuestionCheck,
}

/// Why a voice could not be loaded, or failed.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// The language model.
    #[error(transparent)]
    Decoder(#[from] DecoderError),
    /// The encoder that checks its questions.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The server that runs the language model.
    #[error(transparent)]
    Server(#[from] ServerError),
}

impl Voice {
    /// Loads a model, its adapter merged, its weights rounded to eight bits unless they are rounded
    /// already, and what checks its questions: the pack's wordings and `rows`, embedded by `base`.
    ///
    /// # Errors
    /// When a file of either model is missing or damaged.
    pub fn load(
        files: &ModelFiles,
        adapter: Option<&Path>,
        base: &encoder::ModelFiles,
        cache: Option<PathBuf>,
        pack: &Pack,
        rows: &[InterviewRow],
    ) -> Result<Self, VoiceError> {
        let style = PromptStyle::of(files)?;
        let mut decoder = Decoder::load(files, adapter, &Precision::Blocks(BlockType::Q8_0))?;
        decoder.expect(likely(pack, rows))?;
        let shipped = files.get(QUESTIONS).map_err(DecoderError::from)?;
        let check = QuestionCheck::new(
            base,
            cache,
            shipped.map(|bytes| bytes.to_vec().into()),
            pack,
            rows,
        )?;
        Ok(Self {
            model: Box::new(Local::new(decoder)),
            style,
            check,
        })
    }

    /// Generates a reply to a prompt.
    ///
    /// # Errors
    /// As [`LanguageModel::complete`].
    pub fn say(
        &mut self,
        prompt: &str,
        temperature: f32,
        seed: u64,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Said, VoiceError> {
        let options = GenerateOptions {
            max_tokens: MAX_TOKENS,
            sampling: Sampling {
                temperature,
                seed,
                ..Sampling::default()
            },
            stop: vec![END.to_owned()],
        };
        let mut said = self.model.complete(prompt, &options, draft)?;
        said.text = said.text.trim().to_owned();
        Ok(said)
    }

    /// Why a reply must not be said, if so: it asks about `next` in the pack's language, and ends.
    pub fn fault(&self, said: &Said, next: &str, language: &str) -> Option<Fault> {
        if said.finish != Finish::Stop {
            return Some(Fault::Endless);
        }
        check_reply(&said.text, language).err().or_else(|| {
            let about = self.check.asks_about(&said.text, next);
            (!about.unwrap_or(false)).then_some(Fault::OffTopic)
        })
    }
}

/// What replies repeat in parts: the authored words of the pack, and the replies that were learned from.
fn likely<'a>(pack: &'a Pack, rows: &'a [InterviewRow]) -> Vec<&'a str> {
    let learned = rows.iter().filter(|row| row.split == Split::Train);
    let mut texts: Vec<&str> = learned.map(|row| row.reply.as_str()).collect();
    for topic in &pack.topics {
        texts.extend(topic.questions.iter().map(String::as_str));
        for answer in &topic.answers {
            let prepared = [&answer.key_point, &answer.hint, &answer.model_answer];
            let prepared = prepared.into_iter().chain(&answer.praise);
            texts.extend(prepared.chain(&answer.questions).map(String::as_str));
        }
        let corrections = topic.misconceptions.iter().map(|wrong| &wrong.correction);
        let explanations = topic.terms.iter().flat_map(|term| &term.explanations);
        texts.extend(corrections.chain(explanations).map(String::as_str));
    }
    texts
}

/// A model in this process. What it read last is kept: the next prompt often begins like it.
pub struct Local {
    decoder: Decoder,
    cache: KvCache,
}

impl Local {
    /// A model that has read nothing yet.
    pub fn new(decoder: Decoder) -> Self {
        Self {
            decoder,
            cache: KvCache::new(),
        }
    }
}

impl LanguageModel for Local {
    fn complete(
        &mut self,
        prompt: &str,
        options: &GenerateOptions,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Said, VoiceError> {
        let prompt = self.decoder.tokenizer.encode(prompt, true)?;
        let cache = &mut self.cache;
        let generated = self.decoder.generate(&prompt, options, cache, draft)?;
        Ok(Said {
            text: generated.text,
            tokens: generated.ids.len(),
            finish: generated.finish,
        })
    }
}
