//! What an action does: in a popup, on the screen, in the answer box.

use super::action::Action;
use super::choice::{Choice, Question};
use super::reaction::Reaction;
use super::session::{Begin, Phase};
use super::state::{Panel, Popup, State, Tab};
use super::talk;
use super::theme::Tone;
use super::update::Command;
use super::view;
use super::widget::pager::Pager;
use crate::interview::EndReason;
use ratatui::layout::Size;

/// Does what was asked for, where the focus is.
pub(super) fn act(state: &mut State, action: Action) -> Option<Command> {
    match action {
        Action::Interrupt => interrupt(state),
        Action::Redraw => Some(Command::Redraw),
        _ => match state.popups.pop() {
            Some(Popup::Choice(choice)) => act_in_choice(state, choice, action),
            Some(Popup::Help(page)) => act_in_help(state, page, action),
            Some(Popup::Trace(page)) => act_in_trace(state, page, action),
            Some(Popup::Memories(list)) => match talk::act_in_memories(state, list, action) {
                Ok(command) => command,
                Err(action) => act_on_screen(state, action),
            },
            None => act_on_screen(state, action),
        },
    }
}

/// Ctrl+C: stops what is running; else asks whether to leave; asked already, leaves.
fn interrupt(state: &mut State) -> Option<Command> {
    let asked = matches!(
        state.popups.last(),
        Some(Popup::Choice(choice)) if choice.question == Question::Leave
    );
    if asked {
        return Some(Command::Quit);
    }
    if state.tab == Tab::Companion {
        let hush = talk::hush(state);
        if hush.is_none() {
            open(state, Question::Leave);
        }
        return hush;
    }
    if state.is_busy() && !state.cancelling {
        state.cancelling = true;
        return match state.snapshot.phase {
            Phase::Judging => take_back(state).then_some(Command::Retract),
            _ => Some(Command::Cancel),
        };
    }
    open(state, Question::Leave);
    None
}

pub(super) fn open(state: &mut State, question: Question) {
    state.popups.push(Popup::Choice(Choice::new(question)));
}

fn act_in_choice(state: &mut State, mut choice: Choice, action: Action) -> Option<Command> {
    match action {
        Action::Up | Action::PageUp => choice.previous(),
        Action::Down | Action::PageDown => choice.next(),
        Action::Accept if choice.action() == Action::Close => return None,
        Action::Accept => {
            return match &choice.question {
                Question::Forget(memory) => Some(Command::Forget(memory.id)),
                _ => act_on_screen(state, choice.action()),
            };
        }
        Action::Close if choice.can_close() => return None,
        // A key of the screen works from the menu, too; a question wants its answer first.
        Action::Menu if choice.is_menu() => return None,
        action if choice.is_menu() => return act_on_screen(state, action),
        _ => {}
    }
    state.popups.push(Popup::Choice(choice));
    None
}

fn act_in_help(state: &mut State, mut page: Pager, action: Action) -> Option<Command> {
    if matches!(action, Action::Close | Action::Help) {
        return None;
    }
    let size = view::help::page_size(state.size);
    if !read(&mut page, size, action) {
        return act_on_screen(state, action);
    }
    state.popups.push(Popup::Help(page));
    None
}

fn act_in_trace(state: &mut State, mut page: Pager, action: Action) -> Option<Command> {
    if matches!(action, Action::Close | Action::Panel) {
        return None;
    }
    let size = view::trace::page_size(state.size);
    if !read(&mut page, size, action) {
        return act_on_screen(state, action);
    }
    state.popups.push(Popup::Trace(page));
    None
}

/// Shows a tab. The first time, the companion hears of it, and the interview begins, unless the learner has
/// to choose whether to resume one.
fn show(state: &mut State, tab: Tab) -> Option<Command> {
    if state.tab != tab {
        state.tab = tab;
        state.unread = false;
    }
    if tab == Tab::Interview
        && let Some(offer) = state.begins.take()
    {
        let Some(offer) = offer else {
            return Some(Command::Begin(Begin::Fresh));
        };
        state.popups.push(Popup::Choice(Choice::resume(offer)));
    }
    let first = tab == Tab::Companion && !state.talk.visited;
    state.talk.visited |= first;
    first.then_some(Command::Visit)
}

/// What both tabs understand; the rest is the business of the one in sight.
fn act_on_screen(state: &mut State, action: Action) -> Option<Command> {
    match action {
        Action::SwitchTab => return show(state, state.tab.other()),
        Action::ShowInterview => return show(state, Tab::Interview),
        Action::ShowCompanion => return show(state, Tab::Companion),
        Action::Memories => return Some(Command::Memories),
        Action::Help => {
            let page = view::help::page(&state.messages);
            state.popups.push(Popup::Help(page));
        }
        Action::Quit => return Some(Command::Quit),
        // The offer to go on is answered on whatever tab.
        Action::Resume => return Some(Command::Begin(Begin::Resume)),
        Action::Fresh => return Some(Command::Begin(Begin::Fresh)),
        _ if state.tab == Tab::Companion => return talk::act_in_tab(state, action),
        _ => return act_in_interview(state, action),
    }
    None
}

fn act_in_interview(state: &mut State, action: Action) -> Option<Command> {
    match action {
        Action::Send => return send(state),
        Action::Up | Action::Down if state.report.is_none() => return up_or_down(state, action),
        Action::Up
        | Action::Down
        | Action::PageUp
        | Action::PageDown
        | Action::Top
        | Action::Bottom => {
            let size = view::page_size(state);
            match &mut state.report {
                Some(page) => {
                    read(page, size, action);
                }
                None => state.transcript.read(|pager| {
                    read(pager, size, action);
                }),
            }
        }
        Action::Menu => open(state, Question::Menu),
        Action::Finish if state.ended.is_none() => open(state, Question::Finish),
        Action::Panel => {
            state.panel = if view::shows_panel(state) {
                Panel::Hidden
            } else {
                Panel::Shown
            };
        }
        Action::Hint => hint(state),
        Action::Skip => return waits_for_learner(state).then_some(Command::Skip),
        Action::Dispute if state.snapshot.can_dispute => return Some(Command::Dispute),
        Action::Dispute => say(state, "tui.nothing_to_dispute"),
        Action::Report | Action::Finish if state.report.is_none() => return Some(Command::Report),
        Action::Report | Action::Finish | Action::Close => state.report = None,
        Action::Save => return Some(Command::Save),
        Action::Stop => return Some(Command::Stop(EndReason::Stopped)),
        edit if state.takes_text() && state.report.is_none() => {
            state.answer.edit(edit);
        }
        _ => {}
    }
    None
}

/// Moves through a page; `false` if the action is no such move.
pub(super) fn read(page: &mut Pager, size: Size, action: Action) -> bool {
    // A row of the old page stays, to read on from.
    let step = isize::try_from(size.height.saturating_sub(1).max(1)).unwrap_or(1);
    match action {
        Action::Up => page.scroll(-1, size),
        Action::Down => page.scroll(1, size),
        Action::PageUp => page.scroll(-step, size),
        Action::PageDown => page.scroll(step, size),
        Action::Top => page.rewind(),
        Action::Bottom => page.follow(),
        _ => return false,
    }
    true
}

/// Moves through what is in front: help, report or transcript.
pub(super) fn scroll(state: &mut State, rows: isize) {
    let help = view::help::page_size(state.size);
    let size = view::page_size(state);
    let trace = view::trace::page_size(state.size);
    match (state.popups.last_mut(), state.tab, &mut state.report) {
        (Some(Popup::Help(page)), ..) => page.scroll(rows, help),
        (Some(Popup::Trace(page)), ..) => page.scroll(rows, trace),
        (Some(Popup::Memories(list)), ..) if list.editing.is_none() => list.go(rows),
        (Some(Popup::Choice(_) | Popup::Memories(_)), ..) => {}
        (None, Tab::Companion, _) => state.talk.transcript.read(|pager| pager.scroll(rows, size)),
        (None, Tab::Interview, Some(report)) => report.scroll(rows, size),
        (None, Tab::Interview, None) => state.transcript.read(|pager| pager.scroll(rows, size)),
    }
}

/// In a text, the caret moves; in an empty box ↑ takes back the answer being judged, or reads.
fn up_or_down(state: &mut State, action: Action) -> Option<Command> {
    if !state.answer.is_empty() {
        state.answer.edit(action);
        return None;
    }
    if action == Action::Up && state.snapshot.phase == Phase::Judging && take_back(state) {
        return Some(Command::Retract);
    }
    let size = view::page_size(state);
    state.transcript.read(|pager| {
        read(pager, size, action);
    });
    None
}

fn send(state: &mut State) -> Option<Command> {
    if state.ended == Some(EndReason::Sanctioned) && !state.answer.text().trim().is_empty() {
        let reason = state.answer.take();
        return Some(Command::Object(reason));
    }
    if state.ended.is_some() {
        return Some(Command::Report);
    }
    if state.answer.text().trim().is_empty() {
        say(state, "tui.empty_answer");
        return None;
    }
    if !waits_for_learner(state) {
        return None;
    }
    let message = state.answer.take();
    state.transcript.sent(&message, &state.messages);
    // Said at once, before the interview has had a look at it.
    state.snapshot.phase = Phase::Judging;
    state.react(Reaction::Thinking);
    Some(Command::Submit(message))
}

/// The interview waits for the learner; if not, says why.
fn waits_for_learner(state: &mut State) -> bool {
    let reason = match state.snapshot.phase {
        Phase::Waiting => return true,
        Phase::NotStarted => "tui.still_loading",
        Phase::Judging | Phase::Selecting | Phase::Writing => "tui.still_thinking",
        Phase::Ended(_) => "tui.over",
    };
    say(state, reason);
    false
}

/// Puts the message that is being judged back into the box.
pub(super) fn take_back(state: &mut State) -> bool {
    let Some(message) = state.transcript.take_back() else {
        return false;
    };
    state.answer.give_back(&message);
    state.snapshot.phase = Phase::Waiting;
    true
}

fn hint(state: &mut State) {
    match state.snapshot.hint.clone() {
        Some(hint) => {
            let text = state.messages.fill("tui.hint", &[("hint", &hint)]);
            state.report = None;
            state.transcript.note(Tone::Warn, "? ", &text);
        }
        None => say(state, "tui.no_hint"),
    }
}

pub(super) fn say(state: &mut State, key: &str) {
    let text = state.messages.get(key).to_owned();
    state.say(Tone::Warn, text);
}
