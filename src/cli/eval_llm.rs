//! `ohlora eval llm`: how often a language model says something that may be said, and how varied.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use color_eyre::eyre::Result;
use serde::Serialize;

use super::BadInput;
use super::context::Context;
use super::train_llm::{Head, read_rows};
use crate::content::csv::{InterviewRow, Split};
use crate::decoder::{KvCache, ModelFiles};
use crate::engine::prompt::Turn;
use crate::engine::voice::{TEMPERATURE, Voice};
use crate::fs::write_atomic;
use crate::interview::Fault;

/// Arguments of `eval llm`.
#[derive(Debug, Args)]
pub struct EvalLlmArgs {
    /// What it says.
    #[arg(long, value_enum)]
    pub head: Head,
    /// CSV of interview rows, or a folder of such files; those marked `valid/test` are answered, and
    /// all of them where none is.
    #[arg(long)]
    pub rows: PathBuf,
    /// Name of the model, or its folder.
    #[arg(long)]
    pub model: String,
    /// Replies to each prompt.
    #[arg(long, default_value_t = 4)]
    pub samples: u64,
    /// Sampling temperature.
    #[arg(long, default_value_t = TEMPERATURE)]
    pub temperature: f32,
    /// Where to write a Markdown table of all replies, for people to judge.
    #[arg(long)]
    pub table: Option<PathBuf>,
    /// End with one line of JSON.
    #[arg(long)]
    pub json: bool,
}

/// What was measured.
#[derive(Debug, Default, Serialize)]
struct Spoken {
    role: &'static str,
    prompts: usize,
    samples: usize,
    /// Share of replies that pass the checks of a reply.
    well_formed: f64,
    /// Share of the well-formed that ask about the selected topic.
    on_topic: f64,
    /// Share of replies that stand word for word in a training row.
    copied: f64,
    /// Mean number of different replies to a prompt.
    distinct: f64,
    /// Share of prompts with at least three different replies.
    three_distinct: f64,
    /// Share of prompts to which no sample passes: the authored words would stand in.
    fallback: f64,
    seconds_per_reply: f64,
    tokens_per_reply: f64,
}

/// Samples, checks and prints.
///
/// # Errors
/// When rows or model cannot be read.
pub fn run(args: &EvalLlmArgs, context: &Context) -> Result<()> {
    let pack = context.pack(None)?;
    let models = context.models();
    let folder = PathBuf::from(&args.model);
    let files = match folder.is_dir() {
        true => ModelFiles::at(&folder),
        false => models.language_model(&args.model).ok_or_else(|| {
            let values: [(&str, &dyn std::fmt::Display); 1] = [("writer", &args.model)];
            BadInput(context.messages.fill("cli.unknown_writer", &values))
        })?,
    };
    let rows = read_rows(&args.rows, context)?;
    let (held, learned): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.split == Split::Valid);
    let asked = if held.is_empty() { &learned } else { &held };
    let (base, cache) = (models.find("base")?, Some(context.embedding_cache()));
    let voice = Voice::load(&files, &base, cache, &pack, &learned)?;
    let known: HashSet<&str> = learned.iter().map(|row| row.reply.as_str()).collect();
    let mut sums = Spoken {
        role: "interviewer",
        prompts: asked.len(),
        ..Spoken::default()
    };
    let mut table = String::from("| prompt | reply | |\n|---|---|---|\n");
    let mut cache = KvCache::new();
    for (index, row) in asked.iter().enumerate() {
        let prompt = Turn::from(row).prompt(voice.style);
        let mut replies = HashSet::new();
        let mut passed = false;
        for sample in 0..args.samples {
            let seed = index as u64 * args.samples + sample + 1;
            let started = Instant::now();
            let said = voice.say(&prompt, args.temperature, seed, &mut cache, &mut |_| true)?;
            sums.seconds_per_reply += started.elapsed().as_secs_f64();
            sums.tokens_per_reply += said.ids.len() as f64;
            sums.samples += 1;
            let fault = voice.fault(&said, &row.next, &pack.file.language);
            sums.well_formed += share(matches!(fault, None | Some(Fault::OffTopic)));
            sums.on_topic += share(fault.is_none());
            passed |= fault.is_none();
            let verdict = fault.map(|fault| fault.to_string()).unwrap_or_default();
            let text = said.text;
            sums.copied += share(known.contains(text.as_str()));
            table += &table_row(row, &text, &verdict);
            replies.insert(text);
        }
        sums.distinct += replies.len() as f64;
        sums.three_distinct += share(replies.len() >= 3);
        sums.fallback += share(!passed);
    }
    let figures = sums.mean();
    let mut out = io::stdout().lock();
    for (name, value) in figures.rows() {
        writeln!(out, "{name:<22} {value}")?;
    }
    if let Some(path) = &args.table {
        write_atomic(path, table.as_bytes())?;
    }
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&figures)?)?;
    }
    Ok(())
}

/// What one of many adds to their share.
fn share(is: bool) -> f64 {
    f64::from(u8::from(is))
}

fn table_row(row: &InterviewRow, text: &str, verdict: &str) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    let asked = format!("{} · {} → {}", row.situation, row.input, row.next);
    format!("| {} | {} | {verdict} |\n", cell(&asked), cell(text))
}

impl Spoken {
    fn mean(mut self) -> Self {
        let samples = self.samples.max(1) as f64;
        let prompts = self.prompts.max(1) as f64;
        self.on_topic /= self.well_formed.max(1.);
        for sum in [
            &mut self.well_formed,
            &mut self.copied,
            &mut self.seconds_per_reply,
            &mut self.tokens_per_reply,
        ] {
            *sum /= samples;
        }
        for sum in [
            &mut self.distinct,
            &mut self.three_distinct,
            &mut self.fallback,
        ] {
            *sum /= prompts;
        }
        self
    }

    fn rows(&self) -> [(&'static str, String); 10] {
        let percent = |share: f64| format!("{:.2} %", 100. * share);
        [
            ("prompts", self.prompts.to_string()),
            ("replies", self.samples.to_string()),
            ("well_formed", percent(self.well_formed)),
            ("on_topic", percent(self.on_topic)),
            ("copied", percent(self.copied)),
            ("distinct", format!("{:.2}", self.distinct)),
            ("three_distinct", percent(self.three_distinct)),
            ("fallback", percent(self.fallback)),
            (
                "seconds_per_reply",
                format!("{:.2}", self.seconds_per_reply),
            ),
            ("tokens_per_reply", format!("{:.1}", self.tokens_per_reply)),
        ]
    }
}
