//! Turns and interviews for tests.

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::interview::{Candidate, Class, Intent, Outcome, Utterance, Verdict};

/// `minutes` after half past five in the afternoon, Seoul time.
pub(crate) fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-11-20T08:30:00Z".parse().unwrap();
    start + jiff::SignedDuration::from_mins(minutes)
}

pub(crate) fn new_interview() -> NewInterview {
    NewInterview {
        at: at(0),
        pack_id: "ml-interview-ko".into(),
        pack_title: "머신러닝 면접".into(),
        language: "ko".into(),
        writer: "authored".into(),
        seed: u64::MAX,
    }
}

pub(crate) fn reply(text: &str) -> Reply {
    Reply {
        utterance: Utterance {
            text: text.into(),
            writer: "authored".into(),
            fallback: false,
        },
        ms: [("write".into(), 1.5)].into(),
    }
}

pub(crate) fn opening() -> QuestionRecord {
    QuestionRecord {
        turn: 0,
        at: at(0),
        topic: "면접 시작 인사".into(),
        reply: reply("안녕! 면접 시작할까?"),
    }
}

/// A passed turn with a verdict that uses every kind of candidate.
pub(crate) fn turn(turn: u32, message: &str) -> TurnRecord {
    let candidate = |class, score| Candidate { class, score };
    TurnRecord {
        turn,
        at: at(turn.into()),
        topic: "인공지능, 머신러닝, 딥러닝 차이".into(),
        message: message.into(),
        verdict: Verdict {
            outcome: Outcome::Pass,
            labels: vec!["인공지능".into()],
            misconceptions: vec![],
            score: 0.97,
            candidates: vec![
                candidate(Class::Labels(vec!["인공지능".into()]), 0.97),
                candidate(Class::Misconception("같은 말이다".into()), 0.02),
                candidate(Class::Intent(Intent::Skip), 0.0075),
                candidate(Class::Failure, 0.0025),
            ],
            remaining: vec!["머신러닝".into(), "딥러닝".into()],
            coaching: Some("자신 있게 말해 봐".into()),
            dont_know: false,
        },
        next: "인공지능, 머신러닝, 딥러닝 차이".into(),
        ms: [("judge".into(), 9.25), ("select".into(), 8.5)].into(),
        reply: Some(reply("좋아. 그럼 머신러닝은?")),
    }
}

/// Begins an interview and records its opening and `turns` turns.
pub(crate) fn hold(store: &mut Store, turns: u32) -> InterviewId {
    let id = store.begin_interview(&new_interview()).unwrap();
    store
        .record_question(id, &opening(), &json!({ "turn": 0 }))
        .unwrap();
    for n in 1..=turns {
        store
            .record_turn(
                id,
                &turn(n, "사람처럼 생각하는 기술"),
                &json!({ "turn": n }),
            )
            .unwrap();
    }
    id
}
