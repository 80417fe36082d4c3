//! What both conversations are guarded by, and what the companion answers with, from the models
//! within reach.

use std::sync::Arc;

use color_eyre::eyre::Result;
use jiff::Timestamp;

use super::{context::Context, mind};
use crate::companion::ethics::Thresholds;
use crate::companion::protocol::Options;
use crate::content::companion::CompanionPack;
use crate::driver::{Clock, Talk};
use crate::engine::companion::OhLora;
use crate::engine::ethics::{EthicsCalibration, EthicsGuard, EthicsJudge};
use crate::engine::memory::{MemoryCalibration, MemoryFinder};
use crate::engine::talker::Talker;
use crate::engine::{Engine, Guard, Setup};
use crate::interview::Authored;
use crate::store::Store;

/// The guard, and the thresholds of an interview that were calibrated with its model.
///
/// # Errors
/// When the model is missing, or its calibration damaged.
pub fn guard(context: &Context) -> Result<(Box<dyn Guard>, Thresholds)> {
    let models = context.models();
    let files = models.find("ethics")?;
    let base = models.base_of(&files)?;
    let calibration: EthicsCalibration = files.calibration("ethics")?;
    // Read on the engine's thread: the first frame does not wait for it.
    let (location, cache) = (context.companion_location(None), context.embedding_cache());
    let guard = EthicsGuard::new(Box::new(move || {
        let pack = CompanionPack::load(&location).map_err(|error| error.to_string())?;
        EthicsJudge::load(&files, base.as_ref(), Some(cache), &pack)
            .map_err(|error| error.to_string())
    }));
    Ok((Box::new(guard), calibration.interview))
}

/// Who answers as the companion.
///
/// # Errors
/// When the memory S-BERT is missing.
pub fn talker(context: &Context, seed: u64) -> Result<Box<dyn Talker>> {
    let files = context.models().find("memory")?;
    let base = context.models().base_of(&files)?;
    let load_mind = mind::loader(context, seed)?;
    let (location, cache) = (context.companion_location(None), context.embedding_cache());
    Ok(Box::new(OhLora::new(Box::new(move || {
        let pack = CompanionPack::load(&location).map_err(|error| error.to_string())?;
        let finder = MemoryFinder::load(&files, base.as_ref(), Some(cache), &pack)
            .map_err(|error| error.to_string())?;
        let mind = load_mind().map_err(|error| format!("{error:#}"))?;
        Ok((mind, finder))
    }))))
}

/// How a conversation with her is held.
///
/// # Errors
/// When a model's calibration is damaged.
pub fn options(context: &Context, seed: u64) -> Result<Options> {
    let models = context.models();
    let ethics: EthicsCalibration = models.find("ethics")?.calibration("ethics")?;
    let memory: MemoryCalibration = models.find("memory")?.calibration("memory")?;
    Ok(Options {
        thresholds: ethics.thresholds,
        memory_threshold: memory.threshold,
        seed,
    })
}

/// The conversation with her on an engine that runs for an interview; without a record where it
/// cannot be opened. That is told at the first visit, or else `notice`, what befell it before.
///
/// # Errors
/// When a model's calibration is damaged.
pub fn talk(
    engine: Engine,
    context: &Context,
    seed: u64,
    clock: Clock,
    notice: Option<String>,
) -> Result<Talk> {
    let messages = context.messages.clone();
    let (store, warning) = match Store::open(&context.paths.profile, Timestamp::now()) {
        Ok(store) => {
            let warning = store.notice(&messages);
            (Some(store), warning)
        }
        Err(error) => (None, Some(error.explain(&messages))),
    };
    let options = options(context, seed)?;
    Ok(Talk::new(engine, store, options, messages, clock).warned(warning.or(notice)))
}

/// An engine for the conversation alone.
///
/// # Errors
/// When a model is missing, or a pack cannot be loaded.
pub fn setup(context: &Context, seed: u64) -> Result<Setup> {
    let pack = context.pack(None)?;
    let (guard, _) = guard(context)?;
    Ok(Setup {
        models: context.models(),
        cache: Some(context.embedding_cache()),
        writer: Box::new(Authored::new(Arc::clone(&pack), seed)),
        pack,
        guard: Some(guard),
        talker: Some(talker(context, seed)?),
    })
}
