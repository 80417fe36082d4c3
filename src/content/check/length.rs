//! Does the encoder read all of it?

use crate::content::Document;
use crate::content::eval::EvalDraft;
use crate::content::examples::Of;
use crate::content::finding::Finding;
use crate::content::inputs::answer_input;
use crate::content::load::Draft;
use crate::content::rule::Rule;
use crate::content::types::{Intents, Topic, TopicKind};

/// What the encoder reads of a text and its title; the end of a longer one is cut.
pub const ENCODER_TOKENS: usize = 64;

/// Counts the tokens of a text.
pub type TokenLen<'a> = &'a dyn Fn(&str) -> usize;

pub(super) fn check(
    draft: &Draft,
    eval: Option<&EvalDraft>,
    token_len: TokenLen<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for topic in &draft.topics {
        findings.extend(topic_lengths(&topic.document, token_len));
    }
    if let Some(intents) = &draft.intents {
        findings.extend(intent_lengths(draft, intents, token_len));
    }
    for file in eval.iter().flat_map(|eval| &eval.files) {
        let Some(topic) = draft.topics.iter().find(|topic| topic.slug == file.slug) else {
            continue;
        };
        let title = &topic.document.value.title;
        for (i, case) in file.document.value.cases.iter().enumerate() {
            let text = answer_input(title, case.asked.as_deref(), &case.message).to_string();
            let field = format!("case[{i}].message");
            findings.extend(too_long(&file.document, &field, &text, token_len));
        }
    }
    findings
}

fn topic_lengths(document: &Document<Topic>, token_len: TokenLen<'_>) -> Vec<Finding> {
    let topic = &document.value;
    let mut findings = Vec::new();
    for list in topic.example_lists() {
        let asked = asked(topic, list.of);
        for (i, message) in list.messages.iter().enumerate() {
            let text = answer_input(&topic.title, asked, message).to_string();
            findings.extend(too_long(document, &list.field_of(i), &text, token_len));
        }
    }
    findings
}

/// The part that was asked for when an example of an experience topic was given.
fn asked<'a>(topic: &'a Topic, of: Of<'a>) -> Option<&'a str> {
    if topic.kind != TopicKind::Experience {
        return None;
    }
    let earned = of.labels().first().map(String::as_str);
    earned.or_else(|| topic.labels().next())
}

/// Intents are read with every title, so the longest one decides.
fn intent_lengths(
    draft: &Draft,
    document: &Document<Intents>,
    token_len: TokenLen<'_>,
) -> Vec<Finding> {
    let titles = draft
        .topics
        .iter()
        .map(|topic| topic.document.value.title.as_str());
    let longest = titles
        .max_by_key(|title| token_len(title))
        .unwrap_or_default();
    let mut findings = Vec::new();
    for (name, messages) in document.value.lists() {
        for (i, message) in messages.iter().enumerate() {
            let text = answer_input(longest, None, message).to_string();
            findings.extend(too_long(
                document,
                &format!("{name}[{i}]"),
                &text,
                token_len,
            ));
        }
    }
    findings
}

fn too_long<T>(
    document: &Document<T>,
    field: &str,
    text: &str,
    token_len: TokenLen<'_>,
) -> Option<Finding> {
    let tokens = token_len(text);
    (tokens > ENCODER_TOKENS).then(|| {
        document
            .find(Rule::TooLong, field)
            .with("tokens", tokens)
            .with("limit", ENCODER_TOKENS)
            .with("over", tokens - ENCODER_TOKENS)
    })
}
