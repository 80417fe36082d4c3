//! Does a topic teach: can it hint, correct and show a good answer?

use super::{MISCONCEPTIONS_WANTED, QUESTIONS_WANTED};
use crate::content::Document;
use crate::content::finding::Finding;
use crate::content::rule::Rule;
use crate::content::types::{Topic, TopicKind};

pub(super) fn check(document: &Document<Topic>) -> Vec<Finding> {
    let topic = &document.value;
    if topic.kind != TopicKind::Question {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut few = |rule, field, found, wanted| {
        if found < wanted {
            let finding = document.find(rule, field);
            findings.push(finding.with("found", found).with("wanted", wanted));
        }
    };
    let misconceptions = topic.misconceptions.len();
    few(
        Rule::FewMisconceptions,
        "misconception",
        misconceptions,
        MISCONCEPTIONS_WANTED,
    );
    if !topic.questions.is_empty() {
        few(
            Rule::FewQuestions,
            "questions",
            topic.questions.len(),
            QUESTIONS_WANTED,
        );
    }
    for (i, answer) in topic.answers.iter().enumerate() {
        for (rule, name, text) in [
            (Rule::NoHint, "hint", &answer.hint),
            (Rule::NoKeyPoint, "key_point", &answer.key_point),
            (Rule::NoModelAnswer, "model_answer", &answer.model_answer),
        ] {
            if text.is_empty() {
                let finding = document.find(rule, &format!("answer[{i}].{name}"));
                findings.push(finding.with("label", &answer.label));
            }
        }
    }
    findings
}
