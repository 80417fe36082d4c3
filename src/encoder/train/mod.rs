//! Fine-tuning a sentence encoder.
//!
//! Candidates (labels, topics) are encoded once per batch, not once per pair. Where the texts carry
//! groups, a supervised contrastive loss (Khosla et al. 2020) works on the texts themselves, with
//! batches drawn so that the negatives share a topic. [`classify`] trains a classifier on a frozen
//! encoder instead. Either is an objective that a run (`run.rs`) lowers.

pub mod classify;
mod data;
mod export;
mod loss;
mod run;
#[cfg(test)]
mod tests;

use candle_core::{Device, Tensor, Var};
use serde::{Deserialize, Serialize};

pub use data::{Group, TrainData};
pub use export::{Origin, export};
pub use loss::Loss;
pub use run::{Observer, Run, Step};

use super::{Encoder, EncoderError};
use run::{Objective, Pace};

/// How a model is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Passes over the texts.
    pub epochs: usize,
    /// Texts in a batch.
    pub batch: usize,
    /// Full learning rate.
    pub lr: f64,
    /// Share of the steps over which the rate rises.
    pub warmup: f64,
    /// The loss against the candidates.
    pub loss: Loss,
    /// Weight of the loss against the candidates.
    pub candidate_weight: f64,
    /// Weight of the contrastive loss, where the data has groups.
    pub contrastive_weight: f64,
    /// Temperature of the contrastive loss.
    pub temperature: f64,
    /// Seed of the order of the texts.
    pub seed: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 5,
            batch: 24,
            lr: 1e-4,
            warmup: 0.1,
            loss: Loss::CosineSimilarity,
            candidate_weight: 1.,
            contrastive_weight: 1.,
            temperature: 0.07,
            seed: 1,
        }
    }
}

/// Trains `encoder`, loaded as trainable or with LoRA, on `data`.
///
/// # Errors
/// When the data is empty, the encoder frozen, a gradient missing, the loss no number, a file not
/// writable, or when the observer stops it.
pub fn train(
    encoder: &Encoder,
    data: &TrainData,
    config: &TrainConfig,
    run: &Run,
    observer: &mut dyn Observer<Encoder>,
) -> Result<(), EncoderError> {
    let pace = Pace {
        epochs: config.epochs,
        lr: config.lr,
        warmup: config.warmup,
    };
    let likeness = Likeness::new(encoder, data, config)?;
    run::follow(&likeness, &pace, run, observer)
}

/// Embeddings are to be as like the candidates, and each other, as the data says.
struct Likeness<'a> {
    encoder: &'a Encoder,
    data: &'a TrainData,
    config: &'a TrainConfig,
    texts: Vec<Vec<u32>>,
    candidates: Vec<Vec<u32>>,
}

impl<'a> Likeness<'a> {
    fn new(
        encoder: &'a Encoder,
        data: &'a TrainData,
        config: &'a TrainConfig,
    ) -> Result<Self, EncoderError> {
        data.check()?;
        Ok(Self {
            texts: encoder.tokenize(&data.inputs)?,
            candidates: encoder.tokenize(&data.candidates)?,
            encoder,
            data,
            config,
        })
    }
}

impl Objective for Likeness<'_> {
    type Model = Encoder;

    fn model(&self) -> &Encoder {
        self.encoder
    }

    fn variables(&self) -> &[(String, Var)] {
        self.encoder.variables()
    }

    fn fingerprint(&self) -> String {
        self.data.fingerprint(self.config)
    }

    fn batches(&self, epoch: usize) -> Vec<Vec<usize>> {
        let TrainConfig { batch, seed, .. } = *self.config;
        self.data.batches(batch, seed, epoch)
    }

    fn loss(&self, batch: &[usize], step: usize) -> Result<Option<Tensor>, EncoderError> {
        let (data, config) = (self.data, self.config);
        let against_candidates = config.candidate_weight > 0. && !self.candidates.is_empty();
        let mut ids: Vec<&[u32]> = batch.iter().map(|index| &self.texts[*index][..]).collect();
        let drawn = data.candidates_of(batch, config.seed, step);
        if against_candidates {
            let drawn = drawn.iter();
            ids.extend(drawn.map(|candidate| &self.candidates[*candidate][..]));
        }
        let embeddings = self.encoder.normalized(&ids)?;
        let inputs = embeddings.narrow(0, 0, batch.len())?;
        let mut terms: Vec<Tensor> = Vec::new();
        if against_candidates {
            let labels = embeddings.narrow(0, batch.len(), drawn.len())?;
            let cosines = inputs.matmul(&labels.t()?)?;
            let target = Tensor::from_vec(
                data.similarity_with(batch, &drawn),
                (batch.len(), drawn.len()),
                &Device::Cpu,
            )?;
            terms.push((config.loss.of(&cosines, &target)? * config.candidate_weight)?);
        }
        if let Some(groups) = data
            .groups_of(batch)
            .filter(|_| config.contrastive_weight > 0.)
            && let Some(loss) = loss::contrastive(&inputs, &groups, config.temperature)?
        {
            terms.push((loss * config.contrastive_weight)?);
        }
        Ok(sum(terms)?)
    }
}

fn sum(terms: Vec<Tensor>) -> candle_core::Result<Option<Tensor>> {
    let mut terms = terms.into_iter();
    let Some(mut total) = terms.next() else {
        return Ok(None);
    };
    for term in terms {
        total = (total + term)?;
    }
    Ok(Some(total))
}
