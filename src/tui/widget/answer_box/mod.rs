//! The answer box: a small editor that grows with its text, and knows where its caret is.
//!
//! Input methods draw the syllable being composed at the terminal's own cursor, so the editor's
//! painted cursor is hidden and [`AnswerBox::draw`] returns the cell of the caret instead.

mod boundaries;

use std::cell::Cell;

use boundaries::{boundaries, last_boundary};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::Widget;
use ratatui_textarea::{CursorMove, DataCursor, TextArea, WrapMode};

use super::wrap::width;
use crate::tui::action::Action;
use crate::tui::text::{composed, typed};

/// The box grows to this many rows, then scrolls.
pub const MOST_ROWS: u16 = 6;

/// What fits in. A spoken answer has a few hundred characters; the models read the first hundred
/// or so.
pub const MOST_CHARS: usize = 20_000;

/// The text would not fit in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{chars} characters do not fit: the answer box holds {MOST_CHARS}")]
pub struct TooLong {
    /// How long the answer would have been.
    pub chars: usize,
}

/// The learner's answer as it is being written.
#[derive(Debug, Clone)]
pub struct AnswerBox {
    editor: TextArea<'static>,
    /// Columns, and the rows the text takes in them; none since the last edit.
    measured: Cell<Option<(u16, u16)>>,
}

impl Default for AnswerBox {
    fn default() -> Self {
        Self::with_lines(vec![String::new()])
    }
}

impl AnswerBox {
    fn with_lines(lines: Vec<String>) -> Self {
        let mut editor = TextArea::new(lines);
        editor.set_cursor_style(Style::default());
        editor.set_cursor_line_style(Style::default());
        editor.set_wrap_mode(WrapMode::WordOrGlyph);
        Self {
            editor,
            measured: Cell::default(),
        }
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.editor.lines().join("\n")
    }

    /// Nothing is written.
    pub fn is_empty(&self) -> bool {
        self.editor.is_empty()
    }

    /// Takes the text out and leaves the box empty.
    pub fn take(&mut self) -> String {
        let text = self.text();
        *self = Self::default();
        text
    }

    /// Puts a text back, the caret at its end, before what has been written since.
    pub fn give_back(&mut self, text: &str) {
        let since = self.take();
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let caret = (
            lines.len() - 1,
            lines.last().map_or(0, |line| line.chars().count()),
        );
        if !since.is_empty() {
            lines.extend(since.split('\n').map(str::to_owned));
        }
        *self = Self::with_lines(lines);
        self.jump(caret);
    }

    /// Types a character; a jamo joins the syllable before it.
    pub fn type_char(&mut self, c: char) -> Result<(), TooLong> {
        let text = typed(c.encode_utf8(&mut [0; 4]));
        self.insert(text)
    }

    /// Pastes a text, or nothing of it.
    pub fn paste(&mut self, text: &str) -> Result<(), TooLong> {
        self.insert(typed(text))
    }

    /// Edits or moves the caret; `false` if the action does nothing here.
    pub fn edit(&mut self, action: Action) -> bool {
        let before = self.editor.cursor();
        let changed = match action {
            Action::Newline => {
                self.editor.insert_newline();
                true
            }
            Action::DeleteBack => self.delete_between(self.before_caret(), self.caret()),
            Action::DeleteForward => self.delete_between(self.caret(), self.after_caret()),
            Action::DeleteWord => self.editor.delete_word(),
            Action::DeleteToStart => self.editor.delete_line_by_head(),
            Action::DeleteToEnd => self.editor.delete_line_by_end(),
            Action::Undo => self.editor.undo(),
            Action::Redo => self.editor.redo(),
            Action::Left => self.jump(self.before_caret()),
            Action::Right => self.jump(self.after_caret()),
            Action::Up => self.go(CursorMove::Up),
            Action::Down => self.go(CursorMove::Down),
            Action::WordLeft => self.go(CursorMove::WordBack),
            Action::WordRight => self.go(CursorMove::WordForward),
            Action::LineStart => self.go(CursorMove::Head),
            Action::LineEnd => self.go(CursorMove::End),
            _ => false,
        };
        if changed {
            self.measured.set(None);
            self.settle();
        }
        changed || self.editor.cursor() != before
    }

    /// Scrolls to the top; the next drawing goes down as far as the caret needs. The editor alone
    /// would leave empty rows below a text that has become shorter than its box.
    pub fn settle(&mut self) {
        let caret = self.caret();
        self.editor.scroll((-i16::MAX, 0));
        self.jump(caret);
    }

    /// How many rows the text takes in this many columns, at most [`MOST_ROWS`].
    pub fn rows(&self, columns: u16) -> u16 {
        if columns == 0 {
            return 1;
        }
        if let Some((measured, rows)) = self.measured.get()
            && measured == columns
        {
            return rows;
        }
        // The editor wraps only when it is drawn.
        let area = Rect::new(0, 0, wrap_columns(columns), MOST_ROWS);
        (&self.editor).render(area, &mut Buffer::empty(area));
        let starts = |row| self.editor.screen_to_data(row, 0);
        let more = (1..usize::from(MOST_ROWS)).take_while(|row| starts(*row) != starts(row - 1));
        let rows = 1 + u16::try_from(more.count()).unwrap_or(MOST_ROWS);
        self.measured.set(Some((columns, rows)));
        rows
    }

    /// Draws the text; returns the cell of the caret.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer) -> Position {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return area.as_position();
        }
        let text = Rect {
            width: wrap_columns(area.width),
            ..area
        };
        (&self.editor).render(text, buffer);
        let caret = self.editor.screen_cursor();
        let (top, _) = self.editor.scroll_offset();
        let down = u16::try_from(caret.row)
            .unwrap_or(u16::MAX)
            .saturating_sub(top);
        Position {
            x: (area.x + self.caret_column(caret.row)).min(area.right() - 1),
            y: (area.y + down).min(area.bottom() - 1),
        }
    }

    fn insert(&mut self, text: String) -> Result<(), TooLong> {
        self.check_room(&text)?;
        self.editor.insert_str(text);
        self.compose_at_caret();
        self.measured.set(None);
        Ok(())
    }

    /// Cells between the start of a screen row and the caret, measured as one text: the editor adds
    /// up characters, which is too much where several make one grapheme.
    fn caret_column(&self, screen_row: usize) -> u16 {
        let DataCursor(row, start) = self.editor.screen_to_data(screen_row, 0);
        let DataCursor(_, caret) = self.editor.cursor();
        let before: String = self.line(row).chars().take(caret).skip(start).collect();
        u16::try_from(width(&before)).unwrap_or(u16::MAX)
    }

    fn check_room(&self, text: &str) -> Result<(), TooLong> {
        let held: usize = self
            .editor
            .lines()
            .iter()
            .map(|line| line.chars().count() + 1)
            .sum();
        let chars = held - 1 + text.chars().count();
        if chars > MOST_CHARS {
            return Err(TooLong { chars });
        }
        Ok(())
    }

    /// Composes the grapheme before the caret (a decomposing keyboard sends jamo one by one).
    fn compose_at_caret(&mut self) {
        let (row, end) = self.caret();
        let (before_row, start) = self.before_caret();
        if before_row != row {
            return;
        }
        let grapheme: String = self.line(row).chars().take(end).skip(start).collect();
        let composed = composed(&grapheme);
        if composed != grapheme {
            self.delete_between((row, start), (row, end));
            self.editor.insert_str(composed);
        }
    }

    fn caret(&self) -> (usize, usize) {
        let DataCursor(row, column) = self.editor.cursor();
        (row, column)
    }

    /// The place one grapheme before the caret.
    fn before_caret(&self) -> (usize, usize) {
        let (row, column) = self.caret();
        match (row, column) {
            (0, 0) => (0, 0),
            (row, 0) => (row - 1, self.line(row - 1).chars().count()),
            _ => (row, last_boundary(self.line(row), column - 1)),
        }
    }

    /// The place one grapheme after the caret.
    fn after_caret(&self) -> (usize, usize) {
        let (row, column) = self.caret();
        let next = boundaries(self.line(row)).find(|boundary| *boundary > column);
        match next {
            Some(next) => (row, next),
            None if row + 1 < self.editor.lines().len() => (row + 1, 0),
            None => (row, column),
        }
    }

    fn delete_between(&mut self, start: (usize, usize), end: (usize, usize)) -> bool {
        let chars = if start.0 == end.0 { end.1 - start.1 } else { 1 };
        self.jump(start);
        self.editor.delete_str(chars)
    }

    /// Moves as the editor does, then off the inside of a grapheme.
    fn go(&mut self, to: CursorMove) -> bool {
        self.editor.move_cursor(to);
        let (row, column) = self.caret();
        self.jump((row, last_boundary(self.line(row), column)));
        false
    }

    fn jump(&mut self, (row, column): (usize, usize)) -> bool {
        // `MOST_CHARS` keeps both far below the limit of the type.
        let place = |n| u16::try_from(n).unwrap_or(u16::MAX);
        self.editor
            .move_cursor(CursorMove::Jump(place(row), place(column)));
        false
    }

    fn line(&self, row: usize) -> &str {
        self.editor.lines().get(row).map_or("", String::as_str)
    }
}

/// One column stays free, so that the caret has a cell after a full row.
fn wrap_columns(columns: u16) -> u16 {
    columns.saturating_sub(1).max(1)
}

#[cfg(test)]
mod tests;
