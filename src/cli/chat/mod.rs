//! `ohlora chat`: the conversation with the companion: her tab of the screen, lines, or JSON.

mod json;
mod plain;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Args;
use color_eyre::eyre::Result;
use jiff::civil::DateTime;
use tokio::sync::mpsc::UnboundedReceiver;

use super::companion;
use super::context::Context;
use super::interview::{self, InterviewArgs};
use crate::companion::Phase;
use crate::driver::companionship::{Companionship, TalkNotice};
use crate::driver::{Clock, Talk};
use crate::engine::{Engine, Event};
use crate::tui::Tab;

/// Arguments of `chat`.
#[derive(Debug, Args)]
pub struct ChatArgs {
    /// One JSON object a line, for other programs.
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    /// Lines of text instead of a screen; without a terminal they are what there is.
    #[arg(long)]
    pub plain: bool,
    /// Holds the conversation at this local time, such as 2026-11-20T17:30.
    #[arg(long)]
    pub now: Option<DateTime>,
    /// Chooses among authored replies.
    #[arg(long)]
    pub seed: Option<u64>,
}

/// Talks.
///
/// # Errors
/// When the models cannot be loaded, or the record not be written.
pub fn run(args: &ChatArgs, context: &Context) -> Result<ExitCode> {
    let clock = args.now.map_or(Clock::System, Clock::Fixed);
    let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    if terminal && !args.json && !args.plain {
        let interview = InterviewArgs {
            seed: args.seed,
            ..InterviewArgs::default()
        };
        return interview::on_screen(&interview, context, Tab::Companion, clock);
    }
    let seed = args.seed.unwrap_or_default();
    let setup = companion::setup(context, seed)?;
    let (engine, events) = Engine::start(setup)?;
    let talk = companion::talk(engine, context, seed, clock, None)?;
    let mut conversation = Conversation { talk, events };
    if args.json {
        json::run(&mut conversation)
    } else {
        plain::run(&mut conversation, context)
    }
}

/// A conversation whose events are waited for.
struct Conversation {
    talk: Talk,
    events: UnboundedReceiver<Event>,
}

impl Conversation {
    /// Hands on what happens until the learner may speak; with `all`, until the heads have answered
    /// as well. False where the engine is gone.
    fn settle(
        &mut self,
        first: Vec<TalkNotice>,
        all: bool,
        hand_on: &mut dyn FnMut(TalkNotice) -> Result<()>,
    ) -> Result<bool> {
        let mut notices = first;
        loop {
            for notice in notices.drain(..) {
                hand_on(notice)?;
            }
            let free = matches!(
                self.talk.talk_phase(),
                Phase::Waiting | Phase::Blocked | Phase::Interrupted
            );
            if free && (!all || self.talk.is_settled()) {
                return Ok(true);
            }
            let Some(event) = self.events.blocking_recv() else {
                return Ok(false);
            };
            notices = self.talk.hear(&event)?;
            if let Event::Failed(None, reason) = event {
                notices.push(TalkNotice::Problem(reason));
            }
        }
    }
}
