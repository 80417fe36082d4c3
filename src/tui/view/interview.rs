//! The conversation, the progress panel and the answer box.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;

use super::layout::Layout;
use crate::interview::EndReason;
use crate::tui::state::State;
use crate::tui::text::one_line;
use crate::tui::theme::Tone;
use crate::tui::widget::candidates::Candidates;
use crate::tui::widget::progress::ProgressList;
use crate::tui::widget::wrap::{fit, truncate, width};

/// So many candidates are shown.
const MOST_CANDIDATES: u16 = 5;

/// Draws all between the header and the status line; returns the caret.
pub fn draw(state: &State, layout: &Layout, frame: &mut Frame<'_>) -> Position {
    let buffer = frame.buffer_mut();
    state
        .transcript
        .pager()
        .draw(layout.transcript, buffer, &state.theme);
    if let Some(panel) = layout.panel {
        draw_panel(state, panel, !layout.transcript.is_empty(), frame);
    }
    draw_rule(state, layout, frame);
    draw_answer(state, layout, frame)
}

/// The name, and where the interview stands.
pub fn draw_header(state: &State, layout: &Layout, frame: &mut Frame<'_>) {
    let Some(area) = layout.header else { return };
    let name = state.messages.get("tui.title");
    let buffer = frame.buffer_mut();
    let columns = usize::from(area.width);
    let style = state.theme.style(Tone::Accent);
    let name = truncate(name, columns);
    let (x, y) = buffer.set_stringn(area.x, area.y, name, columns, style);
    let Some((number, topic)) = state.snapshot.current() else {
        return;
    };
    let text = state.messages.fill(
        "tui.header",
        &[
            ("turn", &state.turn),
            ("number", &number),
            ("count", &state.snapshot.progress.len()),
            ("topic", &one_line(&topic.display)),
        ],
    );
    let room = usize::from(area.right().saturating_sub(x + 2));
    let style = state.theme.style(Tone::Plain);
    buffer.set_string(x + 2, y, truncate(&text, room), style);
}

/// The list of topics, and below it what the judge saw.
fn draw_panel(state: &State, area: Rect, beside: bool, frame: &mut Frame<'_>) {
    let dim = state.theme.style(Tone::Dim);
    let buffer = frame.buffer_mut();
    let mut area = area;
    if beside {
        for y in area.y..area.bottom() {
            buffer.set_string(area.x + 1, y, "│", dim);
        }
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

/// The rule above the answer, with a mark where something new lies below what is being read.
fn draw_rule(state: &State, layout: &Layout, frame: &mut Frame<'_>) {
    let buffer = frame.buffer_mut();
    if let Some(rule) = layout.rule {
        let line = "─".repeat(usize::from(rule.width));
        buffer.set_string(rule.x, rule.y, line, state.theme.style(Tone::Dim));
    }
    let below = state.transcript.pager();
    if below.is_following() || layout.transcript.is_empty() {
        return;
    }
    let text = match state.transcript.unseen() {
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

fn draw_answer(state: &State, layout: &Layout, frame: &mut Frame<'_>) -> Position {
    let area = layout.answer_text();
    let buffer = frame.buffer_mut();
    let prompt = state.theme.style(Tone::Accent);
    buffer.set_string(layout.answer.x, layout.answer.y, ">", prompt);
    if state.answer.is_empty() {
        let key = match state.ended {
            Some(EndReason::Sanctioned) => "tui.placeholder_sanctioned",
            Some(_) => "tui.placeholder_ended",
            None => "tui.placeholder",
        };
        let text = truncate(state.messages.get(key), usize::from(area.width));
        buffer.set_string(area.x, area.y, text, state.theme.style(Tone::Dim));
        return area.as_position();
    }
    state.answer.draw(area, buffer)
}
