//! `--plain`: the interview in lines, for screen readers, pipes and slow connections.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use color_eyre::eyre::{Result, bail};

use super::setup::Prepared;
use crate::cli::BadInput;
use crate::cli::context::Context;
use crate::driver::Driver;
use crate::driver::session::{Begin, Notice, Session, Speaker};
use crate::engine::Event;
use crate::interview::{EndReason, Outcome, Phase};
use crate::messages::Messages;

pub(super) fn run(prepared: Prepared, resume: bool, context: &Context) -> Result<ExitCode> {
    let messages = &context.messages;
    let Prepared {
        mut driver,
        mut events,
        notice,
        offer,
        ..
    } = prepared;
    let mut out = std::io::stdout().lock();
    if let Some(notice) = notice {
        writeln!(out, "{notice}")?;
    }
    if offer.is_some() && !resume {
        writeln!(out, "{}", messages.get("cli.plain_offer"))?;
    }
    writeln!(out, "{}\n", messages.get("cli.plain_help"))?;
    let begin = if resume { Begin::Resume } else { Begin::Fresh };
    let mut notices = driver.begin(begin)?;
    let mut lines = std::io::stdin().lock().split(b'\n');
    loop {
        loop {
            for notice in notices.drain(..) {
                say(&mut out, messages, &driver, notice)?;
            }
            if matches!(driver.phase(), Phase::Waiting | Phase::Ended(_)) {
                break;
            }
            match events.blocking_recv() {
                // Nothing can be judged, so there is no interview to hold.
                Some(Event::Failed(_, problem)) => bail!(BadInput(problem)),
                Some(event) => notices = driver.poll(event)?,
                None => return Ok(ExitCode::FAILURE),
            }
        }
        if let Phase::Ended(reason) = driver.phase() {
            if reason == EndReason::Sanctioned {
                write!(out, "{}\n> ", messages.get("companion.object_here"))?;
                out.flush()?;
                let line = lines.next().transpose()?.unwrap_or_default();
                let reason = String::from_utf8_lossy(&line).trim().to_owned();
                if !reason.is_empty() {
                    for notice in driver.object(reason)? {
                        say(&mut out, messages, &driver, notice)?;
                    }
                }
            }
            return Ok(ExitCode::from(u8::from(driver.was_refused())));
        }
        write!(out, "> ")?;
        out.flush()?;
        notices = match lines.next().transpose()? {
            Some(line) => command(
                String::from_utf8_lossy(&line).trim(),
                &mut driver,
                &mut out,
                messages,
            )?,
            None => driver.stop(EndReason::Eof)?,
        };
    }
}

/// A line that begins with a slash is a command, any other the answer.
fn command(
    line: &str,
    driver: &mut Driver,
    out: &mut impl Write,
    messages: &Messages,
) -> Result<Vec<Notice>> {
    Ok(match line {
        "/skip" => driver.skip()?,
        "/dispute" => driver.dispute()?,
        "/quit" => driver.stop(EndReason::Stopped)?,
        "/hint" => {
            let hint = driver.hint();
            writeln!(
                out,
                "{}",
                hint.as_deref().unwrap_or(messages.get("cli.no_hint"))
            )?;
            Vec::new()
        }
        "/help" => {
            writeln!(out, "{}", messages.get("cli.plain_help"))?;
            Vec::new()
        }
        "" => Vec::new(),
        line if line.starts_with("/object") => driver.object(line["/object".len()..].to_owned())?,
        answer => driver.submit(answer.to_owned())?,
    })
}

fn say(out: &mut impl Write, messages: &Messages, driver: &Driver, notice: Notice) -> Result<()> {
    match notice {
        Notice::Question { utterance, .. } => writeln!(out, "\n오로라: {}\n", utterance.text)?,
        Notice::Judged { verdict, .. } => {
            let outcome = match verdict.outcome {
                Outcome::Pass => "cli.outcome_pass",
                Outcome::Misconception => "cli.outcome_misconception",
                Outcome::Unclear => "cli.outcome_unclear",
                Outcome::Fail => "cli.outcome_fail",
                Outcome::Skip => "cli.outcome_skip",
                Outcome::TermQuestion | Outcome::SmallTalk => return Ok(()),
            };
            let labels = [verdict.labels, verdict.misconceptions].concat().join(", ");
            let line = messages.fill(outcome, &[("labels", &labels)]);
            writeln!(out, "[{}]", line.trim_end())?;
        }
        Notice::Disputed { label, .. } => {
            writeln!(
                out,
                "[{}]",
                messages.fill("cli.disputed", &[("label", &label)])
            )?;
        }
        Notice::Earlier(spoken) => {
            for spoken in spoken {
                let by = match spoken.by {
                    Speaker::Interviewer => "오로라: ",
                    Speaker::Learner => "> ",
                };
                writeln!(out, "{by}{}", spoken.text)?;
            }
        }
        Notice::Sanctioned { text, .. } => writeln!(out, "! {text}")?,
        Notice::Objected => writeln!(out, "[{}]", messages.get("companion.objected"))?,
        Notice::End { .. } if driver.was_refused() => {}
        Notice::End { last_words, .. } => {
            if let Some(words) = last_words {
                writeln!(out, "\n오로라: {}", words.text)?;
            }
            writeln!(out, "\n{}", driver.report_markdown())?;
        }
        Notice::Problem(problem) => writeln!(out, "! {problem}")?,
        Notice::ContentChanged(Err(problem)) => writeln!(out, "! {problem}")?,
        Notice::Loading { .. }
        | Notice::Ready { .. }
        | Notice::Draft(_)
        | Notice::ContentChanged(Ok(())) => {}
    }
    Ok(())
}
