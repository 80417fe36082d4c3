//! What a message can be taken for within a topic, each with its examples.

use super::OffTopic;
use crate::content::{Intents, Pack, Topic, TopicKind};
use crate::encoder::nearest::Kind;
use crate::interview::{Class, Intent};

/// A class of a topic and the messages that represent it.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicClass<'a> {
    /// What the message is taken for.
    pub class: Class,
    /// Its kind, for the calibration.
    pub kind: Kind,
    /// Messages.
    pub examples: Vec<&'a str>,
}

/// The classes of a topic: labels with their variants, combinations, misconceptions, failure, and
/// the intents that can be meant there.
pub fn classes<'a>(
    topic: &'a Topic,
    pack: &'a Pack,
    off_topic: &'a OffTopic,
) -> Vec<TopicClass<'a>> {
    let mut classes = Vec::new();
    for answer in &topic.answers {
        let variants = answer.variants.iter().flat_map(|variant| &variant.examples);
        let examples = answer.examples.iter().chain(variants);
        let class = Class::Labels(vec![answer.label.clone()]);
        classes.push(new(class, Kind::Label, examples));
    }
    for combined in &topic.combined {
        let class = Class::Labels(combined.labels.clone());
        classes.push(new(class, Kind::Combined, &combined.examples));
    }
    for misconception in &topic.misconceptions {
        let class = Class::Misconception(misconception.label.clone());
        classes.push(new(class, Kind::Misconception, &misconception.examples));
    }
    let failures = topic.failure.examples.iter().chain(off_topic.of(topic));
    classes.push(new(Class::Failure, Kind::Failure, failures));
    for (intent, examples) in intent_lists(topic.kind, &pack.intents) {
        classes.push(new(Class::Intent(intent), Kind::Intent, examples));
    }
    classes.retain(|class| !class.examples.is_empty());
    classes
}

fn new<'a>(
    class: Class,
    kind: Kind,
    examples: impl IntoIterator<Item = &'a String>,
) -> TopicClass<'a> {
    TopicClass {
        class,
        kind,
        examples: examples.into_iter().map(String::as_str).collect(),
    }
}

/// Intents that make sense in a topic of this kind. To be ready is to answer a greeting or a rest;
/// a greeting is one only at the start; idle talk is what small talk is made of.
fn intent_lists(kind: TopicKind, intents: &Intents) -> Vec<(Intent, &Vec<String>)> {
    let all = [
        (Intent::Ready, &intents.ready),
        (Intent::Skip, &intents.skip),
        (Intent::DontKnow, &intents.dont_know),
        (Intent::TermQuestion, &intents.term_question),
        (Intent::Greeting, &intents.greeting),
        (Intent::ChitChat, &intents.chit_chat),
    ];
    let judged = matches!(kind, TopicKind::Question | TopicKind::Experience);
    all.into_iter()
        .filter(|(intent, _)| match intent {
            Intent::Ready => matches!(kind, TopicKind::Greeting | TopicKind::Rest),
            Intent::Greeting => kind == TopicKind::Greeting,
            Intent::Skip => judged || kind == TopicKind::SmallTalk,
            Intent::DontKnow | Intent::TermQuestion => judged,
            Intent::ChitChat => judged,
        })
        .collect()
}
