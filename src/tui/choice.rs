//! Lists to choose from: the menu, and the questions the program asks.

use super::action::Action;
use super::session::ResumeOffer;
use crate::driver::companionship::Remembered;
use crate::messages::Messages;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// What to do.
    Menu,
    /// Whether to leave.
    Leave,
    /// Whether to end the interview.
    Finish,
    /// What to do on the companion's tab.
    TalkMenu,
    /// Whether she should forget something.
    Forget(Remembered),
    /// Whether to go on with the unfinished interview.
    Resume(ResumeOffer),
}

/// A question with its choices, one of them selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is asked.
    pub question: Question,
    selected: usize,
}

impl Choice {
    /// A question, its first choice selected.
    pub fn new(question: Question) -> Self {
        Self {
            question,
            selected: 0,
        }
    }

    /// The offer to go on with an unfinished interview.
    pub fn resume(offer: ResumeOffer) -> Self {
        Self::new(Question::Resume(offer))
    }

    /// The choices; the harmless one first.
    pub fn actions(&self) -> &'static [Action] {
        match self.question {
            Question::Menu => &[
                Action::Close,
                Action::Hint,
                Action::Skip,
                Action::Dispute,
                Action::Panel,
                Action::SwitchTab,
                Action::Report,
                Action::Save,
                Action::Help,
                Action::Finish,
                Action::Quit,
            ],
            Question::TalkMenu => &[
                Action::Close,
                Action::Panel,
                Action::Memories,
                Action::SwitchTab,
                Action::Help,
                Action::Quit,
            ],
            Question::Forget(_) => &[Action::Close, Action::Forget],
            Question::Leave => &[Action::Close, Action::Quit],
            Question::Finish => &[Action::Close, Action::Stop],
            Question::Resume(_) => &[Action::Resume, Action::Fresh],
        }
    }

    /// Number of the selected choice.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// What the selected choice does.
    pub fn action(&self) -> Action {
        self.actions()
            .get(self.selected)
            .copied()
            .unwrap_or(Action::Close)
    }

    /// Selects the choice below, around the end.
    pub fn next(&mut self) {
        self.selected = (self.selected + 1) % self.actions().len();
    }

    /// Selects the choice above, around the beginning.
    pub fn previous(&mut self) {
        self.selected = (self.selected + self.actions().len() - 1) % self.actions().len();
    }

    /// It lists what there is to do, and a key of the screen works from it.
    pub fn is_menu(&self) -> bool {
        matches!(self.question, Question::Menu | Question::TalkMenu)
    }

    /// Esc closes it. The offer to resume has to be answered.
    pub fn can_close(&self) -> bool {
        !matches!(self.question, Question::Resume(_))
    }

    /// What stands above the choices: a title, and what there is to know.
    pub fn text(&self, messages: &Messages) -> (String, String) {
        let name = match &self.question {
            Question::Menu | Question::TalkMenu => "menu",
            Question::Forget(_) => "forget",
            Question::Leave => "leave",
            Question::Finish => "finish",
            Question::Resume(_) => "resume",
        };
        let title = messages.get(&format!("tui.{name}_title")).to_owned();
        let text = match &self.question {
            Question::Menu | Question::TalkMenu => String::new(),
            Question::Forget(memory) => messages.fill("tui.forget_text", &[("item", &memory.item)]),
            Question::Resume(offer) => messages.fill(
                "tui.resume_text",
                &[
                    ("when", &offer.when),
                    ("topic", &offer.topic),
                    ("turns", &offer.turns),
                ],
            ),
            Question::Leave | Question::Finish => {
                messages.get(&format!("tui.{name}_text")).to_owned()
            }
        };
        (title, text)
    }

    /// What stands for a choice.
    pub fn label(&self, action: Action, messages: &Messages) -> String {
        match action {
            Action::Panel if self.question == Question::TalkMenu => {
                messages.get("tui.action_trace").to_owned()
            }
            Action::Close => messages.get("tui.choice_stay").to_owned(),
            action => messages
                .get(&format!("tui.action_{}", action.name()))
                .to_owned(),
        }
    }
}
