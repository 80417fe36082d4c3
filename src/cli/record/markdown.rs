//! Interviews as Markdown, to keep and to hand in.

use jiff::tz::TimeZone;

use super::text::{line, outcome, printable, remarks, state, time};
use crate::messages::Messages;
use crate::store::{Transcript, Turn};

pub(super) fn text(interviews: &[Transcript], messages: &Messages, zone: &TimeZone) -> String {
    let interviews = interviews.iter();
    let texts: Vec<_> = interviews
        .map(|transcript| interview(transcript, messages, zone))
        .collect();
    texts.join("\n")
}

fn interview(transcript: &Transcript, messages: &Messages, zone: &TimeZone) -> String {
    let interview = &transcript.interview;
    let mut text = format!(
        "# {} ({})\n\n{} · {} · {}\n",
        escaped(&line(&interview.pack_title)),
        time(interview.started, zone),
        messages.fill("store.interview", &[("id", &interview.id)]),
        state(interview, messages),
        messages.fill(
            "store.totals",
            &[("turns", &interview.turns), ("earned", &interview.earned)],
        ),
    );
    for turn in &transcript.turns {
        text += &exchange(turn, transcript, messages);
    }
    text
}

fn exchange(turn: &Turn, transcript: &Transcript, messages: &Messages) -> String {
    let mut text = String::new();
    if let Some(answer) = &turn.answer {
        text += &format!("\n## {}. {}\n\n", turn.turn, escaped(&line(&turn.topic)));
        text += &format!("> {}\n", lines(&answer.message, "> "));
        text += &format!("\n- **{}**\n", escaped(&outcome(answer, messages)));
        for remark in remarks(turn.turn, answer, transcript, messages) {
            text += &format!("- {}\n", escaped(&remark));
        }
    }
    if let Some(reply) = &turn.reply {
        let she = messages.get("store.interviewer");
        text += &format!("\n**{she}** {}\n", lines(&reply.text, ""));
    }
    text
}

/// A text that keeps its line breaks; `margin` stands before every line but the first.
fn lines(text: &str, margin: &str) -> String {
    let lines: Vec<_> = printable(text).lines().map(escaped).collect();
    lines.join(&format!("  \n{margin}"))
}

/// A line whose characters all stand for themselves: `y_true * log(p)` is no emphasis.
fn escaped(line: &str) -> String {
    let line = line.trim();
    let mut escaped = String::with_capacity(line.len());
    for c in line.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '~' | '|' | '$' | '&'
        ) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    // At the start of a line these make lists and headings.
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if line.starts_with(['-', '+', '=']) || line[digits..].starts_with(['.', ')']) && digits > 0 {
        escaped.insert(digits, '\\');
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_learners_write_is_not_markdown() {
        assert_eq!(escaped("-(y*log(p))"), r"\-(y\*log(p))");
        assert_eq!(escaped("1. <b>MSE</b>"), r"1\. \<b\>MSE\</b\>");
        assert_eq!(escaped("2) y_hat"), r"2\) y\_hat");
        assert_eq!(escaped("# 제목 3.14"), r"\# 제목 3.14");
        assert_eq!(escaped("3"), "3");
        assert_eq!(escaped(""), "");
    }
}
