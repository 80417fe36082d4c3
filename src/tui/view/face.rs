//! Where her face is drawn, and how large.

use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;

use super::layout::{Layout, cut_top};
use crate::tui::state::State;
use crate::tui::theme::Tone;
use crate::tui::widget::face::Portrait;
use crate::tui::widget::wrap::truncate;

/// In a terminal smaller than this her face is told in words.
const LEAST: Size = Size {
    width: 60,
    height: 18,
};
/// From this width on she is drawn beside the conversation, as large as this.
const WIDE: u16 = 76;
const LARGEST: u16 = 36;
/// From so many rows on she is drawn above it, in so many of them.
const TALL: u16 = 24;
const ABOVE: u16 = 10;
/// Beside it in the least room.
const NARROW: u16 = 20;
/// In the interview: from so many rows of the panel on, in so many of them.
const PANEL: u16 = 24;
const SMALL: Size = Size {
    width: 16,
    height: 8,
};
const GAP: u16 = 2;
/// The panel's border.
const BORDER: u16 = 3;

/// She can be drawn in a terminal of this size.
pub fn fits(terminal: Size) -> bool {
    terminal.width >= LEAST.width && terminal.height >= LEAST.height
}

/// Takes her place from the conversation, at its side or above it.
pub fn beside_or_above(rest: &mut Rect) -> Option<Rect> {
    if rest.width < WIDE && rest.height >= TALL {
        let above = cut_top(rest, ABOVE + 1);
        let columns = 2 * ABOVE;
        return Some(Rect {
            x: above.x + (above.width - columns) / 2,
            width: columns,
            height: ABOVE,
            ..above
        });
    }
    let wanted = if rest.width < WIDE {
        NARROW
    } else {
        (rest.width * 2 / 5).min(LARGEST)
    };
    let columns = wanted.min(2 * rest.height);
    let face = Rect {
        x: rest.right() - columns,
        width: columns,
        height: columns / 2,
        ..*rest
    };
    rest.width -= columns + GAP;
    (!face.is_empty()).then_some(face)
}

/// Takes her place from the interview's panel, above the topics.
pub fn in_panel(panel: &mut Rect) -> Option<Rect> {
    if panel.height < PANEL {
        return None;
    }
    let above = cut_top(panel, SMALL.height + 1);
    let room = above.width.checked_sub(BORDER + SMALL.width)?;
    Some(Rect {
        x: above.x + BORDER + room / 2,
        width: SMALL.width,
        height: SMALL.height,
        ..above
    })
}

/// Draws her, or says how she looks.
pub fn draw(state: &State, layout: &Layout, frame: &mut Frame<'_>) {
    let face = state.tab_face();
    if let Some(area) = layout.face {
        Portrait {
            face: &face.at(state.now, state.motion),
            theme: &state.theme,
        }
        .render(area, frame.buffer_mut());
    }
    if let Some(area) = layout.label {
        let label = face.label(&state.messages);
        let label = truncate(&label, usize::from(area.width));
        let style = state.theme.style(Tone::Dim);
        frame.buffer_mut().set_string(area.x, area.y, label, style);
    }
}
