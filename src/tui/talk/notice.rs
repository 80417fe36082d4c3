//! What the companion says, put on her tab.

use jiff::tz::TimeZone;

use super::memories::MemoryList;
use crate::companion::ethics::wording::moment;
use crate::driver::companionship::{Remembered, TalkNotice, TalkPhase, Trace};
use crate::interview::Utterance;
use crate::tui::reaction::Reaction;
use crate::tui::state::{Popup, State, Tab};
use crate::tui::theme::Tone;
use crate::tui::view;

/// Applies a notice.
pub fn apply(state: &mut State, notice: TalkNotice) {
    let news = !matches!(
        notice,
        TalkNotice::Earlier(_)
            | TalkNotice::Draft(_)
            | TalkNotice::Face(..)
            | TalkNotice::Settled(_)
    );
    if news {
        state.arrived(Tab::Companion);
    }
    let messages = &state.messages;
    let talk = &mut state.talk;
    match notice {
        TalkNotice::Earlier(said) if said.is_empty() => {}
        TalkNotice::Earlier(said) => talk.transcript.earlier(&said, messages),
        TalkNotice::Draft(text) => talk.transcript.draft(&text, messages),
        TalkNotice::Replied(trace) => {
            let utterance = Utterance {
                text: trace.text.clone(),
                writer: trace.writer.clone(),
                fallback: trace.fallback,
            };
            talk.transcript.keep();
            talk.transcript.reply(&utterance, messages);
            traced(state, trace, false);
        }
        TalkNotice::Face(expression, scores) => talk.face.express(expression, scores, state.now),
        TalkNotice::Settled(trace) => traced(state, trace, true),
        TalkNotice::Sanctioned {
            until, text, trace, ..
        } => {
            talk.transcript.keep();
            talk.transcript.note(Tone::Bad, "! ", &text);
            if until.is_some() {
                let how = messages.get("tui.talk_object");
                talk.transcript.note(Tone::Dim, "- ", how);
            }
            talk.until = until.map(|until| moment(until, &TimeZone::system()));
            let look = Reaction::Stern.expression();
            let scores = crate::companion::expression::draw(look, 0);
            talk.face.express(look, scores, state.now);
            if let Some(trace) = trace {
                traced(state, trace, true);
            }
        }
        TalkNotice::Objected(text) => {
            talk.transcript.keep();
            talk.transcript.note(Tone::Good, "✓ ", &text);
        }
        TalkNotice::Problem(problem) => talk.transcript.note(Tone::Bad, "! ", &problem),
    }
}

/// Keeps the trace, and renews the panel that shows it. A trace of an earlier turn comes too late.
fn traced(state: &mut State, trace: Box<Trace>, settled: bool) {
    let last = state.talk.trace.as_ref().map_or(0, |last| last.turn);
    if trace.turn < last {
        return;
    }
    state.talk.settled = settled;
    let blocks = view::trace::blocks(&trace, settled, &state.messages);
    state.talk.trace = Some(trace);
    for popup in &mut state.popups {
        if let Popup::Trace(page) = popup {
            page.renew(blocks);
            return;
        }
    }
}

/// The conversation does something else now.
pub fn phase(state: &mut State, phase: TalkPhase) {
    let talk = &mut state.talk;
    talk.phase = phase;
    if !talk.is_busy() {
        // A reply that was stopped has no end to take the draft's place.
        talk.transcript.drop_draft();
        talk.hushing = false;
    }
    if phase != TalkPhase::Blocked {
        talk.until = None;
    }
}

/// The list of what she remembers is open, and no item is being edited.
pub fn lists_memories(state: &State) -> bool {
    let unedited = |popup: &Popup| matches!(popup, Popup::Memories(list) if list.editing.is_none());
    state.popups.iter().any(unedited)
}

/// What she remembers was asked for; it is shown, or renewed where it is open.
pub fn remembered(state: &mut State, items: Vec<Remembered>) {
    for popup in &mut state.popups {
        if let Popup::Memories(list) = popup {
            list.renew(items);
            return;
        }
    }
    state.popups.push(Popup::Memories(MemoryList::new(items)));
}
