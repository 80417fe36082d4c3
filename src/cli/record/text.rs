//! Wordings that the list, the transcript and the export share.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::interview::{EndReason, Outcome};
use crate::messages::Messages;
use crate::store::{Answer, Dispute, Interview, Transcript};

/// A text without the control characters that could steer a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .filter(|&c| matches!(c, '\n' | '\t') || !c.is_control())
        .collect()
}

/// The same on one line.
pub(super) fn line(text: &str) -> String {
    printable(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Day and time of the learner.
pub(super) fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// How an interview ended, or that it can go on.
pub(super) fn state<'a>(interview: &Interview, messages: &'a Messages) -> &'a str {
    messages.get(match interview.end.map(|end| end.reason) {
        None => "store.state_open",
        Some(EndReason::Finished) => "store.state_finished",
        Some(EndReason::Eof) => "store.state_eof",
        Some(EndReason::Stopped) => "store.state_stopped",
        Some(EndReason::Sanctioned) => "store.state_sanctioned",
    })
}

/// How a message was taken, in one line: `맞음 97% · 인공지능`. The probability is left out where
/// there was nothing to be sure of.
pub(super) fn outcome(answer: &Answer, messages: &Messages) -> String {
    let verdict = &answer.verdict;
    let name = messages.get(match verdict.outcome {
        Outcome::Misconception => "store.outcome_misconception",
        Outcome::Pass => "store.outcome_pass",
        Outcome::Unclear => "store.outcome_unclear",
        Outcome::Fail => "store.outcome_fail",
        Outcome::Skip => "store.outcome_skip",
        Outcome::TermQuestion => "store.outcome_term_question",
        Outcome::SmallTalk => "store.outcome_small_talk",
    });
    let mut parts = vec![match verdict.outcome {
        Outcome::Pass | Outcome::Misconception => format!("{name} {:.0}%", verdict.score * 100.0),
        _ => name.to_owned(),
    }];
    if !verdict.labels.is_empty() {
        parts.push(line(&verdict.labels.join(", ")));
    }
    parts.join(" · ")
}

/// What else is worth knowing about a turn, a line each.
pub(super) fn remarks(
    turn: u32,
    answer: &Answer,
    transcript: &Transcript,
    messages: &Messages,
) -> Vec<String> {
    let verdict = &answer.verdict;
    let listed = |key: &str, items: &[String]| {
        let items = line(&items.join(", "));
        (!items.is_empty()).then(|| messages.fill(key, &[("items", &items)]))
    };
    let disputed: Vec<String> = transcript
        .disputes
        .iter()
        .filter(|dispute| dispute.turn == turn)
        .map(|dispute: &Dispute| dispute.label.clone())
        .collect();
    let coaching: Vec<String> = verdict.coaching.iter().cloned().collect();
    [
        listed("store.misconceptions", &verdict.misconceptions),
        listed("store.remaining", &verdict.remaining),
        listed("store.coaching", &coaching),
        listed("store.disputed", &disputed),
    ]
    .into_iter()
    .flatten()
    .collect()
}
