//! What she remembers: a list, of which an item can be edited in its place.

use ratatui::Frame;
use ratatui::layout::{Position, Rect, Size};

use super::popup;
use crate::driver::companionship::Remembered;
use crate::messages::Messages;
use crate::tui::state::{Popup, State};
use crate::tui::talk::memories::MemoryList;
use crate::tui::text::one_line;
use crate::tui::theme::Tone;
use crate::tui::widget::wrap::{fit, truncate, width};

const WIDEST: u16 = 76;
/// Room for an item that is edited, and for a few to choose from.
const LEAST: u16 = 6;
/// The mark before an item.
const MARK: u16 = 2;
/// From so many columns on, an item's dates stand beside it.
const WIDE: u16 = 50;

/// Rows of the list on this screen.
pub fn rows(state: &State) -> u16 {
    let screen = Rect::from(((0, 0).into(), state.size));
    let Some(Popup::Memories(list)) = state.popups.last() else {
        return popup::areas(screen, Size::new(WIDEST, u16::MAX)).1.height;
    };
    areas(screen, list).1.height
}

fn areas(screen: Rect, list: &MemoryList) -> (Rect, Rect) {
    let count = u16::try_from(list.items().len()).unwrap_or(u16::MAX);
    popup::areas(screen, Size::new(WIDEST, count.max(LEAST)))
}

/// Draws the list; returns the caret of the edited item, or the selected item's place.
pub fn draw(list: &MemoryList, state: &State, frame: &mut Frame<'_>) -> Position {
    let (outer, inner) = areas(frame.area(), list);
    let count = list.items().len();
    let title = state
        .messages
        .fill("tui.memories_title", &[("count", &count)]);
    popup::draw_frame(outer, inner, &title, state, frame);
    let inner = inner.intersection(frame.area());
    let buffer = frame.buffer_mut();
    if list.items().is_empty() {
        let text = state.messages.get("tui.memories_none");
        let text = truncate(text, usize::from(inner.width));
        buffer.set_string(inner.x, inner.y, text, state.theme.style(Tone::Dim));
        return inner.as_position();
    }
    let text_columns = inner.width.saturating_sub(MARK);
    let edited_rows = list
        .editing
        .as_ref()
        .map_or(1, |editor| editor.rows(text_columns))
        .min(inner.height.max(1));
    let last = list.selected() + usize::from(edited_rows);
    let skip = last.saturating_sub(usize::from(inner.height));
    let mut y = inner.y;
    let mut caret = inner.as_position();
    for (n, item) in list.items().iter().enumerate().skip(skip) {
        if y >= inner.bottom() {
            break;
        }
        let selected = n == list.selected();
        let mark = if selected { "> " } else { "  " };
        let style = state.theme.style(Tone::Accent);
        buffer.set_stringn(inner.x, y, mark, usize::from(inner.width), style);
        let row = Rect {
            x: inner.x + MARK.min(inner.width),
            y,
            width: text_columns,
            height: 1,
        };
        match &list.editing {
            Some(editor) if selected => {
                let area = Rect {
                    height: edited_rows.min(inner.bottom() - y),
                    ..row
                };
                caret = editor.draw(area, buffer);
                y += area.height;
            }
            _ => {
                let tone = if selected {
                    Tone::Selected
                } else {
                    Tone::Plain
                };
                let text = line(item, usize::from(row.width), &state.messages);
                buffer.set_string(row.x, y, text, state.theme.style(tone));
                if selected {
                    caret = Position { x: inner.x, y };
                }
                y += 1;
            }
        }
    }
    caret
}

/// The item, and where there is room since when and until when.
fn line(memory: &Remembered, columns: usize, messages: &Messages) -> String {
    let item = one_line(&memory.item);
    if columns < usize::from(WIDE) {
        return truncate(&item, columns);
    }
    let since = one_line(&memory.since);
    let dates = match &memory.until {
        Some(until) => messages.fill(
            "tui.memory_until",
            &[("since", &since), ("until", &one_line(until))],
        ),
        None => since,
    };
    let dates = truncate(&dates, columns / 2);
    let room = columns.saturating_sub(width(&dates) + 2);
    [fit(&item, room), dates].join("  ")
}
