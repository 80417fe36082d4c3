//! Is everything there that a topic cannot do without?

use crate::content::finding::Finding;
use crate::content::load::Draft;
use crate::content::rule::Rule;
use crate::content::types::{Intents, Topic};
use crate::content::{Document, Of};

/// Difficulties a topic can have.
const DIFFICULTY: std::ops::RangeInclusive<u8> = 1..=3;

/// Intents without which a learner could not steer the interview.
const NEEDED_INTENTS: [&str; 4] = ["ready", "skip", "dont_know", "term_question"];

pub(super) fn check(draft: &Draft) -> Vec<Finding> {
    let topics = draft.topics.iter();
    let mut findings: Vec<_> = topics
        .flat_map(|topic| check_topic(&topic.document))
        .collect();
    findings.extend(draft.intents.iter().flat_map(check_intents));
    findings
}

fn check_topic(document: &Document<Topic>) -> Vec<Finding> {
    let topic = &document.value;
    let mut findings = Vec::new();
    if topic.questions.is_empty() {
        findings.push(document.find(Rule::NoQuestions, "questions"));
    }
    if topic.answers.is_empty() {
        findings.push(document.find(Rule::NoAnswers, "answer"));
    }
    if !DIFFICULTY.contains(&topic.difficulty) {
        findings.push(
            document
                .find(Rule::OutOfRange, "difficulty")
                .with("found", topic.difficulty)
                .with("min", DIFFICULTY.start())
                .with("max", DIFFICULTY.end()),
        );
    }
    for (i, term) in topic.terms.iter().enumerate() {
        let blank = |list: &[String]| !list.iter().any(|text| !text.trim().is_empty());
        for (part, list) in [("names", &term.names), ("explanations", &term.explanations)] {
            if blank(list) {
                let field = format!("term[{i}].{part}");
                findings.push(document.find(Rule::EmptyTerm, &field).with("part", part));
            }
        }
    }
    for list in topic.example_lists() {
        if list.messages.is_empty() && list.of != Of::Failure {
            findings.push(document.find(Rule::NoExamples, &list.field));
        }
    }
    findings
}

fn check_intents(document: &Document<Intents>) -> Vec<Finding> {
    let lists = document.value.lists().into_iter();
    lists
        .filter(|(name, messages)| messages.is_empty() && NEEDED_INTENTS.contains(name))
        .map(|(name, _)| document.find(Rule::EmptyIntent, name).with("name", name))
        .collect()
}
