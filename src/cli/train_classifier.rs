//! `ohlora train classifier`: an adapter and a softmax layer on the base S-BERT, for a head of the companion.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use color_eyre::eyre::Result;
use indicatif::ProgressBar;

use super::context::Context;
use super::train::{draw, say_start, training_bar};
use super::{BadInput, at_least_one};
use crate::encoder::classifier::FILE;
use crate::encoder::train::classify::{ClassData, ClassifyConfig, Pupil, teach};
use crate::encoder::train::{Observer, Run, Step};
use crate::encoder::{Classifier, EncoderError, ModelFiles};
use crate::engine::companion::Head;
use crate::engine::companion::tuned::Lessons;

/// What a classifier is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    /// The memory head: what is worth remembering of a message.
    Noted,
    /// The expression head: the mood of a reply, and so her face.
    Mood,
}

impl Subject {
    fn head(self) -> Head {
        match self {
            Self::Noted => Head::Memory,
            Self::Mood => Head::Expression,
        }
    }
}

/// Arguments of `train classifier`.
#[derive(Debug, Args)]
pub struct TrainClassifierArgs {
    /// What it is for.
    #[arg(long, value_enum)]
    pub of: Subject,
    /// The companion's pack.
    #[arg(long)]
    pub pack: Option<PathBuf>,
    /// Folder of the classifier.
    #[arg(long)]
    pub out: PathBuf,
    /// Passes over the texts.
    #[arg(long, value_parser = at_least_one)]
    pub epochs: Option<usize>,
    /// Texts in a batch.
    #[arg(long, value_parser = at_least_one)]
    pub batch: Option<usize>,
    /// Full learning rate.
    #[arg(long)]
    pub lr: Option<f64>,
    /// Rank of the adapter.
    #[arg(long, value_parser = at_least_one)]
    pub rank: Option<usize>,
    /// Seed of the order of the texts.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Go on from the checkpoint in the folder.
    #[arg(long)]
    pub resume: bool,
    /// Train even if the folder holds a classifier.
    #[arg(long)]
    pub force: bool,
    /// Calibrate the classifier in the folder anew, without training it.
    #[arg(long, conflicts_with_all = ["force", "resume"])]
    pub calibrate: bool,
}

impl TrainClassifierArgs {
    fn config(&self) -> ClassifyConfig {
        let defaults = ClassifyConfig {
            epochs: match self.of {
                Subject::Noted => 3,
                // All ways of saying an exchange are alike.
                Subject::Mood => 1,
            },
            ..ClassifyConfig::default()
        };
        ClassifyConfig {
            epochs: self.epochs.unwrap_or(defaults.epochs),
            batch: self.batch.unwrap_or(defaults.batch),
            lr: self.lr.unwrap_or(defaults.lr),
            rank: self.rank.unwrap_or(defaults.rank),
            seed: self.seed,
            ..defaults
        }
    }
}

/// Trains, writes and calibrates a classifier; refuses where one stands already.
///
/// # Errors
/// When the pack or the base cannot be read, the training is stopped, or the result cannot be written.
pub fn run(args: &TrainClassifierArgs, context: &Context, stop: &Arc<AtomicBool>) -> Result<()> {
    let file = args.out.join(FILE);
    if file.exists() && !args.force && !args.calibrate {
        return Err(BadInput(
            context
                .messages
                .fill("train.llm_exists", &[("folder", &args.out.display())]),
        )
        .into());
    }
    let base = context.models().find("base")?;
    let talk = context.talk(args.pack.as_deref())?;
    let Some(lessons) = Lessons::of(args.of.head(), &talk) else {
        return Ok(());
    };
    if !args.calibrate {
        let bytes = trained(args, &lessons.data(), &base, context, stop)?;
        crate::fs::write_atomic(&file, &bytes)?;
    }
    calibrate(args, &lessons, &base)?;
    let folder = args.out.display();
    let done = context.messages.fill("train.done", &[("folder", &folder)]);
    Ok(writeln!(io::stdout(), "{done}")?)
}

fn trained(
    args: &TrainClassifierArgs,
    data: &ClassData,
    base: &ModelFiles,
    context: &Context,
    stop: &Arc<AtomicBool>,
) -> Result<Vec<u8>> {
    let config = args.config();
    let pupil = Pupil::new(base, data, &config)?;
    say_start(context, data.texts.len(), data.classes.len(), config.epochs)?;
    let run = Run {
        folder: args.out.clone(),
        resume: args.resume,
    };
    let mut progress = Progress {
        bar: training_bar(),
        stop: stop.clone(),
    };
    teach(&pupil, data, &config, &run, &mut progress)?;
    progress.bar.finish_and_clear();
    Ok(pupil.to_bytes(base)?)
}

/// Fits how far the classifier in the folder is trusted, and prints what that brings.
fn calibrate(args: &TrainClassifierArgs, lessons: &Lessons<'_>, base: &ModelFiles) -> Result<()> {
    let name = args.out.display().to_string();
    let classifier = Classifier::load(base, &name, &fs::read(args.out.join(FILE))?)?;
    let (calibration, figures) = lessons.calibrate(&classifier)?;
    let json = serde_json::to_vec_pretty(&calibration)?;
    crate::fs::write_atomic(&args.out.join("calibration.json"), &json)?;
    let [alone, together] = figures.score;
    let mut out = io::stdout().lock();
    writeln!(out, "{:<22} {}", "held_out", figures.n)?;
    writeln!(out, "{:<22} {alone:.4}", "without_classifier")?;
    Ok(writeln!(out, "{:<22} {together:.4}", "with_classifier")?)
}

/// A bar with the loss, until somebody stops it.
struct Progress {
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Observer<Pupil> for Progress {
    fn step(&mut self, step: &Step) -> bool {
        draw(step, &self.bar);
        !self.stop.load(Ordering::Relaxed)
    }

    fn epoch(&mut self, _: usize, _: &Pupil) -> Result<Vec<(&'static str, f64)>, EncoderError> {
        Ok(Vec::new())
    }
}
