//! What a key can ask for. The keymap, the menu, the help and the code share this vocabulary.

use serde::{Deserialize, Serialize};

/// Something the learner asks of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Send the answer.
    Send,
    /// Begin a new line in the answer.
    Newline,
    /// Take back the answer that is being judged, else move the caret or the page up.
    Up,
    /// Move the caret or the page down.
    Down,
    /// Move the caret a character to the left.
    Left,
    /// Move the caret a character to the right.
    Right,
    /// Move the caret a word to the left.
    WordLeft,
    /// Move the caret a word to the right.
    WordRight,
    /// Move the caret to the start of the line.
    LineStart,
    /// Move the caret to the end of the line.
    LineEnd,
    /// Delete the character before the caret.
    DeleteBack,
    /// Delete the character after the caret.
    DeleteForward,
    /// Delete the word before the caret.
    DeleteWord,
    /// Delete to the start of the line.
    DeleteToStart,
    /// Delete to the end of the line.
    DeleteToEnd,
    /// Undo the last edit.
    Undo,
    /// Redo it.
    Redo,
    /// Read back a page.
    PageUp,
    /// Read on a page.
    PageDown,
    /// Go to the beginning of what is being read.
    Top,
    /// Go to its end.
    Bottom,
    /// Show the keys.
    Help,
    /// Show a hint.
    Hint,
    /// Show or hide the progress panel.
    Panel,
    /// Ask for another question.
    Skip,
    /// Insist that the last answer was right.
    Dispute,
    /// Show the report, or go back to the conversation.
    Report,
    /// Save the report as Markdown.
    Save,
    /// Open the menu.
    Menu,
    /// Close what is open.
    Close,
    /// Take the selected choice.
    Accept,
    /// Stop what is being generated; with nothing running, ask whether to leave; asked twice, leave.
    Interrupt,
    /// Ask whether to end the interview.
    Finish,
    /// End the interview and show its report.
    Stop,
    /// Go on with the unfinished interview.
    Resume,
    /// Start from the beginning.
    Fresh,
    /// Leave the program; the interview can be resumed.
    Quit,
    /// Draw everything anew.
    Redraw,
    /// Go to the other tab.
    SwitchTab,
    /// Go to the interview.
    ShowInterview,
    /// Go to the companion.
    ShowCompanion,
    /// Show what she remembers.
    Memories,
    /// Edit the selected item.
    Edit,
    /// Make her forget it.
    Forget,
}

impl Action {
    /// The name under which message files and configuration know it.
    pub fn name(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_serde() {
        assert_eq!(Action::WordLeft.name(), "word_left");
        assert_eq!(
            serde_json::from_str::<Action>("\"word_left\"").unwrap(),
            Action::WordLeft
        );
    }
}
