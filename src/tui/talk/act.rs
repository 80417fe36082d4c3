//! What the learner does on the companion's tab and with her memories.

use super::memories::MemoryList;
use crate::driver::companionship::TalkPhase;
use crate::tui::act::{open, read, say};
use crate::tui::action::Action;
use crate::tui::choice::Question;
use crate::tui::state::{Popup, State};
use crate::tui::update::Command;
use crate::tui::view;
use crate::tui::widget::pager::Pager;

/// Does on the tab what was asked for.
pub fn act_in_tab(state: &mut State, action: Action) -> Option<Command> {
    match action {
        Action::Send => return send(state),
        Action::Up | Action::Down if !state.talk.answer.is_empty() => {
            state.talk.answer.edit(action);
        }
        Action::Up
        | Action::Down
        | Action::PageUp
        | Action::PageDown
        | Action::Top
        | Action::Bottom => {
            let size = view::page_size(state);
            state.talk.transcript.read(|pager| {
                read(pager, size, action);
            });
        }
        Action::Menu => open(state, Question::TalkMenu),
        Action::Panel => match &state.talk.trace {
            Some(trace) => {
                let blocks = view::trace::blocks(trace, state.talk.settled, &state.messages);
                let page = Pager::document(blocks);
                state.popups.push(Popup::Trace(page));
            }
            None => say(state, "tui.no_trace"),
        },
        Action::Hint
        | Action::Skip
        | Action::Dispute
        | Action::Report
        | Action::Save
        | Action::Finish => say(state, "tui.only_interview"),
        edit => {
            state.talk.answer.edit(edit);
        }
    }
    None
}

/// Does with the memories what was asked for; they are on top of nothing now.
pub fn act_in_memories(
    state: &mut State,
    mut list: MemoryList,
    action: Action,
) -> Result<Option<Command>, Action> {
    let mut command = None;
    if let Some(editor) = &mut list.editing {
        match action {
            Action::Send => {
                command = list.edited().map(|(id, item)| Command::Amend(id, item));
            }
            Action::Menu | Action::Close => list.editing = None,
            // An item has one line.
            Action::Newline => {}
            edit => {
                editor.edit(edit);
            }
        }
        state.popups.push(Popup::Memories(list));
        return Ok(command);
    }
    let page = isize::try_from(view::memories::rows(state)).unwrap_or(1);
    match action {
        Action::Up => list.go(-1),
        Action::Down => list.go(1),
        Action::PageUp => list.go(-page),
        Action::PageDown => list.go(page),
        Action::Top => list.go(isize::MIN),
        Action::Bottom => list.go(isize::MAX),
        Action::Edit => list.edit(),
        Action::Forget => {
            let question = list.item().cloned().map(Question::Forget);
            state.popups.push(Popup::Memories(list));
            if let Some(question) = question {
                open(state, question);
            }
            return Ok(None);
        }
        Action::Close | Action::Memories => return Ok(None),
        other => return Err(other),
    }
    state.popups.push(Popup::Memories(list));
    Ok(None)
}

/// Sends the message, or while nobody may speak an objection.
fn send(state: &mut State) -> Option<Command> {
    if state.talk.answer.text().trim().is_empty() {
        say(state, "tui.talk_empty");
        return None;
    }
    match state.talk.phase {
        TalkPhase::Waiting => state.talk.phase = TalkPhase::Classifying,
        TalkPhase::Blocked => {}
        // She owes a reply that failed: it is asked for again before anything else is said.
        TalkPhase::Interrupted => {
            state.talk.phase = TalkPhase::Retrieving;
            say(state, "tui.asked_again");
            return Some(Command::Say(String::new()));
        }
        _ => {
            say(state, "tui.still_thinking");
            return None;
        }
    }
    let message = state.talk.answer.take();
    state.talk.transcript.sent(&message, &state.messages);
    Some(Command::Say(message))
}

/// Stops the reply, if there is one to stop.
pub fn hush(state: &mut State) -> Option<Command> {
    let talk = &mut state.talk;
    if !talk.is_busy() || talk.hushing {
        return None;
    }
    talk.hushing = true;
    Some(Command::Hush)
}

/// Puts the message that was not taken back into the box.
pub fn take_back(state: &mut State) {
    if let Some(message) = state.talk.transcript.take_back() {
        state.talk.answer.give_back(&message);
    }
}
