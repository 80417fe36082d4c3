//! What a message can be taken for within a topic, each with its examples.

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
pub fn classes<'a>(topic: &'a Topic, pack: &'a Pack) -> Vec<TopicClass<'a>> {
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
    let failures = topic.failure.examples.iter().chain(off_topic(topic, pack));
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

/// Good answers to another question, one for each label of the topics at the far end of the pack:
/// said here, they earn nothing. Topics nearby often share their answers, so none is taken from them.
fn off_topic<'a>(topic: &Topic, pack: &'a Pack) -> impl Iterator<Item = &'a String> {
    let place = pack.topic(&topic.title).map(|(place, _)| place);
    let judged = place.filter(|_| topic.kind == TopicKind::Question);
    let far = pack.topics.len().div_ceil(2).max(MIN_DISTANCE);
    let topics = pack.topics.iter().enumerate();
    topics
        .filter(move |(other, topic)| {
            topic.kind == TopicKind::Question
                && judged.is_some_and(|place| place.abs_diff(*other) >= far)
        })
        .flat_map(|(_, topic)| &topic.answers)
        .filter_map(move |answer| {
            let length = answer.examples.len().max(1);
            answer.examples.get(place.unwrap_or(0) % length)
        })
}

/// Topics nearer than this count as related in any pack.
const MIN_DISTANCE: usize = 4;

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
