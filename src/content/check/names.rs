//! Are titles, labels and ids unique, and does every reference name something?

use std::collections::{HashMap, HashSet};

use crate::content::Document;
use crate::content::finding::Finding;
use crate::content::inputs::{FAILURE_LABEL, TERM_QUESTION_LABEL};
use crate::content::load::Draft;
use crate::content::rule::Rule;
use crate::content::text::nearest;
use crate::content::types::Topic;

/// Where a name was first used, as people read it.
type Used = HashMap<String, String>;

pub(super) fn check(draft: &Draft) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (mut titles, mut labels) = (Used::new(), Used::new());
    let end = draft.pack.as_ref().map(|pack| pack.value.end.as_str());
    for topic in &draft.topics {
        let document = &topic.document;
        let topic = &document.value;
        if end == Some(&topic.title) {
            findings.push(
                document
                    .find(Rule::TitleIsEnd, "title")
                    .with("title", &topic.title),
            );
        }
        unique(
            document,
            Rule::DuplicateTitle,
            "title",
            &topic.title,
            &mut titles,
            &mut findings,
        );
        for (i, label) in topic.labels().enumerate() {
            let field = format!("answer[{i}].label");
            unique(
                document,
                Rule::DuplicateLabel,
                &field,
                label,
                &mut labels,
                &mut findings,
            );
            if [FAILURE_LABEL, TERM_QUESTION_LABEL].contains(&label) {
                findings.push(
                    document
                        .find(Rule::ReservedLabel, &field)
                        .with("label", label),
                );
            }
            if label.contains(',') {
                findings.push(
                    document
                        .find(Rule::CommaInLabel, &field)
                        .with("label", label),
                );
            }
        }
        findings.extend(within_topic(document));
    }
    findings
}

/// Misconceptions and variants are named within their topic; a misconception shares its names
/// with the labels, since both stand side by side in a judgement.
fn within_topic(document: &Document<Topic>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let topic = &document.value;
    let mut classes: Used = (topic.labels().enumerate())
        .map(|(i, label)| {
            (
                label.to_owned(),
                place(document, &format!("answer[{i}].label")),
            )
        })
        .collect();
    for (i, misconception) in topic.misconceptions.iter().enumerate() {
        let field = format!("misconception[{i}].label");
        let name = &misconception.label;
        unique(
            document,
            Rule::DuplicateName,
            &field,
            name,
            &mut classes,
            &mut findings,
        );
    }
    let mut variants = Used::new();
    for (i, answer) in topic.answers.iter().enumerate() {
        for (j, variant) in answer.variants.iter().enumerate() {
            let field = format!("answer[{i}].variant[{j}].id");
            unique(
                document,
                Rule::DuplicateName,
                &field,
                &variant.id,
                &mut variants,
                &mut findings,
            );
        }
    }
    for (i, combined) in topic.combined.iter().enumerate() {
        let distinct: HashSet<_> = combined.labels.iter().collect();
        if distinct.len() < 2 {
            findings.push(document.find(Rule::FewCombined, &format!("combined[{i}].labels")));
        }
        for (j, label) in combined.labels.iter().enumerate() {
            let field = format!("combined[{i}].labels[{j}]");
            findings.extend(unknown_label(document, topic, &field, label));
        }
    }
    findings
}

/// A finding if the topic has no such label.
pub(super) fn unknown_label<T>(
    document: &Document<T>,
    topic: &Topic,
    field: &str,
    label: &str,
) -> Option<Finding> {
    unknown(document, Rule::UnknownLabel, field, label, topic.labels())
}

/// A finding if a name is none of those that are known.
pub(super) fn unknown<'a, T>(
    document: &Document<T>,
    rule: Rule,
    field: &str,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Option<Finding> {
    if known.clone().any(|candidate| candidate == name) {
        return None;
    }
    let nearest = nearest(name, known.clone()).unwrap_or("–");
    Some(
        document
            .find(rule, field)
            .with("name", name)
            .with("nearest", nearest)
            .with_list("known", known),
    )
}

fn unique(
    document: &Document<Topic>,
    rule: Rule,
    field: &str,
    name: &str,
    used: &mut Used,
    findings: &mut Vec<Finding>,
) {
    match used.get(name) {
        Some(first) => findings.push(
            document
                .find(rule, field)
                .with("name", name)
                .with_whole("first", first),
        ),
        None => {
            used.insert(name.to_owned(), place(document, field));
        }
    }
}

/// `file:line` of a field.
pub(super) fn place<T>(document: &Document<T>, field: &str) -> String {
    format!("{}:{}", document.file, document.position(field).0)
}
