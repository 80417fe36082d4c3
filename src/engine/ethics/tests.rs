//! The ethics judge with a tiny model of random weights: its form is that of every judge, and a message
//! that stands among the examples is recognised even here.

use super::*;
use crate::companion::ethics::Thresholds;
use crate::content::companion::{Combination, PlainFile};
use crate::content::csv::{EthicsRow, Split};
use crate::encoder::nearest::Calibration;
use crate::testing::{TINY, model_files};

fn pack() -> CompanionPack {
    let row = |(message, category): (&str, Category)| EthicsRow {
        split: Split::Train,
        message: message.to_owned(),
        category,
        line: 1,
    };
    let rows = [
        ("모델 학습 데이터", Category::Love),
        ("손실 함수", Category::Politics),
        ("기울기 소실", Category::Family),
        ("batch train", Category::Hate),
        ("네 좋아요", Category::General),
    ];
    let plain = PlainFile {
        messages: vec!["배치 학습!".into()],
        ..PlainFile::default()
    };
    CompanionPack {
        ethics: rows.map(row).into(),
        combinations: vec![Combination {
            key: "취미".into(),
            value: "등산".into(),
            message: "주말에 뭐 하지".into(),
        }],
        none: vec!["오늘은 여기까지".into()],
        plain: plain.compile().unwrap(),
    }
}

#[test]
fn what_a_pack_calls_plain_is_no_offence() {
    let judge = judge("tiny-bert");
    let judge = |message| judge.judge(message, &Thresholds::default()).unwrap();
    for plain in ["배치 학습", "배치학습ㅋㅋ"] {
        assert_eq!(
            judge(plain).scores[Category::General as usize],
            1.,
            "{plain}"
        );
    }
    assert!(judge("배치 학습 욕").scores[Category::General as usize] < 1.);
}

/// A judge that trusts the nearest example alone.
fn judge(model: &str) -> EthicsJudge {
    let mut judge = EthicsJudge::load(&model_files(model), None, None, &pack()).unwrap();
    let mut calibration = EthicsCalibration::default();
    calibration.pool.eyes.push(Calibration {
        similarity: [400., 0., 0., 0.],
        ..Calibration::default()
    });
    judge.set_calibration(calibration);
    judge
}

#[test]
fn an_example_is_recognised_and_the_scores_sum_to_one() {
    let thresholds = Thresholds::default();
    for model in TINY {
        let judge = judge(model);
        for row in pack().ethics {
            let verdict = judge.judge(&row.message, &thresholds).unwrap();
            assert_eq!(verdict.category(), row.category, "{model} {}", row.message);
            assert!((verdict.scores.iter().sum::<f32>() - 1.).abs() < 1e-4);
        }
        for harmless in ["주말에 뭐 하지", "오늘은 여기까지"] {
            assert_eq!(judge.judge(harmless, &thresholds).unwrap().offences, []);
        }
    }
}

#[test]
fn a_short_message_is_more_likely_to_be_harmless() {
    let mut judge = judge("tiny-bert");
    let mut calibration = EthicsCalibration::default();
    let texts = [
        "배치 학습 욕ㅋㅋ",
        "배치 학습 욕 배치 학습 욕 배치 학습 욕",
        "배치 학ㅅ 욕",
    ];
    let harmless =
        |judge: &EthicsJudge| texts.map(|text| judge.scores_of(&[text.to_owned()]).unwrap()[0][4]);
    judge.set_calibration(calibration.clone());
    let [short, long, odd] = harmless(&judge);
    calibration.short = 3.;
    judge.set_calibration(calibration);
    let odds = |p: f32| p / (1. - p);
    let [likelier, same, as_odd] = harmless(&judge);
    assert!((odds(likelier) / odds(short) - 3.).abs() < 1e-2);
    assert_eq!([same, as_odd], [long, odd]);
}

#[test]
fn what_is_spelt_to_slip_past_is_recognised() {
    let judge = judge("tiny-bert");
    for spelt in [
        "기.울.기 소.실",
        "ㄱㅣㅇㅜㄹㄱㅣ ㅅㅗㅅㅣㄹ",
        "기1울2기 소3실",
    ] {
        let verdict = judge.judge(spelt, &Thresholds::default()).unwrap();
        assert!(
            verdict.offences.contains(&Category::Family),
            "{spelt}: {verdict:?}"
        );
    }
}

#[test]
fn an_empty_message_offends_nobody() {
    assert_eq!(
        judge("tiny-bert")
            .judge(" ", &Thresholds::default())
            .unwrap()
            .offences,
        []
    );
}

#[test]
fn what_one_reading_commits_the_message_commits() {
    let thresholds = Thresholds {
        love: 0.6,
        politics: 0.6,
        family: 0.6,
        hate: 0.6,
        any: None,
        general: 0.5,
    };
    let readings = [
        [0.1, 0., 0., 0., 0.9],
        [0.7, 0.1, 0., 0., 0.2],
        [0., 0., 0., 0.65, 0.35],
    ];
    let verdict = verdict(&thresholds, &readings);
    assert_eq!(verdict.offences, [Category::Love, Category::Hate]);
    assert_eq!(verdict.scores, readings[1]);
    assert_eq!(verdict.category(), Category::Love);
    let unsure = [[0.55, 0., 0., 0., 0.45], [0., 0., 0., 0.5, 0.5]];
    assert_eq!(
        super::verdict(&thresholds, &unsure).category(),
        Category::General
    );
}

#[test]
fn thresholds_are_read_by_the_words_of_the_categories() {
    let json = serde_json::to_value(Thresholds::default()).unwrap();
    for category in Category::ALL {
        assert!(json.get(category.word()).is_some(), "{category:?}");
    }
}
