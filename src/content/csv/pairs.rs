//! Pairs: every input with every candidate, and whether they belong together.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;

use super::{Row, Rows, read};
use crate::content::finding::LoadError;
use crate::content::inputs::{FAILURE_LABEL, TERM_QUESTION_LABEL, answer_input};
use crate::content::rule::Rule;
use crate::content::{EvalSet, Of, Pack, Topic, TopicKind};

/// Which S-BERT the pairs are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairRole {
    /// Messages with labels.
    Answer,
    /// Messages with the topics that follow.
    Next,
}

impl PairRole {
    /// Name of the column that holds the candidates.
    pub fn candidate_column(self) -> &'static str {
        match self {
            Self::Answer => "output_answer",
            Self::Next => "next_question",
        }
    }
}

/// One line of a pairs file.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// What the S-BERT reads of the turn.
    pub input: String,
    /// A label, or a topic.
    pub candidate: String,
    /// 1.0 where they belong together, 0.0 elsewhere.
    pub similarity: f32,
}

/// Reads a pairs file.
pub fn read_pairs(path: &Path, role: PairRole) -> Result<Rows<Pair>, LoadError> {
    read(
        path,
        |table| {
            ["input_part", role.candidate_column(), "similarity"].map(|name| table.column(name))
        },
        |[input, candidate, similarity], row| {
            let (input, candidate) = (row.cell(*input), row.cell(*candidate));
            if input.is_empty() || candidate.is_empty() {
                return None;
            }
            Some(Pair {
                input,
                candidate,
                similarity: similarity_in(row, (*similarity)?)?,
            })
        },
    )
}

/// A similarity: a cosine or a share.
pub(super) fn similarity_in(row: &mut Row<'_>, column: usize) -> Option<f32> {
    let cell = row.cell(Some(column));
    let number = cell.parse().ok().filter(|number: &f32| number.is_finite());
    let Some(number) = number else {
        row.report(Rule::CsvBadNumber, column, &cell);
        return None;
    };
    let is_similarity = (-1. ..=1.).contains(&number);
    if !is_similarity {
        row.report(Rule::CsvNoSimilarity, column, &cell);
    }
    is_similarity.then_some(number)
}

/// An input and the candidates that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledInput {
    /// What the S-BERT reads.
    pub input: String,
    /// The true candidates, one or more.
    pub labels: Vec<String>,
}

/// Writes every input with every candidate.
pub fn write_pairs(
    out: impl Write,
    role: PairRole,
    inputs: &[LabelledInput],
    candidates: &[&str],
) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["input_part", role.candidate_column(), "similarity"])?;
    for LabelledInput { input, labels } in inputs {
        for candidate in candidates {
            let belongs = labels.iter().any(|label| label == candidate);
            let similarity = if belongs { "1.0" } else { "0.0" };
            writer.write_record([input, *candidate, similarity])?;
        }
    }
    writer.flush()?;
    Ok(())
}

/// A pack's examples as inputs of role `answer`, each once. Wrong ideas count as failures: the
/// candidates of this role know no others. Questions about terms belong to no topic, so they are
/// dealt out among those that are judged.
pub fn answer_inputs(pack: &Pack) -> Vec<LabelledInput> {
    let mut inputs = Vec::new();
    for topic in &pack.topics {
        for (message, of) in topic.examples() {
            for asked in asked(topic, of) {
                let input = answer_input(&topic.title, asked, message).to_string();
                let labels = or_failure(of.labels());
                inputs.push(LabelledInput { input, labels });
            }
        }
    }
    let judged = pack.topics.iter().filter(|topic| topic.kind.is_judged());
    for (message, topic) in pack.intents.term_question.iter().zip(judged.cycle()) {
        let asked = asked(topic, Of::Failure).first().copied().flatten();
        inputs.push(LabelledInput {
            input: answer_input(&topic.title, asked, message).to_string(),
            labels: vec![TERM_QUESTION_LABEL.to_owned()],
        });
    }
    let mut seen = HashSet::new();
    inputs.retain(|labelled| seen.insert(labelled.input.clone()));
    inputs
}

/// The held-out answers as inputs of role `answer`.
pub fn eval_inputs(eval: &EvalSet) -> Vec<LabelledInput> {
    eval.cases()
        .map(|(title, case)| LabelledInput {
            input: answer_input(title, case.asked.as_deref(), &case.message).to_string(),
            labels: match case.intent.as_deref() {
                Some("term_question") => vec![TERM_QUESTION_LABEL.to_owned()],
                _ => or_failure(&case.labels),
            },
        })
        .collect()
}

fn or_failure(labels: &[String]) -> Vec<String> {
    match labels {
        [] => vec![FAILURE_LABEL.to_owned()],
        labels => labels.to_vec(),
    }
}

/// The parts that may have been asked for when the message came: in an experience topic the part
/// it answers, or any where it answers none; elsewhere nothing is said about it.
fn asked<'a>(topic: &'a Topic, of: Of<'a>) -> Vec<Option<&'a str>> {
    match (topic.kind, of.labels().first()) {
        (TopicKind::Experience, Some(label)) => vec![Some(label.as_str())],
        (TopicKind::Experience, None) => topic.labels().map(Some).collect(),
        _ => vec![None],
    }
}
