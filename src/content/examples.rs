//! Every example message of a topic, and what it is an example of.

use super::types::{Answer, Combined, Misconception, Topic, Variant};

/// What a message is an example of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Of<'a> {
    /// A sub-answer.
    Answer(&'a Answer),
    /// A variant of a sub-answer, which it earns as well.
    Variant(&'a Answer, &'a Variant),
    /// Several sub-answers.
    Combined(&'a Combined),
    /// A wrong idea.
    Misconception(&'a Misconception),
    /// Nothing.
    Failure,
}

impl<'a> Of<'a> {
    /// The labels the message earns.
    pub fn labels(self) -> &'a [String] {
        match self {
            Of::Answer(answer) | Of::Variant(answer, _) => std::slice::from_ref(&answer.label),
            Of::Combined(combined) => &combined.labels,
            Of::Misconception(_) | Of::Failure => &[],
        }
    }
}

/// A list of examples as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleList<'a> {
    /// Path of the list in the file, such as `answer[0].examples`.
    pub field: String,
    /// What its messages are examples of.
    pub of: Of<'a>,
    /// The messages.
    pub messages: &'a [String],
}

impl ExampleList<'_> {
    /// Path of one message in the file.
    pub fn field_of(&self, i: usize) -> String {
        format!("{}[{i}]", self.field)
    }
}

impl Topic {
    /// All lists of examples, in the order of the format.
    pub fn example_lists(&self) -> Vec<ExampleList<'_>> {
        let mut lists = Vec::new();
        let mut push = |field: String, of, messages| {
            lists.push(ExampleList {
                field: format!("{field}.examples"),
                of,
                messages,
            });
        };
        for (i, answer) in self.answers.iter().enumerate() {
            push(
                format!("answer[{i}]"),
                Of::Answer(answer),
                &answer.examples[..],
            );
            for (j, variant) in answer.variants.iter().enumerate() {
                let field = format!("answer[{i}].variant[{j}]");
                push(field, Of::Variant(answer, variant), &variant.examples[..]);
            }
        }
        for (i, combined) in self.combined.iter().enumerate() {
            push(
                format!("combined[{i}]"),
                Of::Combined(combined),
                &combined.examples[..],
            );
        }
        for (i, misconception) in self.misconceptions.iter().enumerate() {
            let of = Of::Misconception(misconception);
            push(
                format!("misconception[{i}]"),
                of,
                &misconception.examples[..],
            );
        }
        push(
            "failure".to_owned(),
            Of::Failure,
            &self.failure.examples[..],
        );
        lists
    }

    /// Every example message with what it is an example of. A message that stands both under a
    /// sub-answer and under one of its variants comes once for each.
    pub fn examples(&self) -> impl Iterator<Item = (&str, Of<'_>)> {
        self.example_lists().into_iter().flat_map(|list| {
            let of = list.of;
            list.messages
                .iter()
                .map(move |message| (message.as_str(), of))
        })
    }
}
