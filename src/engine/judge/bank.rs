//! What a judge keeps of a topic: its classes, each with the embeddings of its examples.

use crate::content::inputs::answer_input;
use crate::content::{Pack, Topic, TopicKind};
use crate::encoder::nearest::{Class as Examples, Classes};
use crate::encoder::{Packed, Text};
use crate::engine::dataset::{OffTopic, TopicClass, classes};
use crate::interview::Class;

use super::variants::Variants;

/// Examples of an intent that stand for it where answers are judged; there are many such topics,
/// and enough in these.
pub(super) const INTENT_EXAMPLES: usize = 128;

/// A topic's classes with their embeddings.
pub(super) struct Bank {
    /// What it was made from, to notice an edited file.
    source: (Topic, Vec<Vec<String>>),
    pub(super) classes: Vec<Class>,
    pub(super) examples: Classes,
    pub(super) variants: Variants,
}

impl Bank {
    /// `embeddings` in the order of [`example_texts`].
    pub(super) fn new(topic: &Topic, classes: &[TopicClass], embeddings: Vec<Vec<f32>>) -> Self {
        let variants = Variants::new(topic, classes, &embeddings);
        let mut rest = embeddings.into_iter();
        let examples = classes
            .iter()
            .map(|class| Examples {
                kind: class.kind,
                examples: rest
                    .by_ref()
                    .take(class.examples.len())
                    .map(|embedding| Packed::new(&embedding))
                    .collect(),
            })
            .collect();
        Self {
            source: (topic.clone(), classes.iter().map(owned).collect()),
            classes: classes.iter().map(|class| class.class.clone()).collect(),
            examples: Classes::new(examples),
            variants,
        }
    }

    /// Whether it was made from this topic as it stands now.
    pub(super) fn is_of(&self, topic: &Topic, classes: &[TopicClass]) -> bool {
        let (known, examples) = &self.source;
        known == topic && classes.iter().map(|class| &class.examples).eq(examples)
    }

    /// Probability that the message earns a label: the sum over the classes that hold it, or what
    /// one of its sentences earns by itself.
    pub(super) fn label_probability(&self, label: &str, scores: &[Vec<f32>]) -> f32 {
        scores
            .iter()
            .map(|scores| {
                self.classes
                    .iter()
                    .zip(scores)
                    .filter(|(class, _)| {
                        matches!(class, Class::Labels(labels) if labels.iter().any(|l| l == label))
                    })
                    .map(|(_, score)| score)
                    .sum::<f32>()
            })
            .fold(0., f32::max)
            .min(1.)
    }
}

/// The topic's classes, each intent by a spread of its examples; between the questions, where
/// intents are all there is to tell apart, by all of them.
pub(super) fn represented<'a>(
    topic: &'a Topic,
    pack: &'a Pack,
    off_topic: &'a OffTopic,
) -> Vec<TopicClass<'a>> {
    let mut classes = classes(topic, pack, off_topic);
    if !matches!(topic.kind, TopicKind::Question | TopicKind::Experience) {
        return classes;
    }
    for class in &mut classes {
        let n = class.examples.len();
        if matches!(class.class, Class::Intent(_)) && n > INTENT_EXAMPLES {
            class.examples = (0..INTENT_EXAMPLES)
                .map(|i| class.examples[i * n / INTENT_EXAMPLES])
                .collect();
        }
    }
    classes
}

/// The examples as the S-BERT reads them. An answer's example carries its own part; what earns
/// nothing carries the part that was asked for.
pub(super) fn example_texts(
    topic: &Topic,
    asked: Option<&str>,
    classes: &[TopicClass],
) -> Vec<Text> {
    classes
        .iter()
        .flat_map(|class| {
            let own = match &class.class {
                Class::Labels(labels) => labels.first().and_then(|label| topic.answer(label)),
                _ => None,
            };
            let asked = asked.map(|part| own.map_or(part, |answer| &answer.label));
            class
                .examples
                .iter()
                .map(move |message| answer_input(&topic.title, asked, message).into())
        })
        .collect()
}

fn owned(class: &TopicClass) -> Vec<String> {
    let examples = class.examples.iter();
    examples.map(|example| (*example).to_owned()).collect()
}
