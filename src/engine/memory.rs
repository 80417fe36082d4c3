//! The memory finder: which of the things remembered does a message call for?
//!
//! Items are embedded once and kept in eight bits a dimension ([`ItemEmbeddings`]); a message is
//! embedded once and compared with all of them in one pass.

mod calibrate;
mod embeddings;
mod evaluate;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use calibrate::calibrate;
pub use embeddings::{ItemEmbedding, ItemEmbeddings};
pub use evaluate::{
    ConversationFigures, MemoryFigures, evaluate_combinations, evaluate_conversations,
};

use crate::encoder::metrics::argmax;
use crate::encoder::{EmbeddingCache, Encoder, EncoderError, ModelFiles, Precision, Text};

/// `calibration.json` of role `memory`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MemoryCalibration {
    /// From cosine to score; where there is none, the cosine is the score.
    pub curve: Option<Curve>,
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
        1. / (1. + (-self.slope * (cosine - self.middle)).exp())
    }
}

impl Default for MemoryCalibration {
    /// The threshold of spec.md, for a model that is not calibrated.
    fn default() -> Self {
        Self {
            curve: None,
            threshold: 0.6,
            base_floor: 0.,
        }
    }
}

/// The S-BERT `memory`.
pub struct MemoryFinder {
    encoder: Encoder,
    calibration: MemoryCalibration,
    fingerprint: String,
}

impl MemoryFinder {
    /// Loads the model.
    ///
    /// # Errors
    /// When a file of the model is missing or damaged.
    pub fn load(files: &ModelFiles, base: Option<&ModelFiles>) -> Result<Self, EncoderError> {
        let calibration = match &files.calibration {
            Some(json) => {
                serde_json::from_slice(json).map_err(|error| EncoderError::Calibration {
                    model: files.name.clone(),
                    role: "memory",
                    reason: error.to_string(),
                })?
            }
            None => MemoryCalibration::default(),
        };
        Ok(Self {
            encoder: Encoder::load(files, base, Precision::Int8)?,
            calibration,
            fingerprint: EmbeddingCache::open(None, files, base).fingerprint(),
        })
    }

    /// Stands for the model: embeddings of another one are to be made anew.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Score from which the best item is the right one.
    pub fn threshold(&self) -> f32 {
        self.calibration.threshold
    }

    /// What was calibrated with the model.
    pub fn calibration(&self) -> MemoryCalibration {
        self.calibration
    }

    /// Replaces the calibration.
    pub fn set_calibration(&mut self, calibration: MemoryCalibration) {
        self.calibration = calibration;
    }

    /// Embeddings of items, `[key: value]` each.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn embed_items<S: AsRef<str>>(
        &self,
        items: &[S],
    ) -> Result<Vec<ItemEmbedding>, EncoderError> {
        let embeddings = self.embed(items)?;
        Ok(embeddings.iter().map(|e| ItemEmbedding::new(e)).collect())
    }

    /// The same, of length 1, before they are rounded.
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
    pub fn scores(&self, message: &str, items: &ItemEmbeddings) -> Result<Vec<f32>, EncoderError> {
        let mut scores = self.cosines(message, items)?;
        if let Some(curve) = self.calibration.curve {
            scores
                .iter_mut()
                .for_each(|score| *score = curve.of(*score));
        }
        Ok(scores)
    }

    /// Cosine of a message with every item, in their order.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn cosines(&self, message: &str, items: &ItemEmbeddings) -> Result<Vec<f32>, EncoderError> {
        let embeddings = self.encoder.encode(&[Text::from(message)])?;
        let message = embeddings.first().map(Vec::as_slice);
        Ok(message
            .map(|message| items.scores(message))
            .unwrap_or_default())
    }

    /// The item that a message calls for, by its place, and its score.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn find(
        &self,
        message: &str,
        items: &ItemEmbeddings,
    ) -> Result<Option<(usize, f32)>, EncoderError> {
        let scores = self.scores(message, items)?;
        let best = argmax(&scores);
        let found = scores.get(best).filter(|score| **score >= self.threshold());
        Ok(found.map(|score| (best, *score)))
    }
}
