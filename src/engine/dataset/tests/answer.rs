//! Classes of a topic, and the training data of the judge.

use std::collections::HashSet;

use super::*;
use crate::content::EvalSet;
use crate::encoder::nearest::Kind;
use crate::testing::shipped_pack_folder;

fn names(title: &str) -> Vec<String> {
    let pack = pack();
    let (_, topic) = pack.topic(title).unwrap();
    let off_topic = OffTopic::default();
    let classes = classes(topic, &pack, &off_topic);
    assert!(classes.iter().all(|class| !class.examples.is_empty()));
    classes
        .iter()
        .map(|class| match (&class.class, class.kind) {
            (Class::Labels(labels), Kind::Label | Kind::Combined) => labels.join("+"),
            (Class::Misconception(label), Kind::Misconception) => format!("not {label}"),
            (Class::Failure, Kind::Failure) => "failure".to_owned(),
            (Class::Intent(intent), Kind::Intent) => intent.name().to_owned(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn what_a_message_can_be_depends_on_the_kind_of_topic() {
    let judged = ["skip", "dont_know", "term_question", "chit_chat"];
    fn with<'a>(own: &[&'a str], intents: &[&'a str]) -> Vec<&'a str> {
        [own, intents].concat()
    }
    assert_eq!(
        names(GREETING),
        with(&["안녕", "failure"], &["ready", "greeting"])
    );
    let own = [
        "손실",
        "기울기",
        "손실+기울기",
        "not 데이터를 적는다",
        "failure",
    ];
    assert_eq!(names(LEARNING), with(&own, &judged));
    let own = ["train", "loss", "train+loss", "failure"];
    assert_eq!(names(EXPERIENCE), with(&own, &judged));
    assert_eq!(names(CHAT), ["L", "A", "failure", "skip"]);
    assert_eq!(names(REST), ["rest", "failure", "ready"]);
    assert_eq!(names(CLOSING), ["last"], "a class without examples is none");
}

#[test]
fn a_variant_is_an_example_of_its_answer() {
    let pack = pack();
    let (_, topic) = pack.topic(LOSSES).unwrap();
    let off_topic = OffTopic::default();
    let label = classes(topic, &pack, &off_topic).remove(0);
    assert_eq!(
        label.examples,
        [
            "cross",
            "triangle",
            "contrast",
            "mean squared",
            "mse",
            "root mean"
        ]
    );
}

#[test]
fn good_answers_to_another_question_are_failures_here() {
    let pack = shipped_pack();
    let off_topic = OffTopic::new(&pack);
    let (_, topic) = pack.topic("LoRA").unwrap();
    let mut classes = classes(topic, &pack, &off_topic).into_iter();
    let failure = classes.find(|class| class.class == Class::Failure).unwrap();
    let others = off_topic.of(topic);
    assert!(others.len() > 20);
    assert!(
        others
            .iter()
            .all(|text| failure.examples.contains(&text.as_str()))
    );
}

/// Messages of the data with their positive candidates.
fn rows(data: &TrainData) -> Vec<(String, Vec<String>)> {
    data.check().unwrap();
    let width = data.candidates.len();
    data.inputs
        .iter()
        .zip(data.similarity.chunks(width))
        .map(|(input, similarity)| {
            let positive = data.candidates.iter().zip(similarity);
            let positive = positive.filter(|(_, similarity)| **similarity == 1.);
            let positive = positive.map(|(candidate, _)| candidate.to_string());
            (input.to_string(), positive.collect())
        })
        .collect()
}

#[test]
fn every_example_that_is_not_held_out_is_learned_with_its_labels() {
    let pack = pack();
    let rows = rows(&answer_data(&pack, |_| true));
    let off_topic = OffTopic::new(&pack);
    let mut learned = 0;
    for topic in &pack.topics {
        for class in classes(topic, &pack, &off_topic) {
            let expected: Vec<String> = match &class.class {
                Class::Labels(labels) => labels.clone(),
                Class::Intent(_) => continue,
                _ => vec![FAILURE_LABEL.into()],
            };
            for message in &class.examples {
                let found = rows.iter().find(|(input, _)| {
                    input.starts_with(&topic.title) && input.ends_with(&format!(" {message}"))
                });
                match found {
                    Some((input, positive)) => {
                        assert!(!held_out(message), "{input}");
                        let positive: HashSet<_> = positive.iter().collect();
                        assert_eq!(positive, expected.iter().collect(), "{input}");
                        learned += 1;
                    }
                    None => assert!(held_out(message), "{}: {message}", topic.title),
                }
            }
        }
    }
    assert!(learned > 30, "{learned}");
}

#[test]
fn an_intent_is_learned_as_what_stands_for_it_in_data_files() {
    let data = answer_data(&pack_of_many_intents(), |_| true);
    let rows = rows(&data);
    let mut seen = HashSet::new();
    for (input, positive) in &rows {
        let (title, message) = input.split_once(" -> ").unwrap();
        let message = message.split_once("] ").map_or(message, |(_, rest)| rest);
        let intent = message.split_once(' ').map_or("", |(intent, _)| intent);
        let expected = match intent {
            "term_question" => TERM_QUESTION_LABEL,
            "skip" | "dont_know" | "chit_chat" => FAILURE_LABEL,
            "greeting" => "안녕",
            "ready" if title == GREETING => "안녕",
            "ready" => "rest",
            _ => continue,
        };
        assert_eq!(positive, &[expected], "{input}");
        seen.insert((title, intent));
    }
    // Four intents in four judged topics, two in the greeting, one in small talk and one in the rest.
    assert_eq!(seen.len(), 4 * 4 + 2 + 1 + 1, "{seen:?}");
    // An intent's example is not learned in every topic.
    let skips = rows.iter().filter(|(input, _)| input.contains("skip "));
    assert!(skips.count() < 60 * 5 / 2);
}

#[test]
fn an_experience_carries_the_part_that_was_asked_for() {
    let data = answer_data(&pack_of_many_intents(), |_| true);
    let mut tags = HashSet::new();
    for input in &data.inputs {
        let tag = input.head.split_once('[').map(|(_, tag)| tag);
        assert_eq!(tag.is_some(), input.head.starts_with(EXPERIENCE), "{input}");
        tags.extend(tag);
        assert!(!input.body.starts_with('['), "{input}");
    }
    assert_eq!(tags, HashSet::from(["train] ", "loss] "]));
    for (input, positive) in rows(&data) {
        // What earns a part was said when that part was asked for.
        if let Some((_, part)) = input.split_once(" -> [")
            && let Some(first) = positive.first().filter(|label| *label != FAILURE_LABEL)
            && first != TERM_QUESTION_LABEL
        {
            assert!(part.starts_with(first.as_str()), "{input}: {positive:?}");
        }
    }
}

#[test]
fn groups_are_the_classes_of_one_topic() {
    let pack = pack();
    let data = answer_data(&pack, |_| true);
    let mut topic_of = std::collections::HashMap::new();
    for (input, group) in data.inputs.iter().zip(&data.groups) {
        assert!(input.head.starts_with(&pack.topics[group.topic].title));
        let topic = topic_of.entry(group.class).or_insert(group.topic);
        assert_eq!(*topic, group.topic, "{input}");
    }
}

#[test]
fn topics_that_are_left_out_leave_nothing_behind() {
    let pack = shipped_pack();
    let title = "LoRA 와 QLoRA 의 차이";
    let without = answer_data(&pack, |topic| topic.title != title);
    let all = answer_data(&pack, |_| true);
    let of_topic = |data: &TrainData| {
        let texts = data.inputs.iter();
        texts.filter(|text| text.head.starts_with(title)).count()
    };
    assert!(of_topic(&all) > 20);
    assert_eq!(of_topic(&without), 0);
    assert_eq!(
        without.inputs.len(),
        all.inputs.len() - of_topic(&all),
        "the others are learned as before"
    );
}

#[test]
fn the_shipped_pack_is_learned_without_what_is_held_out_and_without_its_eval_answers() {
    let pack = shipped_pack();
    let data = answer_data(&pack, |_| true);
    assert!(data.inputs.len() > 1000);
    for (input, positive) in rows(&data) {
        assert!(!positive.is_empty(), "{input}");
    }
    assert!(data.inputs.iter().all(|input| !held_out(&input.body)));
    // About one in eight is held out.
    let all: usize = pack
        .topics
        .iter()
        .flat_map(|topic| &topic.answers)
        .map(|answer| answer.examples.len())
        .sum();
    let kept = pack
        .topics
        .iter()
        .flat_map(|topic| &topic.answers)
        .flat_map(|answer| &answer.examples)
        .filter(|message| held_out(message))
        .count();
    assert!((all / 16..all / 5).contains(&kept), "{kept} of {all}");

    let eval = EvalSet::load(&shipped_pack_folder(), &pack).unwrap();
    let eval: HashSet<(&str, &str)> = eval
        .cases()
        .map(|(title, case)| (title, case.message.as_str()))
        .collect();
    assert!(eval.len() > 200);
    let titles: Vec<&str> = pack
        .topics
        .iter()
        .map(|topic| topic.title.as_str())
        .collect();
    for (input, group) in data.inputs.iter().zip(&data.groups) {
        assert!(
            !eval.contains(&(titles[group.topic], &input.body)),
            "{input}"
        );
    }
    for row in next_rows(&pack, 1, false)
        .iter()
        .chain(&next_rows(&pack, 1, true))
    {
        let message = row
            .message
            .split_once("] ")
            .map_or(&*row.message, |(_, m)| m);
        assert!(!eval.contains(&(&*row.topic, message)), "{row:?}");
    }
}

/// The share must be the same in every build: models are calibrated on it.
#[test]
fn what_is_held_out_is_decided_by_the_text_alone() {
    let held: Vec<u32> = (0..60).filter(|i| held_out(&i.to_string())).collect();
    assert_eq!(held, [13, 16, 22, 27, 33, 40, 41, 44, 49]);
    let share = (0..8000).filter(|i| held_out(&i.to_string())).count();
    assert!((900..1100).contains(&share), "{share}");
}
