//! The record as its users meet it; files that are damaged or full are in `trouble`.

mod companion;
mod trouble;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;
use tempfile::TempDir;

use super::sample::{at, hold, new_interview, opening, reply, turn};
use super::*;
use crate::interview::EndReason;

fn profile() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(profile: &TempDir) -> Store {
    Store::open(profile.path(), at(0)).unwrap()
}

#[test]
fn an_interview_is_read_back_as_it_was_held() {
    let profile = profile();
    let mut store = open(&profile);
    let id = hold(&mut store, 2);
    store.end_interview(id, at(9), EndReason::Finished).unwrap();

    let transcript = open(&profile).show(id).unwrap().unwrap();
    assert_eq!(transcript.interview.started, at(0));
    assert_eq!(transcript.interview.seed, u64::MAX);
    assert_eq!(
        (transcript.interview.turns, transcript.interview.earned),
        (2, 2)
    );
    assert_eq!(
        transcript.interview.end,
        Some(End {
            at: at(9),
            reason: EndReason::Finished
        })
    );
    let [first, second, _] = &transcript.turns[..] else {
        panic!("{:?}", transcript.turns)
    };
    assert_eq!(first.answer, None);
    assert_eq!(first.reply, Some(opening().reply.utterance));
    let said = turn(1, "사람처럼 생각하는 기술");
    assert_eq!(
        second.answer,
        Some(Answer {
            message: said.message,
            verdict: said.verdict,
            next: said.next
        })
    );
    assert_eq!(second.at, at(1));
    assert_eq!(
        second.ms.len(),
        3,
        "judge, select and write: {:?}",
        second.ms
    );
    assert_eq!(transcript.snapshot, Some(json!({ "turn": 2 })));
}

#[test]
fn what_was_not_ended_is_offered_again_the_newest_first() {
    let profile = profile();
    let mut store = open(&profile);
    assert_eq!(store.unfinished().unwrap(), None);
    let older = hold(&mut store, 1);
    let newer = hold(&mut store, 3);
    drop(store);

    let mut store = open(&profile);
    let unfinished = store.unfinished().unwrap().unwrap();
    assert_eq!((unfinished.id, unfinished.turn), (newer, 3));
    assert_eq!(unfinished.snapshot, json!({ "turn": 3 }));
    assert_eq!(unfinished.pack_id, "ml-interview-ko");
    assert_eq!(unfinished.topic, turn(3, "").next);

    store.abandon(newer).unwrap();
    let end = store.show(newer).unwrap().unwrap().interview.end.unwrap();
    assert_eq!(
        end,
        End {
            at: at(3),
            reason: EndReason::Stopped
        }
    );
    assert_eq!(store.unfinished().unwrap().unwrap().id, older);
    store
        .end_interview(older, at(5), EndReason::Stopped)
        .unwrap();
    assert_eq!(store.unfinished().unwrap(), None);
}

#[test]
fn an_interview_without_its_opening_is_not_offered() {
    let profile = profile();
    let mut store = open(&profile);
    let id = store.begin_interview(&new_interview()).unwrap();
    assert_eq!(store.unfinished().unwrap(), None);
    store.abandon(id).unwrap();
    assert_eq!(store.interviews().unwrap()[0].end.unwrap().at, at(0));
}

#[test]
fn a_verdict_is_safe_before_the_reply_is_written() {
    let profile = profile();
    let mut store = open(&profile);
    let id = hold(&mut store, 0);
    let judged = TurnRecord {
        reply: None,
        ..turn(1, "답")
    };
    store.record_turn(id, &judged, &json!(1)).unwrap();
    assert_eq!(store.show(id).unwrap().unwrap().turns[1].reply, None);

    let question = QuestionRecord {
        turn: 1,
        reply: reply("그래?"),
        ..opening()
    };
    store.record_question(id, &question, &json!(2)).unwrap();
    let transcript = store.show(id).unwrap().unwrap();
    assert_eq!(
        transcript.turns[1].reply,
        Some(question.reply.utterance.clone())
    );
    assert_eq!(transcript.turns[1].ms.len(), 3);
    assert_eq!(
        transcript.turns[1].topic, judged.topic,
        "the topic answered, not the one asked"
    );
}

#[test]
fn a_second_window_cannot_overwrite_the_first() {
    let profile = profile();
    let (mut one, mut two) = (open(&profile), open(&profile));
    let id = hold(&mut one, 1);
    let resumed = two.unfinished().unwrap().unwrap();
    two.record_turn(resumed.id, &turn(2, "둘째 창"), &json!("two"))
        .unwrap();

    let refused = one
        .record_turn(id, &turn(2, "첫째 창"), &json!("one"))
        .unwrap_err();
    assert!(
        matches!(refused.problem, Problem::Taken { turn: 2, .. }),
        "{refused}"
    );
    let again = QuestionRecord {
        turn: 2,
        ..opening()
    };
    assert!(one.record_question(id, &again, &json!("one")).is_err());
    let transcript = one.show(id).unwrap().unwrap();
    assert_eq!(
        transcript.snapshot,
        Some(json!("two")),
        "the refused state is not kept either"
    );
    assert_eq!(
        transcript.turns[2].answer.as_ref().unwrap().message,
        "둘째 창"
    );
}

#[test]
fn nothing_is_added_to_what_has_ended() {
    let profile = profile();
    let mut store = open(&profile);
    let id = hold(&mut store, 1);
    store.end_interview(id, at(2), EndReason::Eof).unwrap();
    let late = store
        .record_turn(id, &turn(2, "잠깐만"), &json!(2))
        .unwrap_err();
    assert!(matches!(late.problem, Problem::Gone(gone) if gone == id));
    assert!(store.end_interview(id, at(3), EndReason::Stopped).is_err());
    assert!(store.abandon(InterviewId(99)).is_err());
    assert_eq!(store.show(id).unwrap().unwrap().turns.len(), 2);
}

#[test]
fn disputes_are_listed_once_until_resolved() {
    let profile = profile();
    let mut store = open(&profile);
    let id = hold(&mut store, 1);
    let dispute = DisputeRecord {
        turn: 1,
        at: at(1),
        topic: turn(1, "").topic,
        label: "딥러닝".into(),
        message: "층이 깊은 신경망".into(),
    };
    for _ in 0..2 {
        store
            .record_dispute(id, &dispute, &json!("disputed"))
            .unwrap();
    }
    let [listed] = &store.disputes().unwrap()[..] else {
        panic!()
    };
    assert_eq!(
        (listed.interview, &*listed.label, listed.resolved),
        (id, "딥러닝", false)
    );
    assert_eq!(listed.pack_id, "ml-interview-ko");

    store.resolve_disputes(&[listed.id]).unwrap();
    assert!(store.disputes().unwrap()[0].resolved);
    assert_eq!(store.show(id).unwrap().unwrap().disputes.len(), 1);
}

#[test]
fn what_is_erased_is_gone_from_the_files_too() {
    let profile = profile();
    let mut store = open(&profile);
    let kept = hold(&mut store, 1);
    let id = hold(&mut store, 0);
    let secret = "아무도 모르는 나만의 비밀 이야기";
    store
        .record_turn(id, &turn(1, secret), &json!({ "said": secret }))
        .unwrap();
    let holds_secret = || {
        std::fs::read_dir(profile.path()).unwrap().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes
                .windows(secret.len())
                .any(|bytes| bytes == secret.as_bytes())
        })
    };
    assert!(holds_secret());
    store.erase(id).unwrap();
    assert!(!holds_secret());
    assert_eq!(store.show(id).unwrap(), None);
    assert!(matches!(
        store.erase(id).unwrap_err().problem,
        Problem::Gone(_)
    ));

    assert_eq!(store.interviews().unwrap().len(), 1);
    assert_eq!(store.erase_all().unwrap().interviews, 1);
    let next = hold(&mut store, 0);
    assert!(next > kept && next > id, "numbers are not used again");
}

#[test]
fn many_windows_open_a_fresh_record_at_once() {
    for _ in 0..20 {
        let profile = profile();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| drop(open(&profile)));
            }
        });
    }
}

#[test]
fn many_windows_record_at_once() {
    let profile = profile();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| hold(&mut open(&profile), 10));
        }
    });
    let interviews = open(&profile).interviews().unwrap();
    assert_eq!(interviews.len(), 6);
    assert!(interviews.iter().all(|interview| interview.turns == 10));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_comes_back_as_it_was(
        message in any::<String>(),
        topic in any::<String>(),
        label in "\\PC*|[\u{0}\u{1b}'\";%_\\\\\u{200d}가-힣ㄱ-ㅎ\r\n\t]{0,40}",
        state in any::<Vec<String>>(),
        score in 0.0f32..=1.0,
        seconds in -60_000_000_000i64..250_000_000_000,
        nanos in 0i32..1_000_000_000,
    ) {
        let profile = profile();
        let mut store = open(&profile);
        let id = hold(&mut store, 0);
        let mut record = turn(1, &message);
        record.at = Timestamp::new(seconds, if seconds < 0 { 0 } else { nanos }).unwrap();
        record.topic = topic;
        record.verdict.score = score;
        record.verdict.labels = vec![label.clone(), message.clone()];
        record.verdict.coaching = Some(label);
        record.reply = Some(reply(&message));
        store.record_turn(id, &record, &json!(state)).unwrap();

        let transcript = store.show(id).unwrap().unwrap();
        let read = &transcript.turns[1];
        prop_assert_eq!(&read.topic, &record.topic);
        prop_assert_eq!(read.at, record.at);
        let answer = read.answer.as_ref().unwrap();
        prop_assert_eq!(&answer.message, &record.message);
        prop_assert_eq!(&answer.verdict, &record.verdict);
        prop_assert_eq!(read.reply.as_ref(), record.reply.as_ref().map(|reply| &reply.utterance));
        prop_assert_eq!(transcript.snapshot, Some(json!(state)));
    }
}
