//! Everything an instructor should know about a pack before a learner meets it.
//!
//! Two circles: `structure` is what an interview relies on, and a breach keeps a pack from
//! loading; [`check()`] adds what makes a pack good. One file per question that is asked of a pack.

mod eval;
mod examples;
mod flow;
mod length;
mod names;
mod parts;
mod teaching;
#[cfg(test)]
mod tests;

pub(super) use eval::names as eval_names;
pub use length::{ENCODER_TOKENS, TokenLen};

use super::eval::EvalDraft;
use super::finding::Finding;
use super::load::Draft;
use super::rule::Rule;
use super::source::Source;

/// Labels with fewer examples than this are judged badly (facts.md, "Compare with examples").
pub const EXAMPLES_WANTED: usize = 8;
/// Examples that a misconception should have.
pub const MISCONCEPTION_EXAMPLES_WANTED: usize = 4;
/// Wrong ideas that a question topic should know.
pub const MISCONCEPTIONS_WANTED: usize = 2;
/// Wordings of a question, so that it need not be asked the same way twice.
pub const QUESTIONS_WANTED: usize = 3;

/// Checks a pack and its held-out answers. `token_len` counts the tokens of a text as the encoder
/// reads it, special tokens included; without it, lengths are not checked.
pub fn check(
    draft: &Draft,
    eval: Option<&EvalDraft>,
    token_len: Option<TokenLen<'_>>,
) -> Vec<Finding> {
    let mut findings = draft.broken.clone();
    findings.extend(structure(draft));
    findings.extend(blemishes(draft, Rule::ControlCharacter));
    for topic in &draft.topics {
        findings.extend(examples::check(&topic.document));
        findings.extend(teaching::check(&topic.document));
    }
    if let Some(intents) = &draft.intents {
        findings.extend(examples::check_intents(intents));
    }
    if let Some(eval) = eval {
        findings.extend(eval::check(draft, eval));
    }
    if let Some(token_len) = token_len {
        findings.extend(length::check(draft, eval, token_len));
    }
    sort(&mut findings);
    findings
}

/// Reads a pack with its held-out answers and checks both.
pub fn check_source(source: &dyn Source, token_len: Option<TokenLen<'_>>) -> Vec<Finding> {
    let draft = Draft::read(source);
    let eval = draft
        .pack
        .as_ref()
        .map(|pack| EvalDraft::read(source, &pack.value.topics));
    check(&draft, eval.as_ref(), token_len)
}

/// What an interview relies on.
pub(super) fn structure(draft: &Draft) -> Vec<Finding> {
    let mut findings = blemishes(draft, Rule::EmptyText);
    findings.extend(names::check(draft));
    findings.extend(flow::check(draft));
    findings.extend(parts::check(draft));
    findings
}

/// By file, then from top to bottom.
pub(in crate::content) fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let place = |finding: &Finding| (finding.line, finding.column, finding.rule);
        a.file.cmp(&b.file).then_with(|| place(a).cmp(&place(b)))
    });
}

fn blemishes(draft: &Draft, rule: Rule) -> Vec<Finding> {
    let pack = draft.pack.iter().flat_map(|document| &document.blemishes);
    let intents = draft
        .intents
        .iter()
        .flat_map(|document| &document.blemishes);
    let topics = draft
        .topics
        .iter()
        .flat_map(|topic| &topic.document.blemishes);
    pack.chain(intents)
        .chain(topics)
        .filter(|finding| finding.rule == rule)
        .cloned()
        .collect()
}
