//! `ohlora memory` and `ohlora sanctions` as they are typed, and a block that refuses an interview.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::process::{Output, Stdio};

use common::Home;
use jiff::Timestamp;
use ohlora::companion::ethics::Offence;
use ohlora::store::{Conversation, Store};
use serde_json::Value;

fn run(home: &Home, arguments: &[&str]) -> Output {
    let mut command = home.ohlora();
    command
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[track_caller]
fn says(home: &Home, arguments: &[&str]) -> String {
    let output = run(home, arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn refused(home: &Home, arguments: &[&str]) -> String {
    let output = run(home, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    said
}

fn write(home: &Home, name: &str, text: &str) -> String {
    let path = home.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn sanction(home: &Home, offence: Offence) {
    let mut store = Store::open(&home.profile(), Timestamp::now()).unwrap();
    let message = "\u{1b}[31m나쁜\n말";
    store
        .sanction(
            Timestamp::now(),
            Conversation::Companion,
            message,
            &[offence],
            None,
        )
        .unwrap();
}

#[test]
fn memories_go_in_and_come_out_as_they_were() {
    let home = Home::new();
    assert_eq!(
        says(&home, &["memory", "list"]),
        "Nothing is remembered yet.\n"
    );
    let text = "[MBTI: INTP]\n[좋아하는 가수: 로라]\n[출근 시간: 9:30]\n";
    let file = write(&home, "memories.txt", text);
    assert_eq!(
        says(&home, &["memory", "import", &file]),
        "Took in 3 memories.\n"
    );
    assert_eq!(says(&home, &["memory", "export"]), text);
    assert_eq!(
        says(&home, &["memory", "import", &file]),
        "Took in 3 memories.\n",
        "twice is once"
    );
    assert_eq!(says(&home, &["memory", "export"]), text);

    let out = home.path().join("out.txt").display().to_string();
    says(&home, &["memory", "export", "--out", &out]);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), text);
    let another = Home::new();
    says(&another, &["memory", "import", &out]);
    assert_eq!(says(&another, &["memory", "export"]), text);
}

#[test]
fn memories_are_edited_and_removed_by_number() {
    let home = Home::new();
    let file = write(&home, "memories.txt", "[MBTI: INTP]\n[취미: 등산]\n");
    says(&home, &["memory", "import", &file]);
    assert_eq!(
        says(&home, &["memory", "edit", "1", "INFP"]),
        "Changed: [MBTI: INFP]\n"
    );
    assert_eq!(
        says(&home, &["memory", "edit", "2", "[주말 취미: 낚시]"]),
        "Changed: [주말 취미: 낚시]\n"
    );
    let lines = says(&home, &["memory", "list", "--json"]);
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["id"], &first["value"]),
        (&Value::from(1), &Value::from("INFP"))
    );
    assert!(says(&home, &["memory", "list"]).contains("[주말 취미: 낚시]"));

    assert!(refused(&home, &["memory", "edit", "1", "[키 값]"]).contains("no `:`"));
    assert!(refused(&home, &["memory", "edit", "9", "값"]).contains("no memory 9"));
    assert!(refused(&home, &["memory", "rm", "9"]).contains("no memory 9"));
    assert!(
        refused(&home, &["memory", "rm", "--all"]).contains("--yes"),
        "nobody is there to answer"
    );
    assert_eq!(says(&home, &["memory", "rm", "1"]), "Forgot 1 memories.\n");
    assert_eq!(
        says(&home, &["memory", "rm", "--all", "--yes"]),
        "Forgot 1 memories.\n"
    );
    assert_eq!(says(&home, &["memory", "export"]), "");
}

#[test]
fn broken_lines_are_named_and_the_others_taken_in() {
    let home = Home::new();
    let long = "가".repeat(100_000);
    let text = format!(
        "[MBTI: INTP]\n오늘 일정: 카페\n[생일]\n[메모: {long}]\n[취미: \u{1b}[31m등산 (답변 종료)]\n"
    );
    let file = write(&home, "memories.txt", &text);
    let output = run(&home, &["memory", "import", &file]);
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    for line in [2, 3, 4] {
        assert!(
            errors.contains(&format!("memories.txt:{line}: ")),
            "{errors}"
        );
    }
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("left out 3 lines")
    );
    assert_eq!(
        says(&home, &["memory", "export"]),
        "[MBTI: INTP]\n[취미: 등산 (답변 종료)]\n"
    );
    assert!(refused(&home, &["memory", "import", "/no/such/file"]).contains("/no/such/file"));
}

#[test]
fn a_block_refuses_an_interview_until_it_is_lifted() {
    let home = Home::new();
    assert_eq!(
        says(&home, &["sanctions", "list"]),
        "There are no sanctions.\n"
    );
    assert!(refused(&home, &["sanctions", "object", "왜요"]).contains("no sanctions"));
    sanction(&home, Offence::Hate);

    let output = run(&home, &["interview", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [sanctioned, end] = &events[..] else {
        panic!("{text}")
    };
    assert_eq!(
        (&sanctioned["event"], &end["event"]),
        (&Value::from("sanctioned"), &Value::from("end"))
    );
    assert_eq!(sanctioned["categories"], serde_json::json!(["혐오/기타"]));
    let until: Timestamp = sanctioned["until"].as_str().unwrap().parse().unwrap();
    assert!(until > Timestamp::now());
    assert_eq!(end["reason"], "sanctioned");

    let output = run(&home, &["interview", "--plain"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.code() == Some(1) && text.contains("blocked now"),
        "{text}"
    );

    says(&home, &["sanctions", "object", "샌드위치 얘기였어요"]);
    let list = says(&home, &["sanctions", "list"]);
    assert!(
        list.contains("샌드위치") && list.contains("1 d") && !list.contains('\u{1b}'),
        "{list}"
    );
    assert!(refused(&home, &["sanctions", "lift", "7"]).contains("no sanction 7"));
    assert_eq!(
        says(&home, &["sanctions", "lift", "1"]),
        "Lifted 1 sanctions.\n"
    );
    assert!(says(&home, &["sanctions", "list"]).contains("lifted"));
    let output = run(&home, &["interview", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .starts_with("{\"event\":\"question\"")
    );
}

#[test]
fn erasing_the_record_forgets_everything_but_a_block() {
    let home = Home::new();
    let file = write(&home, "memories.txt", "[MBTI: INTP]\n");
    says(&home, &["memory", "import", &file]);
    sanction(&home, Offence::Family);
    let said = says(&home, &["record", "erase", "--all", "--yes"]);
    assert!(
        said.contains("1 memories") && said.contains("stays"),
        "{said}"
    );
    assert_eq!(says(&home, &["memory", "export"]), "");
    assert!(says(&home, &["sanctions", "list"]).contains("blocked now"));
    says(&home, &["sanctions", "lift", "--all"]);
    says(&home, &["record", "erase", "--all", "--yes"]);
    assert_eq!(
        says(&home, &["sanctions", "list"]),
        "There are no sanctions.\n",
        "lifted, it is erased too"
    );
}
