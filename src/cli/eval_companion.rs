//! `ohlora eval ethics|memory`: the figures of the companion's two S-BERTs.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use color_eyre::eyre::{Result, bail};

use super::BadInput;
use super::context::Context;
use super::figures;
use super::train_companion::meaning;
use crate::content::companion::{Category, Combination, eval, read_combinations};
use crate::content::csv::{EthicsRow, Split, read_ethics_rows, read_memory_pairs};
use crate::content::{EvalCase, eval::EvalSet};
use crate::encoder::metrics::PairFigures;
use crate::encoder::{Encoder, Precision};
use crate::engine::dataset::{Targets, memory_pairs_data};
use crate::engine::ethics::{EthicsFigures, EthicsJudge, evaluate};
use crate::engine::evaluate::{Wrong, pair_figures};
use crate::engine::memory::{
    MemoryFigures, MemoryFinder, evaluate_combinations, evaluate_conversations,
};
use crate::messages::Messages;

/// Arguments of `eval ethics` and `eval memory`.
#[derive(Debug, Default, Args)]
pub struct EvalCompanionArgs {
    /// The companion's pack.
    #[arg(long)]
    pub pack: Option<PathBuf>,
    /// `ethics`: CSV of messages. `memory`: combinations, `[key: value] message` a line.
    #[arg(long)]
    pub rows: Option<PathBuf>,
    /// `memory`: CSV of memory x message pairs: the S-BERT alone.
    #[arg(long, conflicts_with = "rows")]
    pub pairs: Option<PathBuf>,
    /// `memory`: conversations to hold instead of the pack's, a TOML file.
    #[arg(long, conflicts_with = "pairs")]
    pub conversations: Option<PathBuf>,
    /// `ethics`: judge as the interview does; without --rows, the held-out answers of the interview's
    /// pack, which offend nobody.
    #[arg(long)]
    pub interview: bool,
    /// Folder of the model.
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// End with one line of JSON.
    #[arg(long)]
    pub json: bool,
}

/// Evaluates the ethics judge and prints.
///
/// # Errors
/// When data or model cannot be read.
pub fn ethics(args: &EvalCompanionArgs, context: &Context) -> Result<()> {
    if args.pairs.is_some() || args.conversations.is_some() {
        bail!(BadInput(
            "role `ethics` reads --rows, neither --pairs nor --conversations".to_owned()
        ));
    }
    let pack = context.companion(args.pack.as_deref())?;
    let rows = match &args.rows {
        Some(path) => {
            let read = read_ethics_rows(path)?;
            super::eval::report_skipped(context, read.skipped);
            read.rows
        }
        None if args.interview => interview_answers(context)?,
        None => eval::ethics(&context.companion_location(args.pack.as_deref()))?,
    };
    let files = context.models().role("ethics", args.model.as_deref())?;
    let base = context.models().base_of(&files)?;
    let cache = Some(context.embedding_cache());
    let mut judge = EthicsJudge::load(&files, base.as_ref(), cache, &pack)?;
    let calibration = judge.calibration();
    let thresholds = match args.interview {
        true => calibration.interview,
        false => calibration.thresholds,
    };
    let figures = evaluate(&mut judge, &rows, thresholds)?;
    // Embeddings that cannot be kept are computed again the next time.
    if let Err(error) = judge.save_cache() {
        eprintln!("{error}");
    }
    let mut out = io::stdout().lock();
    write_ethics(&mut out, &figures, &context.messages)?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&figures)?)?;
    }
    Ok(())
}

/// The held-out answers of the interview's pack: all of them harmless.
fn interview_answers(context: &Context) -> Result<Vec<EthicsRow>> {
    let pack = context.pack(None)?;
    let eval = EvalSet::load(&context.pack_location(None), &pack)?;
    let row = |(_, case): (&str, &EvalCase)| EthicsRow {
        split: Split::Valid,
        message: case.message.clone(),
        category: Category::General,
        line: 0,
    };
    Ok(eval.cases().map(row).collect())
}

fn write_ethics(
    out: &mut impl Write,
    figures: &EthicsFigures,
    messages: &Messages,
) -> io::Result<()> {
    let percent = |share: f64| format!("{:.2} %", 100. * share);
    for (name, value) in [
        ("n", figures.n.to_string()),
        ("accuracy", percent(figures.accuracy)),
        ("innocent_hit", figures.innocent_hit.to_string()),
        ("offences_hit", percent(figures.offences_hit)),
        ("ece", format!("{:.4}", figures.ece)),
    ] {
        writeln!(out, "{name:<22} {value}")?;
    }
    writeln!(out, "\n{}", messages.get("train.confusion"))?;
    for truth in Category::ALL {
        for taken in Category::ALL {
            let times = figures.confusion[truth as usize][taken as usize];
            if times > 0 {
                writeln!(out, "{times:>4}  {}  ->  {}", truth.word(), taken.word())?;
            }
        }
    }
    write_wrong(out, &figures.wrong, messages)
}

fn write_wrong(out: &mut impl Write, wrong: &[Wrong], messages: &Messages) -> io::Result<()> {
    if wrong.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", messages.get("train.wrong"))?;
    for Wrong {
        input,
        r#true,
        best,
        score,
    } in wrong
    {
        let or_none = |text: &str| {
            if text.is_empty() {
                "–".to_owned()
            } else {
                text.to_owned()
            }
        };
        writeln!(
            out,
            "{score:.2}  {input}  |  {} -> {}",
            or_none(r#true),
            or_none(best)
        )?;
    }
    Ok(())
}

/// Evaluates the memory finder and prints.
///
/// # Errors
/// As [`ethics()`].
pub fn memory(args: &EvalCompanionArgs, context: &Context) -> Result<()> {
    if args.interview {
        bail!(BadInput("--interview belongs to role `ethics`".to_owned()));
    }
    let files = context.models().role("memory", args.model.as_deref())?;
    let base = context.models().base_of(&files)?;
    let mut out = io::stdout().lock();
    if let Some(path) = &args.pairs {
        let read = read_memory_pairs(path)?;
        super::eval::report_skipped(context, read.skipped);
        let encoder = Encoder::load(&files, base.as_ref(), Precision::Int8)?;
        let figures = pair_figures(&encoder, &memory_pairs_data(&read.rows), "memory")?;
        figures::write(&mut out, &figures, &context.messages)?;
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&figures)?)?;
        }
        return Ok(());
    }
    let pack = context.companion(args.pack.as_deref())?;
    let finder = MemoryFinder::load(&files, base.as_ref(), None, &pack)?;
    let source = context.companion_location(args.pack.as_deref());
    let combinations: Vec<Combination> = match &args.rows {
        Some(path) => read_combinations(path)?,
        None => eval::memory(&source)?,
    };
    let keys = combinations.iter().map(|c| c.key.as_str());
    let meaning = meaning(keys, Some(finder.calibration().base_floor), context)?;
    let mut figures = evaluate_combinations(&finder, &combinations, (&Targets::words(), &meaning))?;
    let conversations = match (&args.conversations, &args.rows) {
        (Some(path), _) => Some(eval::read_conversations(path)?),
        (None, None) => Some(eval::conversations(&source)?),
        (None, Some(_)) => None,
    };
    if let Some(conversations) = conversations {
        let (conversations, wrong) = evaluate_conversations(&finder, &conversations)?;
        figures.conversations = Some(conversations);
        figures.wrong = wrong;
    }
    write_memory(&mut out, &figures, &context.messages)?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&figures)?)?;
    }
    Ok(())
}

fn write_memory(
    out: &mut impl Write,
    figures: &MemoryFigures,
    messages: &Messages,
) -> io::Result<()> {
    writeln!(
        out,
        "{:<22} {:>8} {:>8} {:>8} {:>9}",
        "target", "mse", "mae", "corr", "accuracy"
    )?;
    for (
        name,
        PairFigures {
            mse,
            mae,
            corr,
            accuracy,
            ..
        },
    ) in [
        ("iou", figures.iou),
        ("iou, plain cosine", figures.iou_cosine),
        ("base, plain cosine", figures.base),
    ] {
        writeln!(
            out,
            "{name:<22} {mse:>8.4} {mae:>8.4} {corr:>8.4} {accuracy:>9.4}"
        )?;
    }
    writeln!(out, "{:<22} {:.3}", "threshold", figures.threshold)?;
    if let Some(conversations) = figures.conversations {
        for (name, value) in [
            ("conversations", conversations.n.to_string()),
            (
                "accuracy",
                format!("{:.2} %", 100. * conversations.accuracy),
            ),
            ("wrong_item", conversations.wrong_item.to_string()),
            ("missed", conversations.missed.to_string()),
            ("not_called_for", conversations.not_called_for.to_string()),
        ] {
            writeln!(out, "{name:<22} {value}")?;
        }
    }
    write_wrong(out, &figures.wrong, messages)
}
