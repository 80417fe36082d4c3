//! Are there enough examples, and does each stand for one thing?

use std::collections::HashMap;

use super::names::place;
use super::{EXAMPLES_WANTED, MISCONCEPTION_EXAMPLES_WANTED};
use crate::content::Document;
use crate::content::examples::Of;
use crate::content::finding::Finding;
use crate::content::rule::Rule;
use crate::content::text::fold;
use crate::content::types::{Intents, Topic};

pub(super) fn check(document: &Document<Topic>) -> Vec<Finding> {
    let mut findings = few(document);
    findings.extend(doubles(document));
    findings
}

fn few(document: &Document<Topic>) -> Vec<Finding> {
    let topic = &document.value;
    let mut findings = Vec::new();
    for list in topic.example_lists() {
        let wanted = match list.of {
            Of::Answer(_) => EXAMPLES_WANTED,
            Of::Failure if topic.kind.is_judged() => EXAMPLES_WANTED,
            Of::Misconception(_) => MISCONCEPTION_EXAMPLES_WANTED,
            _ => 0,
        };
        // A list without any example is an error of its own; only failures may have none.
        let found = list.messages.len();
        if found < wanted && (found > 0 || list.of == Of::Failure) {
            findings.push(
                document
                    .find(Rule::FewExamples, &list.field)
                    .with("found", found)
                    .with("wanted", wanted),
            );
        }
    }
    findings
}

/// One message in two classes confuses the judge; one message twice in a class adds nothing.
fn doubles(document: &Document<Topic>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: HashMap<String, Vec<(Of<'_>, String)>> = HashMap::new();
    for list in document.value.example_lists() {
        for (i, message) in list.messages.iter().enumerate() {
            let field = list.field_of(i);
            let earlier = seen.entry(fold(message)).or_default();
            let clash = earlier
                .iter()
                .find_map(|(of, first)| Some((clash(*of, list.of)?, first)));
            if let Some((rule, first)) = clash {
                findings.push(
                    document
                        .find(rule, &field)
                        .with("text", message)
                        .with_whole("first", place(document, first)),
                );
            }
            earlier.push((list.of, field));
        }
    }
    findings
}

/// The rule that two equal messages break. A message may stand both under a sub-answer and under
/// one of its variants: the variant says more about the same class.
fn clash(a: Of<'_>, b: Of<'_>) -> Option<Rule> {
    let same = match (a, b) {
        (Of::Variant(_, a), Of::Variant(_, b)) => a.id == b.id,
        (Of::Answer(a), Of::Variant(b, _)) | (Of::Variant(b, _), Of::Answer(a))
            if a.label == b.label =>
        {
            return None;
        }
        (Of::Answer(a), Of::Answer(b)) => a.label == b.label,
        (Of::Combined(a), Of::Combined(b)) => {
            a.labels.len() == b.labels.len() && a.labels.iter().all(|l| b.labels.contains(l))
        }
        (Of::Misconception(a), Of::Misconception(b)) => a.label == b.label,
        (Of::Failure, Of::Failure) => true,
        _ => false,
    };
    Some(if same {
        Rule::RepeatedExample
    } else {
        Rule::AmbiguousExample
    })
}

/// Intents may overlap with each other only by mistake.
pub(super) fn check_intents(document: &Document<Intents>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: HashMap<String, String> = HashMap::new();
    for (name, messages) in document.value.lists() {
        for (i, message) in messages.iter().enumerate() {
            let field = format!("{name}[{i}]");
            match seen.get(&fold(message)) {
                Some(first) => findings.push(
                    document
                        .find(Rule::RepeatedExample, &field)
                        .with("text", message)
                        .with_whole("first", place(document, first)),
                ),
                None => {
                    seen.insert(fold(message), field);
                }
            }
        }
    }
    findings
}
