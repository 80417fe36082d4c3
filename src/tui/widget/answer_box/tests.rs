//! Typing Korean, and where the caret is.

use proptest::prelude::*;

use super::*;

fn typed_text(text: &str) -> AnswerBox {
    let mut answer = AnswerBox::default();
    for c in text.chars() {
        match c {
            '\n' => {
                answer.edit(Action::Newline);
            }
            c => answer.type_char(c).unwrap(),
        }
    }
    answer
}

fn caret(answer: &AnswerBox, columns: u16, rows: u16) -> (u16, u16) {
    let area = Rect::new(3, 2, columns, rows);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 20));
    let Position { x, y } = answer.draw(area, &mut buffer);
    (x - area.x, y - area.y)
}

#[test]
fn the_caret_stands_after_double_width_syllables() {
    let mut answer = typed_text("한글");
    assert_eq!(caret(&answer, 20, 3), (4, 0));
    answer.edit(Action::Left);
    assert_eq!(caret(&answer, 20, 3), (2, 0));
    answer.edit(Action::LineStart);
    assert_eq!(caret(&answer, 20, 3), (0, 0));
}

#[test]
fn the_caret_has_a_cell_after_a_full_row() {
    let answer = typed_text("가나다라");
    assert_eq!(caret(&answer, 9, 3), (8, 0));
    assert_eq!(answer.rows(9), 1);
}

#[test]
fn a_long_answer_wraps_at_words_and_the_caret_follows() {
    let answer = typed_text("머신러닝은 데이터에서");
    assert_eq!(answer.rows(14), 2);
    assert_eq!(caret(&answer, 14, 3), (10, 1));
}

#[test]
fn lines_grow_the_box_to_its_limit_and_then_scroll() {
    let answer = typed_text("1\n2\n3\n4\n5\n6\n7\n8");
    assert_eq!(answer.rows(20), MOST_ROWS);
    assert_eq!(caret(&answer, 20, 6), (1, 5));
}

#[test]
fn an_empty_box_has_one_row_and_a_caret() {
    let answer = AnswerBox::default();
    assert_eq!(answer.rows(20), 1);
    assert_eq!(caret(&answer, 20, 1), (0, 0));
}

#[test]
fn jamo_of_a_decomposing_keyboard_become_syllables() {
    let answer = typed_text("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}");
    assert_eq!(answer.text(), "한글");
    assert_eq!(caret(&answer, 20, 1), (4, 0));
}

#[test]
fn moving_and_deleting_go_by_grapheme() {
    let mut answer = typed_text("가👍🏽나");
    assert_eq!(caret(&answer, 20, 1), (6, 0));
    answer.edit(Action::Left);
    answer.edit(Action::Left);
    assert_eq!(caret(&answer, 20, 1), (2, 0));
    answer.edit(Action::Right);
    answer.edit(Action::DeleteBack);
    assert_eq!(answer.text(), "가나");
    answer.edit(Action::Undo);
    assert_eq!(answer.text(), "가👍🏽나");
}

#[test]
fn deleting_at_the_edge_of_a_line_joins_lines() {
    let mut answer = typed_text("가\n나");
    answer.edit(Action::LineStart);
    answer.edit(Action::DeleteBack);
    assert_eq!(answer.text(), "가나");
    answer.edit(Action::Newline);
    answer.edit(Action::Left);
    answer.edit(Action::DeleteForward);
    assert_eq!(answer.text(), "가나");
    assert!(!typed_text("").edit(Action::DeleteBack));
}

#[test]
fn a_paste_keeps_its_lines_and_loses_its_control_characters() {
    let mut answer = AnswerBox::default();
    answer.paste("하나\r\n둘\r셋\u{1b}[31m\t넷").unwrap();
    assert_eq!(answer.text(), "하나\n둘\n셋    넷");
}

#[test]
fn a_paste_that_does_not_fit_is_refused_whole() {
    let mut answer = typed_text("처음");
    let refused = answer.paste(&"가".repeat(100_000)).unwrap_err();
    assert_eq!(refused.chars, 100_002);
    assert_eq!(answer.text(), "처음");
}

#[test]
fn a_text_given_back_stands_before_what_was_written_since() {
    let mut answer = typed_text("보낸 답");
    let sent = answer.take();
    answer.type_char('더').unwrap();
    answer.give_back(&sent);
    assert_eq!(answer.text(), "보낸 답\n더");
    assert_eq!(caret(&answer, 20, 3), (7, 0));
}

proptest! {
    #[test]
    fn the_caret_stays_inside_whatever_happens(
        text in "[가-힣a-z \n🙂\u{1100}-\u{1112}]{0,40}",
        actions in prop::collection::vec(prop::sample::select(vec![
            Action::Left, Action::Right, Action::Up, Action::Down, Action::WordLeft,
            Action::WordRight, Action::LineStart, Action::LineEnd, Action::DeleteBack,
            Action::DeleteForward, Action::DeleteWord, Action::DeleteToStart,
            Action::DeleteToEnd, Action::Undo, Action::Redo, Action::Newline,
        ]), 0..20),
        columns in 1u16..30,
        rows in 1u16..8,
    ) {
        let mut answer = typed_text(&text);
        for action in actions {
            answer.edit(action);
            let (x, y) = caret(&answer, columns, rows);
            prop_assert!(x < columns && y < rows);
            prop_assert!((1..=MOST_ROWS).contains(&answer.rows(columns)));
        }
    }
}
