//! Fine-tuning a sentence encoder.
//!
//! Candidates (labels, topics) are encoded once per batch, not once per pair. Where the texts carry
//! groups, a supervised contrastive loss (Khosla et al. 2020) works on the texts themselves, with
//! batches drawn so that the negatives share a topic. A run can be repeated from its seed, stopped
//! and taken up again.

mod data;
mod export;
mod loss;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

pub use data::{Group, TrainData};
pub use export::{Origin, export};
pub use loss::Loss;

use super::{Encoder, EncoderError};
use crate::nn::checkpoint::{Checkpoint, Done};
use crate::nn::optim::{AdamW, AdamWConfig};
use crate::nn::schedule::WarmupLinear;
use crate::nn::training_log::TrainingLog;

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

/// One step of a training, as the log keeps it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Epoch, from zero.
    pub epoch: usize,
    /// Step, from zero, over all epochs.
    pub step: usize,
    /// Steps of the whole training.
    pub total: usize,
    /// Loss of the batch.
    pub loss: f32,
    /// Norm of the gradient before clipping.
    pub gradient_norm: f32,
    /// Learning rate of the step.
    pub lr: f64,
}

/// Watches a training: draws progress, evaluates between epochs, stops it.
pub trait Observer {
    /// After each step; `false` stops the training, which can then be resumed.
    fn step(&mut self, step: &Step) -> bool;

    /// After each epoch; what it returns is written to the log as `name, value` columns.
    ///
    /// # Errors
    /// When the evaluation fails.
    fn epoch(
        &mut self,
        epoch: usize,
        encoder: &Encoder,
    ) -> Result<Vec<(&'static str, f64)>, EncoderError>;
}

/// Where a run keeps its checkpoint and its log.
#[derive(Debug, Clone)]
pub struct Run {
    /// The output folder.
    pub folder: PathBuf,
    /// Go on from the checkpoint in the folder, where there is one.
    pub resume: bool,
}

const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);

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
    observer: &mut dyn Observer,
) -> Result<(), EncoderError> {
    data.check()?;
    if encoder.variables().is_empty() {
        let reason = "the encoder is frozen; load it as trainable or with LoRA";
        return Err(EncoderError::Data(reason.into()));
    }
    let texts = encoder.tokenize(&data.inputs)?;
    let candidates = encoder.tokenize(&data.candidates)?;
    let steps_of = |epoch| data.batches(config.batch, config.seed, epoch);
    let total: usize = (0..config.epochs).map(|epoch| steps_of(epoch).len()).sum();
    let schedule = WarmupLinear::new(total, config.warmup);
    let adam = AdamWConfig {
        lr: config.lr,
        ..AdamWConfig::default()
    };
    let mut optimizer = AdamW::new(encoder.variables().to_vec(), adam);
    std::fs::create_dir_all(&run.folder).map_err(EncoderError::io(&run.folder))?;
    let checkpoint = Checkpoint::new(&run.folder, data.fingerprint(config));
    let done = if run.resume {
        checkpoint.restore(encoder.variables(), &mut optimizer)?
    } else {
        Done::default()
    };
    let mut log = None;
    let mut saved = Instant::now();
    let mut step = 0;
    for epoch in 0..config.epochs {
        let batches = steps_of(epoch);
        let steps = batches.len();
        // The epoch in which the checkpoint was written may not be in the log yet.
        if step + steps < done.steps {
            step += steps;
            continue;
        }
        let log = match &mut log {
            Some(log) => log,
            None => log.insert(TrainingLog::open(&run.folder, epoch)?),
        };
        let skipped = done.steps.saturating_sub(step);
        let mut losses = if skipped > 0 { done.losses } else { 0. };
        step += skipped;
        for batch in batches.into_iter().skip(skipped) {
            let factor = schedule.factor(step);
            let (loss, norm) = train_batch(
                encoder,
                data,
                config,
                &texts,
                &candidates,
                (&batch, step),
                |grads| optimizer.step(grads, factor),
            )?;
            if !loss.is_finite() {
                let reason = format!("the loss is {loss} at step {step}; train with a lower --lr");
                return Err(EncoderError::Data(reason));
            }
            losses += f64::from(loss);
            let going_on = observer.step(&Step {
                epoch,
                step,
                total,
                loss,
                gradient_norm: norm,
                lr: config.lr * factor,
            });
            step += 1;
            if !going_on || (saved.elapsed() > CHECKPOINT_EVERY && step < total) {
                let steps = step;
                checkpoint.save(encoder.variables(), &optimizer, Done { steps, losses })?;
                saved = Instant::now();
            }
            if !going_on {
                return Err(EncoderError::Interrupted);
            }
        }
        let mean = losses / steps as f64;
        log.epoch(epoch, mean, &observer.epoch(epoch, encoder)?)?;
    }
    Ok(checkpoint.remove()?)
}

/// Forward, backward and one optimizer step; returns the loss and the gradient norm.
fn train_batch(
    encoder: &Encoder,
    data: &TrainData,
    config: &TrainConfig,
    texts: &[Vec<u32>],
    candidates: &[Vec<u32>],
    (batch, number): (&[usize], usize),
    step: impl FnOnce(&candle_core::backprop::GradStore) -> candle_core::Result<f32>,
) -> Result<(f32, f32), EncoderError> {
    let against_candidates = config.candidate_weight > 0. && !candidates.is_empty();
    let mut ids: Vec<&[u32]> = batch.iter().map(|index| &texts[*index][..]).collect();
    let drawn = data.candidates_of(batch, config.seed, number);
    if against_candidates {
        ids.extend(drawn.iter().map(|candidate| &candidates[*candidate][..]));
    }
    let embeddings = encoder.normalized(&ids)?;
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
    let Some(loss) = sum(terms)? else {
        return Ok((0., 0.));
    };
    let grads = loss.backward()?;
    let norm = step(&grads)?;
    Ok((loss.to_scalar()?, norm))
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
