//! A picture of the state, a file per screen. Nothing here changes anything.

mod choice;
mod conversation;
mod face;
mod header;
pub mod help;
mod interview;
mod layout;
pub mod memories;
mod popup;
pub mod report;
mod small;
mod status;
mod talk;
pub mod trace;

use ratatui::Frame;
use ratatui::layout::{Position, Rect, Size};

use super::state::{Popup, State, Tab};
use layout::Layout;

/// Draws the state. The terminal's cursor stands at what has the focus in every frame, so that an
/// input method knows where to compose.
pub fn view(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    let focus = match Layout::new(area, state) {
        Some(layout) => screen(state, &layout, frame),
        None => small::draw(state, area, frame),
    };
    let last = |start: u16, length: u16| start + length.saturating_sub(1);
    frame.set_cursor_position(Position {
        x: focus.x.min(last(area.x, area.width)),
        y: focus.y.min(last(area.y, area.height)),
    });
}

fn screen(state: &State, layout: &Layout, frame: &mut Frame<'_>) -> Position {
    header::draw(state, layout, frame);
    let caret = match (state.tab, &state.report) {
        (Tab::Interview, Some(page)) => report::draw(page, layout.page, state, frame),
        (Tab::Interview, None) => interview::draw(state, layout, frame),
        (Tab::Companion, _) => talk::draw(state, layout, frame),
    };
    if !state.shows_report() {
        face::draw(state, layout, frame);
    }
    status::draw(state, layout.status, frame);
    match state.popups.last() {
        Some(Popup::Help(page)) => help::draw(page, state, frame),
        Some(Popup::Choice(choice)) => choice::draw(choice, state, frame),
        Some(Popup::Trace(page)) => trace::draw(page, state, frame),
        Some(Popup::Memories(list)) => memories::draw(list, state, frame),
        None => caret,
    }
}

/// The size of what is being read on the screen: the conversation or the report.
pub fn page_size(state: &State) -> Size {
    let area = Rect::from(((0, 0).into(), state.size));
    Layout::new(area, state).map_or(Size::new(1, 1), |layout| {
        if state.shows_report() {
            layout.page.as_size()
        } else {
            layout.transcript.as_size()
        }
    })
}

/// Her face is drawn.
pub fn shows_face(state: &State) -> bool {
    let area = Rect::from(((0, 0).into(), state.size));
    let layout = Layout::new(area, state);
    !state.shows_report() && layout.is_some_and(|layout| layout.face.is_some())
}

/// The progress panel is in sight.
pub fn shows_panel(state: &State) -> bool {
    let area = Rect::from(((0, 0).into(), state.size));
    Layout::new(area, state).is_some_and(|layout| layout.panel.is_some())
}
