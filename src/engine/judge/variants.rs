//! Which variant of an answer a message names, where the flow branches on it.
//!
//! The examples that earn the answer fall into groups: one for each variant, and those that name
//! none. A ridge regression over the groups decides; between two groups nothing is said, and the
//! selector ranks both ways on.

use std::collections::HashMap;

use crate::content::{NO_VARIANT, Topic};
use crate::encoder::ridge::Ridge;
use crate::engine::dataset::TopicClass;
use crate::interview::Class;

/// By how much the best group leads the second; members score about 1, others about 0.
const MARGIN: f32 = 0.1;

/// The variants of a topic's answers; empty where there are none.
#[derive(Default)]
pub(super) struct Variants {
    /// Identifiers, [`NO_VARIANT`] among them, in the order of the regression's classes.
    ids: Vec<String>,
    ridge: Ridge,
}

impl Variants {
    /// `embeddings` are those of the classes' examples, one after the other.
    pub(super) fn new(topic: &Topic, classes: &[TopicClass], embeddings: &[Vec<f32>]) -> Self {
        let variants = topic.answers.iter().flat_map(|answer| &answer.variants);
        let named: HashMap<&str, &str> = variants
            .flat_map(|variant| {
                let examples = variant.examples.iter();
                examples.map(|example| (example.as_str(), variant.id.as_str()))
            })
            .collect();
        if named.is_empty() {
            return Self::default();
        }
        let mut ids: Vec<String> = Vec::new();
        let mut groups: Vec<Vec<Vec<f32>>> = Vec::new();
        let examples = classes
            .iter()
            .flat_map(|class| class.examples.iter().map(move |text| (&class.class, *text)));
        for ((class, message), embedding) in examples.zip(embeddings) {
            if !matches!(class, Class::Labels(_)) {
                continue;
            }
            let id = named.get(message).copied().unwrap_or(NO_VARIANT);
            let group = ids.iter().position(|known| known == id);
            let group = group.unwrap_or_else(|| {
                ids.push(id.to_owned());
                groups.push(Vec::new());
                ids.len() - 1
            });
            groups[group].push(embedding.clone());
        }
        let groups: Vec<&[Vec<f32>]> = groups.iter().map(Vec::as_slice).collect();
        Self {
            ids,
            ridge: Ridge::fit(&groups),
        }
    }

    /// The variant a message names; [`NO_VARIANT`] where it clearly names none.
    pub(super) fn named(&self, embedding: &[f32]) -> Option<String> {
        if self.ids.is_empty() {
            return None;
        }
        let scores = self.ridge.scores(embedding);
        let mut ranked: Vec<_> = self.ids.iter().zip(scores).collect();
        ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let (id, best) = ranked.first()?;
        let second = ranked.get(1).map_or(0., |(_, score)| *score);
        (best - second > MARGIN).then(|| (*id).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::dataset::{OffTopic, classes};
    use crate::testing::pack;

    const LOSSES: &str = "손실 함수";

    /// Variants of the topic of losses, the examples of each class along an axis of their own, those
    /// that name a variant along another.
    fn variants() -> Variants {
        let pack = pack();
        let (_, topic) = pack.topic(LOSSES).unwrap();
        let squared = &topic.answers[0].variants[0].examples;
        let off_topic = OffTopic::new(&pack);
        let classes = classes(topic, &pack, &off_topic);
        let embeddings: Vec<Vec<f32>> = classes
            .iter()
            .enumerate()
            .flat_map(|(class, of)| of.examples.iter().map(move |text| (class, *text)))
            .map(|(class, text)| {
                let axis = if squared.iter().any(|own| own == text) {
                    9
                } else {
                    class
                };
                along(axis)
            })
            .collect();
        Variants::new(topic, &classes, &embeddings)
    }

    fn along(axis: usize) -> Vec<f32> {
        (0..10).map(|i| f32::from(u8::from(i == axis))).collect()
    }

    #[test]
    fn what_is_like_a_variants_examples_names_it() {
        assert_eq!(variants().named(&along(9)).as_deref(), Some("squared"));
    }

    #[test]
    fn what_is_like_the_answers_other_examples_names_none_of_them() {
        assert_eq!(variants().named(&along(0)).as_deref(), Some(NO_VARIANT));
    }

    #[test]
    fn between_both_nothing_is_said() {
        let mut between = along(9);
        between[0] = 1.;
        assert_eq!(variants().named(&between), None);
    }

    #[test]
    fn a_topic_that_does_not_branch_names_nothing() {
        assert_eq!(Variants::default().named(&along(0)), None);
    }
}
