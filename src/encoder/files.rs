//! The files of one model, from a folder or from the binary.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::EncoderError;
use super::examples::Series;
use crate::nn::bytes::SharedBytes;

/// Bytes that live in the binary or were read from disk.
pub type Bytes = Cow<'static, [u8]>;

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.safetensors";

/// A model as bytes. A fine-tuned model may leave the tokenizer and the embeddings to its base.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    /// What error messages call it: a folder, or a name in the binary.
    pub name: String,
    /// `config.json`, Hugging Face's, with an `ohlora` table for what HF has no field for.
    pub config: Bytes,
    /// `model.safetensors`, mapped into memory.
    pub weights: SharedBytes,
    /// `tokenizer.json`.
    pub tokenizer: Option<Bytes>,
    /// `tokenizer_config.json`; asked for `do_lower_case`.
    pub tokenizer_config: Option<Bytes>,
    /// `calibration.json`: how cosines become probabilities.
    pub calibration: Option<Bytes>,
    /// `examples.emb`: embeddings of the pack it was trained on; `examples-2.emb` and so on: of what was
    /// added to the pack later.
    pub examples: Vec<Bytes>,
    /// `examples-base.emb`, …: the same as the base sees them, for a role that hears both.
    pub base_examples: Vec<Bytes>,
    /// `letters.safetensors`: the linear model beside the S-BERT `ethics`.
    pub letters: Option<Bytes>,
}

impl ModelFiles {
    /// Reads a model folder.
    ///
    /// # Errors
    /// When the folder lacks `config.json` or `model.safetensors`, or a file cannot be read.
    pub fn read(folder: &Path) -> Result<Self, EncoderError> {
        let name = folder.display().to_string();
        let missing = |file: &'static str| EncoderError::Missing {
            model: name.clone(),
            file,
        };
        let config = optional(folder, CONFIG)?.ok_or_else(|| missing(CONFIG))?;
        let weights = folder.join(WEIGHTS);
        Ok(Self {
            config,
            weights: SharedBytes::map(&weights).map_err(|error| match error.kind() {
                ErrorKind::NotFound => missing(WEIGHTS),
                _ => EncoderError::io(weights)(error),
            })?,
            tokenizer: optional(folder, "tokenizer.json")?,
            tokenizer_config: optional(folder, "tokenizer_config.json")?,
            calibration: optional(folder, "calibration.json")?,
            examples: Series::Own.collect(|file| optional(folder, file))?,
            base_examples: Series::Base.collect(|file| optional(folder, file))?,
            letters: optional(folder, "letters.safetensors")?,
            name,
        })
    }

    /// The model without what is fitted and computed with its pack, which is to be made anew.
    #[must_use]
    pub fn uncalibrated(&self) -> Self {
        Self {
            calibration: None,
            examples: Vec::new(),
            base_examples: Vec::new(),
            letters: None,
            ..self.clone()
        }
    }

    /// `calibration.json` of a model of this role; a model without one has the default.
    ///
    /// # Errors
    /// When the file is damaged, or that of another role.
    pub fn calibration<T: Default + DeserializeOwned>(
        &self,
        role: &'static str,
    ) -> Result<T, EncoderError> {
        let Some(json) = &self.calibration else {
            return Ok(T::default());
        };
        serde_json::from_slice(json).map_err(|error| EncoderError::Calibration {
            model: self.name.clone(),
            role,
            reason: error.to_string(),
        })
    }

    /// An error about one of this model's files.
    pub(crate) fn malformed(&self, file: &'static str, reason: impl ToString) -> EncoderError {
        EncoderError::Malformed {
            model: self.name.clone(),
            file,
            reason: reason.to_string(),
        }
    }
}

fn optional(folder: &Path, file: &str) -> Result<Option<Bytes>, EncoderError> {
    let path = folder.join(file);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes.into())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(EncoderError::io(path)(error)),
    }
}
