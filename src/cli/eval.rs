//! `ohlora eval answer|next`: the five figures, calibration, confusion and the list of wrong answers.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use color_eyre::eyre::Result;

use super::context::Context;
use super::figures;
use super::train::{Fit, Role, defaults, write_calibration};
use super::{BadInput, at_least_one};
use crate::content::csv::{Split, read_interview_rows, read_pairs};
use crate::content::{EvalSet, NO_VARIANT, Pack, TopicKind};
use crate::encoder::train::TrainConfig;
use crate::encoder::{Encoder, ModelFiles, Precision};
use crate::engine::dataset::{answer_data, pairs_data};
use crate::engine::evaluate::{
    Case, Figures, NextCase, eval_cases, judge_cases, pair_figures, row_cases, select_cases,
};
use crate::engine::judge::Judge;
use crate::engine::selector::Selector;
use crate::interview::{FlowDecision, allowed};

/// Which rows of a CSV are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SplitName {
    /// Those marked `train`.
    Train,
    /// Those marked `valid/test`.
    #[value(name = "valid/test", alias = "valid", alias = "test")]
    Valid,
    /// Every row.
    All,
}

/// Arguments of `eval answer` and `eval next`.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// What to evaluate: the name of the subcommand.
    #[arg(skip = Role::Answer)]
    pub role: Role,
    /// Question pack whose examples are compared with.
    #[arg(long)]
    pub pack: Option<PathBuf>,
    /// CSV of input x candidate pairs: the S-BERT alone.
    #[arg(long, conflicts_with = "rows")]
    pub pairs: Option<PathBuf>,
    /// CSV of interview rows: as the interview judges.
    #[arg(long)]
    pub rows: Option<PathBuf>,
    /// Which of the rows.
    #[arg(long, value_enum, default_value = "all")]
    pub split: SplitName,
    /// Folder of the model.
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// End with one line of JSON.
    #[arg(long)]
    pub json: bool,
    /// Train on other topics than those that are judged.
    #[arg(long, conflicts_with = "model")]
    pub leave_topics_out: bool,
    /// Folds of topics for --leave-topics-out.
    #[arg(long, default_value_t = 3, value_parser = fold_count)]
    pub folds: usize,
    /// Epochs for --leave-topics-out.
    #[arg(long, value_parser = at_least_one)]
    pub epochs: Option<usize>,
}

fn fold_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(folds) if folds >= 2 => Ok(folds),
        _ => Err("at least 2 folds are needed".to_owned()),
    }
}

/// Evaluates and prints.
///
/// # Errors
/// When data or model cannot be read.
pub fn run(args: &EvalArgs, context: &Context) -> Result<()> {
    let figures = if let Some(path) = &args.pairs {
        let read = read_pairs(path, args.role.pairs())?;
        report_skipped(context, read.skipped);
        let files = context
            .models()
            .role(args.role.name(), args.model.as_deref())?;
        let base = context.models().base_of(&files)?;
        let encoder = Encoder::load(&files, base.as_ref(), Precision::Int8)?;
        pair_figures(&encoder, &pairs_data(&read.rows), args.role.name())?
    } else {
        let pack = context.pack(args.pack.as_deref())?;
        match args.role {
            Role::Answer if args.leave_topics_out => leave_topics_out(args, context, &pack)?,
            Role::Answer => answer(args, context, &pack)?,
            Role::Next if args.leave_topics_out => {
                return Err(
                    BadInput("--leave-topics-out measures role `answer`".to_owned()).into(),
                );
            }
            Role::Next => next(args, context, &pack)?,
        }
    };
    let mut out = io::stdout().lock();
    figures::write(&mut out, &figures, &context.messages)?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&figures)?)?;
    }
    Ok(())
}

fn answer(args: &EvalArgs, context: &Context, pack: &Pack) -> Result<Figures> {
    let files = context.models().role("answer", args.model.as_deref())?;
    let base = context.models().base_of(&files)?;
    let mut judge = Judge::load(&files, base.as_ref(), Some(context.embedding_cache()))?;
    let (cases, skipped) = cases(args, context, pack)?;
    let mut figures = judge_cases(&mut judge, pack, &cases)?;
    // Embeddings that cannot be kept are computed again the next time.
    if let Err(error) = judge.save_cache() {
        eprintln!("{error}");
    }
    figures.skipped += skipped;
    Ok(figures)
}

/// The cases of the rows, or of the pack's `eval/`.
fn cases(args: &EvalArgs, context: &Context, pack: &Pack) -> Result<(Vec<Case>, usize)> {
    let Some(path) = &args.rows else {
        let eval = EvalSet::load(&context.pack_location(args.pack.as_deref()), pack)?;
        return Ok((eval_cases(&eval), 0));
    };
    let read = read_interview_rows(path, args.role.rows())?;
    report_skipped(context, read.skipped);
    let rows: Vec<_> = read
        .rows
        .into_iter()
        .filter(|row| chosen(args.split, row.split))
        .collect();
    Ok(row_cases(pack, &rows))
}

fn chosen(wanted: SplitName, split: Split) -> bool {
    match wanted {
        SplitName::All => true,
        SplitName::Train => split == Split::Train,
        SplitName::Valid => split == Split::Valid,
    }
}

fn next(args: &EvalArgs, context: &Context, pack: &Pack) -> Result<Figures> {
    let files = context.models().role("next", args.model.as_deref())?;
    let base = context.models().base_of(&files)?;
    let cache = Some(context.embedding_cache());
    let mut selector = Selector::load(&files, base.as_ref(), cache.clone())?;
    let files = context.models().role("answer", None)?;
    let base = context.models().base_of(&files)?;
    let mut judge = Judge::load(&files, base.as_ref(), cache)?;
    let cases: Vec<NextCase> = match &args.rows {
        Some(path) => {
            let read = read_interview_rows(path, args.role.rows())?;
            report_skipped(context, read.skipped);
            read.rows
                .into_iter()
                .filter(|row| chosen(args.split, row.split))
                .map(|row| NextCase {
                    topic: row.topic,
                    message: row.input,
                    remaining: row.remaining,
                    next: row.next,
                })
                .collect()
        }
        None => {
            let eval = EvalSet::load(&context.pack_location(args.pack.as_deref()), pack)?;
            eval_cases(&eval)
                .iter()
                .zip(eval.cases())
                .filter_map(|(case, (_, source))| next_case(pack, case, source.variant.as_deref()))
                .collect()
        }
    };
    Ok(select_cases(&mut judge, &mut selector, pack, &cases)?)
}

/// Where a held-out answer leads when all of its topic's labels were open (in an experience topic,
/// those from the part asked for).
fn next_case(pack: &Pack, case: &Case, variant: Option<&str>) -> Option<NextCase> {
    let (_, topic) = pack.topic(&case.request.topic)?;
    let asked = case.request.asked.as_deref();
    let first = topic
        .labels()
        .position(|label| Some(label) == asked)
        .unwrap_or(0);
    let mut remaining: Vec<String> = topic.labels().skip(first).map(str::to_owned).collect();
    let judged = matches!(topic.kind, TopicKind::Question | TopicKind::Experience);
    if judged {
        remaining.retain(|label| !case.labels.contains(label));
    } else if topic.kind == TopicKind::SmallTalk && !case.labels.is_empty() {
        remaining.clear();
    }
    let intent = case.intent.as_deref();
    let ready =
        intent == Some("ready") || (!case.labels.is_empty() && topic.kind != TopicKind::Greeting);
    let failed_entry = topic.next.iter().any(|next| next.when == "failed");
    let decision = match topic.kind {
        TopicKind::Greeting | TopicKind::Rest | TopicKind::Closing if ready => {
            FlowDecision::Done { variant: None }
        }
        TopicKind::Greeting | TopicKind::Rest | TopicKind::Closing => FlowDecision::Stay,
        _ if intent == Some("skip") => FlowDecision::Failed,
        _ if remaining.is_empty() => FlowDecision::Done {
            variant: Some(variant.unwrap_or(NO_VARIANT)),
        },
        _ if case.labels.is_empty() && failed_entry && intent != Some("term_question") => {
            FlowDecision::Failed
        }
        _ => FlowDecision::Stay,
    };
    let message = match asked {
        Some(asked) => format!("[{asked}] {}", case.request.message),
        None => case.request.message.clone(),
    };
    Some(NextCase {
        topic: topic.title.clone(),
        message,
        next: allowed(pack, topic, &remaining, decision).pop()?,
        remaining,
    })
}

/// Trains on the topics outside each fold, judges the fold's held-out answers from its examples
/// alone, and averages over all answers.
fn leave_topics_out(args: &EvalArgs, context: &Context, pack: &Pack) -> Result<Figures> {
    let (cases, _) = cases(args, context, pack)?;
    let files = context.models().role("base", None)?;
    let config = TrainConfig {
        epochs: args.epochs.unwrap_or(2),
        ..defaults(Role::Answer)
    };
    let fold_of = |title: &str| pack.topic(title).map_or(0, |(place, _)| place % args.folds);
    let mut parts = Vec::new();
    for fold in 0..args.folds {
        let folder = tempfile::tempdir()?;
        let data = answer_data(pack, |topic| fold_of(&topic.title) != fold);
        let fit = Fit {
            files: &files,
            shared_base: Some("base"),
            role: Role::Answer.name(),
            out: folder.path(),
            resume: false,
        };
        fit.run(
            &data,
            &config,
            Precision::Trainable,
            context,
            &Default::default(),
        )?;
        let learned = |topic: &crate::content::Topic| fold_of(&topic.title) != fold;
        write_calibration(folder.path(), context, pack, learned)?;
        let trained = ModelFiles::read(folder.path())?;
        let mut judge = Judge::load(&trained, Some(&files), None)?;
        let held: Vec<Case> = cases
            .iter()
            .filter(|case| fold_of(&case.request.topic) == fold)
            .cloned()
            .collect();
        let figures = judge_cases(&mut judge, pack, &held)?;
        let (fold, accuracy) = (fold + 1, 100. * figures.accuracy);
        let mut out = io::stdout();
        writeln!(out, "fold {fold}: {accuracy:.2} % of {}", figures.n)?;
        parts.push(figures);
    }
    Ok(average(parts))
}

fn average(parts: Vec<Figures>) -> Figures {
    let n: usize = parts.iter().map(|part| part.n).sum();
    let mean = |of: fn(&Figures) -> f64| -> f64 {
        parts
            .iter()
            .map(|part| of(part) * part.n as f64)
            .sum::<f64>()
            / n.max(1) as f64
    };
    Figures {
        role: "answer".to_owned(),
        n,
        accuracy: mean(|f| f.accuracy),
        mean_diff: mean(|f| f.mean_diff),
        mse: mean(|f| f.mse),
        mae: mean(|f| f.mae),
        corr: mean(|f| f.corr),
        ece: mean(|f| f.ece),
        false_pass: Some(mean(|f| f.false_pass.unwrap_or_default())),
        wrong: parts.iter().flat_map(|part| part.wrong.clone()).collect(),
        confusion: parts.into_iter().flat_map(|part| part.confusion).collect(),
        ..Figures::default()
    }
}

pub(super) fn report_skipped(context: &Context, skipped: usize) {
    if skipped > 0 {
        eprintln!(
            "{}",
            context.messages.fill("train.skipped", &[("n", &skipped)])
        );
    }
}
