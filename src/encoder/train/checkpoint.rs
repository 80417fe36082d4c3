//! A training's state on disk, so that a killed one goes on where it was.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};

use super::{TrainConfig, TrainData};
use crate::encoder::{Encoder, EncoderError};
use crate::nn::optim::{AdamW, Moments};

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
    pub fn new(folder: &Path, config: &TrainConfig, data: &TrainData) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(serde_json::to_vec(config).unwrap_or_default());
        for text in data.inputs.iter().chain(&data.candidates) {
            hasher.update(text.to_string());
            hasher.update([0]);
        }
        hasher.update(bytes(&data.similarity));
        for group in &data.groups {
            hasher.update(group.topic.to_le_bytes());
            hasher.update(group.class.to_le_bytes());
        }
        let run = hasher
            .finalize()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        Self {
            path: folder.join("checkpoint.safetensors"),
            run,
        }
    }

    /// Writes variables, moments and how far the run got.
    pub fn save(
        &self,
        encoder: &Encoder,
        optimizer: &AdamW,
        done: Done,
    ) -> Result<(), EncoderError> {
        let (adam_step, moments) = optimizer.state();
        let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
        for (name, var) in encoder.variables() {
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
                    .map_err(|error| self.broken(error))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let metadata = HashMap::from([
            (STEP.to_owned(), format!("{} {adam_step}", done.steps)),
            (LOSSES.to_owned(), done.losses.to_string()),
            (RUN.to_owned(), self.run.clone()),
        ]);
        let file = safetensors::serialize(views, Some(metadata)).map_err(|e| self.broken(e))?;
        crate::fs::write_atomic(&self.path, &file)
            .map_err(|error| EncoderError::io(&self.path)(error.source))
    }

    /// Restores variables and moments; nothing is done where there is no checkpoint.
    pub fn restore(&self, encoder: &Encoder, optimizer: &mut AdamW) -> Result<Done, EncoderError> {
        let file = match std::fs::read(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Done::default());
            }
            Err(error) => return Err(EncoderError::io(&self.path)(error)),
        };
        let (_, header) = SafeTensors::read_metadata(&file).map_err(|e| self.broken(e))?;
        let metadata = header.metadata().clone().unwrap_or_default();
        if metadata.get(RUN) != Some(&self.run) {
            return Err(self.broken("it belongs to other data or other settings"));
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
            return Err(self.broken("it does not say how far it got"));
        };
        let tensors = SafeTensors::deserialize(&file).map_err(|e| self.broken(e))?;
        let read = |name: &str| tensors.tensor(name).ok().map(|view| floats(view.data()));
        for (name, var) in encoder.variables() {
            let values = read(name).ok_or_else(|| self.broken(format!("{name} is missing")))?;
            var.set(&candle_core::Tensor::from_vec(
                values,
                var.shape(),
                var.device(),
            )?)?;
        }
        optimizer.restore(adam_step, |name| {
            let (first, second) = (read(&format!("m.{name}"))?, read(&format!("v.{name}"))?);
            Some(Moments { first, second })
        })?;
        Ok(done)
    }

    /// Forgets a finished run.
    pub fn remove(&self) -> Result<(), EncoderError> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(EncoderError::io(&self.path)(error))
            }
            _ => Ok(()),
        }
    }

    fn broken(&self, reason: impl ToString) -> EncoderError {
        EncoderError::Checkpoint {
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
