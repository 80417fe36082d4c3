//! The judge with a tiny model of random weights: what it sees means little, but its form is that
//! of every judge. A message that stands among the examples is at cosine 1 to itself, so it is
//! recognised even here.

use super::bank::INTENT_EXAMPLES;
use super::*;
use crate::content::NO_VARIANT;
use crate::engine::dataset::{OffTopic, classes};
use crate::interview::Intent;
use crate::testing::{TINY, model_files, pack, pack_with};

const LEARNING: &str = "모델 학습";
const EXPERIENCE: &str = "데이터 모델";

/// A judge that trusts the nearest example alone.
fn judge_of(model: &str) -> Judge {
    let mut judge = Judge::load(&model_files(model), None, None).unwrap();
    let mut calibration = JudgeCalibration::default();
    calibration.classes.similarity = [400., 0., 0., 0.];
    calibration.classes.intent = calibration.classes.similarity;
    judge.set_calibration(calibration);
    judge
}

fn judge() -> Judge {
    judge_of("tiny-bert")
}

fn request(topic: &str, message: &str) -> JudgeRequest {
    JudgeRequest {
        topic: topic.to_owned(),
        message: message.to_owned(),
        asked: None,
    }
}

fn evidence(judge: &mut Judge, pack: &Pack, topic: &str, message: &str) -> Evidence {
    judge.evidence(pack, &request(topic, message)).unwrap()
}

fn best(evidence: &Evidence) -> &Class {
    &evidence.candidates[0].class
}

fn label(name: &str) -> Class {
    Class::Labels(vec![name.to_owned()])
}

#[test]
fn every_class_is_a_candidate_and_the_scores_sum_to_one() {
    let pack = pack();
    for model in TINY {
        let mut judge = judge_of(model);
        for topic in &pack.topics {
            for message in ["손실 함수", "네", "", "아무 말 batch train. 그리고 기울기!"]
            {
                let seen = evidence(&mut judge, &pack, &topic.title, message);
                let mut candidates: Vec<&Class> =
                    seen.candidates.iter().map(|c| &c.class).collect();
                let off_topic = OffTopic::new(&pack);
                let known = classes(topic, &pack, &off_topic);
                let mut classes: Vec<&Class> = known.iter().map(|c| &c.class).collect();
                candidates.sort();
                classes.sort();
                assert_eq!(candidates, classes);

                let scores: Vec<f32> = seen.candidates.iter().map(|c| c.score).collect();
                assert!((scores.iter().sum::<f32>() - 1.).abs() < 1e-4, "{scores:?}");
                assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");

                let labels: Vec<&str> = seen.labels.iter().map(|(l, _)| l.as_str()).collect();
                assert_eq!(labels, topic.labels().collect::<Vec<_>>());
                let in_range = |(_, p): &(String, f32)| (0. ..=1.).contains(p);
                assert!(seen.labels.iter().all(in_range));
            }
        }
    }
}

#[test]
fn an_example_is_taken_for_its_class() {
    let pack = pack();
    let (mut right, mut all) = (0, 0);
    for model in TINY {
        let mut judge = judge_of(model);
        for topic in pack.topics.iter().filter(|t| t.kind == TopicKind::Question) {
            for class in classes(topic, &pack, &OffTopic::default()) {
                for message in &class.examples {
                    let seen = evidence(&mut judge, &pack, &topic.title, message);
                    right += usize::from(*best(&seen) == class.class);
                    all += 1;
                }
            }
        }
    }
    // Few of the pack's words are in the vocabulary, so some examples look alike.
    assert!(right * 10 >= all * 9, "{right} of {all}");
}

#[test]
fn a_label_is_as_likely_as_all_classes_that_hold_it() {
    let pack = pack();
    let seen = evidence(&mut judge(), &pack, LEARNING, "손실 함수, 기울기");
    assert_eq!(
        *best(&seen),
        Class::Labels(vec!["손실".into(), "기울기".into()])
    );
    for (_, probability) in &seen.labels {
        assert!(*probability >= seen.candidates[0].score - 1e-6);
    }
}

#[test]
fn a_sentence_earns_its_label_by_itself() {
    let pack = pack();
    let message = "slope 기울기요. no idea at all, rain, rain";
    let seen = evidence(&mut judge(), &pack, LEARNING, message);
    let alone = evidence(&mut judge(), &pack, LEARNING, "slope 기울기요.");
    assert!(seen.labels[1].1 >= alone.labels[1].1 - 1e-6);
}

#[test]
fn the_message_itself_can_be_left_out() {
    let pack = pack();
    let mut judge = judge();
    let asked = request(LEARNING, "good model");
    let with = judge.evidence(&pack, &asked).unwrap();
    assert_eq!(*best(&with), Class::Failure);
    let without = judge.evidence_without(&pack, &asked).unwrap();
    let of_failure = |seen: &Evidence| {
        let found = seen.candidates.iter().find(|c| c.class == Class::Failure);
        found.unwrap().score
    };
    assert!(of_failure(&without) < of_failure(&with));
}

#[test]
fn a_topic_that_the_pack_does_not_hold_yields_no_evidence() {
    let seen = evidence(&mut judge(), &pack(), "no such topic", "손실");
    assert!(seen.candidates.is_empty() && seen.labels.is_empty());
    assert!(!seen.hedged && seen.variant.is_none());
}

#[test]
fn a_variant_is_named_where_the_topic_branches() {
    let pack = pack();
    let mut judge = judge();
    let named = evidence(&mut judge, &pack, "손실 함수", "mse");
    let known = [None, Some("squared"), Some(NO_VARIANT)];
    assert!(known.contains(&named.variant.as_deref()));
    let nowhere = evidence(&mut judge, &pack, LEARNING, "loss");
    assert_eq!(nowhere.variant, None);
    // Where the variant holds all examples, it is always the one that was named.
    let only = pack_with(|pack| pack.topics[2].answers[0].examples.clear());
    let named = evidence(&mut judge, &only, "손실 함수", "contrast");
    assert_eq!(named.variant.as_deref(), Some("squared"));
}

#[test]
fn an_experience_is_judged_by_the_part_that_was_asked_for() {
    let pack = pack();
    let mut judge = judge();
    let mut ask = |asked: Option<&str>| {
        let request = JudgeRequest {
            asked: asked.map(str::to_owned),
            ..request(EXPERIENCE, "none at all")
        };
        judge.evidence(&pack, &request).unwrap()
    };
    let parts = [ask(None), ask(Some("train")), ask(Some("loss"))];
    for (index, seen) in parts.iter().enumerate() {
        assert_eq!(*best(seen), Class::Failure, "part {index}");
    }
    assert_ne!(parts[1].candidates, parts[2].candidates);
    // Elsewhere nobody asks for parts.
    let mut judge = self::judge();
    let plain = evidence(&mut judge, &pack, LEARNING, "loss");
    let asked = JudgeRequest {
        asked: Some("기울기".to_owned()),
        ..request(LEARNING, "loss")
    };
    assert_eq!(judge.evidence(&pack, &asked).unwrap(), plain);
}

/// Whatever an instructor edits, the next message is judged by it.
#[test]
fn an_edited_topic_is_judged_by_its_new_file_at_once() {
    let mut judge = judge();
    let original = pack();
    let seen = evidence(&mut judge, &original, LEARNING, "tall tree");
    assert!(seen.labels[0].1 < 0.9);

    let new_example = pack_with(|pack| {
        pack.topics[1].answers[0].examples.push("tall tree".into());
    });
    let seen = evidence(&mut judge, &new_example, LEARNING, "tall tree");
    assert_eq!(*best(&seen), label("손실"));

    // The texts are the same here, but not what they stand for.
    let renamed = pack_with(|pack| {
        pack.topics[1].answers[0].label = "loss".into();
        pack.topics[1].combined[0].labels[0] = "loss".into();
    });
    let seen = evidence(&mut judge, &renamed, LEARNING, "손실 함수");
    assert_eq!(*best(&seen), label("loss"));
    assert_eq!(seen.labels[0].0, "loss");
    assert!(seen.labels[0].1 > 0.5);

    let moved = pack_with(|pack| {
        let last = pack.topics[1].answers[0].examples.pop().unwrap();
        pack.topics[1].answers[1].examples.insert(0, last);
    });
    let seen = evidence(&mut judge, &moved, LEARNING, "손실은 error");
    assert_eq!(*best(&seen), label("기울기"));

    let new_intent = pack_with(|pack| pack.intents.skip.push("tall tree".into()));
    let seen = evidence(&mut judge, &new_intent, LEARNING, "tall tree");
    assert_eq!(*best(&seen), Class::Intent(Intent::Skip));

    let seen = evidence(&mut judge, &original, LEARNING, "손실 함수");
    assert_eq!(*best(&seen), label("손실"), "and back again");
}

#[test]
fn a_topic_that_was_never_seen_is_judged_from_its_examples() {
    let pack = pack_with(|pack| {
        let mut topic = pack.topics[3].clone();
        topic.title = "새 주제".into();
        topic.answers[0].label = "새 답".into();
        pack.topics.push(topic);
    });
    let seen = evidence(&mut judge(), &pack, "새 주제", "과적합");
    assert_eq!(*best(&seen), label("새 답"));
}

#[test]
fn examples_are_embedded_a_few_at_a_time() {
    let pack = pack();
    let mut judge = judge();
    let (_, topic) = pack.topic(EXPERIENCE).unwrap();
    let mut calls = 1;
    while !judge.prepare(&pack, topic, 4).unwrap() {
        calls += 1;
        assert!(calls < 50);
    }
    assert!(calls > 4);
    assert!(judge.prepare(&pack, topic, 0).unwrap(), "all is there");
}

#[test]
fn an_intent_of_many_examples_is_represented_by_a_spread_of_them() {
    let pack = pack_with(|pack| {
        pack.intents.skip = (0..4 * INTENT_EXAMPLES)
            .map(|i| format!("skip {i}"))
            .collect();
    });
    let (_, topic) = pack.topic(LEARNING).unwrap();
    let off_topic = OffTopic::default();
    let classes = represented(topic, &pack, &off_topic);
    let skip = classes
        .iter()
        .find(|c| c.class == Class::Intent(Intent::Skip));
    let examples = &skip.unwrap().examples;
    assert_eq!(examples.len(), INTENT_EXAMPLES);
    assert_eq!((examples[0], examples[23]), ("skip 0", "skip 92"));
}

#[test]
fn a_calibration_that_is_none_is_refused() {
    let files = ModelFiles {
        calibration: Some(b"{\"classes\":"[..].into()),
        ..model_files("tiny-bert")
    };
    let error = Judge::load(&files, None, None).err().unwrap().to_string();
    assert!(error.contains("calibration.json"), "{error}");
    let files = ModelFiles {
        calibration: Some(
            serde_json::to_vec(&JudgeCalibration::default())
                .unwrap()
                .into(),
        ),
        ..model_files("tiny-bert")
    };
    let judge = Judge::load(&files, None, None).unwrap();
    assert_eq!(judge.thresholds(), Thresholds::default());
}

#[test]
fn a_hedge_is_told_by_its_markers_spaces_and_case_apart() {
    let markers = ["것 같".to_owned(), "Not sure".to_owned()];
    for hedge in ["손실인것같아요", "손실인 것  같은데", "not SURE but loss"] {
        assert!(is_hedged(hedge, &markers), "{hedge}");
    }
    assert!(!is_hedged("손실이에요", &markers));
    assert!(!is_hedged("손실이에요", &[]));
    assert!(!is_hedged("손실이에요", &[String::new(), " ".to_owned()]));

    let pack = pack();
    assert!(evidence(&mut judge(), &pack, LEARNING, "손실인 것 같아").hedged);
    assert!(!evidence(&mut judge(), &pack, LEARNING, "손실").hedged);
}

#[test]
fn a_message_is_split_where_its_sentences_end() {
    assert_eq!(
        sentences("손실 함수로 잰다. 기울기를 따라간다!\n그리고 반복한다"),
        ["손실 함수로 잰다.", "기울기를 따라간다!", "그리고 반복한다"]
    );
    assert!(
        sentences("손실 함수로 잰다.").is_empty(),
        "one is the message"
    );
    assert!(
        sentences("네. 음. 손실 함수로 잰다.").is_empty(),
        "short ones say nothing"
    );
    assert!(sentences("").is_empty());
    assert!(sentences("....!!!\n\n;;;").is_empty());
}
