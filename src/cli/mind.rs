//! What the companion answers with: of the binary, or of the folders of models.

use std::path::Path;
use std::sync::Arc;

use color_eyre::eyre::Result;

use super::context::Context;
use crate::content::exchanges::Talk;
use crate::decoder;
use crate::engine::companion::mind::EMBEDDINGS;
use crate::engine::companion::{Head, Mind, SharedHeads};
use crate::fs::write_atomic;

/// The small base that the shipped heads share.
const BASE: &str = "nano";
/// Where the heads' embeddings are, among the models.
const HEADS: &str = "heads";

/// Name of a head's adapter among the models.
fn adapter(head: Head) -> String {
    format!("{HEADS}/{}", head.name())
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
/// When the encoder is missing.
pub fn loader(
    context: &Context,
    seed: u64,
) -> Result<impl FnOnce() -> Result<Mind> + Send + use<>> {
    let location = context.companion_location(None);
    let models = context.models();
    let base = models.find("base")?;
    let cache = Some(context.embedding_cache());
    Ok(move || {
        let talk = Arc::new(Talk::load(&location)?);
        let shipped = models.plain_file(HEADS, EMBEDDINGS);
        let mut mind = Mind::load(&base, cache, shipped.as_deref(), talk, seed)?;
        let adapters: Vec<(Head, decoder::ModelFiles)> = Head::ALL
            .into_iter()
            .filter_map(|head| Some((head, models.adapter(&adapter(head))?)))
            .collect();
        if let Some(files) = models.language_model(BASE).filter(|_| !adapters.is_empty()) {
            mind.share(SharedHeads::load(&files, adapters)?);
        }
        Ok(mind)
    })
}

/// Writes the embeddings of all examples, to come with the heads.
///
/// # Errors
/// When the exchanges cannot be read, the encoder fails, or the file cannot be written.
pub fn write_embeddings(out: &Path, context: &Context) -> Result<()> {
    let talk = context.talk(None)?;
    let base = context.models().find("base")?;
    let bytes = Mind::embeddings(&base, &talk)?;
    crate::fs::create_folder(out)?;
    Ok(write_atomic(&out.join(EMBEDDINGS), &bytes)?)
}
