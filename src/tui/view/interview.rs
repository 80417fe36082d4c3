//! The interview: the conversation, and beside it the progress panel.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;

use super::conversation;
use super::layout::Layout;
use crate::interview::EndReason;
use crate::tui::state::State;
use crate::tui::theme::Tone;
use crate::tui::widget::candidates::Candidates;
use crate::tui::widget::progress::ProgressList;
use crate::tui::widget::wrap::fit;

/// So many candidates are shown.
const MOST_CANDIDATES: u16 = 5;

/// Draws all between the header and the status line; returns the caret.
pub fn draw(state: &State, layout: &Layout, frame: &mut Frame<'_>) -> Position {
    if let Some(panel) = layout.panel {
        let beside = !layout.transcript.is_empty();
        if beside {
            draw_border(state, layout, panel, frame);
        }
        draw_panel(state, panel, beside, frame);
    }
    let placeholder = match state.ended {
        Some(EndReason::Sanctioned) => "tui.placeholder_sanctioned",
        Some(_) => "tui.placeholder_ended",
        None => "tui.placeholder",
    };
    conversation::draw(state, layout, placeholder, frame)
}

/// The line between conversation and panel, past her face.
fn draw_border(state: &State, layout: &Layout, panel: Rect, frame: &mut Frame<'_>) {
    let dim = state.theme.style(Tone::Dim);
    for y in layout.transcript.y..layout.transcript.bottom() {
        frame.buffer_mut().set_string(panel.x + 1, y, "│", dim);
    }
}

/// The list of topics, and below it what the judge saw.
fn draw_panel(state: &State, area: Rect, beside: bool, frame: &mut Frame<'_>) {
    let dim = state.theme.style(Tone::Dim);
    let buffer = frame.buffer_mut();
    let mut area = area;
    if beside {
        area.x += 3;
        area.width -= 3;
    }
    let bars = u16::try_from(state.candidates.len()).unwrap_or(MOST_CANDIDATES);
    // The candidates must leave the list most of the panel.
    let bars = bars.min(MOST_CANDIDATES).min(area.height / 3);
    if bars > 0 {
        let judged = Rect {
            y: area.bottom() - bars,
            height: bars,
            ..area
        };
        area.height -= bars + 1;
        let title = fit(
            state.messages.get("tui.candidates"),
            usize::from(area.width),
        );
        buffer.set_string(area.x, area.bottom(), title, dim);
        let count = usize::from(bars).min(state.candidates.len());
        Candidates {
            bars: &state.candidates[..count],
            theme: &state.theme,
        }
        .render(judged, buffer);
    }
    ProgressList {
        topics: &state.snapshot.progress,
        messages: &state.messages,
        theme: &state.theme,
    }
    .render(area, buffer);
}
