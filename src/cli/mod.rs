//! The command line: one file or folder per subcommand.

pub mod content;
mod context;
pub mod eval;
pub mod record;
pub mod train;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Parser, Subcommand};
use color_eyre::eyre::Result;

pub use context::{Context, Shipped};

use crate::config::{Config, system_language};
use crate::messages::{Lang, Messages};
use crate::paths::Paths;

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

#[derive(Debug, Subcommand)]
enum Command {
    /// Fine-tune an S-BERT.
    Train(train::TrainArgs),
    /// Measure an S-BERT.
    Eval(eval::EvalArgs),
}

/// Runs the command line; `shipped` is what the binary carries.
pub fn main(shipped: Shipped) -> ExitCode {
    let cli = Cli::parse();
    match run(cli, shipped) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli, shipped: Shipped) -> Result<ExitCode> {
    let paths = Paths::of_user(cli.profile.as_deref())?;
    let config = Config::load(cli.config.as_deref(), &paths)?;
    let lang = match cli.lang.as_deref() {
        Some("en") => Lang::En,
        Some(_) => Lang::Ko,
        None => config.lang.unwrap_or_else(system_language),
    };
    let context = Context {
        paths,
        config,
        messages: Messages::new(lang),
        shipped,
    };
    match cli.command {
        Some(Command::Train(args)) => train::run(&args, &context, &stop_flag())?,
        Some(Command::Eval(args)) => eval::run(&args, &context)?,
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Raised by Ctrl+C, so that a long work can end in order.
fn stop_flag() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // A second signal ends the program at once.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, stop.clone());
        let _ = signal_hook::flag::register(signal, stop.clone());
    }
    stop.store(false, Ordering::Relaxed);
    stop
}
