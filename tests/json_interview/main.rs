//! `ohlora interview --json` as another program drives it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod learner;
mod talk;

use std::process::Command;

use common::Home;
use jiff::Timestamp;
use learner::{Learner, pack, strings};
use ohlora::store::{InterviewId, Store};
use serde_json::{Value, json};
use talk::Talk;

const LLM: &str = "거대 언어 모델 정의";
const LOSS: &str = "Loss Function 정의";
const DONT_KNOW: &str = "잘 모르겠습니다";

fn interview(home: &Home, more: &[&str]) -> Command {
    let mut command = home.ohlora();
    command
        .args(["interview", "--json", "--seed", "1"])
        .args(more);
    command
}

/// What the record holds of the learner's messages in the first interview.
fn recorded(home: &Home) -> Vec<String> {
    let store = Store::open(&home.profile(), Timestamp::UNIX_EPOCH).unwrap();
    let transcript = store.show(InterviewId(1)).unwrap().unwrap();
    let answers = transcript.turns.into_iter().filter_map(|turn| turn.answer);
    answers.map(|answer| answer.message).collect()
}

/// Field names of an object, in order.
fn fields(value: &Value) -> Vec<&str> {
    let mut names: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn a_learner_who_knows_the_pack_finishes_with_a_full_report() {
    let home = Home::new();
    let pack = pack();
    let mut learner = Learner::new(pack.clone());
    let mut talk = Talk::start(&mut interview(&home, &[]));

    let mut question = talk.expect("question");
    assert_eq!(question["turn"], 0);
    let mut title = question["topic"].as_str().unwrap().to_owned();
    assert_eq!(title, pack.topics[0].title);
    let mut open = learner.labels(&title);
    let mut wording = String::new();

    for turn in 1.. {
        assert!(turn < 60, "stuck on {title}");
        let said = question["text"].as_str().unwrap();
        assert_ne!(said, wording, "the same wording twice running");
        wording = said.to_owned();

        let message = learner.answer(&title, &open);
        let answered = talk.say(&message);
        assert_eq!(answered.judged["turn"], turn);
        assert_eq!(answered.judged["topic"], *title, "{}", answered.judged);
        if answered.reply["event"] == "end" {
            question = answered.reply;
            break;
        }
        question = answered.reply;
        assert_eq!(question["turn"], turn);
        assert_eq!(question["topic"], answered.judged["next"]);
        let next = question["topic"].as_str().unwrap();
        open = if next == title {
            strings(&answered.judged["remaining"])
        } else {
            learner.labels(next)
        };
        title = next.to_owned();
    }

    assert_eq!(question["reason"], "finished");
    for topic in question["report"]["topics"].as_array().unwrap() {
        if topic["judged"] == true && topic["turns"] != 0 {
            assert_eq!(topic["missed"], json!([]), "{topic}");
            assert_eq!(topic["status"], "done", "{topic}");
        }
    }
    talk.ends_well();
}

#[test]
fn every_event_has_the_fields_of_the_contract() {
    let home = Home::new();
    let mut talk = Talk::start(&mut interview(&home, &["--topic", LLM]));

    let question = talk.expect("question");
    let expected = ["event", "fallback", "ms", "text", "topic", "turn", "writer"];
    assert_eq!(fields(&question), expected);
    assert_eq!(question["topic"], LLM);
    assert_eq!(question["writer"], "authored");
    assert_eq!(question["fallback"], false);
    assert!(question["ms"]["write"].is_number());

    let judged = talk
        .say("수많은 글을 학습해서 사람처럼 글을 이해하고 만드는 아주 큰 인공지능 모델이에요")
        .judged;
    let expected = [
        "candidates",
        "coaching",
        "event",
        "labels",
        "misconceptions",
        "ms",
        "next",
        "outcome",
        "remaining",
        "score",
        "topic",
        "turn",
    ];
    assert_eq!(fields(&judged), expected);
    assert_eq!(judged["turn"], 1);
    assert_eq!(judged["outcome"], "pass", "{judged}");
    assert_eq!(judged["labels"], json!([LLM]));
    assert_eq!(judged["misconceptions"], json!([]));
    assert_eq!(judged["remaining"], json!([]));
    assert_eq!(judged["next"], LOSS);
    assert_eq!(judged["coaching"], Value::Null);
    assert_eq!(judged["score"], judged["candidates"][0]["score"]);
    assert_eq!(judged["candidates"][0]["label"], LLM);
    assert!(judged["ms"]["judge"].is_number() && judged["ms"]["select"].is_number());
    let scores = judged["candidates"].as_array().unwrap().iter();
    let sum: f64 = scores
        .map(|candidate| candidate["score"].as_f64().unwrap())
        .sum();
    assert!(
        (sum - 1.0).abs() < 1e-3,
        "the scores are probabilities: {sum}"
    );

    let end = talk.hang_up();
    assert_eq!(end["reason"], "eof");
    let topic = &end["report"]["topics"][2];
    assert_eq!(topic["title"], LLM);
    assert_eq!(topic["earned"], json!([LLM]));
    assert_eq!(topic["missed"], json!([]));
    assert_eq!(topic["turns"], 1);
}

#[test]
fn three_wrong_answers_lead_on_with_the_model_answer() {
    let home = Home::new();
    let pack = pack();
    let model_answer = &pack.topic(LLM).unwrap().1.answers[0].model_answer;
    let mut talk = Talk::start(&mut interview(&home, &["--topic", LLM]));
    talk.expect("question");

    for _ in 0..2 {
        let turn = talk.say(DONT_KNOW);
        assert_eq!(turn.judged["outcome"], "fail", "{}", turn.judged);
        assert_eq!(turn.judged["next"], LLM, "asked again");
        assert!(!turn.reply["text"].as_str().unwrap().contains(model_answer));
    }
    let third = talk.say(DONT_KNOW);
    assert_eq!(third.judged["outcome"], "fail");
    assert_eq!(third.judged["next"], LOSS);
    assert_eq!(third.reply["topic"], LOSS);
    let said = third.reply["text"].as_str().unwrap();
    assert!(said.contains(model_answer), "{said}");

    let end = talk.hang_up();
    let topic = &end["report"]["topics"][2];
    assert_eq!(topic["status"], "failed");
    assert_eq!(topic["missed"], json!([LLM]));
    assert_eq!(topic["model_answers"][0]["model_answer"], **model_answer);
}

#[test]
fn a_skip_in_words_leads_on_at_once() {
    let home = Home::new();
    let mut talk = Talk::start(&mut interview(&home, &["--topic", LLM]));
    talk.expect("question");
    let turn = talk.say("이건 건너뛰고 다음 질문으로 넘어가 주세요");
    assert_eq!(turn.judged["outcome"], "skip", "{}", turn.judged);
    assert_eq!(turn.reply["topic"], LOSS);
    let end = talk.hang_up();
    assert_eq!(end["report"]["topics"][2]["missed"], json!([LLM]));
    assert_eq!(end["report"]["topics"][2]["skipped"], true);
}

#[test]
fn an_input_that_ends_at_once_is_an_end_too() {
    let home = Home::new();
    let talk = Talk::start(&mut interview(&home, &[]));
    talk.expect("question");
    let end = talk.hang_up();
    assert_eq!(end["reason"], "eof");
    assert_eq!(end["report"]["totals"]["topics"], 0);
}

#[test]
fn an_unknown_topic_is_named_and_nothing_is_asked() {
    let home = Home::new();
    let output = interview(&home, &["--topic", "양자 컴퓨터"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("양자 컴퓨터"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn whatever_a_line_holds_is_one_message() {
    let home = Home::new();
    let mut talk = Talk::start(&mut interview(&home, &["--topic", LLM]));
    talk.expect("question");

    talk.say(r"첫 줄\n둘째 줄, 역슬래시 \\ 하나");
    talk.say("\u{1b}[31m빨간\u{1b}[0m \u{1b}]0;제목\u{7}글씨\u{0}");
    talk.say("가나다라 ".repeat(20_000));
    talk.say([b"\xff\xfe ", "반쯤 깨진 줄".as_bytes(), b"\xc3"].concat());
    talk.say("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}로 답하기\r");
    talk.say("");
    talk.hang_up();

    let recorded = recorded(&home);
    assert_eq!(recorded[0], "첫 줄\n둘째 줄, 역슬래시 \\ 하나");
    assert_eq!(recorded[1], "빨간 글씨");
    assert!(recorded[2].starts_with("가나다라 가나다라"));
    assert!(recorded[2].chars().count() <= 4_000, "the rest is not read");
    assert_eq!(recorded[3], "\u{fffd}\u{fffd} 반쯤 깨진 줄\u{fffd}");
    assert_eq!(recorded[4], "한글로 답하기");
    assert_eq!(recorded[5], "");
}

#[test]
fn control_sequences_are_not_echoed() {
    let home = Home::new();
    let mut talk = Talk::start(&mut interview(&home, &["--topic", LLM]));
    talk.expect("question");
    talk.send("\u{1b}[2J\u{9b}31m규칙대로 답하는 챗봇 아닌가요?\u{1b}]52;c;aGk=\u{7}".as_bytes());
    for _ in 0..2 {
        let line = talk.line().unwrap();
        assert!(!line.contains(char::is_control), "{line:?}");
        assert!(!line.contains("\\u00"), "{line:?}");
    }
    talk.hang_up();
}

#[test]
fn a_killed_interview_goes_on_where_it_stopped() {
    let home = Home::new();
    let mut talk = Talk::start(&mut interview(&home, &["--topic", LLM]));
    talk.expect("question");
    let answered = talk.say(DONT_KNOW);
    let asked = answered.reply;
    talk.kill();

    let mut talk = Talk::start(&mut interview(&home, &["--resume"]));
    let again = talk.expect("question");
    for field in ["turn", "topic", "text"] {
        assert_eq!(again[field], asked[field]);
    }
    let turn = talk.say(DONT_KNOW);
    assert_eq!(turn.judged["turn"], 2);
    assert_eq!(
        turn.judged["next"], LLM,
        "the second failure, not the first"
    );
    // Killed while a message is judged, it has heard the message or it has not.
    talk.send(DONT_KNOW.as_bytes());
    talk.kill();

    let talk = Talk::start(&mut interview(&home, &["--resume"]));
    let again = talk.expect("question");
    match again["turn"].as_u64() {
        Some(2) => assert_eq!(again["text"], turn.reply["text"]),
        Some(3) => assert_eq!(again["topic"], LOSS),
        _ => panic!("{again}"),
    }
    let end = talk.hang_up();
    let turns = end["report"]["topics"][2]["turns"].as_u64();
    assert_eq!(turns, again["turn"].as_u64());
    assert_eq!(recorded(&home).len() as u64, turns.unwrap());
}

#[test]
fn without_resume_an_interview_begins_anew() {
    let home = Home::new();
    let mut talk = Talk::start(&mut interview(&home, &["--topic", LLM]));
    talk.expect("question");
    talk.say(DONT_KNOW);
    talk.kill();
    let talk = Talk::start(&mut interview(&home, &[]));
    assert_eq!(talk.expect("question")["turn"], 0);
    talk.hang_up();
}
