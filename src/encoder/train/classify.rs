//! Training a classifier: an adapter and a softmax layer on a frozen encoder, by cross-entropy.

use candle_core::{Device, Tensor, Var};
use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::loss::smoothed_cross_entropy;
use super::run::{self, Objective, Observer, Pace, Run};
use crate::encoder::classifier::{Learned, Softmax};
use crate::encoder::{Encoder, EncoderError, ModelFiles, Precision, Text};

/// Texts with what they are.
#[derive(Debug, Clone, Default)]
pub struct ClassData {
    /// The texts.
    pub texts: Vec<Text>,
    /// The class of each, by its place among the names.
    pub targets: Vec<usize>,
    /// Names of the classes.
    pub classes: Vec<String>,
}

/// How a classifier is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifyConfig {
    /// Passes over the texts.
    pub epochs: usize,
    /// Texts in a batch.
    pub batch: usize,
    /// Full learning rate.
    pub lr: f64,
    /// Share of the steps over which the rate rises.
    pub warmup: f64,
    /// Rank of the adapter.
    pub rank: usize,
    /// The first layer that has one: what lies below reads letters and words, which are the same for
    /// every question.
    pub from: usize,
    /// Share of a target that is spread over all classes (Szegedy et al. 2016): labels are not all right.
    pub smoothing: f64,
    /// Seed of the order of the texts.
    pub seed: u64,
}

impl Default for ClassifyConfig {
    fn default() -> Self {
        Self {
            epochs: 3,
            batch: 32,
            lr: 3e-3,
            warmup: 0.1,
            rank: 2,
            from: 5,
            smoothing: 0.05,
            seed: 1,
        }
    }
}

/// A classifier that learns.
pub struct Pupil {
    encoder: Encoder,
    softmax: Softmax,
    classes: Vec<String>,
    variables: Vec<(String, Var)>,
}

/// Texts whose mean embedding is taken off all.
const MEAN_OF: usize = 512;

impl Pupil {
    /// One that knows nothing yet, on `base`.
    ///
    /// # Errors
    /// When the base cannot be loaded, or the data is empty or names classes it does not have.
    pub fn new(
        base: &ModelFiles,
        data: &ClassData,
        config: &ClassifyConfig,
    ) -> Result<Self, EncoderError> {
        data.check()?;
        let ClassifyConfig { rank, from, .. } = *config;
        let encoder = Encoder::load(base, None, Precision::Lora { rank, from })?;
        let width = encoder.config.hidden_size;
        let stride = (data.texts.len() / MEAN_OF).max(1);
        let sample: Vec<Text> = data.texts.iter().step_by(stride).cloned().collect();
        let embeddings = Tensor::new(encoder.encode(&sample)?, &Device::Cpu)?;
        let zeros = |shape: &[usize]| Var::zeros(shape, candle_core::DType::F32, &Device::Cpu);
        let (weight, bias) = (
            zeros(&[data.classes.len(), width])?,
            zeros(&[data.classes.len()])?,
        );
        let softmax = Softmax {
            mean: embeddings.mean(0)?,
            weight: weight.as_tensor().clone(),
            bias: bias.as_tensor().clone(),
        };
        let mut variables = encoder.variables().to_vec();
        variables.push(("softmax.weight".to_owned(), weight));
        variables.push(("softmax.bias".to_owned(), bias));
        Ok(Self {
            encoder,
            softmax,
            classes: data.classes.clone(),
            variables,
        })
    }

    /// Probabilities, `[texts][classes]`.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn probabilities(&self, texts: &[Text]) -> Result<Vec<Vec<f32>>, EncoderError> {
        self.softmax.probabilities(&self.encoder, texts)
    }

    /// The file of what it has learned; `base` is the one it began on.
    ///
    /// # Errors
    /// When safetensors refuses it.
    pub fn to_bytes(&self, base: &ModelFiles) -> Result<Vec<u8>, EncoderError> {
        let learned = Learned {
            base,
            adapters: &self.encoder.adapters(),
            softmax: &self.softmax,
            classes: &self.classes,
        };
        learned.to_bytes()
    }
}

impl ClassData {
    fn check(&self) -> Result<(), EncoderError> {
        if self.texts.is_empty() || self.targets.len() != self.texts.len() {
            let (texts, targets) = (self.texts.len(), self.targets.len());
            let reason = format!("there are {texts} texts and {targets} classes to train on");
            return Err(EncoderError::Data(reason));
        }
        match self.targets.iter().max() {
            Some(most) if *most >= self.classes.len() => Err(EncoderError::Data(format!(
                "a text is of class {most}, and there are {}",
                self.classes.len()
            ))),
            _ => Ok(()),
        }
    }
}

/// Trains `pupil` on `data`.
///
/// # Errors
/// As [`super::train`].
pub fn teach(
    pupil: &Pupil,
    data: &ClassData,
    config: &ClassifyConfig,
    run: &Run,
    observer: &mut dyn Observer<Pupil>,
) -> Result<(), EncoderError> {
    let pace = Pace {
        epochs: config.epochs,
        lr: config.lr,
        warmup: config.warmup,
    };
    let lesson = Lesson::new(pupil, data, config)?;
    run::follow(&lesson, &pace, run, observer)
}

/// The class of a text is to be the likeliest.
pub(super) struct Lesson<'a> {
    pupil: &'a Pupil,
    data: &'a ClassData,
    config: &'a ClassifyConfig,
    ids: Vec<Vec<u32>>,
}

impl<'a> Lesson<'a> {
    pub fn new(
        pupil: &'a Pupil,
        data: &'a ClassData,
        config: &'a ClassifyConfig,
    ) -> Result<Self, EncoderError> {
        data.check()?;
        Ok(Self {
            ids: pupil.encoder.tokenize(&data.texts)?,
            pupil,
            data,
            config,
        })
    }
}

impl Objective for Lesson<'_> {
    type Model = Pupil;

    fn model(&self) -> &Pupil {
        self.pupil
    }

    fn variables(&self) -> &[(String, Var)] {
        &self.pupil.variables
    }

    fn fingerprint(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(serde_json::to_vec(self.config).unwrap_or_default());
        hasher.update(self.data.classes.join("\n"));
        for (text, target) in self.data.texts.iter().zip(&self.data.targets) {
            hasher.update(text.to_string());
            hasher.update(target.to_le_bytes());
        }
        let digest = hasher.finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn batches(&self, epoch: usize) -> Vec<Vec<usize>> {
        let seed = self.config.seed.wrapping_mul(1_000_003);
        let mut rng = StdRng::seed_from_u64(seed.wrapping_add(epoch as u64));
        let mut order: Vec<usize> = (0..self.ids.len()).collect();
        order.shuffle(&mut rng);
        let batches = order.chunks(self.config.batch.max(1));
        batches.map(<[usize]>::to_vec).collect()
    }

    fn loss(&self, batch: &[usize], _: usize) -> Result<Option<Tensor>, EncoderError> {
        let ids: Vec<&[u32]> = batch.iter().map(|index| &self.ids[*index][..]).collect();
        let logits = self
            .pupil
            .softmax
            .logits(&self.pupil.encoder.normalized(&ids)?)?;
        let targets: Vec<usize> = batch.iter().map(|i| self.data.targets[*i]).collect();
        let loss = smoothed_cross_entropy(&logits, &targets, self.config.smoothing)?;
        Ok(Some(loss))
    }
}
