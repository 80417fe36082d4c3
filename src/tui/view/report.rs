//! The report: every topic, what was earned, what was missed and what would have been right.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::interview::EndReason;
use crate::messages::Messages;
use crate::tui::session::{Report, TopicReport, TopicStatus, Totals};
use crate::tui::state::State;
use crate::tui::theme::Tone;
use crate::tui::widget::pager::{Block, Pager, Paragraph};

/// The report as a page to read.
pub fn page(report: &Report, ended: Option<EndReason>, messages: &Messages) -> Pager {
    let mut blocks = vec![heading(report, ended, messages)];
    let visited = |topic: &&TopicReport| topic.judged && (topic.turns > 0 || topic.skipped);
    let topics = report.topics.iter().filter(visited);
    blocks.extend(topics.map(|topic| topic_block(topic, messages)));
    if !report.advice.is_empty() {
        blocks.push(advice(report, messages));
    }
    blocks.push(not_asked(report, messages));
    Pager::document(blocks)
}

/// Draws the page; returns where reading begins.
pub fn draw(page: &Pager, area: Rect, state: &State, frame: &mut Frame<'_>) -> Position {
    page.draw(area, frame.buffer_mut(), &state.theme);
    area.as_position()
}

fn heading(report: &Report, ended: Option<EndReason>, messages: &Messages) -> Block {
    let title = match ended {
        None => "tui.report_so_far",
        Some(EndReason::Finished) => "tui.report_finished",
        Some(EndReason::Stopped | EndReason::Eof) => "tui.report_stopped",
        Some(EndReason::Sanctioned) => "tui.report_sanctioned",
    };
    let Totals {
        topics,
        passed,
        labels,
        earned,
        disputed,
        ..
    } = report.totals;
    let figures = messages.fill(
        "tui.report_figures",
        &[
            ("topics", &topics),
            ("passed", &passed),
            ("labels", &labels),
            ("earned", &(earned + disputed)),
        ],
    );
    vec![
        Paragraph::new(Tone::Accent, messages.get(title)),
        Paragraph::new(Tone::Dim, &report.pack),
        Paragraph::new(Tone::Plain, &figures),
        Paragraph::gap(),
    ]
}

fn topic_block(topic: &TopicReport, messages: &Messages) -> Block {
    let (tone, mark) = match topic.status {
        TopicStatus::Done => (Tone::Good, "✓ "),
        TopicStatus::Failed => (Tone::Bad, "! "),
        TopicStatus::Skipped => (Tone::Warn, "- "),
        TopicStatus::Open | TopicStatus::Current => (Tone::Strong, "· "),
    };
    let title = match topic.turns {
        0 => topic.display_title.clone(),
        turns => messages.fill(
            "tui.report_topic",
            &[("topic", &topic.display_title), ("turns", &turns)],
        ),
    };
    let mut block = vec![Paragraph::new(tone, &title).mark(mark)];
    let line = |tone, mark: &str, text: &str| Paragraph::new(tone, text).mark(mark).indent(2);
    let below = |text: &str| Paragraph::new(Tone::Plain, text).indent(4);
    for label in &topic.earned {
        block.push(line(Tone::Good, "✓ ", label));
    }
    for label in &topic.disputed {
        let text = [label, messages.get("tui.disputed_mark")].join(" ");
        block.push(line(Tone::Good, "✓ ", &text));
    }
    for missed in &topic.missed {
        block.push(line(Tone::Bad, "! ", &missed.label));
        let answer = if missed.model_answer.is_empty() {
            &missed.key_point
        } else {
            &missed.model_answer
        };
        let text = messages.fill("tui.report_model_answer", &[("answer", answer)]);
        block.push(below(&text));
    }
    for label in &topic.open {
        block.push(line(Tone::Dim, "· ", label));
    }
    for wrong in &topic.misconceptions {
        let text = messages.fill("tui.verdict_misconception", &[("labels", &wrong.label)]);
        block.push(line(Tone::Warn, "! ", &text));
        block.push(below(&wrong.correction));
    }
    block.push(Paragraph::gap());
    block
}

fn advice(report: &Report, messages: &Messages) -> Block {
    let mut block = vec![Paragraph::new(
        Tone::Accent,
        messages.get("tui.report_advice"),
    )];
    let lines = report.advice.iter();
    block
        .extend(lines.map(|advice| Paragraph::new(Tone::Plain, &advice.text(messages)).mark("- ")));
    block.push(Paragraph::gap());
    block
}

/// The topics nobody came to, in one paragraph, and how to save all this.
fn not_asked(report: &Report, messages: &Messages) -> Block {
    let titles: Vec<&str> = report
        .topics
        .iter()
        .filter(|topic| topic.judged && topic.turns == 0 && !topic.skipped)
        .map(|topic| topic.display_title.as_str())
        .collect();
    let mut block = Vec::new();
    if !titles.is_empty() {
        let titles = titles.join(" · ");
        let text = messages.fill("tui.report_not_asked", &[("topics", &titles)]);
        block.push(Paragraph::new(Tone::Dim, &text));
        block.push(Paragraph::gap());
    }
    let save = messages.get("tui.report_how_to_save");
    block.push(Paragraph::new(Tone::Dim, save));
    block
}
