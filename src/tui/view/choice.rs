//! A list to choose from.

use ratatui::Frame;
use ratatui::layout::{Position, Rect, Size};

use super::popup;
use crate::tui::choice::Choice;
use crate::tui::keymap::{Context, chords};
use crate::tui::state::State;
use crate::tui::text::clean;
use crate::tui::theme::Tone;
use crate::tui::widget::wrap::{fit, width, wrap};

const WIDEST: u16 = 60;

/// Draws the question and its choices; returns the selected one's place.
pub fn draw(choice: &Choice, state: &State, frame: &mut Frame<'_>) -> Position {
    let screen = frame.area();
    let (title, text) = choice.text(&state.messages);
    let text = clean(&text);
    let labels: Vec<String> = choice
        .actions()
        .iter()
        .map(|action| {
            let label = choice.label(*action, &state.messages);
            match chords(Context::Anywhere, *action).first() {
                Some(chord) => format!("{label} ({chord})"),
                None => label,
            }
        })
        .collect();
    let widest = labels
        .iter()
        .map(|label| width(label) + 4)
        .chain(text.lines().map(width))
        .max()
        .unwrap_or(0);
    let widest = u16::try_from(widest).unwrap_or(WIDEST).min(WIDEST);

    let count = rows(labels.len());
    let (_, inner) = popup::areas(screen, Size::new(widest, u16::MAX));
    let wrapped = if text.is_empty() {
        Vec::new()
    } else {
        wrap(&text, usize::from(inner.width))
    };
    let gap = u16::from(!wrapped.is_empty());
    let height = count + rows(wrapped.len()) + gap;
    let (outer, inner) = popup::areas(screen, Size::new(widest, height));
    popup::draw_frame(outer, inner, &title, state, frame);

    let buffer = frame.buffer_mut();
    // The choices matter more than the words above them.
    let spare = inner.height.saturating_sub(count);
    let shown = rows(wrapped.len()).min(spare.saturating_sub(gap));
    for (row, y) in wrapped.into_iter().take(usize::from(shown)).zip(inner.y..) {
        buffer.set_string(inner.x, y, &text[row], state.theme.style(Tone::Plain));
    }
    let down = if shown > 0 { shown + gap } else { 0 };
    let list = Rect {
        y: inner.y + down,
        height: inner.height - down,
        ..inner
    };
    draw_list(&labels, choice.selected(), list, state, frame)
}

fn draw_list(
    labels: &[String],
    selected: usize,
    area: Rect,
    state: &State,
    frame: &mut Frame<'_>,
) -> Position {
    let buffer = frame.buffer_mut();
    let area = area.intersection(buffer.area);
    let skip = (selected + 1).saturating_sub(usize::from(area.height));
    for ((n, label), y) in labels
        .iter()
        .enumerate()
        .skip(skip)
        .zip(area.y..area.bottom())
    {
        let (mark, tone) = if n == selected {
            ("> ", Tone::Selected)
        } else {
            ("  ", Tone::Plain)
        };
        let text = fit(&format!("{mark}{label} "), usize::from(area.width));
        buffer.set_string(area.x, y, text, state.theme.style(tone));
    }
    Position {
        x: area.x,
        y: area.y + rows(selected - skip),
    }
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
