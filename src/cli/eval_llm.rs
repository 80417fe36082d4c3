//! `ohlora eval llm`: how often a language model says something that may be said, and how varied.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use color_eyre::eyre::{Result, eyre};

use super::context::Context;
use super::train_llm::{Head, model_folder, read_rows};
use super::{mind, voice};
use crate::content::TopicKind;
use crate::content::csv::{Split, read_companion_rows};
use crate::engine::companion;
use crate::engine::companion::measure::{self, Judge};
use crate::engine::replies::{ReplyFigures, Sampled, measure};
use crate::engine::voice::TEMPERATURE;
use crate::fs::write_atomic;

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
    /// Name of the model, or its folder; for a head of the companion also the folder of its adapter,
    /// or `companion` for all that the program answers with.
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

/// Samples, checks and prints.
///
/// # Errors
/// When rows or model cannot be read.
pub fn run(args: &EvalLlmArgs, context: &Context) -> Result<()> {
    if let Some(head) = args.head.companion() {
        return companion(args, head, context);
    }
    let pack = context.pack(None)?;
    let location = context.pack_location(None);
    let load = voice::loader(&args.model, &location, &pack, context)?;
    let rows = read_rows(&args.rows, context)?;
    let (held, learned): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.split == Split::Valid);
    let asked = if held.is_empty() { &learned } else { &held };
    let mut voice = load().map_err(|reason| eyre!(reason))?;
    let language = &pack.file.language;
    let (samples, temperature) = (args.samples, args.temperature);
    let (figures, said) = measure(&mut voice, language, asked, &learned, samples, temperature)?;
    let mut out = io::stdout().lock();
    for (name, value) in lines(&figures) {
        writeln!(out, "{name:<22} {value}")?;
    }
    if let Some(path) = &args.table {
        write_atomic(path, table(&said).as_bytes())?;
    }
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&figures)?)?;
    }
    Ok(())
}

/// What the companion's heads make of the rows.
fn companion(args: &EvalLlmArgs, head: companion::Head, context: &Context) -> Result<()> {
    let read = read_companion_rows(&args.rows, head.needs())?;
    let (held, learned): (Vec<_>, Vec<_>) = read
        .rows
        .into_iter()
        .partition(|row| row.split == Split::Valid);
    let rows = if held.is_empty() { &learned } else { &held };
    let mut figures = if args.model == "companion" {
        let mut mind = mind::load(context, 1)?;
        let figures = measure::measure(&mut Judge::Mind(&mut mind), head, rows)?;
        if head == companion::Head::Reply {
            let pack = context.pack(None)?;
            let asked = pack
                .topics
                .iter()
                .filter(|topic| topic.kind == TopicKind::Question);
            let answers = asked.flat_map(|topic| &topic.answers);
            let texts = answers.flat_map(|answer| answer.examples.iter().take(6));
            let texts: Vec<&str> = texts.map(String::as_str).collect();
            let scores = measure::nearest_to(&mind, &texts)?;
            let near = companion::mind::NEAR;
            let off = scores.iter().filter(|score| **score < near).count() as f64;
            let (n, p95) = (scores.len(), scores.get(scores.len() * 95 / 100));
            let p95 = p95.copied().unwrap_or_default();
            let off = 100. * off / n.max(1) as f64;
            let line = format!("{off:.2} % of {n}; 95 % of them are below {p95:.3}");
            writeln!(io::stdout(), "{:<22} {line}", "unrelated_refused")?;
        }
        figures
    } else {
        let base = model_folder(Path::new("nano"), context);
        let adapter = crate::decoder::ModelFiles::at(Path::new(&args.model));
        let mut heads = companion::SharedHeads::load(
            &crate::decoder::ModelFiles::at(&base),
            vec![(head, adapter)],
            &super::mind::EIGHT_BITS,
        )?;
        let keys = context.talk(None)?.keys();
        let sayable: HashSet<char> = rows
            .iter()
            .flat_map(|row| row.input.chars())
            .chain(keys.iter().flat_map(|key| key.chars()))
            .chain("[]: ".chars())
            .filter(|character| heads.can_say(*character))
            .collect();
        let can_say = |character: char| sayable.contains(&character);
        measure::measure(&mut Judge::Head(&mut heads, &keys, &can_say), head, rows)?
    };
    let mut out = io::stdout().lock();
    let percent = |share: f64| format!("{:.2} %", 100. * share);
    let mut lines = vec![
        ("rows", figures.n.to_string()),
        ("valid", percent(figures.valid)),
    ];
    let names = ["eyes", "mouth", "pose", "all_three"];
    let labels = figures.labels.into_iter().flatten();
    lines.extend(names.into_iter().zip(labels.map(percent)));
    let names = ["key_precision", "key_recall", "key_f1", "item_f1"];
    let keys = figures.keys.into_iter().flatten();
    lines.extend(names.into_iter().zip(keys.map(percent)));
    lines.extend(figures.answered.map(|share| ("answered", percent(share))));
    lines.push((
        "ms",
        format!("{:.1}, at most {:.1}", figures.ms, figures.longest_ms),
    ));
    for (name, value) in lines {
        writeln!(out, "{name:<22} {value}")?;
    }
    if let Some(path) = &args.table {
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let mut table = String::from("| read | said | wanted |\n|---|---|---|\n");
        for [read, said, wanted] in std::mem::take(&mut figures.said) {
            table += &format!(
                "| {} | {} | {} |\n",
                cell(&read),
                cell(&said),
                cell(&wanted)
            );
        }
        write_atomic(path, table.as_bytes())?;
    }
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&figures)?)?;
    }
    Ok(())
}

/// Markdown, a row for each reply.
fn table(said: &[Sampled]) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    let mut table = String::from("| prompt | reply | |\n|---|---|---|\n");
    for Sampled { row, text, fault } in said {
        let asked = format!("{} · {} → {}", row.situation, row.input, row.next);
        let verdict = fault.map(|fault| fault.to_string()).unwrap_or_default();
        table += &format!("| {} | {} | {verdict} |\n", cell(&asked), cell(text));
    }
    table
}

fn lines(figures: &ReplyFigures) -> [(&'static str, String); 10] {
    let percent = |share: f64| format!("{:.2} %", 100. * share);
    let number = |value: f64, digits: usize| format!("{value:.digits$}");
    [
        ("prompts", figures.prompts.to_string()),
        ("replies", figures.samples.to_string()),
        ("well_formed", percent(figures.well_formed)),
        ("on_topic", percent(figures.on_topic)),
        ("copied", percent(figures.copied)),
        ("distinct", number(figures.distinct, 2)),
        ("three_distinct", percent(figures.three_distinct)),
        ("fallback", percent(figures.fallback)),
        ("seconds_per_reply", number(figures.seconds_per_reply, 2)),
        ("tokens_per_reply", number(figures.tokens_per_reply, 1)),
    ]
}
