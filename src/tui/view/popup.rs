//! The frame of a popup, in the middle of the screen.

use ratatui::Frame;
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::{Rect, Size};
use ratatui::widgets::{Block, Clear, Padding, Widget};

use crate::tui::state::State;
use crate::tui::text::one_line;
use crate::tui::theme::Tone;
use crate::tui::widget::wrap::truncate;

/// A screen smaller than this gives the popup all its room, without a frame.
const FRAMED: Size = Size {
    width: 30,
    height: 9,
};
const BORDER: u16 = 1;
const PADDING: u16 = 1;

/// The area of a popup with these contents, and what is left for them inside.
pub fn areas(screen: Rect, contents: Size) -> (Rect, Rect) {
    // The status line stays in sight.
    let screen = Rect {
        height: screen.height.saturating_sub(1).max(1),
        ..screen
    };
    if screen.width < FRAMED.width || screen.height < FRAMED.height {
        let inner = Rect {
            y: screen.y + 1,
            height: screen.height.saturating_sub(1),
            ..screen
        };
        return (screen, inner);
    }
    let sides = 2 * (BORDER + PADDING);
    let width = contents.width.saturating_add(sides).min(screen.width);
    let height = contents
        .height
        .saturating_add(2 * BORDER)
        .min(screen.height);
    let outer = Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 2,
        width,
        height,
    };
    let inner = Rect {
        x: outer.x + BORDER + PADDING,
        y: outer.y + BORDER,
        width: width - sides,
        height: height - 2 * BORDER,
    };
    (outer, inner)
}

/// Clears the area and draws the frame, or only the title where there is no room for one.
pub fn draw_frame(outer: Rect, inner: Rect, title: &str, state: &State, frame: &mut Frame<'_>) {
    let buffer = frame.buffer_mut();
    clear(outer, buffer);
    let title = one_line(title);
    let style = state.theme.style(Tone::Accent);
    if inner.x == outer.x {
        let title = truncate(&title, usize::from(outer.width));
        buffer.set_string(outer.x, outer.y, title, style);
        return;
    }
    let room = usize::from(outer.width.saturating_sub(4));
    Block::bordered()
        .border_style(state.theme.style(Tone::Dim))
        .title_style(style)
        .title(format!(" {} ", truncate(&title, room)))
        .padding(Padding::horizontal(PADDING))
        .render(outer, buffer);
}

/// Clears the area, and what reaches into it from the left: half of a wide character would be drawn
/// over the frame.
fn clear(area: Rect, buffer: &mut Buffer) {
    if let Some(x) = area.x.checked_sub(1) {
        for y in area.y..area.bottom() {
            let cell = &mut buffer[(x, y)];
            if cell.symbol().cell_width() > 1 {
                cell.set_symbol(" ");
            }
        }
    }
    Clear.render(area, buffer);
}
