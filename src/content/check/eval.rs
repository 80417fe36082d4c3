//! Are the held-out answers held out, and do they speak of what the pack has?

use std::collections::HashMap;

use super::names::{place, unknown, unknown_label};
use crate::content::Document;
use crate::content::eval::EvalDraft;
use crate::content::finding::Finding;
use crate::content::load::Draft;
use crate::content::rule::Rule;
use crate::content::text::fold;
use crate::content::types::{EvalFile, Intents, Topic, TopicKind};

pub(super) fn check(draft: &Draft, eval: &EvalDraft) -> Vec<Finding> {
    let trained = trained_on(draft);
    let mut seen: HashMap<(&str, String), String> = HashMap::new();
    let mut findings = eval.broken.clone();
    for file in &eval.files {
        let document = &file.document;
        findings.extend(document.blemishes.iter().cloned());
        if let Some(topic) = draft.topics.iter().find(|topic| topic.slug == file.slug) {
            findings.extend(names(document, &topic.document.value));
        }
        for (i, case) in document.value.cases.iter().enumerate() {
            let field = format!("case[{i}].message");
            let folded = fold(&case.message);
            let report = |rule, first: &str| {
                let finding = document.find(rule, &field).with("text", &case.message);
                finding.with_whole("first", first)
            };
            if let Some(first) = trained.get(&folded) {
                findings.push(report(Rule::EvalInTraining, first));
            }
            let here = (file.slug.as_str(), folded);
            match seen.get(&here) {
                Some(first) => findings.push(report(Rule::RepeatedExample, first)),
                None => {
                    seen.insert(here, place(document, &field));
                }
            }
        }
    }
    findings
}

/// Labels, misconceptions, variants and intents that the topic or the pack does not have.
pub(in crate::content) fn names(document: &Document<EvalFile>, topic: &Topic) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (i, case) in document.value.cases.iter().enumerate() {
        let field = |name: &str| format!("case[{i}].{name}");
        for (j, label) in case.labels.iter().enumerate() {
            let field = field(&format!("labels[{j}]"));
            findings.extend(unknown_label(document, topic, &field, label));
        }
        if let Some(asked) = &case.asked {
            findings.extend(unknown_label(document, topic, &field("asked"), asked));
            if topic.kind != TopicKind::Experience {
                findings.push(document.find(Rule::AskedElsewhere, &field("asked")));
            }
        }
        if let Some(name) = &case.misconception {
            let known = topic.misconceptions.iter().map(|m| m.label.as_str());
            let rule = Rule::UnknownMisconception;
            findings.extend(unknown(
                document,
                rule,
                &field("misconception"),
                name,
                known,
            ));
        }
        if let Some(id) = &case.variant {
            let known = topic.variant_ids();
            findings.extend(unknown(
                document,
                Rule::UnknownVariant,
                &field("variant"),
                id,
                known,
            ));
        }
        if let Some(intent) = &case.intent {
            let known = Intents::NAMES.into_iter();
            findings.extend(unknown(
                document,
                Rule::UnknownIntent,
                &field("intent"),
                intent,
                known,
            ));
        }
    }
    findings
}

/// Every message that training may see, folded, with the place where it stands.
fn trained_on(draft: &Draft) -> HashMap<String, String> {
    let mut trained = HashMap::new();
    for topic in &draft.topics {
        for list in topic.document.value.example_lists() {
            for (i, message) in list.messages.iter().enumerate() {
                let place = place(&topic.document, &list.field_of(i));
                trained.entry(fold(message)).or_insert(place);
            }
        }
    }
    if let Some(intents) = &draft.intents {
        for (name, messages) in intents.value.lists() {
            for (i, message) in messages.iter().enumerate() {
                let place = place(intents, &format!("{name}[{i}]"));
                trained.entry(fold(message)).or_insert(place);
            }
        }
    }
    trained
}
