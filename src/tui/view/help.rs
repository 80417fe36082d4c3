//! The keys, from the keymap itself.

use ratatui::Frame;
use ratatui::layout::{Position, Rect, Size};

use super::popup;
use crate::messages::Messages;
use crate::tui::action::Action;
use crate::tui::keymap::{Context, KEYMAP};
use crate::tui::state::State;
use crate::tui::theme::Tone;
use crate::tui::widget::pager::{Block, Pager, Paragraph};
use crate::tui::widget::wrap::fit;

const KEY_COLUMNS: usize = 23;
const CONTENTS: Size = Size {
    width: 66,
    height: 60,
};

/// A table per place, a line per action.
pub fn page(messages: &Messages) -> Pager {
    let places = [
        (Context::Answer, "tui.help_answer"),
        (Context::Anywhere, "tui.help_anywhere"),
        (Context::Page, "tui.help_page"),
        (Context::Choice, "tui.help_choice"),
        (Context::List, "tui.help_list"),
    ];
    let tables = places
        .iter()
        .map(|(context, title)| table(*context, messages.get(title), messages));
    Pager::document(tables.collect())
}

fn table(context: Context, title: &str, messages: &Messages) -> Block {
    let mut block = vec![Paragraph::new(Tone::Accent, title)];
    let mut listed = Vec::new();
    for binding in KEYMAP.iter().filter(|binding| binding.context == context) {
        if listed.contains(&binding.action) {
            continue;
        }
        listed.push(binding.action);
        let keys: Vec<String> = KEYMAP
            .iter()
            .filter(|other| other.context == context && other.action == binding.action)
            .map(|other| other.chord.to_string())
            .collect();
        let what = match (context, binding.action) {
            (Context::Answer, Action::Up) => "tui.help_retract".to_owned(),
            (_, Action::Panel) => "tui.help_panel".to_owned(),
            (_, action) => format!("tui.action_{}", action.name()),
        };
        let line = Paragraph::new(Tone::Plain, messages.get(&what));
        block.push(line.mark(&fit(&keys.join(", "), KEY_COLUMNS)));
    }
    block.push(Paragraph::gap());
    block
}

/// The room for the table on a screen of this size.
pub fn page_size(screen: Size) -> Size {
    let screen = Rect::from(((0, 0).into(), screen));
    popup::areas(screen, CONTENTS).1.as_size()
}

/// Draws the table; returns its first place.
pub fn draw(page: &Pager, state: &State, frame: &mut Frame<'_>) -> Position {
    let (outer, inner) = popup::areas(frame.area(), CONTENTS);
    let title = state.messages.get("tui.help_title");
    popup::draw_frame(outer, inner, title, state, frame);
    page.draw(inner, frame.buffer_mut(), &state.theme);
    inner.as_position()
}
