//! What the record has acknowledged is there after the program was killed.
//!
//! The test starts itself again as a child that records turn after turn and says so, kills it in
//! the middle, and looks at what is in the file.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ohlora::companion::ethics::Offence;
use ohlora::companion::memory::Item;
use ohlora::companion::{Snapshot, Trace};
use ohlora::interview::{Outcome, Verdict};
use ohlora::store::{Conversation, NewInterview, Now, Store, Timings, TurnRecord};
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

/// Not a test of its own: remembers, talks and sins until it is killed.
#[test]
#[ignore = "run by the test below"]
fn companion_child() {
    let profile = std::env::var_os(PROFILE).unwrap();
    let mut store = Store::open(Path::new(&profile), Timestamp::UNIX_EPOCH).unwrap();
    let now = Now::of(Timestamp::UNIX_EPOCH, &TimeZone::UTC);
    for n in 1..=500 {
        let message = format!("{n}번째 말");
        store
            .record_heard(n, now.at, &message, &Snapshot::default())
            .unwrap();
        let trace = Trace {
            turn: n,
            text: message.clone(),
            ..Trace::default()
        };
        store.record_reply(&trace, &Snapshot::default()).unwrap();
        let item = Item::new(&format!("키 {n}"), &message).unwrap();
        store.remember(&item, now).unwrap();
        store
            .sanction(
                now.at,
                Conversation::Companion,
                &message,
                &[Offence::Love],
                Some(&Snapshot::default()),
            )
            .unwrap();
        println!("recorded {n}");
    }
}

#[test]
fn what_the_companion_acknowledged_survives_a_kill() {
    for kill_after in [1, 9, 30] {
        let profile = tempfile::tempdir().unwrap();
        let acknowledged = run_and_kill("companion_child", profile.path(), kill_after) as usize;
        let mut store = Store::open(profile.path(), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(store.put_aside(), None);
        let now = Now::of(Timestamp::UNIX_EPOCH, &TimeZone::UTC);
        let memories = store.memories(now.local).unwrap();
        let (turns, sanctions) = (
            store.companion_turns(1000).unwrap(),
            store.sanctions().unwrap(),
        );
        let answered = turns.iter().filter(|turn| turn.reply.is_some()).count();
        for count in [memories.len(), sanctions.len(), turns.len(), answered] {
            assert!(
                (acknowledged..=acknowledged + 1).contains(&count),
                "{count} {acknowledged}"
            );
        }
        assert!(store.standing(now.at).unwrap().block.is_some() || sanctions.len() < 2);
        assert!(store.companion_state().unwrap().is_some());
    }
}

/// Runs a child of this file and kills it after so many acknowledgements; says how many there were.
fn run_and_kill(child: &str, profile: &Path, kill_after: u32) -> u32 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([child, "--exact", "--ignored", "--nocapture"])
        .env(PROFILE, profile)
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
    acknowledged
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    for kill_after in [1, 7, 40] {
        let profile = tempfile::tempdir().unwrap();
        let acknowledged = run_and_kill("child", profile.path(), kill_after);

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
