//! What the companion answers with: of the binary, or of the folders of models.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use color_eyre::eyre::{Result, bail};

use super::BadInput;
use super::context::Context;
use crate::content::exchanges::Talk;
use crate::decoder::{self, Precision};
use crate::encoder::classifier::FILE;
use crate::encoder::{Bytes, Series};
use crate::engine::companion::{Head, Mind, SharedHeads, Tuned, TunedFiles};
use crate::engine::models::ModelStore;
use crate::hub::{HubError, Installed};
use crate::nn::block_quant::BlockType;

/// The small base that the shipped heads share.
const BASE: &str = "nano";
/// Where the heads' embeddings are, among the models.
const HEADS: &str = "heads";

/// What is not rounded yet is rounded when it is loaded.
pub const EIGHT_BITS: Precision = Precision::Blocks(BlockType::Q8_0);

/// A language model that was pulled, and the heads that it speaks as.
struct Pulled {
    name: String,
    base: decoder::ModelFiles,
    precision: Precision,
    adapters: Vec<(Head, decoder::ModelFiles)>,
}

/// Name of a head's adapter among the models.
fn adapter(head: Head) -> String {
    format!("{HEADS}/{}", head.name())
}

/// The classifier of a head; none where it has none, or one that was not calibrated.
fn classifier(models: &ModelStore, head: Head) -> Option<TunedFiles> {
    let name = adapter(head);
    let file = |file| models.plain_file(&name, file).map(Cow::into_owned);
    Some(TunedFiles {
        classifier: file(FILE)?,
        calibration: file("calibration.json")?,
        name,
    })
}

/// Loads all that the companion answers with; equal seeds give equal words.
///
/// # Errors
/// When the exchanges cannot be read, or a model is missing or damaged.
pub fn load(context: &Context, seed: u64) -> Result<Mind> {
    loader(context, seed)?()
}

/// Finds all that the companion answers with; it is loaded when what comes back is called.
///
/// # Errors
/// When the encoder is missing, or a model that was pulled is damaged.
pub fn loader(
    context: &Context,
    seed: u64,
) -> Result<impl FnOnce() -> Result<Mind> + Send + use<>> {
    let location = context.companion_location(None);
    let models = context.models();
    let base = models.find("base")?;
    let cache = Some(context.embedding_cache());
    let pulled = pulled(context)?;
    Ok(move || {
        let talk = Arc::new(Talk::load(&location)?);
        let shipped = embeddings(&models)?;
        let mut mind = Mind::load(&base, cache, &shipped, talk, seed)?;
        for head in Head::ALL {
            if let Some(files) = classifier(&models, head) {
                mind.hear(Tuned::load(head, &base, &files)?);
            }
        }
        let adapters: Vec<(Head, decoder::ModelFiles)> = Head::ALL
            .into_iter()
            .filter_map(|head| Some((head, models.adapter(&adapter(head))?)))
            .collect();
        if let Some(files) = models.language_model(BASE).filter(|_| !adapters.is_empty()) {
            mind.share(SharedHeads::load(&files, adapters, &EIGHT_BITS)?);
        }
        for model in pulled {
            let heads: Vec<Head> = model.adapters.iter().map(|(head, _)| *head).collect();
            let shared = SharedHeads::load(&model.base, model.adapters, &model.precision)?;
            let shared = Arc::new(Mutex::new(shared));
            for head in heads {
                mind.give(head, model.name.clone(), Box::new(shared.clone()));
            }
        }
        Ok(mind)
    })
}

/// The models that were pulled for heads, each head's first in the manifest, with the adapters that are
/// for them.
fn pulled(context: &Context) -> Result<Vec<Pulled>> {
    let library = context.library()?;
    let mut free = Head::ALL.to_vec();
    let mut found = Vec::new();
    for entry in library.entries()? {
        let roles = entry.row.map_or(&[][..], |row| row.roles.as_slice());
        let plays = |head: &Head| free.contains(head) && roles.iter().any(|r| r == head.name());
        let heads: Vec<Head> = Head::ALL.into_iter().filter(plays).collect();
        if heads.is_empty() {
            continue;
        }
        let installed = match library.installed(&entry.name) {
            Ok(installed) => installed,
            Err(error @ HubError::Damaged(_)) => {
                bail!(BadInput(error.explain(&context.messages)))
            }
            Err(_) => continue,
        };
        let adapters: Vec<(Head, decoder::ModelFiles)> = heads
            .into_iter()
            .filter_map(|head| {
                let folder = adapter_for(&installed, head)?;
                Some((head, decoder::ModelFiles::at(&folder)))
            })
            .collect();
        if adapters.is_empty() {
            continue;
        }
        free.retain(|head| adapters.iter().all(|(taken, _)| taken != head));
        let (folder, precision) = match library.quantized(&installed) {
            Some(folder) => (folder, Precision::Stored),
            None => (installed.folder, EIGHT_BITS),
        };
        found.push(Pulled {
            base: decoder::ModelFiles::at(&folder),
            precision,
            name: installed.name,
            adapters,
        });
    }
    Ok(found)
}

/// The adapter in a folder that is named after the head.
fn adapter_for(installed: &Installed, head: Head) -> Option<PathBuf> {
    let named = |folder: &PathBuf| {
        let below = folder.strip_prefix(installed.adapter.as_deref()?).ok()?;
        Some(below.to_string_lossy().contains(head.name()))
    };
    let mut adapters = installed.adapters().into_iter();
    adapters.find(|folder| named(folder).unwrap_or(false))
}

/// The embeddings that come with the heads.
fn embeddings(models: &ModelStore) -> Result<Vec<Bytes>> {
    Series::Talk.collect(|name| Ok(models.plain_file(HEADS, name)))
}

/// Writes the embeddings of the exchanges that have none yet, to come with the heads.
///
/// # Errors
/// When the exchanges cannot be read, the encoder fails, or the file cannot be written.
pub fn write_embeddings(out: &Path, context: &Context) -> Result<()> {
    let talk = context.talk(None)?;
    let base = context.models().find("base")?;
    let before = embeddings(&context.models())?;
    crate::fs::create_folder(out)?;
    if let Some(file) = Mind::embeddings(&base, &before, &talk)? {
        file.write(out)?;
    }
    Ok(())
}
