//! The terminal's cursor is at the caret in every frame, or input methods compose elsewhere.

use crossterm::event::KeyCode;

use super::fake::{Fake, offer, question};
use super::stage::{Stage, options};
use crate::messages::Lang;
use crate::tui::session::{Notice, Phase};
use crate::tui::update::Input;

/// Below the rule, after the prompt, in 100×30.
const BOX: (u16, u16) = (2, 28);

#[test]
fn it_waits_in_the_empty_box_from_the_first_frame() {
    let stage = Stage::before(Fake::default(), options(Lang::Ko, None));
    assert_eq!(stage.cursor(), BOX);
}

#[test]
fn it_follows_double_width_syllables() {
    let mut stage = Stage::ready();
    stage.type_text("한글 AI");
    assert_eq!(stage.cursor(), (BOX.0 + 7, BOX.1));
    stage.keys([KeyCode::Left; 4]);
    assert_eq!(stage.cursor(), (BOX.0 + 2, BOX.1));
    stage.key(KeyCode::End);
    assert_eq!(stage.cursor(), (BOX.0 + 7, BOX.1));
}

#[test]
fn it_goes_to_the_next_row_with_the_word_that_wraps() {
    let mut stage = Stage::ready();
    stage.resize(20, 12);
    stage.type_text("머신러닝은 데이터에서");
    let (x, y) = stage.cursor();
    assert_eq!((x, y), (BOX.0 + 10, 10));
    assert_eq!(stage.before_cursor(), "데이터에서");
    stage.key(KeyCode::Home);
    assert_eq!(stage.cursor(), (BOX.0, 9));
}

#[test]
fn it_has_a_cell_after_a_full_row() {
    let mut stage = Stage::ready();
    stage.resize(21, 12);
    // 21 columns less the prompt and the caret's own.
    stage.type_text("가나다라마바사아자");
    assert_eq!(stage.cursor(), (20, 10));
    stage.type_text("차");
    assert_eq!(stage.cursor(), (BOX.0 + 2, 10));
}

#[test]
fn a_spinner_does_not_take_it() {
    let mut stage = Stage::ready();
    stage.answer("보낸 답");
    stage.type_text("다음 답");
    let at = stage.cursor();
    for _ in 0..20 {
        stage.app.input(Input::Tick);
        assert_eq!(stage.cursor(), at);
    }
}

#[test]
fn a_reply_that_streams_does_not_take_it() {
    let mut stage = Stage::ready();
    stage.type_text("쓰는 중");
    let at = stage.cursor();
    for end in 1..30 {
        let draft: String = "오로라가 지금 길게 말하고 있어. "
            .repeat(20)
            .chars()
            .take(end * 10)
            .collect();
        stage.engine(Phase::Writing, [Notice::Draft(draft)]);
        assert_eq!(stage.cursor(), at);
    }
    stage.engine(Phase::Waiting, [question(1, "끝")]);
    assert_eq!(stage.cursor(), at);
}

#[test]
fn it_stays_in_the_box_when_the_box_grows_beyond_its_limit() {
    let mut stage = Stage::ready();
    for n in 0..12 {
        stage.type_text(&n.to_string());
        stage.ctrl('j');
    }
    assert_eq!(stage.cursor(), BOX);
    stage.key(KeyCode::Up);
    assert_eq!(stage.cursor().1, BOX.1 - 1);
}

#[test]
fn it_marks_the_selected_choice() {
    let stage = Stage::before(Fake::default(), options(Lang::Ko, Some(offer())));
    let (x, y) = stage.cursor();
    let row = stage
        .screen()
        .lines()
        .nth(usize::from(y))
        .unwrap()
        .to_owned();
    assert!(row.contains("> 이어서 하기"), "{row}");
    assert!(x > 0);
}

#[test]
fn it_is_shown_on_every_screen() {
    let mut stage = Stage::ready();
    for key in [1, 6, 10, 6, 3] {
        stage.key(KeyCode::F(key));
        stage.cursor();
        stage.key(KeyCode::Esc);
    }
    stage.resize(3, 1);
    stage.cursor();
}

#[test]
fn a_box_that_grows_or_shrinks_shows_all_that_fits() {
    let mut stage = Stage::ready();
    for n in 1..=9 {
        stage.type_text(&n.to_string());
        stage.ctrl('j');
    }
    for _ in 0..13 {
        stage.key(KeyCode::Backspace);
    }
    stage.shows("> 1\n  2\n  3");
    stage.resize(100, 10);
    stage.type_text("\n4\n5\n6");
    stage.resize(100, 30);
    stage.shows("> 1\n  2\n");
}
