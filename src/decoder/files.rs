//! The files of one model: a folder as Hugging Face lays it out, a GGUF file, or a part of the binary.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::error::{FileError, Problem};
use crate::nn::bytes::SharedBytes;

/// Where a model's bytes are.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Folder(PathBuf),
    /// The file; others may lie beside it.
    Gguf(PathBuf),
    Embedded(&'static str, &'static [(&'static str, &'static [u8])]),
}

impl ModelFiles {
    /// A model folder, or a GGUF file.
    pub fn at(path: &Path) -> Self {
        let source = if path.is_dir() {
            Source::Folder(path.to_owned())
        } else {
            Source::Gguf(path.to_owned())
        };
        Self { source }
    }

    /// A model in the binary: its name, and names and contents of its files.
    pub fn embedded(name: &'static str, files: &'static [(&'static str, &'static [u8])]) -> Self {
        Self {
            source: Source::Embedded(name, files),
        }
    }

    /// The GGUF file, where the model is one.
    pub fn gguf(&self) -> Option<&Path> {
        match &self.source {
            Source::Gguf(path) => Some(path),
            _ => None,
        }
    }

    /// What error messages call a file of this model.
    pub fn path(&self, file: &str) -> PathBuf {
        match &self.source {
            Source::Folder(folder) => folder.join(file),
            Source::Gguf(path) => path.with_file_name(file),
            Source::Embedded(name, _) => Path::new(name).join(file),
        }
    }

    /// The bytes of a file, where there is one.
    ///
    /// # Errors
    /// When it exists and cannot be read.
    pub fn get(&self, file: &str) -> Result<Option<SharedBytes>, FileError> {
        if let Source::Embedded(_, files) = &self.source {
            let found = files.iter().find(|(name, _)| *name == file);
            return Ok(found.map(|(_, bytes)| SharedBytes::from(*bytes)));
        }
        let path = self.path(file);
        match SharedBytes::map(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::new(path, "", Problem::Io(error))),
        }
    }

    /// The bytes of a file that must be there.
    ///
    /// # Errors
    /// When it is missing or cannot be read.
    pub fn require(&self, file: &str) -> Result<SharedBytes, FileError> {
        self.get(file)?
            .ok_or_else(|| FileError::new(self.path(file), "", Problem::Missing))
    }

    /// A JSON file, where there is one.
    ///
    /// # Errors
    /// When it cannot be read or is not what it should be.
    pub fn json<T: DeserializeOwned>(&self, file: &str) -> Result<Option<T>, FileError> {
        let Some(bytes) = self.get(file)? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            FileError::new(self.path(file), "", Problem::Syntax(error.to_string()))
        })
    }
}
