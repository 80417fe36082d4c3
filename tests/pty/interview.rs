//! The interview: answers are typed and judged, an interrupted interview goes on.

use super::common::Home;
use super::terminal::{COLUMNS, ROWS, Terminal, key};

/// The part of a topic's display title that has to be in sight.
const ML: &str = "인공지능, 머신러닝, 딥러닝 차이";
const LLM: &str = "거대 언어 모델 정의";
/// The interviewer has spoken.
const ASKED: &str = "\n오로라  ";
/// The interview waits for an answer.
const YOUR_TURN: &str = "답변을 기다려요";
/// The answer box is empty.
const WAITING: &str = "Enter를 누르면 보내요";

/// An interview on a topic, ready to be answered.
fn interview(home: &Home, topic: &str) -> Terminal {
    let arguments = ["interview", "--seed", "1", "--topic", topic];
    let terminal = Terminal::start(home, &arguments);
    terminal.wait_for("2/19");
    terminal.wait_for(ASKED);
    terminal.wait_for(WAITING);
    terminal
}

/// Types an answer, sees it stand in the box, sends it, and waits until it is judged and replied to.
fn answer(terminal: &Terminal, text: &str) {
    terminal.press(text);
    terminal.wait_for_caret_after(text);
    terminal.wait_for(YOUR_TURN);
    terminal.press(key::ENTER);
    terminal.wait_for_caret_after("");
    terminal.wait_for(YOUR_TURN);
}

/// The list of interviews in the record.
fn recorded(home: &Home) -> String {
    let output = home.ohlora().args(["record", "list"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_interview_is_held_in_korean() {
    let home = Home::new();
    let terminal = Terminal::start(&home, &[]);
    terminal.wait_for("[면접]");
    terminal.wait_for("1/19 · 면접 시작 인사");
    terminal.wait_for(ASKED);
    answer(&terminal, "네, 준비됐어요");
    terminal.wait_for("2/19");
    terminal.wait_for("· 인공지능");

    answer(
        &terminal,
        "인공지능은 사람의 지능을 기계로 구현하는 기술이에요",
    );
    terminal.wait_for("맞았어요: 인공지능");
    terminal.wait_for("✓ 인공지능");
    terminal.wait_for("· 머신러닝");
    terminal.wait_for("판정 후보");

    answer(
        &terminal,
        "데이터를 보여 주고 기계 스스로 규칙을 알아내게 하는 겁니다",
    );
    terminal.wait_for("✓ 머신러닝");
    answer(
        &terminal,
        "딥러닝은 층이 깊은 신경망을 쓰는 머신러닝의 한 종류예요",
    );
    terminal.wait_for("3/19");
    terminal.wait_for("> 거대 언어 모델 정의");
    terminal.wait_for("✓ 인공지능, 머신러닝");

    terminal.press(key::CTRL_C);
    terminal.wait_for("나갈까요?");
    terminal.press(key::CTRL_C);
    assert_eq!(terminal.wait_for_end(), 0);
}

#[test]
fn hangul_is_composed_in_the_box_with_the_cursor_at_the_caret() {
    let home = Home::new();
    let terminal = interview(&home, ML);
    terminal.press("한");
    terminal.wait_for_caret_after("한");
    // A Mac's file names and some keyboards send jamo one by one.
    terminal.press("\u{1100}\u{1173}\u{11af} \u{1103}\u{1175}\u{11b8}");
    terminal.wait_for_caret_after("한글 딥");
    terminal.press("AI까지");
    terminal.wait_for_caret_after("한글 딥AI까지");
    terminal.press(&key::LEFT.repeat(2));
    terminal.wait_for_caret_after("한글 딥AI");
    terminal.press(&key::BACKSPACE.repeat(3));
    terminal.wait_for("한글 까지");
    terminal.wait_for_caret_after("한글 ");
}

#[test]
fn what_is_pasted_cannot_command_the_terminal() {
    let home = Home::new();
    let terminal = interview(&home, ML);
    terminal.paste("\x1b[2J붙여\r\n넣은 \x1b]0;제목\x07답");
    terminal.wait_for("> 붙여");
    terminal.wait_for("넣은 답");
    assert!(terminal.rows()[0].contains("[면접]"));
    terminal.paste(&"가".repeat(100_000));
    terminal.wait_for("답이 너무 길어요");
    terminal.wait_for("넣은 답");
}

#[test]
fn help_hint_and_skip_have_their_keys() {
    let home = Home::new();
    let terminal = interview(&home, ML);
    terminal.press(key::F1);
    terminal.wait_for("키 안내");
    terminal.press(key::ESC);
    terminal.wait_for_no("키 안내");

    terminal.press(key::F2);
    terminal.wait_for("힌트:");

    terminal.press(key::F4);
    terminal.wait_for("다음으로 넘어가요");
    terminal.wait_for("3/19");
    terminal.wait_for("- 인공지능, 머신러닝");
}

#[test]
fn the_screen_follows_the_terminal_down_to_nothing_and_back() {
    let home = Home::new();
    let terminal = interview(&home, ML);
    terminal.press("작아져도 남는 답");
    terminal.wait_for_caret_after("작아져도 남는 답");

    terminal.resize(20, 5);
    terminal.wait_for_no("[면접]");
    terminal.wait_for_caret_after("작아져도 남는 답");
    terminal.resize(8, 2);
    terminal.wait_for("터미널");
    for step in 0..40 {
        terminal.resize(COLUMNS - 2 * step, ROWS - step / 2);
    }
    terminal.resize(COLUMNS, ROWS);
    terminal.wait_for("[면접]");
    terminal.wait_for("2/19");
    terminal.wait_for_caret_after("작아져도 남는 답");
}

#[test]
fn the_screen_is_drawn_anew_on_request() {
    let home = Home::new();
    let terminal = interview(&home, ML);
    terminal.press(&key::CTRL_L.repeat(20));
    terminal.press("아직 여기");
    terminal.wait_for_caret_after("아직 여기");
    assert!(terminal.rows()[0].contains("[면접]"));
}

#[test]
fn an_answer_can_be_taken_back_while_it_is_judged() {
    let home = Home::new();
    let terminal = interview(&home, ML);
    terminal.press("아직 덜 쓴 답");
    terminal.wait_for_caret_after("아직 덜 쓴 답");
    // Both keys arrive before the judge can be done.
    terminal.press(&[key::ENTER, key::CTRL_C].concat());
    terminal.wait_for_caret_after("아직 덜 쓴 답");
    terminal.press("입니다");
    terminal.wait_for_caret_after("아직 덜 쓴 답입니다");
    terminal.press(key::CTRL_C);
    terminal.wait_for("나갈까요?");
    terminal.press(key::ESC);
    terminal.wait_for_no("나갈까요?");
}

#[test]
fn an_interview_that_was_left_is_offered_again() {
    let home = Home::new();
    let terminal = interview(&home, ML);
    answer(
        &terminal,
        "딥러닝은 층이 깊은 신경망을 쓰는 머신러닝의 한 종류예요",
    );
    terminal.wait_for("✓ 딥러닝");
    terminal.press(key::CTRL_C);
    terminal.wait_for("다음에 이어서 할 수 있어요");
    terminal.press(key::CTRL_C);
    assert_eq!(terminal.wait_for_end(), 0);
    assert!(recorded(&home).contains("can be resumed"));

    let terminal = Terminal::start(&home, &[]);
    terminal.wait_for("이어서 할까요?");
    terminal.wait_for("보낸 답변 1개");
    terminal.press(key::ENTER);
    terminal.wait_for("지난번에 여기까지 했어요");
    terminal.wait_for("층이 깊은 신경망을 쓰는 머신러닝의 한 종류예요");
    terminal.wait_for("2/19");
    terminal.wait_for("✓ 딥러닝");
    terminal.wait_for("· 인공지능");
    answer(
        &terminal,
        "인공지능은 사람의 지능을 기계로 구현하는 기술이에요",
    );
    terminal.wait_for("✓ 인공지능");
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    let home = Home::new();
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let terminal = Terminal::start(&home, &["interview", "--topic", LLM]);
        terminal.wait_until("first frame", |screen| screen.alternate_screen());
        terminal.wait_for("[면접]");
        terminal.signal(signal);
        assert_eq!(terminal.wait_for_end(), code, "{signal}");
    }
}

#[test]
fn an_interview_that_is_ended_shows_its_report_and_is_over() {
    let home = Home::new();
    let terminal = interview(&home, ML);
    answer(
        &terminal,
        "딥러닝은 층이 깊은 신경망을 쓰는 머신러닝의 한 종류예요",
    );
    terminal.wait_for("✓ 딥러닝");
    terminal.press(key::ESC);
    terminal.wait_for("> 돌아가기");
    terminal.press(key::UP);
    terminal.wait_for("> 나가기");
    terminal.press(key::UP);
    terminal.wait_for("> 면접 마치고 결과 보기");
    terminal.press(key::ENTER);
    terminal.wait_for("면접을 마칠까요?");
    terminal.press(key::DOWN);
    terminal.press(key::ENTER);
    terminal.wait_for("면접 결과 (도중에 마침)");
    terminal.wait_for("답 3개 중 1개 맞음");
    terminal.press(key::F7);
    terminal.wait_for("결과를 저장했어요");
    let saved = std::fs::read_dir(home.path()).unwrap();
    let names = saved.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let reports = names.filter(|name| name.ends_with(".md")).count();
    assert_eq!(reports, 1);
    terminal.press(key::CTRL_C);
    terminal.press(key::CTRL_C);
    assert_eq!(terminal.wait_for_end(), 0);

    // "An interview that has ended can't be resumed", it said.
    assert!(recorded(&home).contains("stopped"), "{}", recorded(&home));
    let terminal = Terminal::start(&home, &[]);
    terminal.wait_for(WAITING);
    terminal.wait_for("1/19");
}
