//! The companion's tab: the conversation, and her face.

use ratatui::Frame;
use ratatui::layout::Position;

use super::conversation;
use super::layout::Layout;
use crate::driver::companionship::TalkPhase;
use crate::tui::state::State;

/// Draws all between the header and the status line; returns the caret.
pub fn draw(state: &State, layout: &Layout, frame: &mut Frame<'_>) -> Position {
    let placeholder = match state.talk.phase {
        TalkPhase::Blocked => "tui.placeholder_sanctioned",
        _ => "tui.talk_placeholder",
    };
    conversation::draw(state, layout, placeholder, frame)
}
