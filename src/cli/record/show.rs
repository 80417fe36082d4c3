//! An interview as it was, to read in the terminal.

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use super::text::{line, outcome, printable, remarks, state, time};
use crate::messages::Messages;
use crate::store::Transcript;

pub(super) fn text(transcript: &Transcript, messages: &Messages, zone: &TimeZone) -> String {
    let interview = &transcript.interview;
    let (you, she) = (messages.get("store.you"), messages.get("store.interviewer"));
    let margin = you.width().max(she.width()) + 2;
    let mut text = format!(
        "{} · {} · {} · {}\n",
        messages.fill("store.interview", &[("id", &interview.id)]),
        line(&interview.pack_title),
        time(interview.started, zone),
        state(interview, messages),
    );
    for turn in &transcript.turns {
        text.push('\n');
        if let Some(answer) = &turn.answer {
            text += &beside(you, &answer.message, margin);
            text += &beside("", &outcome(answer, messages), margin);
            for remark in remarks(turn.turn, answer, transcript, messages) {
                text += &beside("", &remark, margin);
            }
            text.push('\n');
        }
        if let Some(reply) = &turn.reply {
            text += &beside(she, &reply.text, margin);
        }
    }
    text
}

/// A text with who said it on its left.
fn beside(speaker: &str, said: &str, margin: usize) -> String {
    let said = printable(said);
    let lines = said.lines().enumerate().map(|(n, line)| {
        let speaker = if n == 0 { speaker } else { "" };
        let space = margin - speaker.width();
        format!("{speaker}{:space$}{line}", "")
            .trim_end()
            .to_owned()
            + "\n"
    });
    lines.collect()
}
