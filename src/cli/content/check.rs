//! `content check`: every mistake, a line each, and how many there are.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;

use super::{ContentError, Context};
use crate::content::exchanges::{self, PERSONA};
use crate::content::{Finding, Severity, Source, check_source};
use crate::messages::Messages;

pub(super) fn run(
    source: &dyn Source,
    json: bool,
    context: &Context<'_>,
    out: &mut dyn Write,
) -> Result<ExitCode, ContentError> {
    let messages = context.messages;
    // A companion's pack is known by its persona.
    let is_companion = source.read("pack.toml").is_err() && source.read(PERSONA).is_ok();
    let findings = match is_companion {
        true => exchanges::check(source),
        false => check_source(source, context.token_len),
    };
    for finding in &findings {
        if json {
            writeln!(out, "{}", as_json(finding, messages))?;
        } else {
            let line = finding.painted_line(messages, |severity, word| match context.colour {
                true => paint(severity, word),
                false => word.to_owned(),
            });
            writeln!(out, "{line}")?;
        }
    }
    let errors = findings
        .iter()
        .filter(|f| f.severity() == Severity::Error)
        .count();
    let warnings = findings.len() - errors;
    if json {
        writeln!(out, "{}", json!({ "errors": errors, "warnings": warnings }))?;
    } else {
        let key = match findings.is_empty() {
            true => "content.no_findings",
            false => "content.findings",
        };
        let counts = messages.fill(key, &[("errors", &errors), ("warnings", &warnings)]);
        writeln!(out, "{counts}")?;
    }
    Ok(match errors {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn paint(severity: Severity, word: &str) -> String {
    let colour = match severity {
        Severity::Error => 31,
        Severity::Warning => 33,
    };
    format!("\u{1b}[1;{colour}m{word}\u{1b}[0m")
}

fn as_json(finding: &Finding, messages: &Messages) -> serde_json::Value {
    json!({
        "severity": finding.severity(),
        "rule": finding.rule.key(),
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "field": finding.field,
        "message": finding.message(messages),
        "remedy": finding.remedy(messages),
    })
}
