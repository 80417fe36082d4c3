//! Tiny models of all families, whole and damaged.

mod damaged;
mod forms;
mod fuzz;
mod generating;
mod gguf;
mod gguf_file;
mod gradients;
mod loading;

use std::path::PathBuf;

use super::*;
use crate::testing::model_folder;

/// The tiny models: two layers, 320 tokens, random weights.
const TINY: [&str; 3] = ["tiny-llama", "tiny-neox", "tiny-gemma2"];

fn files(name: &str) -> ModelFiles {
    ModelFiles::at(&model_folder(name))
}

fn decoder(name: &str, precision: &Precision) -> Decoder {
    Decoder::load(&files(name), None, precision).unwrap()
}

/// A copy of a tiny model that may be damaged.
fn copy(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    crate::testing::copy_model(name, &path);
    (folder, path)
}
