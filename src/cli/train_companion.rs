//! `ohlora train ethics|memory`: fine-tunes the companion's two S-BERTs.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Args, ValueEnum};
use color_eyre::eyre::{Result, bail};

use super::BadInput;
use super::context::Context;
use super::eval_companion::{self, EvalCompanionArgs};
use super::train::{Fit, TrainArgs};
use crate::content::companion::CompanionPack;
use crate::content::csv::{Split, read_ethics_rows, read_memory_pairs};
use crate::encoder::train::{Loss, TrainConfig, TrainData};
use crate::encoder::{Encoder, ModelFiles, Precision};
use crate::engine::dataset::{Targets, ethics_data, memory_data, memory_pairs_data};
use crate::engine::ethics::{self, EthicsJudge};
use crate::engine::memory::{self, MemoryFinder};

/// What a memory and a message should have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TargetName {
    /// The share of words that their keys have in common.
    Iou,
    /// The cosine of their keys under the untuned base S-BERT, rescaled.
    Base,
}

/// Arguments of `train memory`.
#[derive(Debug, Args)]
pub struct TrainMemoryArgs {
    /// Those of every S-BERT.
    #[command(flatten)]
    pub train: TrainArgs,
    /// What a memory and a message should have in common.
    #[arg(long, value_enum, default_value = "iou")]
    pub target: TargetName,
}

/// Trains, exports and calibrates the ethics S-BERT.
///
/// # Errors
/// When data or model cannot be read, the training is stopped, or the result cannot be written.
pub fn ethics(args: &TrainArgs, context: &Context, stop: &Arc<AtomicBool>) -> Result<()> {
    if args.pairs.is_some() {
        bail!(BadInput(
            "role `ethics` reads --rows, not --pairs".to_owned()
        ));
    }
    let mut pack = context.companion(args.pack.as_deref())?;
    if let Some(path) = &args.rows {
        let read = read_ethics_rows(path)?;
        super::eval::report_skipped(context, read.skipped);
        pack.ethics = read.rows;
        pack.ethics.retain(|row| row.split == Split::Train);
        if pack.ethics.is_empty() {
            let path = path.display();
            bail!(BadInput(format!("{path}: no row has type `train`")));
        }
    }
    let interview = context.pack(None)?;
    if wanted(args, context)? {
        let data = ethics_data(&pack, &interview);
        let config = TrainConfig {
            epochs: 2,
            batch: 32,
            loss: Loss::LabelSoftmax,
            contrastive_weight: 1.,
            ..TrainConfig::default()
        };
        fit(args, "ethics", &data, config, context, stop)?;
    }
    if calibrated(args) {
        let before = ModelFiles::read(&args.out)?;
        let files = before.uncalibrated();
        let base = context.models().base_of(&files)?;
        let mut judge = EthicsJudge::load(&files, base.as_ref(), None, &pack)?;
        let calibration = ethics::calibrate(&mut judge, &pack, &interview)?;
        write(
            &args.out,
            "calibration.json",
            &serde_json::to_vec_pretty(&calibration)?,
        )?;
        for file in judge.example_files(&before) {
            file.write(&args.out)?;
        }
        write(&args.out, "letters.safetensors", &judge.letters()?)?;
    }
    evaluated(args, |args| eval_companion::ethics(args, context))
}

/// Trains, exports and calibrates the memory S-BERT.
///
/// # Errors
/// As [`ethics()`].
pub fn memory(args: &TrainMemoryArgs, context: &Context, stop: &Arc<AtomicBool>) -> Result<()> {
    let TrainMemoryArgs { train, target } = args;
    if train.rows.is_some() {
        bail!(BadInput(
            "role `memory` reads --pairs, not --rows".to_owned()
        ));
    }
    let pack = context.companion(train.pack.as_deref())?;
    let chosen = targets(&pack, *target, context)?;
    if wanted(train, context)? {
        let data = match &train.pairs {
            Some(path) => {
                let read = read_memory_pairs(path)?;
                super::eval::report_skipped(context, read.skipped);
                memory_pairs_data(&read.rows)
            }
            None => memory_data(&pack, &chosen),
        };
        let config = TrainConfig {
            epochs: 5,
            batch: 32,
            loss: Loss::Both,
            contrastive_weight: 0.,
            ..TrainConfig::default()
        };
        fit(train, "memory", &data, config, context, stop)?;
    }
    if calibrated(train) {
        let before = ModelFiles::read(&train.out)?;
        let files = before.uncalibrated();
        let base = context.models().base_of(&files)?;
        let mut finder = MemoryFinder::load(&files, base.as_ref(), None, &pack)?;
        let meaning = targets(&pack, TargetName::Base, context)?;
        let calibration = memory::calibrate(&mut finder, &pack, &meaning)?;
        write(
            &train.out,
            "calibration.json",
            &serde_json::to_vec_pretty(&calibration)?,
        )?;
        for file in finder.example_files(&before) {
            file.write(&train.out)?;
        }
    }
    evaluated(train, |args| eval_companion::memory(args, context))
}

/// Whether the model was trained just now, or is to be calibrated anew.
fn calibrated(args: &TrainArgs) -> bool {
    args.calibrate || !args.out.join("calibration.json").is_file()
}

fn write(folder: &Path, file: &str, bytes: &[u8]) -> Result<()> {
    Ok(crate::fs::write_atomic(&folder.join(file), bytes)?)
}

/// The model in the folder on the pack's held-out files; on data of one's own nothing is measured.
fn evaluated(args: &TrainArgs, eval: impl Fn(&EvalCompanionArgs) -> Result<()>) -> Result<()> {
    if args.rows.is_some() || args.pairs.is_some() {
        return Ok(());
    }
    eval(&EvalCompanionArgs {
        pack: args.pack.clone(),
        model: Some(args.out.clone()),
        ..EvalCompanionArgs::default()
    })
}

/// Targets between the keys of a pack.
pub(super) fn targets(
    pack: &CompanionPack,
    target: TargetName,
    context: &Context,
) -> Result<Targets> {
    let keys = pack.combinations.iter().map(|c| c.key.as_str());
    match target {
        TargetName::Iou => Ok(Targets::words()),
        TargetName::Base => meaning(keys, None, context),
    }
}

/// Targets by the base S-BERT, which is loaded for it.
pub(super) fn meaning<'a>(
    keys: impl IntoIterator<Item = &'a str>,
    floor: Option<f32>,
    context: &Context,
) -> Result<Targets> {
    let files = context.models().role("base", None)?;
    let base = Encoder::load(&files, None, Precision::Int8)?;
    Ok(Targets::meaning(&base, keys, floor)?)
}

/// Whether a training is asked for: no model stands there, or it is to be replaced.
fn wanted(args: &TrainArgs, context: &Context) -> Result<bool> {
    let stands = args.out.join("config.json").is_file();
    if stands && !args.force && !args.calibrate {
        writeln!(io::stdout(), "{}", context.messages.get("train.exists"))?;
    }
    Ok(!args.calibrate && (args.force || !stands))
}

fn fit(
    args: &TrainArgs,
    role: &'static str,
    data: &TrainData,
    defaults: TrainConfig,
    context: &Context,
    stop: &Arc<AtomicBool>,
) -> Result<()> {
    let files = context.models().role("base", args.base.as_deref())?;
    let fit = Fit {
        files: &files,
        shared_base: args.base.is_none().then_some("base"),
        role,
        out: &args.out,
        resume: args.resume,
    };
    fit.run(
        data,
        &args.config(defaults),
        args.precision(),
        context,
        stop,
    )?;
    done(&args.out, context)
}

fn done(out: &Path, context: &Context) -> Result<()> {
    let text = context
        .messages
        .fill("train.done", &[("folder", &out.display())]);
    Ok(writeln!(io::stdout(), "{text}")?)
}
