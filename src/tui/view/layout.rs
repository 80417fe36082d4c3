//! Where everything stands, from the size of the terminal.

use ratatui::layout::Rect;

use super::face;
use crate::tui::state::{Panel, State, Tab};
use crate::tui::text::one_line;
use crate::tui::widget::answer_box::MOST_ROWS;
use crate::tui::widget::wrap::wrap;

/// Less than this is one line of apology.
const LEAST: (u16, u16) = (12, 3);
/// From this height on there is a header, and a rule above the answer.
const ROOMY: u16 = 10;
/// From this width on the panel stands beside the conversation unasked.
const WIDE: u16 = 76;
/// From this width on it can stand there when asked for.
const BESIDE: u16 = 60;
/// A word to the learner takes at most so many rows.
const MOST_STATUS_ROWS: u16 = 4;
/// The mark before the answer.
pub const PROMPT: u16 = 2;

/// The areas of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The tabs, and where the interview stands.
    pub header: Option<Rect>,
    /// All between the header and the status line; the report is drawn here.
    pub page: Rect,
    /// The conversation; empty where the panel stands in its place.
    pub transcript: Rect,
    /// Progress and candidates.
    pub panel: Option<Rect>,
    /// Her face.
    pub face: Option<Rect>,
    /// Her face in words, where it is not drawn.
    pub label: Option<Rect>,
    /// The rule above the answer.
    pub rule: Option<Rect>,
    /// The answer, its prompt included.
    pub answer: Rect,
    /// The last line.
    pub status: Rect,
}

impl Layout {
    /// The areas, or none where the terminal is too small for any of it.
    pub fn new(area: Rect, state: &State) -> Option<Self> {
        if area.width < LEAST.0 || area.height < LEAST.1 {
            return None;
        }
        let roomy = area.height >= ROOMY;
        let mut rest = area;
        let status = cut_bottom(&mut rest, status_rows(area, state));
        let header = roomy.then(|| cut_top(&mut rest, 1));
        let page = rest;
        let most = (area.height / 3).clamp(1, MOST_ROWS);
        let rows = state.tab_box().rows(answer_columns(rest.width)).min(most);
        let answer = cut_bottom(&mut rest, rows);
        let rule = roomy.then(|| cut_bottom(&mut rest, 1));
        let drawn = state.pictures && face::fits(area.as_size());
        let (mut portrait, mut label, mut panel) = (None, None, None);
        match state.tab {
            Tab::Companion if drawn => portrait = face::beside_or_above(&mut rest),
            Tab::Companion => label = (roomy && rest.height > 2).then(|| cut_top(&mut rest, 1)),
            Tab::Interview => {
                panel = progress(&mut rest, state.panel);
                if drawn && !rest.is_empty() {
                    portrait = panel.as_mut().and_then(face::in_panel);
                }
            }
        }
        Some(Self {
            header,
            page,
            transcript: rest,
            panel,
            face: portrait,
            label,
            rule,
            answer,
            status,
        })
    }

    /// The answer without its prompt.
    pub fn answer_text(&self) -> Rect {
        Rect {
            x: self.answer.x + PROMPT,
            width: answer_columns(self.answer.width),
            ..self.answer
        }
    }
}

/// One, or as many as a word to the learner takes, so that no path or reason is cut.
fn status_rows(area: Rect, state: &State) -> u16 {
    let Some(toast) = &state.toast else { return 1 };
    let rows = wrap(&one_line(&toast.text), usize::from(area.width)).len();
    let most = (area.height / 3).clamp(1, MOST_STATUS_ROWS);
    u16::try_from(rows).unwrap_or(most).min(most)
}

fn answer_columns(width: u16) -> u16 {
    width.saturating_sub(PROMPT)
}

/// Takes the panel from the conversation, or its whole place where there is no room for both.
fn progress(rest: &mut Rect, wanted: Panel) -> Option<Rect> {
    let beside = match wanted {
        Panel::Hidden => return None,
        Panel::Auto if rest.width < WIDE => return None,
        Panel::Auto => true,
        Panel::Shown => rest.width >= BESIDE,
    };
    let columns = if beside {
        (rest.width * 2 / 5).clamp(24, 36)
    } else {
        rest.width
    };
    let panel = Rect {
        x: rest.right() - columns,
        width: columns,
        ..*rest
    };
    rest.width -= columns;
    Some(panel)
}

pub(super) fn cut_top(rest: &mut Rect, rows: u16) -> Rect {
    let cut = Rect {
        height: rows,
        ..*rest
    };
    rest.y += rows;
    rest.height -= rows;
    cut
}

fn cut_bottom(rest: &mut Rect, rows: u16) -> Rect {
    rest.height -= rows;
    Rect {
        y: rest.bottom(),
        height: rows,
        ..*rest
    }
}
