//! What tests of several modules share: two tiny models with random weights, and a small pack.

pub mod memory;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::content::{Folder, Intents, Pack, PackFile, Topic, load};
use crate::encoder::{Encoder, ModelFiles, Precision};

/// The tiny models: three layers of width 32 and 120 tokens. Only that of BERT is lower-cased.
pub const TINY: [&str; 2] = ["tiny-bert", "tiny-roberta"];

/// The folder of a tiny model.
pub fn model_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// The files of a tiny model.
pub fn model_files(name: &str) -> ModelFiles {
    ModelFiles::read(&model_folder(name)).unwrap()
}

/// A tiny model, loaded.
pub fn encoder(name: &str, precision: Precision) -> Encoder {
    Encoder::load(&model_files(name), None, precision).unwrap()
}

/// Puts a tiny model into a folder under a name of its own.
pub fn copy_model(name: &str, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for file in std::fs::read_dir(model_folder(name)).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
}

/// The model with something changed in its `config.json`.
pub fn with_config(
    mut files: ModelFiles,
    change: impl FnOnce(&mut serde_json::Value),
) -> ModelFiles {
    let mut config = serde_json::from_slice(&files.config).unwrap();
    change(&mut config);
    files.config = Cow::Owned(serde_json::to_vec(&config).unwrap());
    files
}

/// A pack with a topic of every kind.
pub fn pack() -> Pack {
    #[derive(Deserialize)]
    struct Everything {
        file: PackFile,
        intents: Intents,
        topic: Vec<Topic>,
    }
    let Everything {
        file,
        intents,
        topic: topics,
    } = toml::from_str(include_str!("pack.toml")).unwrap();
    Pack {
        file,
        topics,
        intents,
    }
}

/// The pack with something changed.
pub fn pack_with(change: impl FnOnce(&mut Pack)) -> Arc<Pack> {
    let mut pack = pack();
    change(&mut pack);
    Arc::new(pack)
}

/// The folder of the pack that ships with the program.
pub fn shipped_pack_folder() -> Folder {
    Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("content/ml-interview-ko"))
}

/// The pack that ships with the program.
pub fn shipped_pack() -> Pack {
    load(&shipped_pack_folder()).unwrap()
}
