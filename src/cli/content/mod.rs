//! `ohlora content`: the instructor's tools.
//!
//! What an instructor does, in the order of doing it: start a pack or a topic (`new`), look for
//! mistakes (`check`), see it as a learner will (`preview`), weigh it (`stats`), and come back to
//! what learners did not agree with (`disputes`).

mod check;
mod disputes;
mod new;
mod preview;
mod stats;
mod table;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

pub use disputes::DisputeRow;

use crate::content::check::TokenLen;
use crate::content::csv::{PairRole, answer_inputs, eval_inputs, write_pairs};
use crate::content::inputs::answer_candidates;
use crate::content::locate::{Located, locate};
use crate::content::{
    Embedded, EvalSet, Finding, LoadError, Pack, Source, check_source, companion, exchanges, load,
    schema,
};
use crate::fs::WriteError;
use crate::messages::Messages;

/// Write and check question packs.
#[derive(Debug, Args)]
pub struct ContentArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ContentCommand,
}

/// The instructor's tools. DIR is a pack's folder; without it, the pack that an interview would use.
#[derive(Debug, Subcommand)]
pub enum ContentCommand {
    /// Find every mistake in a pack; exits with 1 if there are errors.
    Check {
        /// The pack's folder.
        dir: Option<PathBuf>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Start a pack, or add a topic to one.
    New {
        /// The pack's folder.
        dir: PathBuf,
        /// Title of the topic.
        #[arg(long)]
        title: String,
    },
    /// Show topics as learners will meet them.
    Preview {
        /// The pack's folder.
        dir: Option<PathBuf>,
        /// Title or slug of one topic.
        #[arg(long)]
        topic: Option<String>,
    },
    /// Count what a pack holds.
    Stats {
        /// The pack's folder.
        dir: Option<PathBuf>,
    },
    /// List the verdicts that learners disputed.
    Disputes {
        /// The pack's folder.
        dir: Option<PathBuf>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
        /// Mark those listed as dealt with: they are not listed again.
        #[arg(long)]
        resolve: bool,
    },
    /// Write the examples, or the held-out answers, as a CSV file of pairs.
    Pairs {
        /// The pack's folder.
        dir: Option<PathBuf>,
        /// The held-out answers instead of the examples.
        #[arg(long)]
        eval: bool,
    },
    /// Write the JSON schemas for editors.
    Schema {
        /// Where to; `schema` by default.
        dir: Option<PathBuf>,
    },
}

/// What the commands need of the rest of the program.
pub struct Context<'a> {
    /// The language to speak.
    pub messages: &'a Messages,
    /// Where a pack is looked for when none is named.
    pub search: &'a [PathBuf],
    /// The pack in the binary.
    pub embedded: Embedded,
    /// The companion's pack; checked as well where no folder is named.
    pub companion: Option<Located>,
    /// Counts tokens as the encoder does; used by `check`.
    pub token_len: Option<TokenLen<'a>>,
    /// What learners disputed; used by `disputes`.
    pub disputes: &'a mut dyn Iterator<Item = DisputeRow>,
    /// Whether the output is a terminal that shows colours.
    pub colour: bool,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// Wrong usage or bad input, told in the learner's language.
    #[error("{0}")]
    Input(String),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The output could not be written.
    #[error(transparent)]
    Output(#[from] io::Error),
}

impl ContentError {
    /// 2 for wrong usage and bad input, 1 for work that failed.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Input(_) => 2,
            Self::Write { .. } | Self::Output(_) => 1,
        })
    }
}

/// Runs a command. The exit code is 0 when all is well and 1 when `check` found errors; an error
/// knows its own.
pub fn run(
    args: ContentArgs,
    context: Context<'_>,
    out: &mut dyn Write,
) -> Result<ExitCode, ContentError> {
    let find = |dir: Option<PathBuf>| locate(dir.as_deref(), context.search, context.embedded);
    match args.command {
        ContentCommand::Check { dir, json } => {
            let named = dir.is_some();
            let source = find(dir);
            if let Some(folder) = source.folder().filter(|folder| !folder.0.is_dir()) {
                let path = folder.0.display();
                let text = context
                    .messages
                    .fill("content.no_folder", &[("path", &path)]);
                return Err(ContentError::Input(text));
            }
            let findings = match is_companion(&source) {
                true => check_companion(&source),
                false => check_source(&source, context.token_len),
            };
            let other = context.companion.as_ref().filter(|_| !named);
            let other = other.map(check_companion);
            let findings = findings.into_iter().chain(other.into_iter().flatten());
            return check::run(&findings.collect::<Vec<_>>(), json, &context, out);
        }
        ContentCommand::New { dir, title } => new::run(&dir, &title, context.messages, out)?,
        ContentCommand::Preview { dir, topic } => {
            let pack = sound(&find(dir), context.messages)?;
            preview::run(&pack, topic.as_deref(), context.messages, out)?;
        }
        ContentCommand::Stats { dir } => {
            let (pack, eval) = with_eval(&find(dir), context.messages)?;
            stats::run(&pack, &eval, context.messages, out)?;
        }
        ContentCommand::Disputes { dir, json, .. } => {
            let source = find(dir);
            let pack = sound(&source, context.messages)?;
            let rows = context.disputes.collect();
            disputes::run(&source, &pack, rows, json, context.messages, out)?;
        }
        ContentCommand::Pairs { dir, eval } => {
            let (pack, held_out) = with_eval(&find(dir), context.messages)?;
            let inputs = match eval {
                true => eval_inputs(&held_out),
                false => answer_inputs(&pack),
            };
            write_pairs(out, PairRole::Answer, &inputs, &answer_candidates(&pack))
                .map_err(|error| ContentError::Output(error.into()))?;
        }
        ContentCommand::Schema { dir } => {
            let dir = dir.unwrap_or_else(|| PathBuf::from("schema"));
            let written = schema::write(&dir)?;
            for path in written {
                writeln!(out, "{}", path.display())?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A pack of the companion's, by the file that each has.
fn is_companion(source: &Located) -> bool {
    source.read("pack.toml").is_err() && source.read(companion::MARKER).is_ok()
}

/// What its models learn from, and what is said where it says anything.
fn check_companion(source: &Located) -> Vec<Finding> {
    let mut findings = companion::check(source);
    if source.read(exchanges::PERSONA).is_ok() {
        findings.extend(exchanges::check(source));
    }
    findings
}

/// A pack an interview could run on, or what is wrong with it.
fn sound(source: &Located, messages: &Messages) -> Result<Pack, ContentError> {
    load(source).map_err(|error| broken(&error, messages))
}

fn with_eval(source: &Located, messages: &Messages) -> Result<(Pack, EvalSet), ContentError> {
    let pack = sound(source, messages)?;
    let eval = EvalSet::load(source, &pack).map_err(|error| broken(&error, messages))?;
    Ok((pack, eval))
}

fn broken(error: &LoadError, messages: &Messages) -> ContentError {
    ContentError::Input(lines(&error.findings, messages))
}

fn lines(findings: &[Finding], messages: &Messages) -> String {
    let lines: Vec<_> = findings
        .iter()
        .map(|finding| finding.line(messages))
        .collect();
    lines.join("\n")
}
