//! The memory finder: which of the things remembered does a message call for?
//!
//! Items are embedded once and kept in eight bits a dimension ([`ItemEmbeddings`]); a message is
//! embedded once and compared with all of them in one pass. Where an item's key is one of the pack's, what
//! calls for the key counts beside the cosine (`keys.rs`); how much of either, [`calibrate`] finds.

mod calibrate;
mod embeddings;
mod evaluate;
mod items;
mod keys;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use calibrate::calibrate;
pub use embeddings::{ItemEmbedding, ItemEmbeddings};
pub use evaluate::{
    ConversationFigures, MemoryFigures, evaluate_combinations, evaluate_conversations,
};

pub use items::Items;

use keys::Keys;

use std::path::PathBuf;

use crate::content::companion::CompanionPack;
use crate::encoder::metrics::argmax;
use crate::encoder::nearest::{Calibration, Features};
use crate::encoder::{EmbeddingCache, Encoder, EncoderError, ModelFiles, Precision, Text};

/// `calibration.json` of role `memory`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemoryCalibration {
    /// From cosine to score; where there is none, the cosine is the score.
    pub curve: Option<Curve>,
    /// Of items whose key is known: from the messages of their key to a score.
    #[serde(default)]
    pub keys: Option<ByKey>,
    /// Score from which the best item is the right one.
    pub threshold: f32,
    /// The cosine of two keys under the base S-BERT that counts as nothing in common, where the second
    /// target is measured.
    pub base_floor: f32,
}

/// From the cosine of a message and an item to what they have in common: a logistic curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// How steep it is.
    pub slope: f32,
    /// The cosine of one half.
    pub middle: f32,
}

impl Curve {
    fn of(self, cosine: f32) -> f32 {
        logistic(self.slope * (cosine - self.middle))
    }
}

/// From what is expected of an item's key, and its cosine, to what it has in common with a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ByKey {
    /// From the messages of the keys to probabilities.
    pub classes: Calibration,
    /// Of both.
    pub joint: Joint,
}

/// A logistic curve over two quantities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Joint {
    /// Weight of the cosine.
    pub cosine: f32,
    /// Weight of the log-odds of what is expected of the key.
    pub expected: f32,
    /// Offset.
    pub offset: f32,
}

impl Joint {
    fn of(self, cosine: f32, expected: f32) -> f32 {
        logistic(self.cosine * cosine + self.expected * log_odds(expected) + self.offset)
    }
}

fn logistic(x: f32) -> f32 {
    1. / (1. + (-x).exp())
}

fn log_odds(p: f32) -> f32 {
    const LEAST: f32 = 1e-4;
    let p = p.clamp(LEAST, 1. - LEAST);
    (p / (1. - p)).ln()
}

impl Default for MemoryCalibration {
    /// The threshold of spec.md, for a model that is not calibrated.
    fn default() -> Self {
        Self {
            curve: None,
            keys: None,
            threshold: 0.6,
            base_floor: 0.,
        }
    }
}

/// The S-BERT `memory` with the messages that call for memories.
pub struct MemoryFinder {
    encoder: Encoder,
    calibration: MemoryCalibration,
    cache: EmbeddingCache,
    keys: Keys,
}

impl MemoryFinder {
    /// Loads the model and embeds the pack's messages; their embeddings are kept in `cache`, where given.
    ///
    /// # Errors
    /// When a file of the model is missing or damaged.
    pub fn load(
        files: &ModelFiles,
        base: Option<&ModelFiles>,
        cache: Option<PathBuf>,
        pack: &CompanionPack,
    ) -> Result<Self, EncoderError> {
        let calibration = files.calibration("memory")?;
        let encoder = Encoder::load(files, base, Precision::Int8)?;
        let mut cache = EmbeddingCache::open(cache, files, base);
        let keys = Keys::new(&encoder, &mut cache, pack, |_| true)?;
        if let Err(error) = cache.save() {
            tracing::warn!(%error, "embeddings of the memory model are not kept");
        }
        Ok(Self {
            encoder,
            calibration,
            cache,
            keys,
        })
    }

    /// Stands for the model: embeddings of another one are to be made anew.
    pub fn fingerprint(&self) -> String {
        self.cache.fingerprint()
    }

    /// `examples.emb` of this model: the embeddings of the pack's messages.
    pub fn examples(&self) -> Vec<u8> {
        self.cache.to_bytes()
    }

    /// Score from which the best item is the right one.
    pub fn threshold(&self) -> f32 {
        self.calibration.threshold
    }

    /// What was calibrated with the model.
    pub fn calibration(&self) -> &MemoryCalibration {
        &self.calibration
    }

    /// Replaces the calibration.
    pub fn set_calibration(&mut self, calibration: MemoryCalibration) {
        self.calibration = calibration;
    }

    /// Items, `[key: value]` each, to be compared with messages.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn items<S: AsRef<str>>(&self, items: &[S]) -> Result<Items, EncoderError> {
        let embeddings = self.embed(items)?;
        let embeddings = embeddings.iter().map(|e| ItemEmbedding::new(e));
        let texts = items.iter().map(AsRef::as_ref);
        Ok(self.arrange(texts.map(key_of).zip(embeddings)))
    }

    /// Items by key and embedding.
    pub fn arrange<'a>(&self, items: impl Iterator<Item = (&'a str, ItemEmbedding)>) -> Items {
        let mut all = Items::default();
        for (key, embedding) in items {
            all.push(self.keys.number(key), &embedding);
        }
        all
    }

    /// Embeddings of items, of length 1.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn embed<S: AsRef<str>>(&self, items: &[S]) -> Result<Vec<Vec<f32>>, EncoderError> {
        let texts: Vec<Text> = items.iter().map(|item| item.as_ref().into()).collect();
        self.encoder.encode(&texts)
    }

    /// What a message has in common with every item, in their order, 0 to 1 by a calibrated model.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn scores(&self, message: &str, items: &Items) -> Result<Vec<f32>, EncoderError> {
        Ok(self.scores_of(&self.seen(message)?, items))
    }

    fn scores_of(&self, message: &Seen, items: &Items) -> Vec<f32> {
        let cosines = items.cosines(&message.embedding);
        let calibration = &self.calibration;
        let expected = calibration.keys.as_ref().map(|by_key| {
            let expected = self.keys.expected(&by_key.classes, &message.keys);
            (by_key.joint, expected)
        });
        let score = |(cosine, key): (f32, &Option<keys::KeyId>)| match (&expected, key) {
            (Some((joint, expected)), Some(key)) => joint.of(cosine, expected[*key]),
            _ => calibration.curve.map_or(cosine, |curve| curve.of(cosine)),
        };
        cosines.into_iter().zip(items.keys()).map(score).collect()
    }

    /// Cosine of a message with every item, in their order.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn cosines(&self, message: &str, items: &Items) -> Result<Vec<f32>, EncoderError> {
        Ok(items.cosines(&self.seen(message)?.embedding))
    }

    /// The item that a message calls for, by its place, and its score.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn find(&self, message: &str, items: &Items) -> Result<Option<(usize, f32)>, EncoderError> {
        let scores = self.scores(message, items)?;
        let best = argmax(&scores);
        let found = scores.get(best).filter(|score| **score >= self.threshold());
        Ok(found.map(|score| (best, *score)))
    }

    fn seen(&self, message: &str) -> Result<Seen, EncoderError> {
        let embedding = self.encoder.encode(&[Text::from(message)])?;
        let embedding = embedding.into_iter().next().unwrap_or_default();
        Ok(Seen {
            keys: self.keys.compare(&embedding),
            embedding,
        })
    }
}

/// What is seen of a message.
struct Seen {
    embedding: Vec<f32>,
    /// What it has in common with the messages of each key.
    keys: Features,
}

/// The key of `[key: value]`; anything else is its own key.
fn key_of(item: &str) -> &str {
    let inner = item.trim().trim_start_matches('[');
    inner.split_once(':').map_or(inner, |(key, _)| key).trim()
}
