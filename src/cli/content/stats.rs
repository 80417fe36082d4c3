//! `content stats`: how much a pack holds, topic by topic.

use std::io::{self, Write};

use super::table;
use crate::content::{EvalSet, Of, Pack, Topic};
use crate::messages::Messages;

const COLUMNS: [&str; 7] = [
    "topic",
    "labels",
    "examples",
    "combined",
    "misconceptions",
    "failures",
    "eval",
];

pub(super) fn run(
    pack: &Pack,
    eval: &EvalSet,
    messages: &Messages,
    out: &mut dyn Write,
) -> io::Result<()> {
    let header = COLUMNS.map(|name| messages.get(&format!("content.stats_{name}")).to_owned());
    let mut rows = vec![header.to_vec()];
    let mut total = Counts::default();
    for (i, topic) in pack.topics.iter().enumerate() {
        let held_out = eval.topics.iter().find(|held_out| held_out.index == i);
        let counts = Counts::of(topic, held_out.map_or(0, |held_out| held_out.cases.len()));
        rows.push(counts.row(topic.display()));
        total.add(counts);
    }
    total.per_label = vec![total.per_label.iter().sum()];
    rows.push(total.row(messages.get("content.stats_total")));
    table::write(out, &rows)
}

#[derive(Default)]
struct Counts {
    labels: usize,
    per_label: Vec<usize>,
    combined: usize,
    misconceptions: usize,
    misconception_examples: usize,
    failures: usize,
    eval: usize,
}

impl Counts {
    fn of(topic: &Topic, eval: usize) -> Self {
        let mut counts = Self {
            labels: topic.answers.len(),
            misconceptions: topic.misconceptions.len(),
            eval,
            ..Self::default()
        };
        for list in topic.example_lists() {
            let messages = list.messages.len();
            match list.of {
                Of::Answer(_) => counts.per_label.push(messages),
                Of::Variant(..) => {
                    // It comes after its answer, and earns it as well.
                    if let Some(answer) = counts.per_label.last_mut() {
                        *answer += messages;
                    }
                }
                Of::Combined(_) => counts.combined += messages,
                Of::Misconception(_) => counts.misconception_examples += messages,
                Of::Failure => counts.failures += messages,
            }
        }
        counts
    }

    fn add(&mut self, other: Self) {
        self.labels += other.labels;
        self.per_label.extend(other.per_label);
        self.combined += other.combined;
        self.misconceptions += other.misconceptions;
        self.misconception_examples += other.misconception_examples;
        self.failures += other.failures;
        self.eval += other.eval;
    }

    fn row(&self, name: &str) -> Vec<String> {
        let per_label: Vec<_> = self.per_label.iter().map(usize::to_string).collect();
        vec![
            name.to_owned(),
            self.labels.to_string(),
            per_label.join(" + "),
            self.combined.to_string(),
            format!("{} ({})", self.misconceptions, self.misconception_examples),
            self.failures.to_string(),
            self.eval.to_string(),
        ]
    }
}
