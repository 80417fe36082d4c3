//! What a language model is trained on, and in which batches.

use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::StdRng};
use sha2::{Digest, Sha256};

use super::SftConfig;
use crate::decoder::{DecoderError, DecoderTokenizer};

/// A prompt and the reply to learn, as token ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What is read; no loss.
    pub prompt: Vec<u32>,
    /// What is to be said, with the tokens that end it.
    pub reply: Vec<u32>,
}

impl Example {
    /// Tokenizes a prompt and a reply.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn new(
        tokenizer: &DecoderTokenizer,
        prompt: &str,
        reply: &str,
    ) -> Result<Self, DecoderError> {
        Ok(Self {
            prompt: tokenizer.encode(prompt, true)?,
            reply: tokenizer.encode(reply, false)?,
        })
    }

    /// What goes through the model: all but the last token, after which nothing is to be said.
    pub(super) fn read(&self) -> Vec<u32> {
        let mut ids = [&self.prompt[..], &self.reply].concat();
        ids.pop();
        ids
    }
}

/// The examples of a training.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SftData {
    /// In any order; each epoch has its own.
    pub examples: Vec<Example>,
}

impl SftData {
    /// Whether every example has something to read and to say, and fits into `limit` positions.
    ///
    /// # Errors
    /// Names the first example that does not, counted from 1.
    pub(super) fn check(&self, limit: usize) -> Result<(), DecoderError> {
        if self.examples.is_empty() {
            return Err(DecoderError::Data("there is no row to train on".into()));
        }
        for (index, example) in self.examples.iter().enumerate() {
            let tokens = example.prompt.len() + example.reply.len();
            let problem = if example.reply.is_empty() {
                "its reply is empty; write one, or take the row out".to_owned()
            } else if example.prompt.is_empty() {
                "its prompt is empty".to_owned()
            } else if tokens > limit {
                format!("it has {tokens} tokens and the model reads {limit}; shorten it")
            } else {
                continue;
            };
            return Err(DecoderError::Data(format!("row {}: {problem}", index + 1)));
        }
        Ok(())
    }

    /// The examples of each step of an epoch; the same for the same seed and epoch.
    pub(super) fn batches(&self, config: &SftConfig, epoch: usize) -> Vec<Vec<usize>> {
        let seed = config.seed.wrapping_mul(1_000_003);
        let mut rng = StdRng::seed_from_u64(seed.wrapping_add(epoch as u64));
        let mut order: Vec<usize> = (0..self.examples.len()).collect();
        order.shuffle(&mut rng);
        let size = (config.batch * config.accumulate).max(1);
        order.chunks(size).map(<[usize]>::to_vec).collect()
    }

    /// Stands for a training of this data with these settings; `model` says how the model is held.
    pub(super) fn fingerprint(&self, config: &SftConfig, model: &str) -> String {
        let mut hasher = Sha256::new();
        hasher.update(model);
        hasher.update(serde_json::to_vec(config).unwrap_or_default());
        for example in &self.examples {
            for ids in [&example.prompt, &example.reply] {
                hasher.update((ids.len() as u64).to_le_bytes());
                ids.iter().for_each(|id| hasher.update(id.to_le_bytes()));
            }
        }
        let digest = hasher.finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
