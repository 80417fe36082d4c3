//! A paragraph: a text in one style that remembers how it was wrapped.

use std::cell::RefCell;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::text::clean;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::wrap::{width, wrap};

/// A paragraph in one style, with a mark hanging before its first row.
#[derive(Debug, Clone)]
pub struct Paragraph {
    tone: Tone,
    indent: u16,
    mark: String,
    text: String,
    wrapped: RefCell<Wrapped>,
}

/// The rows of a paragraph at a width; a width of 0 has none yet.
#[derive(Debug, Clone, Default)]
struct Wrapped {
    columns: u16,
    rows: Vec<Range<usize>>,
}

impl Paragraph {
    /// A paragraph; `text` may come from anywhere and is cleaned.
    pub fn new(tone: Tone, text: &str) -> Self {
        Self {
            tone,
            indent: 0,
            mark: String::new(),
            text: clean(text),
            wrapped: RefCell::default(),
        }
    }

    /// An empty row.
    pub fn gap() -> Self {
        Self::new(Tone::Plain, "")
    }

    /// Moved to the right by some columns.
    #[must_use]
    pub fn indent(self, indent: u16) -> Self {
        Self { indent, ..self }
    }

    /// With a mark before the first row; further rows stand under the text.
    #[must_use]
    pub fn mark(self, mark: &str) -> Self {
        Self {
            mark: mark.to_owned(),
            ..self
        }
    }

    /// The text as it is drawn.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// It has been laid out at least once.
    #[cfg(test)]
    pub(in crate::tui) fn is_wrapped(&self) -> bool {
        self.wrapped.borrow().columns > 0
    }

    fn hang(&self, columns: u16) -> u16 {
        let wanted = self.indent + u16::try_from(width(&self.mark)).unwrap_or(u16::MAX);
        // In a very narrow terminal the text matters more than where it begins.
        wanted.min(columns / 2)
    }

    /// Reads the rows at a width, wrapping only when the width is another than last time.
    pub(super) fn with_rows<T>(&self, columns: u16, read: impl FnOnce(&[Range<usize>]) -> T) -> T {
        let mut wrapped = self.wrapped.borrow_mut();
        if wrapped.columns != columns {
            let room = columns.saturating_sub(self.hang(columns)).max(1);
            *wrapped = Wrapped {
                columns,
                rows: wrap(&self.text, usize::from(room)),
            };
        }
        read(&wrapped.rows)
    }

    /// How many rows it takes.
    pub(super) fn height(&self, columns: u16) -> usize {
        self.with_rows(columns, <[_]>::len)
    }

    /// Draws the rows after `skip`; returns how many were drawn.
    pub fn draw(&self, skip: usize, area: Rect, buffer: &mut Buffer, theme: &Theme) -> u16 {
        let style = theme.style(self.tone);
        let hang = self.hang(area.width);
        self.with_rows(area.width, |rows| {
            let mut y = area.y;
            for (n, row) in rows.iter().enumerate().skip(skip) {
                if y >= area.bottom() {
                    break;
                }
                let room = usize::from(area.width - hang);
                buffer.set_stringn(area.x + hang, y, &self.text[row.clone()], room, style);
                if n == 0 && !self.mark.is_empty() && hang > self.indent {
                    let room = usize::from(hang - self.indent);
                    buffer.set_stringn(area.x + self.indent, y, &self.mark, room, style);
                }
                y += 1;
            }
            y - area.y
        })
    }
}

/// Paragraphs that belong together: a message, a topic of the report.
pub type Block = Vec<Paragraph>;
