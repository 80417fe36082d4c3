//! Where a model's files come from: a folder that was named, `models/` on disk, or the binary.

use std::borrow::Cow;
use std::convert::Infallible;
use std::path::{Path, PathBuf};

use crate::decoder;
use crate::encoder::{Bytes, EncoderConfig, EncoderError, ModelFiles, Series};

/// A model that is part of the binary.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedModel {
    /// `base`, `answer`, `next`, ….
    pub name: &'static str,
    /// File name and contents.
    pub files: &'static [(&'static str, &'static [u8])],
}

impl EmbeddedModel {
    fn file(&self, name: &str) -> Option<&'static [u8]> {
        let found = self.files.iter().find(|(file, _)| *file == name);
        found.map(|(_, bytes)| *bytes)
    }

    fn examples(&self, series: Series) -> Vec<Bytes> {
        let file = |name: &str| Ok::<_, Infallible>(self.file(name).map(Cow::Borrowed));
        series.collect(file).unwrap_or_else(|never| match never {})
    }

    fn files(&self) -> Result<ModelFiles, EncoderError> {
        let required = |file: &'static str| {
            self.file(file).ok_or_else(|| EncoderError::Missing {
                model: self.name.to_owned(),
                file,
            })
        };
        Ok(ModelFiles {
            name: self.name.to_owned(),
            config: Cow::Borrowed(required("config.json")?),
            weights: required("model.safetensors")?.into(),
            tokenizer: self.file("tokenizer.json").map(Cow::Borrowed),
            tokenizer_config: self.file("tokenizer_config.json").map(Cow::Borrowed),
            calibration: self.file("calibration.json").map(Cow::Borrowed),
            examples: self.examples(Series::Own),
            base_examples: self.examples(Series::Base),
            letters: self.file("letters.safetensors").map(Cow::Borrowed),
        })
    }
}

/// The models within reach.
#[derive(Debug, Clone, Default)]
pub struct ModelStore {
    /// Folders that may hold a folder per model, the first choice first.
    pub folders: Vec<PathBuf>,
    /// Models in the binary, the last resort.
    pub embedded: &'static [EmbeddedModel],
}

impl ModelStore {
    /// The files of a model by name.
    ///
    /// # Errors
    /// When no folder and not the binary holds it, or its files cannot be read.
    pub fn find(&self, name: &str) -> Result<ModelFiles, EncoderError> {
        for folder in &self.folders {
            let folder = folder.join(name);
            if folder.join("config.json").is_file() {
                return ModelFiles::read(&folder);
            }
        }
        match self.embedded.iter().find(|model| model.name == name) {
            Some(model) => model.files(),
            None => Err(EncoderError::Missing {
                model: name.to_owned(),
                file: "config.json",
            }),
        }
    }

    /// The files of a language model by name: of a folder, or of the binary.
    pub fn language_model(&self, name: &str) -> Option<decoder::ModelFiles> {
        let mut folders = self.folders.iter().map(|folder| folder.join(name));
        if let Some(folder) = folders.find(|folder| folder.join("config.json").is_file()) {
            return Some(decoder::ModelFiles::at(&folder));
        }
        let found = self.embedded.iter().find(|model| model.name == name)?;
        Some(decoder::ModelFiles::embedded(found.name, found.files))
    }

    /// The files of an adapter by name.
    pub fn adapter(&self, name: &str) -> Option<decoder::ModelFiles> {
        let mut folders = self.folders.iter().map(|folder| folder.join(name));
        if let Some(folder) = folders.find(|folder| folder.join("adapter_config.json").is_file()) {
            return Some(decoder::ModelFiles::at(&folder));
        }
        let found = self.embedded.iter().find(|model| model.name == name)?;
        found.file("adapter_config.json")?;
        Some(decoder::ModelFiles::embedded(found.name, found.files))
    }

    /// A file that stands among the models without being one; none where it is not there.
    pub fn plain_file(&self, name: &str, file: &str) -> Option<Cow<'static, [u8]>> {
        let mut folders = self
            .folders
            .iter()
            .map(|folder| folder.join(name).join(file));
        if let Some(bytes) = folders.find_map(|path| std::fs::read(path).ok()) {
            return Some(Cow::Owned(bytes));
        }
        let found = self.embedded.iter().find(|model| model.name == name)?;
        found.file(file).map(Cow::Borrowed)
    }

    /// The files of a role's model: of `folder` where one is named, else by the role's name.
    ///
    /// # Errors
    /// As [`ModelStore::find`].
    pub fn role(&self, role: &str, folder: Option<&Path>) -> Result<ModelFiles, EncoderError> {
        match folder {
            Some(folder) => ModelFiles::read(folder),
            None => self.find(role),
        }
    }

    /// The base that a model shares its tokenizer and embeddings with, where it does.
    ///
    /// # Errors
    /// When it names a base that is not within reach.
    pub fn base_of(&self, files: &ModelFiles) -> Result<Option<ModelFiles>, EncoderError> {
        let config = EncoderConfig::parse(files)?;
        config.ohlora.base.map(|base| self.find(&base)).transpose()
    }
}

#[cfg(test)]
mod tests;
