//! What can be wrong with a model's files, each with what to do about it.

use std::path::PathBuf;

use crate::nn::checkpoint::CheckpointError;

/// An error of loading, running or training an encoder.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder does not hold a model.
    #[error(
        "{model}: {file} is missing; give a folder with config.json, tokenizer.json and model.safetensors"
    )]
    Missing {
        /// The folder or embedded name.
        model: String,
        /// The file that is not there.
        file: &'static str,
    },
    /// A model file holds something else than it should.
    #[error("{model}: {file}: {reason}; fetch or train the model again")]
    Malformed {
        /// The folder or embedded name.
        model: String,
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// `calibration.json` cannot be used; the weights can.
    #[error(
        "{model}: calibration.json: {reason}; fit it again with \
         `ohlora train {role} --calibrate --out {model}`"
    )]
    Calibration {
        /// The folder or embedded name.
        model: String,
        /// The role that it is for.
        role: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The tokenizer and the weights are of two models.
    #[error(
        "{model}: the tokenizer needs {tokens} rows of the embeddings, the weights have {rows}; put the tokenizer.json that belongs to these weights beside them"
    )]
    Vocabulary {
        /// The folder or embedded name.
        model: String,
        /// Rows that the tokenizer's vocabulary needs.
        tokens: usize,
        /// Rows of the word embeddings.
        rows: usize,
    },
    /// A checkpoint or the log of a training could not be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The training data cannot be trained on.
    #[error("{0}")]
    Data(String),
    /// Training was interrupted; what was done is kept.
    #[error("interrupted; run the command again with --resume to go on")]
    Interrupted,
    /// A tensor operation failed.
    #[error("tensor operation: {0}")]
    Tensor(#[from] candle_core::Error),
    /// The tokenizer failed on a text.
    #[error("tokenizer: {0}")]
    Tokenizer(String),
}

impl EncoderError {
    /// Names the file an I/O error belongs to.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { path, source }
    }
}
