//! `ohlora train answer|next`: fine-tunes an S-BERT on a pack or on CSV files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use color_eyre::eyre::{Result, WrapErr, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::context::Context;
use super::eval;
use super::{BadInput, at_least_one};
use crate::content::csv::{PairRole, RowRole, Split, read_interview_rows, read_pairs};
use crate::content::{Pack, Topic};
use crate::encoder::train::{
    Loss, Observer, Origin, Run, Step, TrainConfig, TrainData, export, train,
};
use crate::encoder::{Encoder, EncoderError, ModelFiles, Precision};
use crate::engine::calibrate::calibrate;
use crate::engine::dataset::{answer_data, next_data, next_rows, pairs_data, rows_data};
use crate::engine::evaluate::pair_figures;
use crate::engine::judge::Judge;

/// What an S-BERT is trained for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Judges answers.
    Answer,
    /// Chooses the next topic.
    Next,
}

impl Role {
    /// Its name in folders, files and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Next => "next",
        }
    }

    /// The CSV layout of its pairs.
    pub fn pairs(self) -> PairRole {
        match self {
            Self::Answer => PairRole::Answer,
            Self::Next => PairRole::Next,
        }
    }

    /// The columns it needs of interview rows.
    pub fn rows(self) -> RowRole {
        match self {
            Self::Answer => RowRole::Answer,
            Self::Next => RowRole::Next,
        }
    }
}

/// The loss against the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LossName {
    /// Squared error of the cosine.
    Cosine,
    /// Order of the cosines.
    Cosent,
    /// Softmax over the candidates.
    Softmax,
    /// Softmax and squared error.
    Both,
}

impl From<LossName> for Loss {
    fn from(name: LossName) -> Self {
        match name {
            LossName::Cosine => Self::CosineSimilarity,
            LossName::Cosent => Self::CoSent,
            LossName::Softmax => Self::LabelSoftmax,
            LossName::Both => Self::Both,
        }
    }
}

/// Arguments of `train answer` and `train next`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Question pack to train on and to calibrate with.
    #[arg(long)]
    pub pack: Option<PathBuf>,
    /// CSV of input x candidate pairs.
    #[arg(long, conflicts_with = "rows")]
    pub pairs: Option<PathBuf>,
    /// CSV of interview rows; those marked `train` are learned.
    #[arg(long)]
    pub rows: Option<PathBuf>,
    /// Passes over the texts.
    #[arg(long, value_parser = at_least_one)]
    pub epochs: Option<usize>,
    /// Folder of the model to start from.
    #[arg(long)]
    pub base: Option<PathBuf>,
    /// Folder of the trained model.
    #[arg(long)]
    pub out: PathBuf,
    /// Train even if the folder holds a model.
    #[arg(long)]
    pub force: bool,
    /// Calibrate the judge in the folder anew, without training it.
    #[arg(long, conflicts_with_all = ["force", "resume"])]
    pub calibrate: bool,
    /// Go on from the checkpoint in the folder.
    #[arg(long)]
    pub resume: bool,
    /// Full learning rate.
    #[arg(long)]
    pub lr: Option<f64>,
    /// Texts in a batch.
    #[arg(long, value_parser = at_least_one)]
    pub batch: Option<usize>,
    /// Loss against the candidates.
    #[arg(long, value_enum)]
    pub loss: Option<LossName>,
    /// Weight of the loss against the candidates.
    #[arg(long)]
    pub candidate_weight: Option<f64>,
    /// Weight of the contrastive loss between examples.
    #[arg(long)]
    pub contrastive_weight: Option<f64>,
    /// Train a LoRA adapter of this rank instead of all layers; it is merged at the end.
    #[arg(long)]
    pub lora: Option<usize>,
    /// Seed of the order of the texts.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl TrainArgs {
    pub(super) fn config(&self, defaults: TrainConfig) -> TrainConfig {
        TrainConfig {
            epochs: self.epochs.unwrap_or(defaults.epochs),
            batch: self.batch.unwrap_or(defaults.batch),
            lr: self.lr.unwrap_or(if self.lora.is_some() {
                1e-3
            } else {
                defaults.lr
            }),
            loss: self.loss.map_or(defaults.loss, Loss::from),
            candidate_weight: self.candidate_weight.unwrap_or(defaults.candidate_weight),
            contrastive_weight: self
                .contrastive_weight
                .unwrap_or(defaults.contrastive_weight),
            seed: self.seed,
            ..defaults
        }
    }
}

/// Settings that were found best for a role (docs/evaluation.md).
pub(super) fn defaults(role: Role) -> TrainConfig {
    match role {
        Role::Answer => TrainConfig {
            epochs: 3,
            candidate_weight: 40.,
            ..TrainConfig::default()
        },
        Role::Next => TrainConfig {
            epochs: 4,
            batch: 32,
            contrastive_weight: 0.,
            ..TrainConfig::default()
        },
    }
}

/// Trains, exports, calibrates and evaluates; evaluates only where a model stands already.
///
/// # Errors
/// When data or model cannot be read, the training is stopped, or the result cannot be written.
pub fn run(args: &TrainArgs, role: Role, context: &Context, stop: &Arc<AtomicBool>) -> Result<()> {
    if args.calibrate {
        if role != Role::Answer {
            bail!(BadInput("only role `answer` is calibrated".to_owned()));
        }
        let pack = context.pack(args.pack.as_deref())?;
        write_calibration(&args.out, context, &pack, |_| true)?;
        return eval::run(&args.as_eval(role), context);
    }
    let finished = args.out.join("config.json").is_file();
    if finished && !args.force {
        writeln!(io::stdout(), "{}", context.messages.get("train.exists"))?;
        return eval::run(&args.as_eval(role), context);
    }
    let pack = context.pack(args.pack.as_deref())?;
    let data = load_data(args, role, &pack, context)?;
    let store = context.models();
    let files = store.role("base", args.base.as_deref())?;
    let shared_base = args.base.is_none().then_some("base");
    let config = args.config(defaults(role));
    let precision = args.precision();
    let fitted = Fit {
        files: &files,
        shared_base,
        role: role.name(),
        out: &args.out,
        resume: args.resume,
    };
    fitted.run(&data, &config, precision, context, stop)?;
    if role == Role::Answer {
        write_calibration(&args.out, context, &pack, |_| true)?;
    }
    writeln!(
        io::stdout(),
        "{}",
        context
            .messages
            .fill("train.done", &[("folder", &args.out.display())])
    )?;
    if args.pairs.is_none() && args.rows.is_none() {
        eval::run(&args.as_eval(role), context)?;
    }
    Ok(())
}

impl TrainArgs {
    pub(super) fn precision(&self) -> Precision {
        match self.lora {
            Some(rank) => Precision::Lora { rank, from: 0 },
            None => Precision::Trainable,
        }
    }

    fn as_eval(&self, role: Role) -> eval::EvalArgs {
        eval::EvalArgs {
            role,
            pack: self.pack.clone(),
            pairs: self.pairs.clone(),
            rows: self.rows.clone(),
            split: eval::SplitName::All,
            model: Some(self.out.clone()),
            json: false,
            leave_topics_out: false,
            folds: 3,
            epochs: None,
        }
    }
}

/// One training from files to files.
pub(super) struct Fit<'a> {
    pub files: &'a ModelFiles,
    pub shared_base: Option<&'a str>,
    pub role: &'static str,
    pub out: &'a Path,
    pub resume: bool,
}

impl Fit<'_> {
    pub(super) fn run(
        &self,
        data: &TrainData,
        config: &TrainConfig,
        precision: Precision,
        context: &Context,
        stop: &Arc<AtomicBool>,
    ) -> Result<()> {
        let base = context.models().base_of(self.files)?;
        let encoder = Encoder::load(self.files, base.as_ref(), precision)?;
        say_start(
            context,
            data.inputs.len(),
            data.candidates.len(),
            config.epochs,
        )?;
        let run = Run {
            folder: self.out.to_owned(),
            resume: self.resume,
        };
        let mut progress = Progress::new(data, stop.clone());
        train(&encoder, data, config, &run, &mut progress)?;
        progress.bar.finish_and_clear();
        let origin = Origin {
            files: self.files,
            shared_base: self.shared_base,
            role: self.role,
        };
        export(&encoder, &origin, self.out).wrap_err("the trained model was not saved")
    }
}

/// Calibrates the judge of a model folder and writes `calibration.json` beside it, and the embeddings
/// of examples that the folder lacks, for a quick start.
pub(super) fn write_calibration(
    folder: &Path,
    context: &Context,
    pack: &Pack,
    include: impl Fn(&Topic) -> bool,
) -> Result<()> {
    let before = ModelFiles::read(folder)?;
    let files = before.uncalibrated();
    let base = context.models().base_of(&files)?;
    let mut judge = Judge::load(&files, base.as_ref(), None)?;
    let calibration = calibrate(&mut judge, pack, include)?;
    let json = serde_json::to_vec_pretty(&calibration)?;
    crate::fs::write_atomic(&folder.join("calibration.json"), &json)?;
    if let Some(file) = judge.example_file(pack, &before)? {
        file.write(folder)?;
    }
    Ok(())
}

fn load_data(args: &TrainArgs, role: Role, pack: &Pack, context: &Context) -> Result<TrainData> {
    if let Some(path) = &args.pairs {
        let read = read_pairs(path, role.pairs())?;
        eval::report_skipped(context, read.skipped);
        return Ok(pairs_data(&read.rows));
    }
    if let Some(path) = &args.rows {
        let read = read_interview_rows(path, role.rows())?;
        eval::report_skipped(context, read.skipped);
        let rows: Vec<_> = read
            .rows
            .into_iter()
            .filter(|row| row.split == Split::Train)
            .collect();
        if rows.is_empty() {
            bail!(BadInput(format!(
                "{}: no row has data_type `train`; mark those to learn from",
                path.display()
            )));
        }
        return Ok(rows_data(pack, &rows, role == Role::Next));
    }
    Ok(match role {
        Role::Answer => answer_data(pack, |_| true),
        Role::Next => next_data(pack, &next_rows(pack, args.seed, false)),
    })
}

/// A progress bar with ETA, and a figure per epoch on a sample of the texts.
struct Progress {
    bar: ProgressBar,
    sample: TrainData,
    stop: Arc<AtomicBool>,
}

/// Texts of the sample.
const SAMPLE: usize = 120;

impl Progress {
    fn new(data: &TrainData, stop: Arc<AtomicBool>) -> Self {
        let stride = (data.inputs.len() / SAMPLE).max(1);
        let kept: Vec<usize> = (0..data.inputs.len()).step_by(stride).collect();
        Self {
            bar: training_bar(),
            sample: TrainData {
                inputs: kept.iter().map(|i| data.inputs[*i].clone()).collect(),
                candidates: data.candidates.clone(),
                similarity: data.similarity_rows(&kept),
                groups: Vec::new(),
                drawn: None,
            },
            stop,
        }
    }
}

/// Says how much will be learned.
pub(super) fn say_start(
    context: &Context,
    texts: usize,
    candidates: usize,
    epochs: usize,
) -> io::Result<()> {
    let figures: [(&str, &dyn std::fmt::Display); 3] = [
        ("texts", &texts),
        ("candidates", &candidates),
        ("epochs", &epochs),
    ];
    let start = context.messages.fill("train.start", &figures);
    writeln!(io::stdout(), "{start}")
}

/// A progress bar with ETA.
pub(super) fn training_bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {elapsed} < {eta}  {msg}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

/// Shows a step on a bar.
pub(super) fn draw(step: &Step, bar: &ProgressBar) {
    bar.set_length(step.total as u64);
    bar.set_position(step.step as u64 + 1);
    let Step {
        epoch,
        loss,
        gradient_norm,
        lr,
        ..
    } = step;
    bar.set_message(format!(
        "epoch {}  loss {loss:.4}  |g| {gradient_norm:.2}  lr {lr:.1e}",
        epoch + 1
    ));
}

impl Observer<Encoder> for Progress {
    fn step(&mut self, step: &Step) -> bool {
        draw(step, &self.bar);
        !self.stop.load(Ordering::Relaxed)
    }

    fn epoch(
        &mut self,
        epoch: usize,
        encoder: &Encoder,
    ) -> Result<Vec<(&'static str, f64)>, EncoderError> {
        if self.sample.candidates.is_empty() {
            return Ok(Vec::new());
        }
        let figures = pair_figures(encoder, &self.sample, "sample")?;
        let line = format!(
            "epoch {}: train accuracy {:.3}, mean_diff {:.3}, mse {:.4}",
            epoch + 1,
            figures.accuracy,
            figures.mean_diff,
            figures.mse
        );
        self.bar.suspend(|| eprintln!("{line}"));
        Ok(vec![
            ("train_accuracy", figures.accuracy),
            ("train_mean_diff", figures.mean_diff),
            ("train_mse", figures.mse),
            ("train_corr", figures.corr),
        ])
    }
}
