//! The companion's tab: she remembers from one run to the next, keeps her boundaries, and shows her mood.

use std::time::Duration;

use super::common::Home;
use super::terminal::{COLUMNS, ROWS, Terminal, key};

/// She waits for a message.
const YOUR_TURN: &str = "이야기를 기다려요";
/// The list of what she remembers.
const MEMORIES: &str = "오로라가 기억하는 것";
/// The models are there.
const LOADED: &str = "준비됐어요";
/// The box is empty.
const WAITING: &str = "오로라에게 하고 싶은 말을 써 주세요";

/// Her tab, at a time on the learner's clock.
fn chat(home: &Home, now: &str) -> Terminal {
    let terminal = Terminal::start(home, &["chat", "--seed", "1", "--now", now]);
    terminal.wait_for("[오로라]");
    terminal
}

/// Types a message, sends it and waits until she has answered.
fn say(terminal: &Terminal, message: &str) {
    terminal.press(message);
    terminal.wait_for_caret_after(message);
    terminal.wait_until("end of the loading", |screen| {
        let rows = screen.contents();
        [YOUR_TURN, LOADED].iter().any(|text| rows.contains(text))
    });
    terminal.press(key::ENTER);
    terminal.wait_for_caret_after("");
    terminal.wait_for(YOUR_TURN);
}

fn leave(terminal: Terminal) {
    terminal.press(key::CTRL_C);
    terminal.wait_for("나갈까요?");
    terminal.press(key::CTRL_C);
    assert_eq!(terminal.wait_for_end(), 0);
}

/// What is drawn to the right of the conversation.
fn picture(rows: &[String]) -> Vec<String> {
    let right = |row: &String| row.chars().rev().take(30).collect();
    rows[2..22].iter().map(right).collect()
}

#[test]
fn what_she_was_told_in_an_earlier_run_is_used() {
    let home = Home::new();
    let terminal = chat(&home, "2026-11-17T20:00");
    terminal.wait_for(WAITING);
    say(&terminal, "나 요즘 기타 치는 게 취미야");
    // What she makes of the message comes after her reply.
    for _ in 0..100 {
        terminal.press(key::F9);
        terminal.wait_for(MEMORIES);
        let remembered = terminal.rows().concat().contains("[취미: 기타");
        terminal.press(key::ESC);
        terminal.wait_for_no(MEMORIES);
        if remembered {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    leave(terminal);

    let terminal = chat(&home, "2026-11-18T20:00");
    terminal.wait_for("나 요즘 기타 치는 게 취미야");
    say(&terminal, "내 취미가 뭐였더라?");
    terminal.press(key::F3);
    terminal.wait_for("이 답이 나온 과정");
    terminal.wait_until("the memory that was used", |screen| {
        let rows = screen.contents();
        rows.lines()
            .any(|row| row.contains('✓') && row.contains("[취미: 기타"))
    });
    terminal.press(key::ESC);
    terminal.wait_for_no("이 답이 나온 과정");
    leave(terminal);
}

#[test]
fn a_declaration_of_love_is_warned_of_and_then_blocks_both_tabs() {
    let home = Home::new();
    let terminal = chat(&home, "2026-11-17T20:00");
    terminal.wait_for(WAITING);
    let love = "오로라야 사랑해 나랑 결혼해 줘";
    say(&terminal, love);
    terminal.wait_for("사랑 고백/만남");
    terminal.wait_for(WAITING);
    terminal.press(love);
    terminal.wait_for_caret_after(love);
    terminal.press(key::ENTER);
    terminal.wait_for("까지 대화할 수 없어요");
    // What is written now is an objection, kept with the sanction.
    terminal.press("노래 가사였어요");
    terminal.wait_for_caret_after("노래 가사였어요");
    terminal.press(key::ENTER);
    terminal.wait_for("이의를 제재와 함께 적어 두었어요");
    leave(terminal);

    let output = home.ohlora().args(["sanctions", "list"]).output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    assert!(listed.contains("노래 가사였어요"), "{listed}");
}

#[test]
fn her_face_shows_her_mood_and_is_told_in_words_where_there_is_no_room() {
    let home = Home::new();
    let terminal = chat(&home, "2026-11-17T20:00");
    terminal.wait_for(WAITING);
    let before = picture(&terminal.rows());
    assert!(
        before.iter().any(|row| !row.trim().is_empty()),
        "{before:?}"
    );
    say(&terminal, "나 오늘 최종 합격했어!!! 완전 신나");
    terminal.wait_until("another face", |screen| {
        let (_, columns) = screen.size();
        let rows: Vec<String> = screen.rows(0, columns.get()).collect();
        picture(&rows) != before
    });
    terminal.resize(40, 15);
    terminal.wait_for("표정: 눈 ");
    terminal.resize(20, 5);
    terminal.wait_for_no("표정:");
    terminal.resize(COLUMNS, ROWS);
    terminal.wait_for("[오로라]");
}
