//! The command line: one file or folder per subcommand.

pub mod bench;
mod chat;
mod companion;
pub mod content;
mod context;
pub mod embed;
pub mod eval;
pub mod eval_companion;
pub mod eval_llm;
mod figures;
pub mod generate;
pub mod interview;
mod log;
pub mod memory;
mod mind;
pub mod models;
pub mod record;
pub mod sanctions;
mod table;
pub mod train;
pub mod train_classifier;
pub mod train_companion;
pub mod train_llm;
mod voice;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Parser, Subcommand};
use color_eyre::eyre::{Report, Result, bail, eyre};
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use context::{Context, Shipped};

use crate::config::{Config, ConfigError, system_language};
use crate::content::LoadError;
use crate::content::locate::search_path;
use crate::driver::DriverError;
use crate::encoder::tokenizer::TextTokenizer;
use crate::encoder::{EncoderConfig, EncoderError};
use crate::interview::InterviewError;
use crate::messages::{Lang, Messages};
use crate::paths::Paths;
use crate::store::{Now, Problem, Store, StoreError};

/// Practise a machine-learning interview with Oh-LoRA, in Korean, in the terminal.
#[derive(Debug, Parser)]
#[command(name = "ohlora", version)]
struct Cli {
    /// Settings file.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Folder of the learner's data.
    #[arg(long, global = true)]
    profile: Option<PathBuf>,
    /// Language of the interface.
    #[arg(long, global = true, value_parser = ["ko", "en"])]
    lang: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What can be trained.
#[derive(Debug, Subcommand)]
enum Trainee {
    /// The S-BERT that judges answers.
    Answer(train::TrainArgs),
    /// The S-BERT that chooses the next topic.
    Next(train::TrainArgs),
    /// The S-BERT that tells which messages offend.
    Ethics(train::TrainArgs),
    /// The S-BERT that finds the memory that a message calls for.
    Memory(train_companion::TrainMemoryArgs),
    /// A classifier on the base S-BERT: of the memory head or the expression head.
    Classifier(train_classifier::TrainClassifierArgs),
    /// A language model, or an adapter of one.
    Llm(train_llm::TrainLlmArgs),
}

fn train_one(trainee: Trainee, context: &Context) -> Result<()> {
    let stop = stop_flag();
    match trainee {
        Trainee::Answer(args) => train::run(&args, train::Role::Answer, context, &stop),
        Trainee::Next(args) => train::run(&args, train::Role::Next, context, &stop),
        Trainee::Ethics(args) => train_companion::ethics(&args, context, &stop),
        Trainee::Memory(args) => train_companion::memory(&args, context, &stop),
        Trainee::Classifier(args) => train_classifier::run(&args, context, &stop),
        Trainee::Llm(args) => train_llm::run(&args, context, &stop),
    }
}

/// What can be measured.
#[derive(Debug, Subcommand)]
enum Evaluee {
    /// The S-BERT that judges answers.
    Answer(eval::EvalArgs),
    /// The S-BERT that chooses the next topic.
    Next(eval::EvalArgs),
    /// The S-BERT that tells which messages offend.
    Ethics(eval_companion::EvalCompanionArgs),
    /// The S-BERT that finds the memory that a message calls for.
    Memory(eval_companion::EvalCompanionArgs),
    /// A language model that words replies.
    Llm(eval_llm::EvalLlmArgs),
}

fn evaluate_one(evaluee: Evaluee, context: &Context) -> Result<()> {
    let of_role = |args: eval::EvalArgs, role| eval::EvalArgs { role, ..args };
    match evaluee {
        Evaluee::Answer(args) => eval::run(&of_role(args, train::Role::Answer), context),
        Evaluee::Next(args) => eval::run(&of_role(args, train::Role::Next), context),
        Evaluee::Ethics(args) => eval_companion::ethics(&args, context),
        Evaluee::Memory(args) => eval_companion::memory(&args, context),
        Evaluee::Llm(args) => eval_llm::run(&args, context),
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Hold an interview.
    Interview(interview::InterviewArgs),
    /// Talk with Oh-LoRA.
    Chat(chat::ChatArgs),
    /// Check, scaffold and look at question packs.
    Content(content::ContentArgs),
    /// The learner's record.
    Record(record::RecordArgs),
    /// What the companion remembers.
    Memory(memory::MemoryArgs),
    /// The log of sanctions.
    Sanctions(sanctions::SanctionsArgs),
    /// Pull, look after and remove models.
    Models(models::ModelsArgs),
    /// Train a model.
    #[command(subcommand)]
    Train(Trainee),
    /// Measure a model.
    #[command(subcommand)]
    Eval(Evaluee),
    /// Embed lines of text.
    Embed(embed::EmbedArgs),
    /// Let a language model go on with a prompt.
    Generate(generate::GenerateArgs),
    /// Time the program on this machine.
    Bench(bench::BenchArgs),
}

/// Runs the command line; `shipped` is what the binary carries.
pub fn main(shipped: Shipped) -> ExitCode {
    let cli = Cli::parse();
    match run(cli, shipped) {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

/// Whoever reads the output has seen enough (`ohlora eval answer | head`).
fn is_closed_pipe(error: &Report) -> bool {
    let error: Option<&io::Error> = error.downcast_ref();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// 2 for wrong usage and bad input, 1 for work that failed.
fn exit_code(error: &Report) -> u8 {
    let input = error.is::<ConfigError>()
        || error.is::<LoadError>()
        || error.is::<InterviewError>()
        || error.is::<BadInput>()
        || matches!(
            error.downcast_ref(),
            Some(DriverError::Interview(_) | DriverError::Snapshot(_))
        );
    let model = error.downcast_ref().is_some_and(|error| {
        !matches!(
            error,
            EncoderError::Interrupted | EncoderError::Tensor(_) | EncoderError::Io { .. }
        )
    });
    if input || model { 2 } else { 1 }
}

/// Something the user gave that cannot be used; said in one sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadInput(pub String);

/// A count of which there must be one.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1 is needed".to_owned()),
        Ok(count) => Ok(count),
        Err(error) => Err(error.to_string()),
    }
}

fn run(cli: Cli, shipped: Shipped) -> Result<ExitCode> {
    let paths = Paths::of_user(cli.profile.as_deref())
        .map_err(|error| eyre!(error.explain(&Messages::new(system_language()))))?;
    let asked = cli.lang.as_deref().map(|lang| match lang {
        "en" => Lang::En,
        _ => Lang::Ko,
    });
    let config = Config::load(cli.config.as_deref(), &paths).map_err(|error| {
        let messages = Messages::new(asked.unwrap_or_else(system_language));
        BadInput(error.explain(&messages))
    })?;
    let context = Context {
        paths,
        messages: Messages::new(asked.unwrap_or_else(|| config.language())),
        config,
        shipped,
    };
    let _log = log::to_file(&context.paths.cache);
    match cli.command {
        None => interview::run(&interview::InterviewArgs::default(), &context),
        Some(Command::Interview(args)) => interview::run(&args, &context),
        Some(Command::Chat(args)) => chat::run(&args, &context),
        Some(Command::Content(args)) => run_content(args, &context),
        Some(Command::Record(args)) => run_record(&args, &context),
        Some(Command::Memory(args)) => run_memory(&args, &context),
        Some(Command::Sanctions(args)) => run_sanctions(&args, &context),
        Some(Command::Models(args)) => run_models(&args, &context),
        Some(Command::Train(trainee)) => train_one(trainee, &context).map(|()| ExitCode::SUCCESS),
        Some(Command::Eval(evaluee)) => evaluate_one(evaluee, &context).map(|()| ExitCode::SUCCESS),
        Some(Command::Embed(args)) => embed::run(&args, &context).map(|()| ExitCode::SUCCESS),
        Some(Command::Generate(args)) => generate::run(&args, &context, &stop_flag()),
        Some(Command::Bench(args)) => bench::run(&args, &context).map(|()| ExitCode::SUCCESS),
    }
}

fn run_content(args: content::ContentArgs, context: &Context) -> Result<ExitCode> {
    let tokenizer = context.models().find("base").and_then(|files| {
        let config = EncoderConfig::parse(&files)?;
        TextTokenizer::load(&files, None, &config)
    });
    let tokenizer = tokenizer.ok();
    let count = |text: &str| {
        let counted = tokenizer.as_ref().map(|tokenizer| tokenizer.count(text));
        counted.and_then(Result::ok).unwrap_or_default()
    };
    let explained = |error: StoreError| eyre!(error.explain(&context.messages));
    let (mut open, mut resolved) = (Vec::new(), None);
    if let content::ContentCommand::Disputes { resolve, .. } = &args.command {
        let store = Store::open(&context.paths.profile, Timestamp::now()).map_err(explained)?;
        open = store.disputes().map_err(explained)?;
        open.retain(|dispute| !dispute.resolved);
        resolved = Some(store).filter(|_| *resolve);
    }
    let listed: Vec<i64> = open.iter().map(|dispute| dispute.id).collect();
    let zone = TimeZone::system();
    let mut disputes = open.into_iter().map(|row| content::DisputeRow {
        when: row.at.to_zoned(zone.clone()).datetime(),
        topic: row.topic,
        label: row.label,
        message: row.message,
    });
    let surroundings = content::Context {
        messages: &context.messages,
        search: &search_path(context.shipped.pack.id),
        embedded: context.shipped.pack,
        companion: Some(context.companion_location(None)),
        token_len: Some(&count),
        disputes: &mut disputes,
        colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    match content::run(args, surroundings, &mut std::io::stdout().lock()) {
        Ok(code) => {
            if let Some(store) = &mut resolved {
                store.resolve_disputes(&listed).map_err(explained)?;
            }
            Ok(code)
        }
        Err(error) => {
            eprintln!("{error}");
            Ok(error.exit_code())
        }
    }
}

fn run_record(args: &record::RecordArgs, context: &Context) -> Result<ExitCode> {
    let messages = &context.messages;
    let mut store = match Store::open(&context.paths.profile, Timestamp::now()) {
        Ok(store) => store,
        Err(error) => bail!(error.explain(messages)),
    };
    let mut terminal = record::Terminal {
        input: &mut std::io::stdin().lock(),
        output: &mut std::io::stdout().lock(),
        zone: TimeZone::system(),
    };
    match record::run(args, &mut store, messages, &mut terminal) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            eprintln!("{}", error.explain(messages));
            Ok(ExitCode::from(error.exit_code()))
        }
    }
}

fn run_memory(args: &memory::MemoryArgs, context: &Context) -> Result<ExitCode> {
    let mut store = open_store(context)?;
    let mut terminal = record::Terminal {
        input: &mut std::io::stdin().lock(),
        output: &mut std::io::stdout().lock(),
        zone: TimeZone::system(),
    };
    let now = Now::of(Timestamp::now(), &terminal.zone);
    memory::run(args, &mut store, now, &context.messages, &mut terminal)
}

fn run_sanctions(args: &sanctions::SanctionsArgs, context: &Context) -> Result<ExitCode> {
    let mut store = open_store(context)?;
    let mut terminal = record::Terminal {
        input: &mut std::io::stdin().lock(),
        output: &mut std::io::stdout().lock(),
        zone: TimeZone::system(),
    };
    let now = Timestamp::now();
    sanctions::run(args, &mut store, now, &context.messages, &mut terminal)
}

/// The record, for a command that is about it; what was put aside is said.
fn open_store(context: &Context) -> Result<Store> {
    let messages = &context.messages;
    let store = Store::open(&context.paths.profile, Timestamp::now())
        .map_err(|error| store_report(&error, messages))?;
    if let Some(notice) = store.notice(messages) {
        eprintln!("{notice}");
    }
    Ok(store)
}

/// What went wrong with the record, in the user's language; a number that is not there is bad input.
fn store_report(error: &StoreError, messages: &Messages) -> Report {
    let explained = error.explain(messages);
    match error.problem {
        Problem::NoMemory(_) | Problem::NoSanction(_) => BadInput(explained).into(),
        _ => eyre!(explained),
    }
}

fn run_models(args: &models::ModelsArgs, context: &Context) -> Result<ExitCode> {
    let messages = &context.messages;
    let mut terminal = models::Terminal {
        interactive: std::io::stdin().is_terminal(),
        input: &mut std::io::stdin().lock(),
        output: &mut std::io::stdout().lock(),
    };
    let done = context
        .library()
        .and_then(|library| models::run(args, &library, messages, &mut terminal, &stop_flag));
    match done {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            // It may hold names that a hub gave.
            eprintln!("{}", models::printable(&error.explain(messages)));
            Ok(ExitCode::from(error.exit_code()))
        }
    }
}

/// Raised by Ctrl+C, so that a long work can end in order; a second signal ends it at once.
fn stop_flag() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // Without the handler the signal ends the program, which is what it is for.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, stop.clone());
        let _ = signal_hook::flag::register(signal, stop.clone());
    }
    stop
}
