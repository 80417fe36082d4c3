//! `--json`: UTF-8, one object a line; the shapes stand in docs/contract.md.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use color_eyre::eyre::{Result, bail};
use serde::Serialize;
use serde_json::{Value, json};

use super::setup::Prepared;
use crate::cli::BadInput;
use crate::driver::Driver;
use crate::driver::session::{Begin, Notice, Session};
use crate::engine::Event;
use crate::interview::{Class, EndReason, Intent, Phase, Report, Verdict};

pub(super) fn run(prepared: Prepared, resume: bool) -> Result<ExitCode> {
    let Prepared {
        mut driver,
        mut events,
        notice,
        ..
    } = prepared;
    if let Some(notice) = notice {
        eprintln!("{notice}");
    }
    let mut out = std::io::stdout().lock();
    let begin = if resume { Begin::Resume } else { Begin::Fresh };
    let mut notices = driver.begin(begin)?;
    let mut lines = std::io::stdin().lock().split(b'\n');
    loop {
        // What the engine answers, until the learner may speak or the end has come.
        loop {
            for notice in notices.drain(..) {
                emit(&mut out, &driver, notice)?;
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
        if matches!(driver.phase(), Phase::Ended(_)) {
            return Ok(ExitCode::from(u8::from(driver.was_refused())));
        }
        notices = match lines.next().transpose()? {
            Some(line) => {
                // Lines that are no UTF-8 are read as well as they can be.
                let line = String::from_utf8_lossy(&line);
                driver.submit(unescape(line.trim_end_matches('\r')))?
            }
            None => driver.stop(EndReason::Eof)?,
        };
    }
}

/// `\n` is a newline, `\\` a backslash; any other backslash stands for itself.
pub(crate) fn unescape(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('\\') => text.push('\\'),
                Some(other) => text.extend(['\\', other]),
                None => text.push('\\'),
            },
            c => text.push(c),
        }
    }
    text
}

#[derive(Serialize)]
struct Candidate {
    label: String,
    score: f32,
}

fn emit(out: &mut impl Write, driver: &Driver, notice: Notice) -> Result<()> {
    let timing = driver.timing();
    let line = match notice {
        Notice::Question {
            turn,
            topic,
            utterance,
        } => json!({
            "event": "question",
            "turn": turn,
            "topic": topic,
            "text": utterance.text,
            "writer": utterance.writer,
            "fallback": utterance.fallback,
            "ms": {"write": round(timing.write)},
        }),
        Notice::Judged {
            turn,
            topic,
            verdict,
            next,
            ..
        } => json!({
            "event": "judged",
            "turn": turn,
            "topic": topic,
            "outcome": verdict.outcome,
            "labels": verdict.labels,
            "misconceptions": verdict.misconceptions,
            "score": verdict.score,
            "candidates": candidates(&verdict),
            "remaining": verdict.remaining,
            "next": next,
            "coaching": verdict.coaching,
            "ms": {"judge": round(timing.judge), "select": round(timing.select)},
        }),
        Notice::Sanctioned {
            offences,
            until,
            text,
        } => json!({
            "event": "sanctioned",
            "categories": offences,
            "until": until.map(|until| until.to_string()),
            "text": text,
        }),
        Notice::End {
            reason,
            last_words,
            report,
        } => json!({
            "event": "end",
            "reason": reason,
            "text": last_words.map(|words| words.text),
            "report": report_json(&report)?,
        }),
        Notice::Problem(problem) => {
            eprintln!("{problem}");
            return Ok(());
        }
        _ => return Ok(()),
    };
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

fn round(ms: f64) -> f64 {
    (ms * 10.).round() / 10.
}

fn candidates(verdict: &Verdict) -> Vec<Candidate> {
    let label = |class: &Class| match class {
        Class::Labels(labels) => labels.join(", "),
        Class::Misconception(label) => label.clone(),
        Class::Failure => crate::content::inputs::FAILURE_LABEL.to_owned(),
        Class::Intent(Intent::TermQuestion) => {
            crate::content::inputs::TERM_QUESTION_LABEL.to_owned()
        }
        Class::Intent(intent) => intent.name().to_owned(),
    };
    verdict
        .candidates
        .iter()
        .map(|candidate| Candidate {
            label: label(&candidate.class),
            score: candidate.score,
        })
        .collect()
}

/// The report with `missed` as the labels alone; their key points and model answers stand in
/// `model_answers`.
fn report_json(report: &Report) -> Result<Value> {
    let mut value = serde_json::to_value(report)?;
    let topics = value.get_mut("topics").and_then(Value::as_array_mut);
    for topic in topics.into_iter().flatten() {
        let Some(topic) = topic.as_object_mut() else {
            continue;
        };
        let missed = topic.remove("missed").unwrap_or_default();
        let labels: Vec<Value> = missed
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|missed| missed.get("label").cloned())
            .collect();
        topic.insert("missed".to_owned(), Value::Array(labels));
        topic.insert("model_answers".to_owned(), missed);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn a_line_is_one_message_with_escaped_newlines() {
        assert_eq!(unescape(r"가\n나"), "가\n나");
        assert_eq!(unescape(r"a\\nb"), r"a\nb");
        assert_eq!(unescape(r"\sum \"), r"\sum \");
    }
}
