//! A text classifier that leaves its encoder as it is: a LoRA adapter of its own (Hu et al. 2021) beside
//! the layers, and a softmax layer over the embedding.
//!
//! Several classifiers look through one base in memory. What is comparison with examples elsewhere, and
//! so follows an edited pack at once, is learned by heart here: it knows more of what it was trained on
//! and nothing of what was added since. [`super::train::classify`] trains one.

mod stored;

use candle_core::{Result, Tensor};

use super::model::Adapters;
use super::{Encoder, EncoderError, ModelFiles, Text};
use crate::nn::ops;

/// What a logit is multiplied by: embeddings are of length 1, and weights move as slowly as the adapter's.
const SHARPNESS: f64 = 25.;

/// The file of a classifier, in a folder of its own or beside a model.
pub const FILE: &str = "classifier.safetensors";

/// Tells which of its classes a text is.
pub struct Classifier {
    encoder: Encoder,
    softmax: Softmax,
    classes: Vec<String>,
}

/// A softmax layer over embeddings of length 1, less their mean and brought to length 1 again.
#[derive(Debug, Clone)]
pub struct Softmax {
    /// `[width]`.
    pub mean: Tensor,
    /// [classes, width].
    pub weight: Tensor,
    /// `[classes]`.
    pub bias: Tensor,
}

/// What a classifier learned, as its file holds it.
pub struct Learned<'a> {
    /// The base it was trained on.
    pub base: &'a ModelFiles,
    /// By layer.
    pub adapters: &'a Adapters,
    /// Over the embedding.
    pub softmax: &'a Softmax,
    /// Names of the classes.
    pub classes: &'a [String],
}

impl Classifier {
    /// Loads a classifier over `base`, which is shared with all who look through it; `name` is what
    /// error messages call the file's model.
    ///
    /// # Errors
    /// When the base cannot be loaded, or the file is cut, damaged or of another base.
    pub fn load(
        base: &ModelFiles,
        name: &str,
        bytes: &[u8],
    ) -> std::result::Result<Self, EncoderError> {
        let shared = Encoder::shared(base)?;
        let (adapters, softmax, classes) = stored::read(base, &shared.config, name, bytes)?;
        Ok(Self {
            encoder: shared.adapted(&adapters),
            softmax,
            classes,
        })
    }

    /// Names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Probabilities, `[texts][classes]`; those of a text sum to 1.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn probabilities(
        &self,
        texts: &[Text],
    ) -> std::result::Result<Vec<Vec<f32>>, EncoderError> {
        self.softmax.probabilities(&self.encoder, texts)
    }
}

impl Softmax {
    /// Logits [n, classes] of embeddings [n, width]; differentiable.
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn logits(&self, embeddings: &Tensor) -> Result<Tensor> {
        let rest = embeddings.broadcast_sub(&self.mean)?;
        let length = rest.sqr()?.sum_keepdim(1)?.sqrt()?.maximum(1e-9)?;
        let directions = rest.broadcast_div(&length)?;
        ops::linear(&directions, &self.weight, Some(&self.bias))? * SHARPNESS
    }

    /// Probabilities, `[texts][classes]`, of what `encoder` makes of texts.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn probabilities(
        &self,
        encoder: &Encoder,
        texts: &[Text],
    ) -> std::result::Result<Vec<Vec<f32>>, EncoderError> {
        let embeddings = encoder.encode(texts)?;
        if embeddings.is_empty() {
            return Ok(Vec::new());
        }
        let embeddings = Tensor::new(embeddings, self.mean.device())?;
        Ok(ops::log_softmax(&self.logits(&embeddings)?)?
            .exp()?
            .to_vec2()?)
    }
}

impl Learned<'_> {
    /// The file: adapters in four bits a weight, the softmax layer in eight.
    ///
    /// # Errors
    /// When adapters are missing, or safetensors refuses it.
    pub fn to_bytes(&self) -> std::result::Result<Vec<u8>, EncoderError> {
        stored::write(self)
    }
}
