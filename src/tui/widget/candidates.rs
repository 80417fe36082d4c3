//! What the judge took the last message for: the best candidates as bars.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::wrap::fit;
use crate::tui::theme::{Theme, Tone};

const PERCENT: u16 = 5;
const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// A candidate as people read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Its name.
    pub name: String,
    /// Its probability.
    pub score: f32,
}

/// The bars, a row each.
#[derive(Debug)]
pub struct Candidates<'a> {
    /// Best first.
    pub bars: &'a [Bar],
    /// The colours.
    pub theme: &'a Theme,
}

impl Widget for &Candidates<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        let room = area.width.saturating_sub(PERCENT);
        // The name needs the room more than the bar does.
        let bar_columns = room / 3;
        let name_columns = room - bar_columns;
        for (n, (bar, y)) in self.bars.iter().zip(area.y..area.bottom()).enumerate() {
            let tone = if n == 0 { Tone::Accent } else { Tone::Dim };
            let style = self.theme.style(tone);
            let name = fit(&bar.name, usize::from(name_columns.saturating_sub(1)));
            let percent = format!("{:>4.0}%", bar.score * 100.0);
            buffer.set_string(area.x, y, name, style);
            let x = area.x + name_columns;
            buffer.set_string(x, y, filled(bar.score, bar_columns), style);
            let room = usize::from(area.width - room);
            buffer.set_stringn(x + bar_columns, y, percent, room, style);
        }
    }
}

/// A bar in eighths of a cell.
fn filled(score: f32, columns: u16) -> String {
    let eighths = (score.clamp(0.0, 1.0) * f32::from(columns) * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8]);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_probability() {
        assert_eq!(filled(1.0, 4), "████");
        assert_eq!(filled(0.5, 4), "██");
        assert_eq!(filled(0.53, 4), "██▏");
        assert_eq!(filled(0.0, 4), "");
        assert_eq!(filled(f32::NAN, 4), "");
    }

    #[test]
    fn names_are_cut_and_percentages_stand_in_a_column() {
        let bars = [
            Bar {
                name: "아주 긴 이름의 후보".into(),
                score: 0.97,
            },
            Bar {
                name: "실패".into(),
                score: 0.02,
            },
        ];
        let area = Rect::new(0, 0, 23, 2);
        let mut buffer = Buffer::empty(area);
        Candidates {
            bars: &bars,
            theme: &Theme::MONOCHROME,
        }
        .render(area, &mut buffer);
        let percent = |y| -> String { (19..23).map(|x| buffer[(x, y)].symbol()).collect() };
        assert_eq!((percent(0), percent(1)), (" 97%".into(), "  2%".into()));
    }
}
