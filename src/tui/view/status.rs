//! The status line's contents.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use crate::driver::companionship::TalkPhase;
use crate::tui::action::Action;
use crate::tui::keymap::{Context, chords};
use crate::tui::session::Phase;
use crate::tui::state::{Popup, State, Tab};
use crate::tui::theme::Tone;
use crate::tui::widget::status::{KeyHint, StatusLine};

/// Draws what is going on, and the keys that matter now.
pub fn draw(state: &State, area: Rect, frame: &mut Frame<'_>) {
    let (tone, text) = text(state);
    StatusLine {
        text: &text,
        tone,
        spinner: (state.is_animated() && state.toast.is_none()).then_some(state.tick),
        keys: &keys(state),
        theme: &state.theme,
    }
    .render(area, frame.buffer_mut());
}

fn text(state: &State) -> (Tone, String) {
    if let Some(toast) = &state.toast {
        return (toast.tone, crate::tui::text::one_line(&toast.text));
    }
    let messages = &state.messages;
    let busy = |key| (Tone::Accent, messages.get(key).to_owned());
    if state.tab == Tab::Companion {
        let plain = |key| (Tone::Plain, messages.get(key).to_owned());
        return match state.talk.phase {
            _ if state.talk.hushing => busy("tui.status_cancelling"),
            TalkPhase::Waiting if state.loading.is_some() => loading(state),
            TalkPhase::Waiting => plain("tui.talk_waiting"),
            TalkPhase::Interrupted => busy("tui.talk_interrupted"),
            TalkPhase::Classifying | TalkPhase::Sanctioning => busy("tui.talk_reading"),
            TalkPhase::Retrieving => busy("tui.talk_remembering"),
            TalkPhase::Replying => busy("tui.status_writing"),
            TalkPhase::Blocked => (Tone::Bad, messages.get("tui.talk_blocked").to_owned()),
        };
    }
    match state.snapshot.phase {
        _ if state.cancelling => busy("tui.status_cancelling"),
        Phase::Judging => busy("tui.status_judging"),
        Phase::Selecting => busy("tui.status_selecting"),
        Phase::Writing => busy("tui.status_writing"),
        Phase::Ended(_) => (Tone::Plain, messages.get("tui.status_ended").to_owned()),
        Phase::NotStarted | Phase::Waiting if state.loading.is_some() => loading(state),
        Phase::NotStarted | Phase::Waiting => {
            (Tone::Plain, messages.get("tui.status_waiting").to_owned())
        }
    }
}

/// How far loading is.
fn loading(state: &State) -> (Tone, String) {
    let loading = state.loading.clone().unwrap_or_default();
    let percent = loading
        .percent
        .map_or_else(String::new, |percent| format!(" {percent}%"));
    let text = state
        .messages
        .fill("tui.status_loading", &[("percent", &percent)]);
    (Tone::Accent, [text, loading.what].join(" "))
}

/// The most useful first; the line leaves out what does not fit.
fn actions(state: &State) -> &'static [Action] {
    match state.popups.last() {
        Some(Popup::Choice(choice)) if choice.can_close() => {
            return &[Action::Down, Action::Accept, Action::Close];
        }
        Some(Popup::Choice(_)) => return &[Action::Down, Action::Accept],
        Some(Popup::Help(_) | Popup::Trace(_)) => return &[Action::Close, Action::PageDown],
        Some(Popup::Memories(list)) if list.editing.is_some() => {
            return &[Action::Send, Action::Menu];
        }
        Some(Popup::Memories(list)) if list.items().is_empty() => return &[Action::Close],
        Some(Popup::Memories(_)) => {
            return &[Action::Down, Action::Edit, Action::Forget, Action::Close];
        }
        None => {}
    }
    if state.tab == Tab::Companion {
        return match (state.talk.is_busy(), &state.talk.trace) {
            (true, _) => &[Action::Interrupt, Action::PageUp, Action::Help],
            (false, None) => &[
                Action::Send,
                Action::Help,
                Action::SwitchTab,
                Action::Memories,
                Action::Menu,
            ],
            (false, Some(_)) => &[
                Action::Send,
                Action::Help,
                Action::Panel,
                Action::Memories,
                Action::SwitchTab,
                Action::Menu,
            ],
        };
    }
    if state.report.is_some() {
        return &[Action::Save, Action::PageDown, Action::Close, Action::Menu];
    }
    match state.snapshot.phase {
        Phase::Judging => &[Action::Up, Action::Interrupt, Action::Help],
        Phase::Selecting | Phase::Writing => &[Action::Interrupt, Action::PageUp, Action::Help],
        Phase::Ended(_) => &[Action::Report, Action::Save, Action::Menu, Action::PageUp],
        Phase::NotStarted => &[Action::Help, Action::Menu],
        Phase::Waiting if state.snapshot.can_dispute => &[
            Action::Send,
            Action::Help,
            Action::Hint,
            Action::Dispute,
            Action::Skip,
            Action::Menu,
            Action::Newline,
            Action::Panel,
            Action::SwitchTab,
            Action::Report,
        ],
        Phase::Waiting => &[
            Action::Send,
            Action::Help,
            Action::Hint,
            Action::Skip,
            Action::SwitchTab,
            Action::Menu,
            Action::Newline,
            Action::Panel,
            Action::Report,
        ],
    }
}

fn keys(state: &State) -> Vec<KeyHint> {
    let focus = state.focus();
    actions(state)
        .iter()
        .filter_map(|action| {
            let editing = matches!(state.popups.last(), Some(Popup::Memories(_)));
            let key = match (focus, action) {
                (Context::Choice | Context::List, Action::Down) => "↑↓".to_owned(),
                _ => chords(focus, *action).first()?.to_string(),
            };
            let name = match (focus, action) {
                (Context::Answer, Action::Up) => "retract".to_owned(),
                (Context::Answer, Action::Send) if editing => "keep".to_owned(),
                (Context::Answer, Action::Menu) if editing => "cancel".to_owned(),
                (Context::Answer, Action::Panel) if state.tab == Tab::Companion => {
                    "trace".to_owned()
                }
                _ => action.name(),
            };
            let what = state.messages.get(&format!("tui.short_{name}")).to_owned();
            Some(KeyHint { key, what })
        })
        .collect()
}
