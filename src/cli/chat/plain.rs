//! `chat --plain`: lines of text.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use color_eyre::eyre::Result;

use super::Conversation;
use crate::cli::context::Context;
use crate::driver::companionship::{Companionship, TalkNotice};
use crate::driver::session::Speaker;

pub(super) fn run(conversation: &mut Conversation, context: &Context) -> Result<ExitCode> {
    let mut out = std::io::stdout();
    let name = context.messages.get("companion.name").to_owned();
    let mut hand_on = |notice| show(&mut out, &name, notice);
    let notices = conversation.talk.visit()?;
    if !conversation.settle(notices, false, &mut hand_on)? {
        return Ok(ExitCode::FAILURE);
    }
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let notices = conversation
            .talk
            .say(line.trim_end_matches('\r').to_owned())?;
        if !conversation.settle(notices, false, &mut hand_on)? {
            return Ok(ExitCode::FAILURE);
        }
    }
    // What is worth remembering of the last message is not lost with the end of the input.
    conversation.settle(Vec::new(), true, &mut hand_on)?;
    Ok(ExitCode::SUCCESS)
}

fn show(out: &mut impl Write, name: &str, notice: TalkNotice) -> Result<()> {
    match notice {
        TalkNotice::Earlier(spoken) => {
            for spoken in spoken {
                match spoken.by {
                    Speaker::Interviewer => writeln!(out, "{name}: {}", spoken.text)?,
                    Speaker::Learner => writeln!(out, "> {}", spoken.text)?,
                }
            }
        }
        TalkNotice::Replied(trace) => {
            let mark = if trace.fallback { " *" } else { "" };
            writeln!(out, "{name}: {}{mark}", trace.text)?;
        }
        TalkNotice::Sanctioned { text, .. } => writeln!(out, "! {text}")?,
        TalkNotice::Objected(text) => writeln!(out, "{text}")?,
        TalkNotice::Problem(text) => eprintln!("{text}"),
        TalkNotice::Draft(_) | TalkNotice::Face(..) | TalkNotice::Settled(_) => {}
    }
    out.flush()?;
    Ok(())
}
