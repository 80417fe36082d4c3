//! Training data of the judge's S-BERT: every example with its class, and its similarity to the
//! labels.

use crate::content::inputs::{FAILURE_LABEL, TERM_QUESTION_LABEL, answer_candidates, answer_input};
use crate::content::{Pack, Topic, TopicKind};
use crate::encoder::Text;
use crate::encoder::train::{Group, TrainData};
use crate::interview::{Class, Intent};

use super::classes::{TopicClass, classes};
use super::off_topic::OffTopic;
use super::{bucket, held_out};

/// An intent's example is learned in one topic of this many, so that the few topics' own examples
/// are not drowned.
const INTENT_SHARE: u64 = 6;

/// Texts of the topics that `include` accepts, less those held out for calibration.
pub fn answer_data(pack: &Pack, include: impl Fn(&Topic) -> bool) -> TrainData {
    let candidates = answer_candidates(pack);
    let mut data = TrainData {
        candidates: candidates.iter().map(|label| Text::from(*label)).collect(),
        ..TrainData::default()
    };
    let off_topic = OffTopic::new(pack);
    let mut number = 0;
    for (place, topic) in pack.topics.iter().enumerate().filter(|(_, t)| include(t)) {
        for class in classes(topic, pack, &off_topic) {
            let labels = true_labels(topic, &class);
            for (index, message) in class.examples.iter().enumerate() {
                if held_out(message) || !learned_here(&class, message, place) {
                    continue;
                }
                let asked = asked(topic, &class, index);
                data.inputs
                    .push(answer_input(&topic.title, asked, message).into());
                data.similarity.extend(candidates.iter().map(|candidate| {
                    f32::from(u8::from(labels.iter().any(|label| label == candidate)))
                }));
                data.groups.push(Group {
                    topic: place,
                    class: number,
                });
            }
            number += 1;
        }
    }
    data
}

fn learned_here(class: &TopicClass, message: &str, place: usize) -> bool {
    !matches!(class.class, Class::Intent(_))
        || (bucket(message, INTENT_SHARE) + place as u64).is_multiple_of(INTENT_SHARE)
}

/// The labels that a row of this class carries in the data files: what was earned, or the label that
/// stands for it.
fn true_labels(topic: &Topic, class: &TopicClass) -> Vec<String> {
    match &class.class {
        Class::Labels(labels) => labels.clone(),
        Class::Intent(Intent::TermQuestion) => vec![TERM_QUESTION_LABEL.into()],
        // Greetings are all the greeting topic asks for; readiness is what the rest does.
        Class::Intent(Intent::Ready | Intent::Greeting) => {
            topic.labels().map(str::to_owned).collect()
        }
        _ => vec![FAILURE_LABEL.into()],
    }
}

/// In an experience topic, the part that was asked for: an answer's own, or each in turn.
pub(super) fn asked<'a>(topic: &'a Topic, class: &TopicClass, index: usize) -> Option<&'a str> {
    if topic.kind != TopicKind::Experience {
        return None;
    }
    let answer = match &class.class {
        Class::Labels(labels) => topic.answer(labels.first()?)?,
        _ => topic.answers.get(index % topic.answers.len().max(1))?,
    };
    Some(&answer.label)
}
