//! A training's state on disk, so that a killed one goes on where it was.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use candle_core::{Tensor, Var};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::optim::{AdamW, Moments};
use crate::fs::write_atomic;

/// A checkpoint or a training log that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It does not belong to this run, or is damaged.
    #[error("{}: {reason}; train with --force to start afresh", .path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system could not read or write it.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A variable or its moments do not take what the file holds.
    #[error("checkpoint: {0}")]
    Tensor(#[from] candle_core::Error),
}

impl CheckpointError {
    /// Names the file of an error of the system.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

const STEP: &str = "step";
const LOSSES: &str = "losses";
const RUN: &str = "run";

/// How far a run got.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Done {
    /// Steps over all epochs.
    pub steps: usize,
    /// Sum of the losses in the epoch of the last step.
    pub losses: f64,
}

/// The checkpoint of one run.
pub struct Checkpoint {
    path: PathBuf,
    /// Fingerprint of configuration and data: another run's checkpoint is refused.
    run: String,
}

impl Checkpoint {
    /// The checkpoint in a folder; `run` stands for the run's settings and data.
    pub fn new(folder: &Path, run: String) -> Self {
        Self {
            path: folder.join("checkpoint.safetensors"),
            run,
        }
    }

    /// Writes variables, moments and how far the run got.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(
        &self,
        variables: &[(String, Var)],
        optimizer: &AdamW,
        done: Done,
    ) -> Result<(), CheckpointError> {
        let (adam_step, moments) = optimizer.state();
        let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
        for (name, var) in variables {
            let values: Vec<f32> = var.flatten_all()?.to_vec1()?;
            tensors.push((name.clone(), var.dims().to_vec(), bytes(&values)));
        }
        for (name, Moments { first, second }) in moments {
            tensors.push((format!("m.{name}"), vec![first.len()], bytes(&first)));
            tensors.push((format!("v.{name}"), vec![second.len()], bytes(&second)));
        }
        let views = tensors
            .iter()
            .map(|(name, shape, data)| {
                let view = TensorView::new(Dtype::F32, shape.clone(), data);
                view.map(|view| (name.as_str(), view))
                    .map_err(|error| self.unfit(error))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let metadata = HashMap::from([
            (STEP.to_owned(), format!("{} {adam_step}", done.steps)),
            (LOSSES.to_owned(), done.losses.to_string()),
            (RUN.to_owned(), self.run.clone()),
        ]);
        let file = safetensors::serialize(views, Some(metadata)).map_err(|e| self.unfit(e))?;
        write_atomic(&self.path, &file)
            .map_err(|error| CheckpointError::io(&self.path)(error.source))
    }

    /// Restores variables and moments; nothing is done where there is no checkpoint.
    ///
    /// # Errors
    /// When the file is damaged or belongs to another run.
    pub fn restore(
        &self,
        variables: &[(String, Var)],
        optimizer: &mut AdamW,
    ) -> Result<Done, CheckpointError> {
        let file = match std::fs::read(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Done::default());
            }
            Err(error) => return Err(CheckpointError::io(&self.path)(error)),
        };
        let (_, header) = SafeTensors::read_metadata(&file).map_err(|e| self.unfit(e))?;
        let metadata = header.metadata().clone().unwrap_or_default();
        if metadata.get(RUN) != Some(&self.run) {
            return Err(self.unfit("it belongs to other data or other settings"));
        }
        let far = metadata.get(STEP).and_then(|steps| {
            let (steps, adam_step) = steps.split_once(' ')?;
            let done = Done {
                steps: steps.parse().ok()?,
                losses: metadata.get(LOSSES)?.parse().ok()?,
            };
            Some((done, adam_step.parse::<i32>().ok()?))
        });
        let Some((done, adam_step)) = far else {
            return Err(self.unfit("it does not say how far it got"));
        };
        let tensors = SafeTensors::deserialize(&file).map_err(|e| self.unfit(e))?;
        let read = |name: &str| tensors.tensor(name).ok().map(|view| floats(view.data()));
        for (name, var) in variables {
            let values = read(name).ok_or_else(|| self.unfit(format!("{name} is missing")))?;
            var.set(&Tensor::from_vec(values, var.shape(), var.device())?)?;
        }
        optimizer.restore(adam_step, |name| {
            let (first, second) = (read(&format!("m.{name}"))?, read(&format!("v.{name}"))?);
            Some(Moments { first, second })
        })?;
        Ok(done)
    }

    /// Forgets a finished run.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn remove(&self) -> Result<(), CheckpointError> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(CheckpointError::io(&self.path)(error))
            }
            _ => Ok(()),
        }
    }

    fn unfit(&self, reason: impl ToString) -> CheckpointError {
        CheckpointError::Unfit {
            path: self.path.clone(),
            reason: reason.to_string(),
        }
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}
