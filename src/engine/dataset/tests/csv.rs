//! Data files as training data.

use super::*;
use crate::content::csv::{InterviewRow, Pair, Split};

fn pair(input: &str, candidate: &str, similarity: f32) -> Pair {
    Pair {
        input: input.to_owned(),
        candidate: candidate.to_owned(),
        similarity,
    }
}

fn texts(texts: &[Text]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn pairs_become_a_table_in_the_order_of_the_file() {
    let data = pairs_data(&[
        pair("b -> 둘", "x", 0.),
        pair("b -> 둘", "y", 1.),
        pair("a -> [train] 하나 (남은 답변: y)", "y", 0.25),
        pair("a -> [train] 하나 (남은 답변: y)", "z", 1.),
    ]);
    data.check().unwrap();
    assert_eq!(
        texts(&data.inputs),
        ["b -> 둘", "a -> [train] 하나 (남은 답변: y)"]
    );
    assert_eq!(texts(&data.candidates), ["x", "y", "z"]);
    // A pair that is not in the file is no match.
    assert_eq!(data.similarity, [0., 1., 0., 0., 0.25, 1.]);
    assert!(data.groups.is_empty());
    // Only the message can be cut.
    let last = &data.inputs[1];
    assert_eq!(
        (&*last.head, &*last.body, &*last.tail),
        ("a -> [train] ", "하나", " (남은 답변: y)")
    );
}

#[test]
fn the_last_of_two_pairs_that_disagree_counts() {
    let data = pairs_data(&[pair("a", "x", 0.), pair("a", "x", 1.)]);
    assert_eq!(data.similarity, [1.]);
    assert!(pairs_data(&[]).check().is_err());
}

fn row(topic: &str, input: &str, answered: &str, next: &str) -> InterviewRow {
    InterviewRow {
        split: Split::Train,
        topic: topic.to_owned(),
        input: input.to_owned(),
        remaining: vec!["기울기".to_owned()],
        answered: answered.to_owned(),
        next: next.to_owned(),
        reply: String::new(),
        situation: String::new(),
        ask: String::new(),
        misconception: String::new(),
    }
}

/// Candidates with a similarity of 1, input by input.
fn positives(data: &TrainData) -> Vec<Vec<String>> {
    data.check().unwrap();
    data.similarity
        .chunks(data.candidates.len())
        .map(|row| {
            let positive = data.candidates.iter().zip(row);
            let positive = positive.filter(|(_, similarity)| **similarity == 1.);
            positive.map(|(text, _)| text.to_string()).collect()
        })
        .collect()
}

#[test]
fn rows_are_compared_with_the_labels_of_the_pack_and_with_their_own() {
    let rows = [
        row(LEARNING, "loss", "손실", LEARNING),
        row(LEARNING, "손실 함수, 기울기", "손실, 기울기", LOSSES),
        row(LEARNING, "음", FAILURE_LABEL, LEARNING),
        row("다른 주제", "?", "다른, 라벨", "다른 주제"),
        row(EXPERIENCE, "[train] train a 모델", "train", EXPERIENCE),
    ];
    let data = rows_data(&pack(), &rows, false);
    assert_eq!(
        positives(&data),
        [
            vec!["손실"],
            vec!["손실", "기울기"],
            vec![FAILURE_LABEL],
            vec!["다른, 라벨"],
            vec!["train"],
        ]
    );
    assert_eq!(data.candidates.last().unwrap().to_string(), "다른, 라벨");
    assert_eq!(data.inputs[0].to_string(), "모델 학습 -> loss");
    assert_eq!(
        data.inputs[4].to_string(),
        "데이터 모델 -> [train] train a 모델"
    );
    let groups: Vec<_> = data.groups.iter().map(|g| (g.topic, g.class)).collect();
    assert_eq!(groups, [(0, 0), (0, 1), (0, 2), (1, 3), (2, 4)]);
}

#[test]
fn rows_for_the_selector_hold_what_remains() {
    let rows = [
        row(LEARNING, "loss", "", LEARNING),
        row(CLOSING, "good", "", END),
    ];
    let data = rows_data(&pack(), &rows, true);
    assert_eq!(positives(&data), [[LEARNING], [END]]);
    assert!(data.groups.is_empty());
    assert_eq!(
        data.inputs[0].to_string(),
        "모델 학습 -> loss (남은 답변: 기울기)"
    );
    assert_eq!(data.candidates.len(), 9);
}

/// A title may hold commas; it is still one.
#[test]
fn a_title_with_commas_is_one_candidate() {
    let pack = shipped_pack();
    let title = "인공지능, 머신러닝, 딥러닝 차이";
    let data = rows_data(&pack, &[row(title, "음", FAILURE_LABEL, title)], true);
    assert_eq!(positives(&data), [[title]]);
}
