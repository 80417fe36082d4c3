//! The only place where the screen's state changes: an input in, commands for the interview out.

use std::path::PathBuf;

use ratatui::layout::Size;

use super::act::{act, take_back};
use super::action::Action;
use super::session::{Begin, Notice, Report};
use super::state::{Snapshot, State};
use super::talk;
use super::theme::Tone;
use super::view;
use super::widget::answer_box::{AnswerBox, MOST_CHARS, TooLong};
use crate::driver::companionship::{Remembered, TalkNotice, TalkPhase};
use crate::interview::EndReason;

/// What can happen to the screen.
#[derive(Debug, Clone)]
pub enum Input {
    /// A bound key, or a choice.
    Action(Action),
    /// A character typed.
    Type(char),
    /// A text pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(Size),
    /// Time for the spinner's next step.
    Tick,
    /// The mouse wheel was turned by so many rows; up is negative.
    Scroll(isize),
    /// The interview said something.
    Notice(Notice),
    /// The interview's state may have changed.
    Snapshot(Snapshot),
    /// The report that was asked for.
    Report(Report),
    /// The report was saved there, or could not be.
    Saved(Result<PathBuf, String>),
    /// The interview did not take the message.
    Refused(String),
    /// The session did not take another request.
    Failed(String),
    /// The companion said something.
    Talk(TalkNotice),
    /// Her conversation does something else now.
    TalkPhase(TalkPhase),
    /// She did not take the message.
    TalkRefused(String),
    /// What she remembers.
    Memories(Vec<Remembered>),
}

/// What the screen asks for in return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Start.
    Begin(Begin),
    /// Send the learner's message.
    Submit(String),
    /// Take it back.
    Retract,
    /// Ask for another question.
    Skip,
    /// Insist.
    Dispute,
    /// Object to a sanction, for this reason.
    Object(String),
    /// Stop what is being generated.
    Cancel,
    /// End the interview.
    Stop(EndReason),
    /// Hand over the report.
    Report,
    /// Save it.
    Save,
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Quit,
    /// The companion's tab is looked at for the first time.
    Visit,
    /// Say something to her.
    Say(String),
    /// Stop her reply.
    Hush,
    /// Hand over what she remembers.
    Memories,
    /// Change what she remembers.
    Amend(i64, String),
    /// Make her forget something.
    Forget(i64),
}

/// Takes an input; returns what has to be done about it.
pub fn update(state: &mut State, input: Input) -> Option<Command> {
    match input {
        Input::Action(action) => {
            state.toast = None;
            return act(state, action);
        }
        Input::Type(c) => write(state, |answer| answer.type_char(c)),
        Input::Paste(text) => write(state, |answer| answer.paste(&text)),
        Input::Resize(size) => {
            state.size = size;
            state.answer.settle();
            state.talk.answer.settle();
        }
        Input::Scroll(rows) => super::act::scroll(state, rows),
        Input::Tick => state.tick += 1,
        Input::Notice(notice) => super::notice::apply(state, notice),
        Input::Snapshot(snapshot) => {
            state.snapshot = snapshot;
            state.cancelling &= state.is_busy();
        }
        Input::Report(report) => {
            state.report = Some(view::report::page(&report, state.ended, &state.messages));
        }
        Input::Saved(Ok(path)) => {
            let text = state
                .messages
                .fill("tui.saved", &[("path", &path.display())]);
            state.say(Tone::Good, text);
        }
        Input::Saved(Err(reason)) => {
            let text = state.messages.fill("tui.not_saved", &[("reason", &reason)]);
            state.say(Tone::Bad, text);
        }
        Input::Refused(reason) => {
            take_back(state);
            state.say(Tone::Bad, reason);
        }
        Input::Failed(reason) => state.say(Tone::Bad, reason),
        Input::Talk(notice) => {
            let settled = matches!(notice, TalkNotice::Settled(_));
            talk::apply(state, notice);
            // What she has just remembered joins the list that is being looked at.
            if settled && talk::lists_memories(state) {
                return Some(Command::Memories);
            }
        }
        Input::TalkPhase(phase) => talk::phase(state, phase),
        Input::TalkRefused(reason) => {
            talk::take_back(state);
            state.say(Tone::Bad, reason);
        }
        Input::Memories(items) => talk::remembered(state, items),
    }
    None
}

/// Writes into the answer box, where it has the focus.
fn write(state: &mut State, put: impl FnOnce(&mut AnswerBox) -> Result<(), TooLong>) {
    let Some(answer) = state.focused_box() else {
        return;
    };
    let written = put(answer);
    state.toast = None;
    if let Err(TooLong { chars }) = written {
        let text = state
            .messages
            .fill("tui.too_long", &[("chars", &chars), ("most", &MOST_CHARS)]);
        state.say(Tone::Bad, text);
    }
}
