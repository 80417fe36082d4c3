//! A terminal too small for anything: one clear line.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::tui::state::State;
use crate::tui::theme::Tone;
use crate::tui::widget::wrap::truncate;

/// Says so.
pub fn draw(state: &State, area: Rect, frame: &mut Frame<'_>) -> Position {
    let text = truncate(state.messages.get("tui.too_small"), usize::from(area.width));
    let area = area.intersection(frame.buffer_mut().area);
    if !area.is_empty() {
        let style = state.theme.style(Tone::Strong);
        frame.buffer_mut().set_string(area.x, area.y, text, style);
    }
    area.as_position()
}
