//! The list of what she remembers, one item selected or being edited.

use crate::driver::companionship::Remembered;
use crate::tui::text::one_line;
use crate::tui::widget::answer_box::AnswerBox;

/// What she remembers, the newest first.
#[derive(Debug, Clone)]
pub struct MemoryList {
    items: Vec<Remembered>,
    selected: usize,
    /// The selected item as it is being edited.
    pub editing: Option<Box<AnswerBox>>,
}

impl MemoryList {
    /// The list, its first item selected.
    pub fn new(items: Vec<Remembered>) -> Self {
        Self {
            items,
            selected: 0,
            editing: None,
        }
    }

    /// The items.
    pub fn items(&self) -> &[Remembered] {
        &self.items
    }

    /// Number of the selected item.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// The selected item; none where she remembers nothing.
    pub fn item(&self) -> Option<&Remembered> {
        self.items.get(self.selected)
    }

    /// Moves the selection, as far as the list goes.
    pub fn go(&mut self, by: isize) {
        let last = self.items.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
    }

    /// Begins to edit the selected item.
    pub fn edit(&mut self) {
        if let Some(item) = self.item() {
            let mut editor = AnswerBox::default();
            editor.give_back(&one_line(&item.item));
            self.editing = Some(Box::new(editor));
        }
    }

    /// The item being edited: its number, and its text on one line.
    pub fn edited(&self) -> Option<(i64, String)> {
        let editor = self.editing.as_ref()?;
        Some((self.item()?.id, one_line(&editor.text())))
    }

    /// The list as it is now. The same item stays selected; an edit ends.
    pub fn renew(&mut self, items: Vec<Remembered>) {
        let id = self.item().map(|item| item.id);
        self.items = items;
        self.editing = None;
        if let Some(place) = self.items.iter().position(|item| Some(item.id) == id) {
            self.selected = place;
        }
        self.go(0);
    }
}
