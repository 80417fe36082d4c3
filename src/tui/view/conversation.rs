//! What both tabs have: the conversation, the rule below it, and the box to write in.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use super::layout::Layout;
use crate::tui::state::State;
use crate::tui::theme::Tone;
use crate::tui::widget::wrap::{truncate, width};

/// Draws the conversation of the tab in sight and its box; returns the caret. `placeholder` is the
/// key of what an empty box says.
pub fn draw(state: &State, layout: &Layout, placeholder: &str, frame: &mut Frame<'_>) -> Position {
    let buffer = frame.buffer_mut();
    let pager = state.tab_transcript().pager();
    pager.draw(layout.transcript, buffer, &state.theme);
    draw_rule(state, layout, frame);
    draw_answer(state, layout, placeholder, frame)
}

/// The rule above the answer, with a mark where something new lies below what is being read.
fn draw_rule(state: &State, layout: &Layout, frame: &mut Frame<'_>) {
    let buffer = frame.buffer_mut();
    if let Some(rule) = layout.rule {
        let line = "─".repeat(usize::from(rule.width));
        buffer.set_string(rule.x, rule.y, line, state.theme.style(Tone::Dim));
    }
    let below = state.tab_transcript().pager();
    if below.is_following() || layout.transcript.is_empty() {
        return;
    }
    let text = match state.tab_transcript().unseen() {
        0 => state.messages.get("tui.reading_back").to_owned(),
        count => state.messages.fill("tui.new_below", &[("count", &count)]),
    };
    let row = layout.rule.unwrap_or(Rect {
        y: layout.transcript.bottom() - 1,
        ..layout.transcript
    });
    let text = format!(" {text} ");
    let text = truncate(&text, usize::from(row.width));
    let x = row.right() - u16::try_from(width(&text)).unwrap_or(row.width);
    buffer.set_string(x, row.y, text, state.theme.style(Tone::Warn));
}

fn draw_answer(
    state: &State,
    layout: &Layout,
    placeholder: &str,
    frame: &mut Frame<'_>,
) -> Position {
    let area = layout.answer_text();
    let buffer = frame.buffer_mut();
    let prompt = state.theme.style(Tone::Accent);
    buffer.set_string(layout.answer.x, layout.answer.y, ">", prompt);
    let answer = state.tab_box();
    if answer.is_empty() {
        let text = truncate(state.messages.get(placeholder), usize::from(area.width));
        buffer.set_string(area.x, area.y, text, state.theme.style(Tone::Dim));
        return area.as_position();
    }
    answer.draw(area, buffer)
}
