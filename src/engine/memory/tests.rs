//! The memory finder with a tiny model of random weights: a text is most like itself.

use super::*;
use crate::content::companion::{Combination, Conversation};
use crate::encoder::nearest::Calibration;
use crate::engine::dataset::Targets;
use crate::testing::{TINY, model_files};

fn finder(model: &str) -> MemoryFinder {
    let pack = CompanionPack::default();
    let mut finder = MemoryFinder::load(&model_files(model), None, None, &pack).unwrap();
    finder.set_calibration(MemoryCalibration {
        curve: None,
        keys: None,
        threshold: 0.98,
        base_floor: 0.,
    });
    finder
}

#[test]
fn the_item_that_is_most_like_the_message_is_found() {
    let items = ["[모델: 학습]", "손실 함수", "[기울기: batch train]"];
    for model in TINY {
        let finder = finder(model);
        let embedded = finder.items(&items).unwrap();
        let (place, score) = finder.find("손실 함수", &embedded).unwrap().unwrap();
        assert_eq!(place, 1, "{model}");
        assert!(score > 0.98);
    }
}

#[test]
fn nothing_is_found_below_the_threshold_or_among_nothing() {
    let mut finder = finder("tiny-bert");
    finder.set_calibration(MemoryCalibration {
        curve: None,
        keys: None,
        threshold: 1.5,
        base_floor: 0.,
    });
    let embedded = finder.items(&["네"]).unwrap();
    assert_eq!(finder.find("네", &embedded).unwrap(), None);
    assert_eq!(finder.find("네", &Items::default()).unwrap(), None);
}

#[test]
fn models_are_told_apart() {
    let [bert, roberta] = TINY.map(|model| finder(model).fingerprint());
    assert_ne!(bert, roberta);
    assert_eq!(bert, finder("tiny-bert").fingerprint());
}

#[test]
fn conversations_end_in_four_ways() {
    let finder = finder("tiny-bert");
    let conversation = |message: &str, expected: &str| Conversation {
        items: vec!["손실 함수".into(), "기울기 소실".into()],
        message: message.into(),
        expected: expected.into(),
    };
    let conversations = [
        conversation("손실 함수", "손실 함수"),
        conversation("손실 함수", "기울기 소실"),
        conversation("손실 함수", ""),
    ];
    let (figures, wrong) = evaluate_conversations(&finder, &conversations).unwrap();
    assert_eq!(
        (figures.wrong_item, figures.missed, figures.not_called_for),
        (1, 0, 1)
    );
    assert!((figures.accuracy - 1. / 3.).abs() < 1e-9);
    assert_eq!(wrong.len(), 2);
}

#[test]
fn every_memory_is_compared_with_every_message() {
    let combination = |key: &str, message: &str| Combination {
        key: key.into(),
        value: "학습".into(),
        message: message.into(),
    };
    let combinations = [combination("모델", "손실"), combination("함수", "기울기")];
    let words = Targets::words();
    let figures = evaluate_combinations(&finder("tiny-bert"), &combinations, (&words, &words));
    let figures = figures.unwrap();
    assert_eq!((figures.n, figures.iou), (2, figures.base));
    assert!(figures.iou.mse > 0.);
}

#[test]
fn an_item_is_found_by_the_messages_that_call_for_its_key() {
    let combination = |key: &str, message: &str| Combination {
        key: key.into(),
        value: "학습".into(),
        message: message.into(),
    };
    let pack = CompanionPack {
        combinations: vec![
            combination("취미", "손실 함수"),
            combination("건강", "기울기 소실"),
        ],
        none: vec!["네 좋아요".into()],
        ..CompanionPack::default()
    };
    for model in TINY {
        let mut finder = MemoryFinder::load(&model_files(model), None, None, &pack).unwrap();
        let sharp = Calibration {
            similarity: [400., 0., 0., 0.],
            ..Calibration::default()
        };
        let by_key = Logistic {
            weights: vec![0., 1., 0.],
            offset: 0.,
        };
        finder.set_calibration(MemoryCalibration {
            keys: Some(ByKey {
                pool: Pool {
                    eyes: vec![sharp],
                    trust: Vec::new(),
                },
                overlap: by_key.clone(),
                choice: by_key,
            }),
            ..MemoryCalibration::default()
        });
        let items = finder.items(&["[취미: batch]", "[건강: train]", "[모르는 것: 네]"]);
        let items = items.unwrap();
        for (message, right) in [("손실 함수", 0), ("기울기 소실", 1)] {
            let (place, score) = finder.find(message, &items).unwrap().unwrap();
            assert_eq!(place, right, "{model} {message}");
            assert!(score > 0.9);
        }
        let scores = finder.choices("네 좋아요", &items).unwrap();
        assert!(scores[..2].iter().all(|score| *score < 0.1), "{scores:?}");
        // Of a key that nothing is known of, the cosine is all there is.
        let cosines = finder.cosines("손실 함수", &items).unwrap();
        assert_eq!(finder.choices("손실 함수", &items).unwrap()[2], cosines[2]);
    }
}
