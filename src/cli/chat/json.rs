//! `chat --json`: UTF-8, one object a line; the shapes stand in docs/contract.md.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use color_eyre::eyre::Result;
use serde_json::json;

use super::Conversation;
use crate::cli::interview::json::unescape;
use crate::driver::companionship::{Companionship, TalkNotice};
use crate::driver::reply_json;

pub(super) fn run(conversation: &mut Conversation) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let mut hand_on = |notice| emit(&mut out, notice);
    let mut notices = conversation.talk.visit()?;
    // A line for each message: a block that is running is told when one comes.
    notices.retain(|notice| !matches!(notice, TalkNotice::Sanctioned { .. }));
    if !conversation.settle(notices, true, &mut hand_on)? {
        return Ok(ExitCode::FAILURE);
    }
    for line in std::io::stdin().lock().split(b'\n') {
        // Lines that are no UTF-8 are read as well as they can be.
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let notices = conversation
            .talk
            .say(unescape(line.trim_end_matches('\r')))?;
        if !conversation.settle(notices, true, &mut hand_on)? {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn emit(out: &mut impl Write, notice: TalkNotice) -> Result<()> {
    let line = match notice {
        TalkNotice::Settled(trace) => reply_json(&trace),
        TalkNotice::Sanctioned {
            offences,
            until,
            text,
            ..
        } => json!({
            "event": "sanctioned",
            "categories": offences,
            "until": until.map(|until| until.to_string()),
            "text": text,
        }),
        TalkNotice::Problem(text) | TalkNotice::Objected(text) => {
            eprintln!("{text}");
            return Ok(());
        }
        TalkNotice::Earlier(_)
        | TalkNotice::Draft(_)
        | TalkNotice::Replied(_)
        | TalkNotice::Face(..) => return Ok(()),
    };
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}
