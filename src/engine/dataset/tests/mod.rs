//! What the two S-BERTs learn, and what they never see.

mod answer;
mod csv;
mod next;

use super::*;
use crate::content::Pack;
use crate::content::inputs::{FAILURE_LABEL, TERM_QUESTION_LABEL};
use crate::encoder::train::TrainData;
use crate::interview::Class;
use crate::testing::{pack, pack_with, shipped_pack};

const GREETING: &str = "면접 안녕";
const LEARNING: &str = "모델 학습";
const LOSSES: &str = "손실 함수";
const REGULAR: &str = "정규화";
const EXPERIENCE: &str = "데이터 모델";
const CHAT: &str = "L / A";
const REST: &str = "음 (rest)";
const CLOSING: &str = "last";
const END: &str = "면접 종료";

/// So many examples of every intent that some are dealt to each topic.
fn pack_of_many_intents() -> std::sync::Arc<Pack> {
    pack_with(|pack| {
        let many = |what: &str| (0..60).map(|i| format!("{what} {i}")).collect();
        pack.intents.ready = many("ready");
        pack.intents.skip = many("skip");
        pack.intents.dont_know = many("dont_know");
        pack.intents.term_question = many("term_question");
        pack.intents.greeting = many("greeting");
        pack.intents.chit_chat = many("chit_chat");
    })
}

#[test]
fn the_split_never_changes() {
    let buckets =
        ["모르겠어요", "MSE", "가중치를 얼리고 A, B 만 학습"].map(|text| bucket(text, 1000));
    assert_eq!(buckets, [49, 740, 481]);
}
