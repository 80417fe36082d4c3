//! The tensors of a model by Hugging Face's names, whatever file they are in.

use std::collections::HashMap;
use std::path::PathBuf;

use super::error::{FileError, Problem};
use crate::nn::block_quant::{BlockMatrix, BlockType};
use crate::nn::bytes::SharedBytes;

/// How a tensor is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In a format that is read here.
    Known(BlockType),
    /// In another, by its name; an error only where the tensor is asked for.
    Other(String),
}

/// A tensor in a file: nothing is read before it is asked for.
#[derive(Clone)]
pub struct StoredTensor {
    /// How it is stored.
    pub storage: Storage,
    /// Row-major, the rows first.
    pub shape: Vec<usize>,
    /// Exactly its bytes.
    pub bytes: SharedBytes,
    /// The file it is in; an index into [`Weights::files`].
    pub file: usize,
}

/// The tensors of a model.
pub struct Weights {
    /// By the name the file gives them.
    pub tensors: HashMap<String, StoredTensor>,
    /// The files they are in; at least one.
    pub files: Vec<PathBuf>,
    /// From Hugging Face's name to the file's.
    pub rename: fn(&str) -> String,
}

impl Weights {
    fn error(&self, file: usize, name: &str, problem: Problem) -> FileError {
        let path = self.files.get(file).cloned().unwrap_or_default();
        FileError::new(path, (self.rename)(name), problem)
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<(&StoredTensor, BlockType), FileError> {
        let Some(tensor) = self.tensors.get(&(self.rename)(name)) else {
            return Err(self.error(0, name, Problem::Absent));
        };
        if tensor.shape != shape {
            let problem = Problem::Unexpected {
                expected: format!("shape {shape:?}"),
                found: format!("shape {:?}", tensor.shape),
            };
            return Err(self.error(tensor.file, name, problem));
        }
        match &tensor.storage {
            Storage::Known(kind) => Ok((tensor, *kind)),
            Storage::Other(name_of_type) => {
                let what = format!("the type {name_of_type}");
                Err(self.error(tensor.file, name, Problem::Unsupported(what)))
            }
        }
    }

    /// A matrix [rows, cols] as it is stored.
    ///
    /// # Errors
    /// When it is missing, of another shape or of a type that is not read here.
    pub fn matrix(&self, name: &str, rows: usize, cols: usize) -> Result<BlockMatrix, FileError> {
        let (tensor, kind) = self.tensor(name, &[rows, cols])?;
        BlockMatrix::new(kind, rows, cols, tensor.bytes.clone())
            .map_err(|_| self.error(tensor.file, name, Problem::Cut))
    }

    /// A vector in f32.
    ///
    /// # Errors
    /// As [`Weights::matrix`].
    pub fn vector(&self, name: &str, len: usize) -> Result<Vec<f32>, FileError> {
        let (tensor, kind) = self.tensor(name, &[len])?;
        BlockMatrix::new(kind, 1, len, tensor.bytes.clone())
            .map(|vector| vector.dequantize())
            .map_err(|_| self.error(tensor.file, name, Problem::Cut))
    }
}
