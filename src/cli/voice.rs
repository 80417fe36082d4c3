//! Which language model speaks: one that a server runs, or one on this machine.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use color_eyre::eyre::{Result, bail};

use super::BadInput;
use super::context::Context;
use crate::content::Pack;
use crate::content::csv::read_dialogue;
use crate::content::locate::Located;
use crate::decoder::ModelFiles;
use crate::engine::prompt::PromptStyle;
use crate::engine::question_check::QuestionCheck;
use crate::engine::server::{KEY, Server};
use crate::engine::speaker::LoadVoice;
use crate::engine::voice::{Voice, VoiceError};
use crate::hub::{HubError, Installed, Library};
use crate::messages::Messages;

/// The model of the binary; no server stands in for it.
const NANO: &str = "nano";

/// Where a voice comes from.
enum Source {
    Server {
        endpoint: String,
        model: String,
    },
    /// A model's files, and the folder of an adapter that is not merged.
    Files(ModelFiles, Option<PathBuf>),
}

/// What loads the voice called `name`, a model's name or folder, on the engine's thread.
///
/// # Errors
/// When there is no such model, or the pack's dialogue cannot be read.
pub fn loader(
    name: &str,
    location: &Located,
    pack: &Arc<Pack>,
    context: &Context,
) -> Result<LoadVoice> {
    let source = source(name, context)?;
    let rows = read_dialogue(location, pack)?;
    let base = context.models().find("base")?;
    let cache = Some(context.embedding_cache());
    let (pack, messages) = (pack.clone(), context.messages.clone());
    let load = move || match source {
        Source::Files(files, adapter) => {
            Voice::load(&files, adapter.as_deref(), &base, cache, &pack, &rows)
        }
        Source::Server { endpoint, model } => {
            let server = Server::connect(&endpoint, &model, std::env::var(KEY).ok())?;
            Ok(Voice {
                model: Box::new(server),
                style: PromptStyle::Plain,
                check: QuestionCheck::new(&base, cache, None, &pack, &rows)?,
            })
        }
    };
    Ok(Box::new(move || {
        load().map_err(|error| explain(&error, &messages))
    }))
}

fn source(name: &str, context: &Context) -> Result<Source> {
    if Path::new(name).is_dir() {
        return Ok(Source::Files(ModelFiles::at(Path::new(name)), None));
    }
    let llm = &context.config.llm;
    if let Some(endpoint) = llm.endpoint.clone().filter(|_| name != NANO) {
        let model = llm.model.clone().unwrap_or_else(|| name.to_owned());
        return Ok(Source::Server { endpoint, model });
    }
    let found = match pulled(name, context) {
        // What was pulled and is no longer whole is not passed over for something else.
        Err(error @ HubError::Damaged(_)) => {
            bail!(BadInput(error.explain(&context.messages)))
        }
        found => found.ok(),
    };
    if let Some((library, installed)) = found {
        return Ok(match library.quantized(&installed) {
            Some(folder) => Source::Files(ModelFiles::at(&folder), None),
            None => {
                let adapter = installed.adapter().map(Path::to_owned);
                Source::Files(ModelFiles::at(&installed.folder), adapter)
            }
        });
    }
    match context.models().language_model(name) {
        Some(files) => Ok(Source::Files(files, None)),
        None => {
            let values: [(&str, &dyn Display); 1] = [("writer", &name)];
            bail!(BadInput(
                context.messages.fill("cli.unknown_writer", &values)
            ))
        }
    }
}

/// A model that was pulled.
fn pulled(name: &str, context: &Context) -> Result<(Library, Installed), HubError> {
    let library = context.library()?;
    let installed = library.installed(name)?;
    Ok((library, installed))
}

/// What is wrong with a voice, in one sentence.
fn explain(error: &VoiceError, messages: &Messages) -> String {
    match error {
        VoiceError::Decoder(error) => error.explain(messages),
        VoiceError::Encoder(error) => error.to_string(),
        VoiceError::Server(error) => error.explain(messages),
    }
}
