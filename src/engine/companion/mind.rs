//! What answers the companion's turns: a reply (`mind/reply.rs`), then what is worth remembering, a
//! summary, a face (`mind/after.rs`).

mod after;
mod reply;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

pub use reply::NEAR;

use super::head::{Head, Input};
use super::models::{HeadModel, SharedHeads};
use super::retrieval::Retrieval;
use super::senses::Senses;
use super::tuned::Tuned;
use crate::content::exchanges::{Mood, Talk};
use crate::decoder::DecoderError;
use crate::encoder::{
    Bits, Bytes, EmbeddingCache, Encoder, EncoderError, ExampleFile, ModelFiles, Series, Text,
};
use crate::engine::fitted::FitCache;

/// Tries of a head (spec.md, section 2).
const REPLY_TRIES: u64 = 5;

/// Replies that are not to be said again soon.
const REMEMBERED: usize = 40;

/// Language of what she says.
const LANGUAGE: &str = "ko";

/// Whose words a reply is.
pub const AUTHORED: &str = "authored";

/// What is to be answered.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Number of the turn.
    pub turn: u32,
    /// What the reply head reads.
    pub prompt: &'a str,
    /// What she said last.
    pub last: Option<&'a str>,
}

/// What she says.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The words.
    pub text: String,
    /// `authored`, or the name of a model.
    pub writer: String,
    /// Authored words stand in.
    pub fallback: bool,
}

/// A reply that was said, and what its authors know of it.
#[derive(Debug, Clone, PartialEq)]
struct Spoken {
    message: String,
    text: String,
    mood: Option<Mood>,
    summary: Option<String>,
}

/// Everything that answers a turn; on the engine's thread.
pub struct Mind {
    talk: Arc<Talk>,
    encoder: Arc<Encoder>,
    retrieval: Retrieval,
    senses: Senses,
    /// Models that were given a role, with their names; they come before everything authored.
    models: HashMap<Head, (String, Box<dyn HeadModel>)>,
    /// Heads on the base that ships; used where nothing better is known.
    shared: Option<SharedHeads>,
    seed: u64,
    said: VecDeque<String>,
    spoken: VecDeque<Spoken>,
}

/// Why the companion cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum MindError {
    /// The encoder.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The language model of the heads.
    #[error(transparent)]
    Decoder(#[from] DecoderError),
}

impl Mind {
    /// Loads what she answers with: the encoder, and the embeddings of all examples, of which those
    /// in `shipped` ([`Series::Talk`]) or in the cache folder need not be computed, nor what is fitted to
    /// the examples where it is kept there.
    ///
    /// # Errors
    /// When the encoder cannot be loaded or fails.
    pub fn load(
        base: &ModelFiles,
        cache: Option<PathBuf>,
        shipped: &[Bytes],
        talk: Arc<Talk>,
        seed: u64,
    ) -> Result<Self, MindError> {
        let encoder = Encoder::shared(base)?;
        let kept = FitCache::new(cache.clone());
        let mut cache = EmbeddingCache::open(cache, base, None);
        cache.add_shipped(shipped);
        let near = cache.encode(&encoder, &texts(Retrieval::texts(&talk)))?;
        if let Err(error) = cache.save() {
            tracing::warn!(%error, "embeddings of exchanges not kept");
        }
        Ok(Self {
            retrieval: Retrieval::new(talk.clone(), near),
            senses: Senses::fit(&talk, &kept),
            talk,
            encoder,
            models: HashMap::new(),
            shared: None,
            seed,
            said: VecDeque::new(),
            spoken: VecDeque::new(),
        })
    }

    /// A file of the embeddings that [`Mind::load`] needs and `before` lacks, to come with the heads;
    /// `None` where it lacks nothing.
    ///
    /// # Errors
    /// When the encoder cannot be loaded or fails.
    pub fn embeddings(
        base: &ModelFiles,
        before: &[Bytes],
        talk: &Talk,
    ) -> Result<Option<ExampleFile>, EncoderError> {
        let encoder = Encoder::shared(base)?;
        let mut cache = EmbeddingCache::open(None, base, None);
        cache.add_shipped(before);
        cache.encode(&encoder, &texts(Retrieval::texts(talk)))?;
        Ok(cache.example_file(Series::Talk, before, Bits::Eight))
    }

    /// Gives a model a role.
    pub fn give(&mut self, head: Head, name: String, model: Box<dyn HeadModel>) {
        self.models.insert(head, (name, model));
    }

    /// Hears a head's classifier beside what the examples tell.
    pub fn hear(&mut self, tuned: Tuned) {
        self.senses.hear(tuned);
    }

    /// Adds the heads that share the small base.
    pub fn share(&mut self, heads: SharedHeads) {
        self.shared = Some(heads);
    }

    /// What the authored examples tell.
    pub fn senses(&self) -> &Senses {
        &self.senses
    }

    /// The exchanges.
    pub fn retrieval(&self) -> &Retrieval {
        &self.retrieval
    }

    /// A reply said in an earlier session, not to be said again soon.
    pub fn remember(&mut self, text: &str) {
        self.said.push_back(text.to_owned());
        if self.said.len() > REMEMBERED {
            self.said.pop_front();
        }
    }

    /// The embedding of a message.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn embed(&self, message: &str) -> Result<Vec<f32>, EncoderError> {
        let mut embeddings = self.encoder.encode(&texts([message.to_owned()]))?;
        Ok(embeddings.pop().unwrap_or_default())
    }

    fn seed_of(&self, turn: u32, attempt: u64) -> u64 {
        let mixed = self.seed ^ (u64::from(turn) * REPLY_TRIES + attempt);
        mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 7
    }

    fn note(&mut self, input: Input<'_>, text: &str, mood: Option<Mood>, summary: Option<String>) {
        let spoken = Spoken {
            message: input.message.to_owned(),
            text: text.to_owned(),
            mood,
            summary,
        };
        self.remember(text);
        self.spoken.push_back(spoken);
        if self.spoken.len() > REMEMBERED {
            self.spoken.pop_front();
        }
    }

    /// What was said lately in these words.
    fn spoken(&self, text: &str) -> Option<&Spoken> {
        self.spoken.iter().rev().find(|spoken| spoken.text == text)
    }
}

/// Texts as the base encoder reads what is asked for.
fn texts(texts: impl IntoIterator<Item = String>) -> Vec<Text> {
    texts
        .into_iter()
        .map(|body| Text {
            head: "query: ".to_owned(),
            body,
            tail: String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests;
