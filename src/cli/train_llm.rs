//! `ohlora train llm`: teaches a language model the interviewer's replies, or a head of the companion.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use color_eyre::eyre::{Result, WrapErr};
use indicatif::{ProgressBar, ProgressStyle};

use super::context::Context;
use super::models::Kind;
use super::{BadInput, at_least_one, eval, mind};
use crate::content::csv::{
    CompanionRow, InterviewRow, RowRole, Split, read_companion_rows, read_dialogue,
    read_interview_rows,
};
use crate::decoder::train::{
    Example, SftConfig, SftData, SftObserver, SftRun, SftStep, export_adapter, export_model,
    loss_of, train,
};
use crate::decoder::{
    Decoder, DecoderError, GenerateOptions, KvCache, LoraConfig, ModelFiles, Precision, Sampling,
};
use crate::engine::companion;
use crate::engine::prompt::{END, PromptStyle, Turn};
use crate::engine::question_check::QuestionCheck;
use crate::engine::voice::QUESTIONS;

/// What a language model says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Head {
    /// The interviewer's replies.
    Interviewer,
    /// The companion's replies.
    #[value(name = "output_message")]
    OutputMessage,
    /// The exchange in short.
    Summary,
    /// What is worth remembering.
    Memory,
    /// Her face.
    #[value(name = "eyes_mouth_pose")]
    EyesMouthPose,
}

impl Head {
    /// The companion's head; none for the interviewer.
    pub(super) fn companion(self) -> Option<companion::Head> {
        match self {
            Self::Interviewer => None,
            Self::OutputMessage => Some(companion::Head::Reply),
            Self::Summary => Some(companion::Head::Summary),
            Self::Memory => Some(companion::Head::Memory),
            Self::EyesMouthPose => Some(companion::Head::Expression),
        }
    }
}

/// Arguments of `train llm`.
#[derive(Debug, Args)]
pub struct TrainLlmArgs {
    /// What it learns to say.
    #[arg(long, value_enum)]
    pub head: Head,
    /// CSV of interview rows, or a folder of such files; for a head of the companion, a CSV of its rows.
    #[arg(long, required_unless_present = "calibrate")]
    pub rows: Option<PathBuf>,
    /// The model to start from: a folder, or a name in a folder of models.
    #[arg(long, required_unless_present = "calibrate")]
    pub model: Option<PathBuf>,
    /// Folder of what is trained.
    #[arg(long)]
    pub out: PathBuf,
    /// Passes over the rows.
    #[arg(long, value_parser = at_least_one)]
    pub epochs: Option<usize>,
    /// Train every weight instead of an adapter.
    #[arg(long)]
    pub full: bool,
    /// Rank of the adapter.
    #[arg(long, default_value_t = 64, value_parser = at_least_one)]
    pub rank: usize,
    /// The adapter's output is multiplied by alpha / rank.
    #[arg(long, default_value_t = 16.)]
    pub alpha: f64,
    /// Share of the adapter's inputs left out in training.
    #[arg(long, default_value_t = 0.05)]
    pub dropout: f32,
    /// Hold the frozen model in blocks while its adapter is trained: slower, in less memory.
    #[arg(long, value_enum, conflicts_with = "full")]
    pub quantize: Option<Kind>,
    /// Layers that get an adapter, by the last part of their names; all by default.
    #[arg(long, value_delimiter = ',')]
    pub targets: Vec<String>,
    /// Rows that go through the model at once.
    #[arg(long, value_parser = at_least_one)]
    pub batch: Option<usize>,
    /// Batches whose gradients make one step.
    #[arg(long, value_parser = at_least_one)]
    pub accumulate: Option<usize>,
    /// Full learning rate.
    #[arg(long)]
    pub lr: Option<f64>,
    /// Prompts that are answered after each epoch.
    #[arg(long, default_value_t = 3)]
    pub samples: usize,
    /// Words that may stand for one another, a line each; for the replies of the companion some are
    /// swapped in what is read, never in what is said.
    #[arg(long)]
    pub synonyms: Option<PathBuf>,
    /// Seed of the order of the rows.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Go on from the checkpoint in the folder.
    #[arg(long)]
    pub resume: bool,
    /// Train even if the folder holds a model.
    #[arg(long)]
    pub force: bool,
    /// Train nothing: renew what goes with the model in the folder after an edit of the pack.
    #[arg(long, conflicts_with_all = ["rows", "model"])]
    pub calibrate: bool,
}

impl TrainLlmArgs {
    fn config(&self) -> SftConfig {
        let defaults = if self.full {
            SftConfig {
                epochs: 20,
                batch: 8,
                accumulate: 1,
                lr: 1e-3,
                weight_decay: 0.05,
                ..SftConfig::default()
            }
        } else {
            SftConfig::default()
        };
        SftConfig {
            epochs: self.epochs.unwrap_or(defaults.epochs),
            batch: self.batch.unwrap_or(defaults.batch),
            accumulate: self.accumulate.unwrap_or(defaults.accumulate),
            lr: self.lr.unwrap_or(defaults.lr),
            seed: self.seed,
            ..defaults
        }
    }

    fn lora(&self) -> LoraConfig {
        LoraConfig {
            rank: self.rank,
            alpha: self.alpha,
            dropout: self.dropout,
            targets: self.targets.clone(),
        }
    }
}

/// Trains and writes a model or an adapter; refuses where one stands already.
///
/// # Errors
/// When rows or model cannot be read, the training is stopped, or the result cannot be written.
pub fn run(args: &TrainLlmArgs, context: &Context, stop: &Arc<AtomicBool>) -> Result<()> {
    let (Some(rows), Some(model)) = (&args.rows, &args.model) else {
        return match args.head.companion() {
            Some(_) => mind::write_embeddings(&args.out, context),
            None => write_questions(&args.out, context),
        };
    };
    let written = ["model.safetensors", "adapter_model.safetensors"];
    if !args.force && written.iter().any(|name| args.out.join(name).exists()) {
        return Err(BadInput(
            context
                .messages
                .fill("train.llm_exists", &[("folder", &args.out.display())]),
        )
        .into());
    }
    let lora = args.lora();
    let precision = match (args.full, args.quantize) {
        (true, _) => Precision::Trainable,
        (false, None) => Precision::Lora(lora.clone()),
        (false, Some(kind)) => Precision::QLora {
            kind: kind.blocks().0,
            lora: lora.clone(),
        },
    };
    let folder = model_folder(model, context);
    let files = ModelFiles::at(&folder);
    let decoder = Decoder::load(&files, None, &precision)?;
    let lessons = match args.head.companion() {
        Some(head) => companion_lessons(head, rows, args, &decoder, context)?,
        None => {
            let style = PromptStyle::of(&files)?;
            let rows = read_rows(rows, context)?;
            let lessons = rows.iter().map(|row| lesson(row, &decoder, style));
            lessons.collect::<Result<Vec<_>, _>>()?
        }
    };
    let end = args.head.companion().map_or(END, companion::Head::end);
    let mut progress = Progress::new(&lessons, args.samples, end, stop.clone());
    let (learned, held_out): (Vec<_>, Vec<_>) = lessons
        .into_iter()
        .partition(|lesson| lesson.split == Split::Train);
    let examples = |lessons: Vec<Lesson>| -> Vec<Example> {
        lessons.into_iter().map(|lesson| lesson.example).collect()
    };
    let (learned, held_out) = (examples(learned), examples(held_out));
    let (config, data) = (args.config(), SftData { examples: learned });
    writeln!(
        io::stdout(),
        "{}",
        context.messages.fill(
            "train.llm_start",
            &[
                ("rows", &data.examples.len()),
                ("held_out", &held_out.len()),
                ("epochs", &config.epochs),
            ],
        )
    )?;
    let run = SftRun {
        folder: args.out.clone(),
        model: format!("{precision:?}"),
        resume: args.resume,
    };
    progress.held_out = held_out;
    train(&decoder, &data, &config, &run, &mut progress)?;
    progress.bar.finish_and_clear();
    let saved = match args.full {
        true => export_model(&decoder, &files, &args.out),
        false => export_adapter(&decoder, &lora, &folder.to_string_lossy(), &args.out),
    };
    saved.wrap_err("the trained model was not saved")?;
    if args.full && args.head == Head::Interviewer {
        write_questions(&args.out, context)
            .wrap_err("the model is there, but not questions.emb")?;
    }
    let folder = args.out.display();
    let done = context.messages.fill("train.done", &[("folder", &folder)]);
    Ok(writeln!(io::stdout(), "{done}")?)
}

/// What checks the model's questions, so that nothing has to be embedded at its first start.
fn write_questions(out: &Path, context: &Context) -> Result<()> {
    let pack = context.pack(None)?;
    let rows = read_dialogue(&context.pack_location(None), &pack)?;
    let base = context.models().find("base")?;
    let bytes = QuestionCheck::embeddings(&base, &pack, &rows)?;
    Ok(crate::fs::write_atomic(&out.join(QUESTIONS), &bytes)?)
}

/// The rows of a file, or of every CSV file of a folder in the order of their names.
pub(super) fn read_rows(path: &Path, context: &Context) -> Result<Vec<InterviewRow>> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path)?;
        files = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<_>>>()?;
        files.retain(|file| file.extension().is_some_and(|ending| ending == "csv"));
        files.sort();
    }
    let mut rows = Vec::new();
    for file in files {
        let read = read_interview_rows(&file, RowRole::Reply)?;
        eval::report_skipped(context, read.skipped);
        rows.extend(read.rows);
    }
    Ok(rows)
}

/// The folder of a model: one that is named, or of this name among the models.
pub(super) fn model_folder(named: &Path, context: &Context) -> PathBuf {
    if named.exists() {
        return named.to_owned();
    }
    let mut folders = context
        .models()
        .folders
        .into_iter()
        .map(|folder| folder.join(named));
    let found = folders.find(|folder| folder.join("config.json").is_file());
    found.unwrap_or_else(|| named.to_owned())
}

/// A row to learn from, or to measure with.
struct Lesson {
    split: Split,
    prompt: String,
    example: Example,
}

fn lesson(
    row: &InterviewRow,
    decoder: &Decoder,
    style: PromptStyle,
) -> Result<Lesson, DecoderError> {
    let prompt = Turn::from(row).prompt(style);
    let reply = format!("{} {END}", row.reply);
    Ok(Lesson {
        split: row.split,
        example: Example::new(&decoder.tokenizer, &prompt, &reply)?,
        prompt,
    })
}

fn companion_lessons(
    head: companion::Head,
    path: &Path,
    args: &TrainLlmArgs,
    decoder: &Decoder,
    context: &Context,
) -> Result<Vec<Lesson>> {
    let read = read_companion_rows(path, head.needs())?;
    eval::report_skipped(context, read.skipped);
    let mut rows = read.rows;
    if let (companion::Head::Reply, Some(path)) = (head, &args.synonyms) {
        let text = std::fs::read_to_string(path)
            .wrap_err_with(|| format!("{} cannot be read", path.display()))?;
        let synonyms = companion::Synonyms::parse(&text);
        let said = synonyms.augment(&rows, args.seed);
        rows.extend(said);
    }
    let lesson = |row: &CompanionRow| -> Result<Lesson, DecoderError> {
        Ok(Lesson {
            split: row.split,
            prompt: head.prompt(row),
            example: head.example(row, &decoder.tokenizer)?,
        })
    };
    // A message stands there once for each reply, and so on: what is read and said is learned once.
    let mut seen = HashSet::new();
    rows.retain(|row| seen.insert((head.prompt(row), head.target(row).to_owned())));
    Ok(rows.iter().map(lesson).collect::<Result<_, _>>()?)
}

/// Held-out rows that are measured at once.
const HELD_OUT_BATCH: usize = 8;

/// A progress bar with ETA; after each epoch a few replies, and the loss on held-out rows.
struct Progress {
    bar: ProgressBar,
    prompts: Vec<String>,
    end: String,
    held_out: Vec<Example>,
    norms: f64,
    accuracy: f64,
    steps: f64,
    lr: f64,
    stop: Arc<AtomicBool>,
}

impl Progress {
    fn new(lessons: &[Lesson], samples: usize, end: &str, stop: Arc<AtomicBool>) -> Self {
        let bar = ProgressBar::new(0);
        let style_of_bar =
            ProgressStyle::with_template("{bar:30} {pos}/{len}  {elapsed} < {eta}  {msg}");
        if let Ok(style) = style_of_bar {
            bar.set_style(style);
        }
        let held: Vec<&Lesson> = lessons.iter().filter(|l| l.split == Split::Valid).collect();
        let all: Vec<&Lesson> = lessons.iter().collect();
        let from = if held.is_empty() { all } else { held };
        let stride = (from.len() / samples.max(1)).max(1);
        let chosen = from.iter().step_by(stride).take(samples);
        Self {
            bar,
            prompts: chosen.map(|lesson| lesson.prompt.clone()).collect(),
            end: end.to_owned(),
            held_out: Vec::new(),
            norms: 0.,
            accuracy: 0.,
            steps: 0.,
            lr: 0.,
            stop,
        }
    }

    fn held_out(&self, decoder: &Decoder) -> Result<Option<(f64, f64)>, DecoderError> {
        let (mut loss, mut right) = (0., 0.);
        for batch in self.held_out.chunks(HELD_OUT_BATCH) {
            let examples: Vec<&Example> = batch.iter().collect();
            let (mean, accuracy) = loss_of(decoder, &examples)?;
            let share = batch.len() as f64 / self.held_out.len() as f64;
            loss += f64::from(mean.to_scalar::<f32>()?) * share;
            right += f64::from(accuracy) * share;
        }
        Ok((!self.held_out.is_empty()).then_some((loss, right)))
    }
}

impl SftObserver for Progress {
    fn step(&mut self, step: &SftStep) -> bool {
        self.bar.set_length(step.total as u64);
        self.bar.set_position(step.step as u64 + 1);
        self.bar.set_message(format!(
            "epoch {}  loss {:.3}  right {:.2}  |g| {:.2}  lr {:.1e}",
            step.epoch + 1,
            step.loss,
            step.token_accuracy,
            step.gradient_norm,
            step.lr
        ));
        self.norms += f64::from(step.gradient_norm);
        self.accuracy += f64::from(step.token_accuracy);
        self.steps += 1.;
        self.lr = step.lr;
        !self.stop.load(Ordering::Relaxed)
    }

    fn epoch(
        &mut self,
        epoch: usize,
        decoder: &Decoder,
    ) -> Result<Vec<(&'static str, f64)>, DecoderError> {
        let steps = self.steps.max(1.);
        let mut figures = vec![
            ("token_accuracy", self.accuracy / steps),
            ("gradient_norm", self.norms / steps),
            ("lr", self.lr),
        ];
        (self.norms, self.accuracy, self.steps) = (0., 0., 0.);
        if let Some((loss, right)) = self.held_out(decoder)? {
            figures.extend([("held_out_loss", loss), ("held_out_accuracy", right)]);
            let line = format!("epoch {}: held out {loss:.3}, right {right:.3}", epoch + 1);
            self.bar.suspend(|| eprintln!("{line}"));
        }
        let options = GenerateOptions {
            max_tokens: 128,
            sampling: Sampling {
                temperature: 0.6,
                ..Sampling::default()
            },
            stop: vec![self.end.clone()],
        };
        for prompt in &self.prompts {
            let ids = decoder.tokenizer.encode(prompt, true)?;
            let said = decoder.generate(&ids, &options, &mut KvCache::new(), &mut |_| true)?;
            self.bar
                .suspend(|| eprintln!("  {prompt}\n    {}", said.text));
        }
        Ok(figures)
    }
}
