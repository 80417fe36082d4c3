//! The list of topics, the current one with its sub-answers as a checklist.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::wrap::truncate;
use crate::messages::Messages;
use crate::tui::session::{LabelProgress, LabelState, TopicProgress, TopicStatus};
use crate::tui::text::one_line;
use crate::tui::theme::{Theme, Tone};

/// The list; it is moved so that the current topic is in sight.
#[derive(Debug)]
pub struct ProgressList<'a> {
    /// Every topic, in order.
    pub topics: &'a [TopicProgress],
    /// The interface's language.
    pub messages: &'a Messages,
    /// The colours.
    pub theme: &'a Theme,
}

/// A row of the list.
struct Row {
    tone: Tone,
    text: String,
}

impl Widget for &ProgressList<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        let (rows, focus) = self.rows();
        let height = usize::from(area.height);
        // The end of the checklist is in sight, and as much above it as below.
        let skip = (focus + 1 + height / 3)
            .saturating_sub(height)
            .min(rows.len().saturating_sub(height));
        for (row, y) in rows.iter().skip(skip).zip(area.y..area.bottom()) {
            let text = truncate(&row.text, usize::from(area.width));
            buffer.set_string(area.x, y, text, self.theme.style(row.tone));
        }
    }
}

impl ProgressList<'_> {
    /// The rows, and the one that has to be in sight.
    fn rows(&self) -> (Vec<Row>, usize) {
        let mut rows = Vec::new();
        let mut focus = 0;
        for topic in self.topics {
            rows.push(topic_row(topic));
            if topic.status == TopicStatus::Current {
                rows.extend(topic.labels.iter().map(|label| self.label_row(label)));
                focus = rows.len() - 1;
            }
        }
        (rows, focus)
    }

    fn label_row(&self, label: &LabelProgress) -> Row {
        let (tone, mark) = match label.state {
            LabelState::Open => (Tone::Plain, '·'),
            LabelState::Earned | LabelState::Disputed => (Tone::Good, '✓'),
            LabelState::Missed => (Tone::Bad, '!'),
        };
        let mut text = format!("   {mark} {}", one_line(&label.label));
        if label.state == LabelState::Disputed {
            text.push(' ');
            text.push_str(self.messages.get("tui.disputed_mark"));
        }
        Row { tone, text }
    }
}

fn topic_row(topic: &TopicProgress) -> Row {
    let (tone, mark) = match topic.status {
        TopicStatus::Open => (Tone::Dim, '·'),
        TopicStatus::Current => (Tone::Accent, '>'),
        TopicStatus::Done => (Tone::Good, '✓'),
        TopicStatus::Skipped => (Tone::Dim, '-'),
        TopicStatus::Failed => (Tone::Bad, '!'),
    };
    Row {
        tone,
        text: format!("{mark} {}", one_line(&topic.display)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Lang;

    fn topic(n: usize, status: TopicStatus, labels: &[LabelState]) -> TopicProgress {
        TopicProgress {
            title: format!("t{n}"),
            display: format!("t{n}"),
            status,
            labels: labels
                .iter()
                .map(|state| LabelProgress {
                    label: format!("{state:?}"),
                    state: *state,
                })
                .collect(),
        }
    }

    fn drawn(topics: &[TopicProgress], height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, 20, height);
        let mut buffer = Buffer::empty(area);
        ProgressList {
            topics,
            messages: &Messages::new(Lang::En),
            theme: &Theme::MONOCHROME,
        }
        .render(area, &mut buffer);
        buffer
            .content
            .chunks(20)
            .map(|cells| {
                let row: String = cells.iter().map(|cell| cell.symbol()).collect();
                row.trim_end().to_owned()
            })
            .collect()
    }

    #[test]
    fn only_the_current_topic_shows_its_checklist() {
        let labels = [LabelState::Earned, LabelState::Open, LabelState::Disputed];
        let topics = [
            topic(1, TopicStatus::Done, &[LabelState::Earned]),
            topic(2, TopicStatus::Skipped, &[LabelState::Missed]),
            topic(3, TopicStatus::Failed, &[]),
            topic(4, TopicStatus::Current, &labels),
            topic(5, TopicStatus::Open, &[LabelState::Open]),
        ];
        assert_eq!(
            drawn(&topics, 8),
            [
                "✓ t1",
                "- t2",
                "! t3",
                "> t4",
                "   ✓ Earned",
                "   · Open",
                "   ✓ Disputed (your…",
                "· t5"
            ]
        );
    }

    #[test]
    fn a_short_panel_moves_to_the_current_topic() {
        let topics: Vec<_> = (0..19)
            .map(|n| {
                let status = match n {
                    15 => TopicStatus::Current,
                    _ => TopicStatus::Open,
                };
                topic(n, status, &[LabelState::Open; 2])
            })
            .collect();
        let rows = drawn(&topics, 6);
        assert!(rows.contains(&"> t15".to_owned()), "{rows:?}");
        assert!(rows.contains(&"   · Open".to_owned()), "{rows:?}");
        assert!(rows.contains(&"· t17".to_owned()), "{rows:?}");
    }
}
