//! What the record has acknowledged is there after the program was killed.
//!
//! The test starts itself again as a child that records turn after turn and says so, kills it in
//! the middle, and looks at what is in the file.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use ohlora::interview::{Outcome, Verdict};
use ohlora::store::{NewInterview, Store, Timings, TurnRecord};
use serde_json::json;

const PROFILE: &str = "OHLORA_TEST_PROFILE";

fn turn(turn: u32) -> TurnRecord {
    TurnRecord {
        turn,
        at: Timestamp::UNIX_EPOCH,
        topic: "LoRA".into(),
        message: format!("{turn}번째 답. {}", "저랭크 행렬 두 개의 곱 ".repeat(200)),
        verdict: Verdict {
            outcome: Outcome::Pass,
            labels: vec!["LoRA".into()],
            misconceptions: vec![],
            score: 0.9,
            candidates: vec![],
            remaining: vec![],
            coaching: None,
            dont_know: false,
        },
        next: "LoRA".into(),
        ms: Timings::new(),
        reply: None,
    }
}

/// Not a test of its own: the child, which records until it is killed.
#[test]
#[ignore = "run by the test below"]
fn child() {
    let profile = std::env::var_os(PROFILE).unwrap();
    let mut store = Store::open(Path::new(&profile), Timestamp::UNIX_EPOCH).unwrap();
    let interview = NewInterview {
        at: Timestamp::UNIX_EPOCH,
        pack_id: "p".into(),
        pack_title: "P".into(),
        language: "ko".into(),
        writer: "authored".into(),
        seed: 1,
    };
    let id = store.begin_interview(&interview).unwrap();
    for n in 1.. {
        store
            .record_turn(id, &turn(n), &json!({ "turn": n }))
            .unwrap();
        println!("recorded {n}");
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    for kill_after in [1, 7, 40] {
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child", "--exact", "--ignored", "--nocapture"])
            .env(PROFILE, profile.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut acknowledged = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            if let Some(n) = line.unwrap().strip_prefix("recorded ") {
                acknowledged = n.parse().unwrap();
                if acknowledged == kill_after {
                    child.kill().unwrap(); // what it said before it died is still read
                }
            }
        }
        child.wait().unwrap();
        assert!(acknowledged >= kill_after);

        let store = Store::open(profile.path(), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(store.put_aside(), None);
        let unfinished = store.unfinished().unwrap().unwrap();
        assert!(
            unfinished.turn >= acknowledged,
            "{} < {acknowledged}",
            unfinished.turn
        );
        assert_eq!(unfinished.snapshot, json!({ "turn": unfinished.turn }));
        let transcript = store.show(unfinished.id).unwrap().unwrap();
        let numbers: Vec<_> = transcript.turns.iter().map(|turn| turn.turn).collect();
        assert_eq!(numbers, (1..=unfinished.turn).collect::<Vec<_>>());
        assert_eq!(
            transcript.turns[0].answer.as_ref().unwrap().message,
            turn(1).message
        );
    }
}
