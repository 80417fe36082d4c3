//! Reading long things.

use proptest::prelude::*;

use super::*;
use crate::tui::theme::Tone;

const PAGE: Size = Size {
    width: 10,
    height: 4,
};

fn numbered(count: usize) -> Pager {
    let mut pager = Pager::following();
    for n in 0..count {
        pager.push(vec![Paragraph::new(Tone::Plain, &n.to_string())]);
    }
    pager
}

fn rows(pager: &Pager, page: Size) -> Vec<String> {
    let area = Rect::new(0, 0, page.width, page.height);
    let mut buffer = Buffer::empty(area);
    pager.draw(area, &mut buffer, &Theme::MONOCHROME);
    buffer
        .content
        .chunks(usize::from(page.width))
        .map(|cells| {
            let row: String = cells.iter().map(|cell| cell.symbol()).collect();
            row.trim_end().to_owned()
        })
        .collect()
}

#[test]
fn a_conversation_follows_its_end() {
    let mut pager = numbered(6);
    assert_eq!(rows(&pager, PAGE), ["2", "3", "4", "5"]);
    pager.push(vec![Paragraph::new(Tone::Plain, "6")]);
    assert_eq!(rows(&pager, PAGE), ["3", "4", "5", "6"]);
}

#[test]
fn who_reads_back_stays_where_they_are_while_messages_arrive() {
    let mut pager = numbered(10);
    pager.scroll(-3, PAGE);
    assert!(!pager.is_following());
    assert_eq!(rows(&pager, PAGE), ["3", "4", "5", "6"]);
    pager.push(vec![Paragraph::new(Tone::Plain, "10")]);
    assert_eq!(rows(&pager, PAGE), ["3", "4", "5", "6"]);
    pager.scroll(4, PAGE);
    assert!(pager.is_following());
}

#[test]
fn nothing_lies_above_the_first_row_or_below_the_last() {
    let mut pager = numbered(6);
    pager.scroll(-100, PAGE);
    assert_eq!(rows(&pager, PAGE), ["0", "1", "2", "3"]);
    pager.scroll(100, PAGE);
    assert_eq!(rows(&pager, PAGE), ["2", "3", "4", "5"]);
}

#[test]
fn a_document_opens_at_the_top_and_a_short_one_does_not_move() {
    let mut pager = Pager::document(vec![vec![Paragraph::new(Tone::Plain, "하나")]]);
    assert_eq!(rows(&pager, PAGE)[0], "하 나");
    pager.scroll(1, PAGE);
    assert_eq!(rows(&pager, PAGE)[0], "하 나");
}

#[test]
fn a_mark_hangs_before_the_text() {
    let paragraph = Paragraph::new(Tone::Good, "one two three")
        .mark("+ ")
        .indent(1);
    let pager = Pager::document(vec![vec![paragraph]]);
    assert_eq!(rows(&pager, PAGE), [" + one two", "   three", "", ""]);
}

#[test]
fn a_resize_keeps_the_reader_at_the_same_words() {
    let mut pager = Pager::following();
    for n in 0..50 {
        pager.push(vec![Paragraph::new(Tone::Plain, &format!("{n} aaaa bbbb"))]);
    }
    pager.scroll(-40, PAGE);
    let first = rows(&pager, PAGE)[0].clone();
    let wider = Size {
        width: 40,
        height: 4,
    };
    let number = first.split(' ').next().unwrap();
    assert!(rows(&pager, wider)[0].contains(number));
}

proptest! {
    #[test]
    fn a_page_is_full_as_long_as_there_is_enough_to_read(
        texts in prop::collection::vec("[가-힣 ]{0,30}", 0..30),
        moves in prop::collection::vec(-40isize..40, 0..8),
        columns in 1u16..20,
        height in 1u16..12,
    ) {
        let mut pager = Pager::following();
        for text in &texts {
            pager.push(vec![Paragraph::new(Tone::Plain, text)]);
        }
        let page = Size { width: columns, height };
        for rows in moves {
            pager.scroll(rows, page);
            let top = pager.top(page);
            prop_assert!(top <= pager.last_top(page));
        }
    }
}
