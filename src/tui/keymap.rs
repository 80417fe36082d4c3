//! Which key asks for what, where. The help is this table.
//!
//! Nothing needs a letter: under a Korean layout a bare letter key arrives as a jamo, so functions
//! sit on arrows, Enter, Esc, Tab, F-keys and Ctrl, and the menu reaches all of them.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::action::Action;

/// Where the keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// Whatever has the focus.
    Anywhere,
    /// The conversation, with the answer box.
    Answer,
    /// Something to read: the report, the help.
    Page,
    /// A list of choices.
    Choice,
    /// A list of items.
    List,
}

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("Ctrl+")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("Alt+")?;
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{}", c.to_uppercase()),
            KeyCode::F(n) => write!(f, "F{n}"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::Backspace => f.write_str("Backspace"),
            KeyCode::Delete => f.write_str("Del"),
            KeyCode::BackTab => f.write_str("Shift+Tab"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// A line of the keymap.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// The key.
    pub chord: Chord,
    /// What it asks for.
    pub action: Action,
}

const fn key(context: Context, code: KeyCode, action: Action) -> Binding {
    with(context, KeyModifiers::NONE, code, action)
}

const fn ctrl(context: Context, letter: char, action: Action) -> Binding {
    with(
        context,
        KeyModifiers::CONTROL,
        KeyCode::Char(letter),
        action,
    )
}

const fn with(context: Context, modifiers: KeyModifiers, code: KeyCode, action: Action) -> Binding {
    Binding {
        context,
        chord: Chord { code, modifiers },
        action,
    }
}

/// Every key, in the order in which the help lists them.
pub const KEYMAP: &[Binding] = {
    use Context::{Answer, Anywhere, Choice, List, Page};
    use KeyCode::{
        Backspace, Char, Delete, Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp, Right,
        Tab, Up,
    };
    const CTRL: KeyModifiers = KeyModifiers::CONTROL;
    const ALT: KeyModifiers = KeyModifiers::ALT;
    &[
        key(Answer, Enter, Action::Send),
        with(Answer, ALT, Enter, Action::Newline),
        ctrl(Answer, 'j', Action::Newline),
        key(Answer, Up, Action::Up),
        key(Answer, Down, Action::Down),
        key(Anywhere, F(1), Action::Help),
        key(Anywhere, F(2), Action::Hint),
        key(Anywhere, F(3), Action::Panel),
        key(Anywhere, F(4), Action::Skip),
        key(Anywhere, F(5), Action::Dispute),
        key(Anywhere, F(6), Action::Report),
        key(Anywhere, F(7), Action::Save),
        ctrl(Anywhere, 's', Action::Save),
        key(Anywhere, F(8), Action::SwitchTab),
        with(Anywhere, CTRL, Tab, Action::SwitchTab),
        with(Anywhere, ALT, Char('1'), Action::ShowInterview),
        with(Anywhere, ALT, Char('2'), Action::ShowCompanion),
        key(Anywhere, F(9), Action::Memories),
        key(Answer, Esc, Action::Menu),
        key(Anywhere, F(10), Action::Menu),
        ctrl(Anywhere, 'c', Action::Interrupt),
        ctrl(Anywhere, 'l', Action::Redraw),
        key(Anywhere, PageUp, Action::PageUp),
        key(Anywhere, PageDown, Action::PageDown),
        with(Anywhere, CTRL, Home, Action::Top),
        with(Anywhere, CTRL, End, Action::Bottom),
        key(Answer, Left, Action::Left),
        key(Answer, Right, Action::Right),
        with(Answer, CTRL, Left, Action::WordLeft),
        with(Answer, ALT, Left, Action::WordLeft),
        with(Answer, CTRL, Right, Action::WordRight),
        with(Answer, ALT, Right, Action::WordRight),
        key(Answer, Home, Action::LineStart),
        ctrl(Answer, 'a', Action::LineStart),
        key(Answer, End, Action::LineEnd),
        ctrl(Answer, 'e', Action::LineEnd),
        key(Answer, Backspace, Action::DeleteBack),
        ctrl(Answer, 'h', Action::DeleteBack),
        key(Answer, Delete, Action::DeleteForward),
        ctrl(Answer, 'd', Action::DeleteForward),
        ctrl(Answer, 'w', Action::DeleteWord),
        with(Answer, ALT, Backspace, Action::DeleteWord),
        ctrl(Answer, 'u', Action::DeleteToStart),
        ctrl(Answer, 'k', Action::DeleteToEnd),
        ctrl(Answer, 'z', Action::Undo),
        ctrl(Answer, 'y', Action::Redo),
        key(Page, Up, Action::Up),
        key(Page, Down, Action::Down),
        key(Page, Home, Action::Top),
        key(Page, End, Action::Bottom),
        key(Page, Esc, Action::Close),
        key(Page, Enter, Action::Close),
        key(Choice, Up, Action::Up),
        key(Choice, Down, Action::Down),
        key(Choice, Left, Action::Up),
        key(Choice, Right, Action::Down),
        key(Choice, Tab, Action::Down),
        with(Choice, KeyModifiers::NONE, KeyCode::BackTab, Action::Up),
        key(Choice, Enter, Action::Accept),
        key(Choice, Esc, Action::Close),
        key(List, Up, Action::Up),
        key(List, Down, Action::Down),
        key(List, Home, Action::Top),
        key(List, End, Action::Bottom),
        key(List, Enter, Action::Edit),
        key(List, Delete, Action::Forget),
        key(List, Esc, Action::Close),
    ]
};

/// What a key event means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// It is bound.
    Action(Action),
    /// It writes a character.
    Text(char),
}

/// What the key asks for where the focus is; `None` for a key that means nothing there.
pub fn lookup(context: Context, event: &KeyEvent) -> Option<Meaning> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let chord = Chord {
        code: match event.code {
            KeyCode::Char(c) => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        },
        modifiers: event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT),
    };
    let bound = KEYMAP
        .iter()
        .filter(|binding| binding.chord == chord)
        .find(|binding| matches!(binding.context, Context::Anywhere) || binding.context == context);
    match (bound, event.code) {
        (Some(binding), _) => Some(Meaning::Action(binding.action)),
        (None, KeyCode::Char(c)) if chord.modifiers.is_empty() => Some(Meaning::Text(c)),
        _ => None,
    }
}

/// The keys of an action where the focus is, in the order of the table.
pub fn chords(context: Context, action: Action) -> Vec<Chord> {
    KEYMAP
        .iter()
        .filter(|binding| binding.action == action)
        .filter(|binding| {
            matches!(binding.context, Context::Anywhere) || binding.context == context
        })
        .map(|binding| binding.chord)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Lang, Messages};

    fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for (n, one) in KEYMAP.iter().enumerate() {
            for other in &KEYMAP[n + 1..] {
                let meet = one.context == other.context
                    || one.context == Context::Anywhere
                    || other.context == Context::Anywhere;
                assert!(
                    !(meet && one.chord == other.chord),
                    "{} is bound twice",
                    one.chord
                );
            }
        }
    }

    #[test]
    fn every_action_of_the_table_is_explained_in_both_languages() {
        for messages in [Messages::new(Lang::Ko), Messages::new(Lang::En)] {
            for binding in KEYMAP {
                let key = format!("tui.action_{}", binding.action.name());
                assert_ne!(messages.get(&key), key);
            }
        }
    }

    #[test]
    fn no_function_needs_a_bare_letter() {
        for binding in KEYMAP {
            // A digit is one under every layout.
            let letter = matches!(binding.chord.code, KeyCode::Char(c) if !c.is_ascii_digit());
            assert!(!letter || binding.chord.modifiers == KeyModifiers::CONTROL);
        }
    }

    #[test]
    fn a_jamo_is_text_and_control_letters_are_not() {
        assert_eq!(
            lookup(
                Context::Answer,
                &press(KeyCode::Char('ㅎ'), KeyModifiers::NONE)
            ),
            Some(Meaning::Text('ㅎ'))
        );
        assert_eq!(
            lookup(
                Context::Answer,
                &press(KeyCode::Char('C'), KeyModifiers::CONTROL)
            ),
            Some(Meaning::Action(Action::Interrupt))
        );
        assert_eq!(
            lookup(
                Context::Answer,
                &press(KeyCode::Char('q'), KeyModifiers::CONTROL)
            ),
            None
        );
    }

    #[test]
    fn chords_read_as_they_stand_on_the_keyboard() {
        let all: Vec<_> = chords(Context::Answer, Action::Newline)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(all, ["Alt+Enter", "Ctrl+J"]);
        assert_eq!(chords(Context::Page, Action::Up)[0].to_string(), "↑");
    }
}
