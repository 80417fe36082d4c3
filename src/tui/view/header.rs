//! The first line: the two tabs, and where the conversation in sight stands.

use ratatui::Frame;

use super::layout::Layout;
use crate::tui::state::{State, Tab};
use crate::tui::text::one_line;
use crate::tui::theme::Tone;
use crate::tui::widget::wrap::truncate;

/// Draws the line. The tab in sight stands in brackets, and a star marks news on the other.
pub fn draw(state: &State, layout: &Layout, frame: &mut Frame<'_>) {
    let Some(area) = layout.header else { return };
    let buffer = frame.buffer_mut();
    let mut x = area.x;
    for (tab, name) in [
        (Tab::Interview, "tui.tab_interview"),
        (Tab::Companion, "tui.tab_companion"),
    ] {
        let name = state.messages.get(name);
        let (text, tone) = match (state.tab == tab, state.unread) {
            (true, _) => (format!("[{name}]"), Tone::Accent),
            (false, true) => (format!(" {name}*"), Tone::Warn),
            (false, false) => (format!(" {name} "), Tone::Dim),
        };
        let room = usize::from(area.right().saturating_sub(x));
        let style = state.theme.style(tone);
        (x, _) = buffer.set_stringn(x, area.y, truncate(&text, room), room, style);
    }
    let text = match state.tab {
        Tab::Interview => interview(state),
        Tab::Companion => state.talk.until.as_ref().map(|until| {
            let until = one_line(until);
            state
                .messages
                .fill("tui.blocked_until", &[("until", &until)])
        }),
    };
    let Some(text) = text else { return };
    let tone = match state.tab {
        Tab::Interview => Tone::Plain,
        Tab::Companion => Tone::Bad,
    };
    let room = usize::from(area.right().saturating_sub(x + 2));
    let style = state.theme.style(tone);
    buffer.set_string(x + 2, area.y, truncate(&text, room), style);
}

/// Topic and turn.
fn interview(state: &State) -> Option<String> {
    let (number, topic) = state.snapshot.current()?;
    Some(state.messages.fill(
        "tui.header",
        &[
            ("turn", &state.turn),
            ("number", &number),
            ("count", &state.snapshot.progress.len()),
            ("topic", &one_line(&topic.display)),
        ],
    ))
}
