//! A training from its first step to its last: batches, gradients, the optimizer, a checkpoint, a log.
//!
//! A run can be repeated from its seed, stopped and taken up again; what is lowered is an [`Objective`].

use std::path::PathBuf;
use std::time::{Duration, Instant};

use candle_core::{Tensor, Var};

use crate::encoder::EncoderError;
use crate::nn::checkpoint::{Checkpoint, Done};
use crate::nn::optim::{AdamW, AdamWConfig};
use crate::nn::schedule::WarmupLinear;
use crate::nn::training_log::TrainingLog;

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
pub trait Observer<M: ?Sized> {
    /// After each step; `false` stops the training, which can then be resumed.
    fn step(&mut self, step: &Step) -> bool;

    /// After each epoch; what it returns is written to the log as `name, value` columns.
    ///
    /// # Errors
    /// When the evaluation fails.
    fn epoch(&mut self, epoch: usize, model: &M) -> Result<Vec<(&'static str, f64)>, EncoderError>;
}

/// Where a run keeps its checkpoint and its log.
#[derive(Debug, Clone)]
pub struct Run {
    /// The output folder.
    pub folder: PathBuf,
    /// Go on from the checkpoint in the folder, where there is one.
    pub resume: bool,
}

/// What a training lowers.
pub(super) trait Objective {
    /// What learns.
    type Model;

    fn model(&self) -> &Self::Model;

    /// Its variables by name.
    fn variables(&self) -> &[(String, Var)];

    /// Stands for the data and the settings: a checkpoint of others is refused.
    fn fingerprint(&self) -> String;

    /// The batches of an epoch; the same at every call.
    fn batches(&self, epoch: usize) -> Vec<Vec<usize>>;

    /// The loss of a batch, a scalar; none where nothing in it can be learned from.
    fn loss(&self, batch: &[usize], step: usize) -> Result<Option<Tensor>, EncoderError>;
}

/// How long and how fast.
pub(super) struct Pace {
    /// Passes over the data.
    pub epochs: usize,
    /// Full learning rate.
    pub lr: f64,
    /// Share of the steps over which the rate rises.
    pub warmup: f64,
}

const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);

/// Lowers an objective.
///
/// # Errors
/// When nothing can learn, a gradient is missing, the loss no number, a file not writable, or when the
/// observer stops it.
pub(super) fn follow<O: Objective>(
    objective: &O,
    pace: &Pace,
    run: &Run,
    observer: &mut dyn Observer<O::Model>,
) -> Result<(), EncoderError> {
    if objective.variables().is_empty() {
        let reason = "the encoder is frozen; load it as trainable or with LoRA";
        return Err(EncoderError::Data(reason.into()));
    }
    let total: usize = (0..pace.epochs)
        .map(|epoch| objective.batches(epoch).len())
        .sum();
    let schedule = WarmupLinear::new(total, pace.warmup);
    let adam = AdamWConfig {
        lr: pace.lr,
        ..AdamWConfig::default()
    };
    let mut optimizer = AdamW::new(objective.variables().to_vec(), adam);
    std::fs::create_dir_all(&run.folder).map_err(EncoderError::io(&run.folder))?;
    let checkpoint = Checkpoint::new(&run.folder, objective.fingerprint());
    let done = if run.resume {
        checkpoint.restore(objective.variables(), &mut optimizer)?
    } else {
        Done::default()
    };
    let mut log = None;
    let mut saved = Instant::now();
    let mut step = 0;
    for epoch in 0..pace.epochs {
        let batches = objective.batches(epoch);
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
            let (loss, norm) = match objective.loss(&batch, step)? {
                Some(loss) => {
                    let norm = optimizer.step(&loss.backward()?, factor)?;
                    (loss.to_scalar()?, norm)
                }
                None => (0., 0.),
            };
            if !f32::is_finite(loss) {
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
                lr: pace.lr * factor,
            });
            step += 1;
            if !going_on || (saved.elapsed() > CHECKPOINT_EVERY && step < total) {
                let steps = step;
                checkpoint.save(objective.variables(), &optimizer, Done { steps, losses })?;
                saved = Instant::now();
            }
            if !going_on {
                return Err(EncoderError::Interrupted);
            }
        }
        let mean = losses / steps as f64;
        log.epoch(epoch, mean, &observer.epoch(epoch, objective.model())?)?;
    }
    Ok(checkpoint.remove()?)
}
