//! Does every topic lead on, and is every topic led to?

use std::collections::{HashMap, HashSet};

use super::names::unknown;
use crate::content::Document;
use crate::content::finding::Finding;
use crate::content::load::Draft;
use crate::content::rule::Rule;
use crate::content::types::Topic;

pub(super) fn check(draft: &Draft) -> Vec<Finding> {
    let mut findings: Vec<_> = draft
        .topics
        .iter()
        .flat_map(|topic| conditions(&topic.document))
        .collect();
    // A file that could not be read may be the very topic that is missed here.
    if let (Some(pack), true) = (&draft.pack, draft.is_whole()) {
        let end = pack.value.end.as_str();
        let unknown = targets(draft, end);
        if unknown.is_empty() {
            findings.extend(paths(draft, end));
        }
        findings.extend(unknown);
    }
    findings
}

/// Each `when` is one of the three forms, and the default stands last.
fn conditions(document: &Document<Topic>) -> Vec<Finding> {
    let topic = &document.value;
    let mut findings = Vec::new();
    for (i, next) in topic.next.iter().enumerate() {
        let field = format!("next[{i}].when");
        match (next.when.as_str(), next.when.strip_prefix("variant:")) {
            ("default", _) if i + 1 < topic.next.len() => {
                findings.push(document.find(Rule::DefaultNotLast, &field));
            }
            ("default" | "failed", _) => {}
            (_, Some(id)) => {
                let known = topic.variant_ids();
                findings.extend(unknown(document, Rule::UnknownVariant, &field, id, known));
            }
            (when, None) => {
                findings.push(document.find(Rule::UnknownWhen, &field).with("when", when));
            }
        }
    }
    if topic.next.iter().all(|next| next.when != "default") {
        findings.push(document.find(Rule::NoDefault, "next"));
    }
    findings
}

/// Each `to` is a title or the end.
fn targets(draft: &Draft, end: &str) -> Vec<Finding> {
    let titles = draft
        .topics
        .iter()
        .map(|topic| topic.document.value.title.as_str());
    let known = titles.chain([end]);
    let mut findings = Vec::new();
    for topic in &draft.topics {
        for (i, next) in topic.document.value.next.iter().enumerate() {
            let field = format!("next[{i}].to");
            findings.extend(unknown(
                &topic.document,
                Rule::UnknownNext,
                &field,
                &next.to,
                known.clone(),
            ));
        }
    }
    findings
}

/// Every topic can be reached from the first, and the end from every topic.
fn paths(draft: &Draft, end: &str) -> Vec<Finding> {
    let Some(first) = draft.topics.first() else {
        return Vec::new();
    };
    let (mut onward, mut back) = (Edges::new(), Edges::new());
    for topic in &draft.topics {
        let topic = &topic.document.value;
        for next in &topic.next {
            onward.entry(&topic.title).or_default().push(&next.to);
            back.entry(&next.to).or_default().push(&topic.title);
        }
    }
    let reached = walk(&first.document.value.title, &onward);
    let leaves = walk(end, &back);
    let mut findings = Vec::new();
    for topic in &draft.topics {
        let title = topic.document.value.title.as_str();
        for (rule, field, holds) in [
            (Rule::Unreachable, "title", reached.contains(title)),
            (Rule::NoWayOut, "next", leaves.contains(title)),
        ] {
            if !holds {
                let finding = topic.document.find(rule, field);
                findings.push(finding.with("title", title).with("end", end));
            }
        }
    }
    findings
}

type Edges<'a> = HashMap<&'a str, Vec<&'a str>>;

fn walk<'a>(from: &'a str, edges: &Edges<'a>) -> HashSet<&'a str> {
    let mut seen = HashSet::from([from]);
    let mut open = vec![from];
    while let Some(title) = open.pop() {
        let onward = edges.get(title).into_iter().flatten();
        open.extend(onward.filter(|next| seen.insert(*next)));
    }
    seen
}
