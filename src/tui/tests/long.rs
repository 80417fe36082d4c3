//! A conversation of ten thousand rows.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

use crate::messages::{Lang, Messages};
use crate::tui::sample::long_interview;
use crate::tui::view::view;

#[test]
fn only_the_visible_messages_are_wrapped() {
    let size = Size::new(100, 30);
    let state = long_interview(10_000, size, Messages::new(Lang::Ko));
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    terminal.draw(|frame| view(&state, frame)).unwrap();
    let blocks = state.transcript.pager().blocks();
    let wrapped = blocks
        .iter()
        .flatten()
        .filter(|paragraph| paragraph.is_wrapped())
        .count();
    assert!(blocks.len() > 3_000);
    assert!(wrapped < 100, "{wrapped}");
}
