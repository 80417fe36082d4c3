//! Supervised fine-tuning: the loss is on the reply alone.
//!
//! The texts of a batch lie one after the other, without padding. A model loaded as
//! [`Precision::Trainable`](super::Precision) learns with all its weights, one loaded with
//! [`Precision::Lora`](super::Precision) or [`Precision::QLora`](super::Precision) with its adapters alone.
//! A run can be repeated from its seed, stopped and taken up again.

mod data;
mod export;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use candle_core::backprop::GradStore;
use candle_core::{D, Tensor, Var};
use serde::{Deserialize, Serialize};

pub use data::{Example, SftData};
pub use export::{export_adapter, export_model};

use super::{Decoder, DecoderError};
use crate::nn::checkpoint::{Checkpoint, Done};
use crate::nn::ops::cross_entropy;
use crate::nn::optim::{AdamW, AdamWConfig};
use crate::nn::schedule::WarmupLinear;
use crate::nn::training_log::TrainingLog;

/// How a model is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SftConfig {
    /// Passes over the examples.
    pub epochs: usize,
    /// Examples that go through the model at once.
    pub batch: usize,
    /// Batches whose gradients make one step.
    pub accumulate: usize,
    /// Full learning rate.
    pub lr: f64,
    /// Share of the steps over which the rate rises.
    pub warmup: f64,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// Seed of the order of the examples, and of dropout.
    pub seed: u64,
}

impl Default for SftConfig {
    /// For an adapter (spec.md, section 1).
    fn default() -> Self {
        Self {
            epochs: 5,
            batch: 1,
            accumulate: 8,
            lr: 3e-4,
            warmup: 0.05,
            weight_decay: 0.,
            seed: 1,
        }
    }
}

/// One step of a training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SftStep {
    /// Epoch, from zero.
    pub epoch: usize,
    /// Step, from zero, over all epochs.
    pub step: usize,
    /// Steps of the whole training.
    pub total: usize,
    /// Mean loss of the replies' tokens.
    pub loss: f32,
    /// Share of the replies' tokens that were the likeliest.
    pub token_accuracy: f32,
    /// Norm of the gradient before clipping.
    pub gradient_norm: f32,
    /// Learning rate of the step.
    pub lr: f64,
}

/// Watches a training: draws progress, lets the model speak between epochs, stops it.
pub trait SftObserver {
    /// After each step; `false` stops the training, which can then be resumed.
    fn step(&mut self, step: &SftStep) -> bool;

    /// After each epoch; what it returns is written to the log as `name, value` columns.
    ///
    /// # Errors
    /// When the model cannot be evaluated.
    fn epoch(
        &mut self,
        epoch: usize,
        decoder: &Decoder,
    ) -> Result<Vec<(&'static str, f64)>, DecoderError>;
}

/// Where a run keeps its checkpoint and its log.
#[derive(Debug, Clone)]
pub struct SftRun {
    /// The output folder.
    pub folder: PathBuf,
    /// How the model is held and what of it is trained: a checkpoint of another way is refused.
    pub model: String,
    /// Go on from the checkpoint in the folder, where there is one.
    pub resume: bool,
}

const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);

/// Trains a model on `data`.
///
/// # Errors
/// When there is nothing to learn, the model is frozen, an example does not fit into it, a gradient
/// is missing, the loss no number, a file not writable, or when the observer stops it.
pub fn train(
    decoder: &Decoder,
    data: &SftData,
    config: &SftConfig,
    run: &SftRun,
    observer: &mut dyn SftObserver,
) -> Result<(), DecoderError> {
    data.check(decoder.config.max_position_embeddings)?;
    if decoder.variables().is_empty() {
        let reason = "the model is frozen; load it as trainable or with LoRA";
        return Err(DecoderError::Data(reason.into()));
    }
    let steps = data.batches(config, 0).len();
    let total = config.epochs * steps;
    let schedule = WarmupLinear::new(total, config.warmup);
    let adam = AdamWConfig {
        lr: config.lr,
        weight_decay: config.weight_decay,
        ..AdamWConfig::default()
    };
    let mut optimizer = AdamW::new(decoder.variables().to_vec(), adam);
    let folder = &run.folder;
    std::fs::create_dir_all(folder).map_err(DecoderError::io(folder))?;
    let checkpoint = Checkpoint::new(folder, data.fingerprint(config, &run.model));
    let done = if run.resume {
        checkpoint.restore(decoder.variables(), &mut optimizer)?
    } else {
        Done::default()
    };
    let mut saved = Instant::now();
    let mut log = None;
    for epoch in 0..config.epochs {
        let first = epoch * steps;
        // The epoch in which the checkpoint was written may not be in the log yet.
        if first + steps < done.steps {
            continue;
        }
        let log = match &mut log {
            Some(log) => log,
            None => log.insert(TrainingLog::open(folder, epoch)?),
        };
        let skipped = done.steps.saturating_sub(first);
        let mut losses = if skipped > 0 { done.losses } else { 0. };
        for (index, batch) in data.batches(config, epoch).iter().enumerate().skip(skipped) {
            let step = first + index;
            let factor = schedule.factor(step);
            begin_dropout(decoder, config.seed, step);
            let taken = train_step(decoder, data, config, batch, |grads| {
                optimizer.step(grads, factor)
            });
            end_dropout(decoder);
            let (loss, token_accuracy, gradient_norm) = taken?;
            if !loss.is_finite() {
                let reason = format!("the loss is {loss} at step {step}; train with a lower --lr");
                return Err(DecoderError::Data(reason));
            }
            losses += f64::from(loss);
            let going_on = observer.step(&SftStep {
                epoch,
                step,
                total,
                loss,
                token_accuracy,
                gradient_norm,
                lr: config.lr * factor,
            });
            let steps = step + 1;
            if !going_on || (saved.elapsed() > CHECKPOINT_EVERY && steps < total) {
                let done = Done { steps, losses };
                checkpoint.save(decoder.variables(), &optimizer, done)?;
                saved = Instant::now();
            }
            if !going_on {
                return Err(DecoderError::Interrupted);
            }
        }
        let figures = observer.epoch(epoch, decoder)?;
        log.epoch(epoch, losses / steps as f64, &figures)?;
    }
    Ok(checkpoint.remove()?)
}

fn begin_dropout(decoder: &Decoder, seed: u64, step: usize) {
    if let Some(dropout) = &decoder.dropout {
        dropout.begin(seed.wrapping_mul(0x9e37_79b9).wrapping_add(step as u64));
    }
}

fn end_dropout(decoder: &Decoder) {
    if let Some(dropout) = &decoder.dropout {
        dropout.end();
    }
}

/// Forward and backward over the batches of a step, then the optimizer; returns loss, token
/// accuracy and gradient norm.
fn train_step(
    decoder: &Decoder,
    data: &SftData,
    config: &SftConfig,
    step: &[usize],
    optimize: impl FnOnce(&GradStore) -> candle_core::Result<f32>,
) -> Result<(f32, f32, f32), DecoderError> {
    let batches: Vec<&[usize]> = step.chunks(config.batch.max(1)).collect();
    let share = 1. / batches.len() as f64;
    let (mut sum, mut loss, mut accuracy) = (None, 0., 0.);
    for batch in batches {
        let examples: Vec<&Example> = batch.iter().map(|index| &data.examples[*index]).collect();
        let (batch_loss, right) = loss_of(decoder, &examples)?;
        loss += f64::from(batch_loss.to_scalar::<f32>()?) * share;
        accuracy += f64::from(right) * share;
        let grads = (batch_loss * share)?.backward()?;
        sum = Some(match sum {
            None => grads,
            Some(sum) => add(sum, &grads, decoder.variables())?,
        });
    }
    let Some(grads) = sum else {
        return Ok((0., 0., 0.));
    };
    Ok((loss as f32, accuracy as f32, optimize(&grads)?))
}

fn add(
    mut sum: GradStore,
    grads: &GradStore,
    variables: &[(String, Var)],
) -> candle_core::Result<GradStore> {
    for (_, variable) in variables {
        if let (Some(old), Some(new)) = (sum.get(variable), grads.get(variable)) {
            let both = (old + new)?;
            sum.insert(variable, both);
        }
    }
    Ok(sum)
}

/// Mean loss of the replies' tokens, a scalar to differentiate, and the share of them that was the
/// likeliest.
///
/// # Errors
/// When an id is outside the vocabulary.
pub fn loss_of(decoder: &Decoder, examples: &[&Example]) -> Result<(Tensor, f32), DecoderError> {
    let texts: Vec<Vec<u32>> = examples.iter().map(|example| example.read()).collect();
    let texts: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
    let (hidden, offsets) = decoder.hidden_states(&texts)?;
    let mut rows = Vec::new();
    let mut targets = Vec::new();
    for (example, offset) in examples.iter().zip(offsets.iter()) {
        let first = offset + example.prompt.len() - 1;
        rows.extend((first..first + example.reply.len()).map(|row| row as u32));
        targets.extend_from_slice(&example.reply);
    }
    let rows = Tensor::new(rows, hidden.device())?;
    let logits = decoder.head(&hidden.index_select(&rows, 0)?)?;
    let best: Vec<u32> = logits.detach().argmax(D::Minus1)?.to_vec1()?;
    let right = best.iter().zip(&targets).filter(|(a, b)| a == b).count();
    let accuracy = right as f32 / targets.len().max(1) as f32;
    Ok((cross_entropy(&logits, &targets)?, accuracy))
}
