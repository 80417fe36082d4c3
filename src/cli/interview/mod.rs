//! `ohlora interview`, and `ohlora` alone: one interview on the screen, in lines, or as JSON.

pub(super) mod json;
mod plain;
mod setup;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use color_eyre::eyre::{Result, WrapErr};

use super::companion;
use super::context::Context;
use crate::config::{FaceStyle, Theme as ThemeSetting};
use crate::driver::{Both, Clock};
use crate::tui::theme::{Theme, ThemeChoice};
use crate::tui::{self, Tab, TuiOptions};

/// Arguments of `interview`.
#[derive(Debug, Default, Args)]
pub struct InterviewArgs {
    /// One JSON object a line, for other programs.
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    /// Lines of text instead of a screen.
    #[arg(long)]
    pub plain: bool,
    /// Folder of the question pack.
    #[arg(long)]
    pub pack: Option<PathBuf>,
    /// Title of the topic to begin with.
    #[arg(long)]
    pub topic: Option<String>,
    /// Chooses among authored wordings.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Who words the questions: `authored`.
    #[arg(long)]
    pub writer: Option<String>,
    /// Go on with the interview that was interrupted.
    #[arg(long)]
    pub resume: bool,
}

/// Holds an interview.
///
/// # Errors
/// When pack or models cannot be loaded, or the interview cannot begin.
pub fn run(args: &InterviewArgs, context: &Context) -> Result<ExitCode> {
    if !args.json && !args.plain {
        return on_screen(args, context, Tab::Interview, Clock::System);
    }
    let prepared = setup::prepare(args, context)?;
    if args.json {
        return json::run(prepared, args.resume);
    }
    plain::run(prepared, args.resume, context)
}

/// Both conversations on the screen, one of them in sight; the companion's is held by `clock`.
///
/// # Errors
/// As [`run`], and when there is no terminal.
pub fn on_screen(
    args: &InterviewArgs,
    context: &Context,
    tab: Tab,
    clock: Clock,
) -> Result<ExitCode> {
    let prepared = setup::prepare(args, context)?;
    let report_folder = std::env::current_dir().unwrap_or_else(|_| context.paths.profile.clone());
    let options = TuiOptions {
        messages: context.messages.clone(),
        theme: Theme::from_env(match context.config.ui.theme {
            ThemeSetting::Auto => ThemeChoice::Auto,
            ThemeSetting::Light => ThemeChoice::Light,
            ThemeSetting::Dark => ThemeChoice::Dark,
        }),
        motion: context.config.ui.motion,
        pictures: context.config.ui.face == FaceStyle::Drawn,
        mouse: context.config.ui.mouse,
        tab,
        resume: prepared.offer.clone(),
        report_folder,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .wrap_err("no runtime for the screen")?;
    let setup::Prepared {
        driver,
        events,
        notice,
        watcher,
        seed,
        ..
    } = prepared;
    if let Some(notice) = &notice {
        eprintln!("{notice}");
    }
    let both = Both {
        talk: companion::talk(driver.engine(), context, seed, clock, notice)?,
        interview: driver,
    };
    let code = runtime.block_on(tui::run(both, events, options))?;
    drop(watcher);
    Ok(code)
}
