//! The last line: what is going on, and the keys that matter now. A long text gets rows of its own.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::pager::Paragraph;
use super::wrap::{truncate, width};
use crate::tui::theme::{Theme, Tone};

const SPINNER: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠇", "⠏", "⠛"];
const GAP: u16 = 2;

/// A key and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHint {
    /// As it stands on the keyboard.
    pub key: String,
    /// In a word or two.
    pub what: String,
}

/// The line.
#[derive(Debug)]
pub struct StatusLine<'a> {
    /// What is going on.
    pub text: &'a str,
    /// How it is meant.
    pub tone: Tone,
    /// The spinner's step, where something is running.
    pub spinner: Option<u64>,
    /// The keys, the most important first; those that don't fit are left out.
    pub keys: &'a [KeyHint],
    /// The colours.
    pub theme: &'a Theme,
}

impl Widget for &StatusLine<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        if area.height > 1 {
            Paragraph::new(self.tone, self.text).draw(0, area, buffer, self.theme);
            return;
        }
        let mut line = String::new();
        if let Some(step) = self.spinner {
            line.push_str(SPINNER[(step % SPINNER.len() as u64) as usize]);
            line.push(' ');
        }
        line.push_str(self.text);
        let columns = usize::from(area.width);
        let line = truncate(&line, columns);
        let style = self.theme.style(self.tone);
        let (mut x, y) = buffer.set_stringn(area.x, area.y, line, columns, style);
        for hint in self.keys {
            let wide = width(&hint.key) + 1 + width(&hint.what);
            if usize::from(x + GAP) + wide > usize::from(area.right()) {
                break;
            }
            let key = self.theme.style(Tone::Strong);
            (x, _) = buffer.set_stringn(x + GAP, y, &hint.key, wide, key);
            let what = self.theme.style(Tone::Dim);
            (x, _) = buffer.set_stringn(x + 1, y, &hint.what, wide, what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(columns: u16, spinner: Option<u64>) -> String {
        let area = Rect::new(0, 0, columns, 1);
        let mut buffer = Buffer::empty(area);
        let keys = [("Enter", "send"), ("F1", "help")].map(|(key, what)| KeyHint {
            key: key.into(),
            what: what.into(),
        });
        StatusLine {
            text: "thinking",
            tone: Tone::Accent,
            spinner,
            keys: &keys,
            theme: &Theme::MONOCHROME,
        }
        .render(area, &mut buffer);
        buffer.content.iter().map(|cell| cell.symbol()).collect()
    }

    #[test]
    fn keys_that_do_not_fit_are_left_out_whole() {
        assert_eq!(drawn(30, None).trim_end(), "thinking  Enter send  F1 help");
        assert_eq!(drawn(28, None).trim_end(), "thinking  Enter send");
        assert_eq!(drawn(6, None), "think…");
    }

    #[test]
    fn the_spinner_turns() {
        assert_ne!(drawn(12, Some(0)), drawn(12, Some(1)));
        assert_eq!(drawn(12, Some(0)), drawn(12, Some(8)));
    }
}
