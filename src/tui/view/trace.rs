//! How a reply came about, step by step.

use ratatui::Frame;
use ratatui::layout::{Position, Rect, Size};

use super::popup;
use crate::companion::ethics::Offence;
use crate::companion::protocol::Head;
use crate::driver::companionship::Trace;
use crate::messages::Messages;
use crate::tui::state::State;
use crate::tui::theme::Tone;
use crate::tui::widget::pager::{Block, Pager, Paragraph};

const CONTENTS: Size = Size {
    width: 76,
    height: 60,
};
const INDENT: u16 = 2;

/// A block a step; what the heads have not found yet says so until the turn is settled.
pub fn blocks(trace: &Trace, settled: bool, messages: &Messages) -> Vec<Block> {
    let writer = Writer { messages, settled };
    let none = |key: &str| Paragraph::new(Tone::Dim, messages.get(key)).indent(INDENT);
    let plain = |text: &str| Paragraph::new(Tone::Plain, text).indent(INDENT);
    let or_none = |text: Option<&String>, key: &str| match text {
        Some(text) => plain(text),
        None => none(key),
    };
    let reply = if trace.text.is_empty() {
        none("tui.trace_no_reply")
    } else {
        plain(&trace.text)
    };
    let mut blocks = vec![
        writer.step("tui.trace_message", vec![plain(&trace.message)]),
        writer.step("tui.trace_ethics", ethics(trace, messages)),
        writer.step(
            "tui.trace_time",
            vec![or_none(trace.time.as_ref(), "tui.trace_no_time")],
        ),
        writer.step("tui.trace_memory", memory(trace, messages)),
    ];
    if !trace.prompt.is_empty() {
        blocks.push(writer.step("tui.trace_prompt", vec![plain(&trace.prompt)]));
    }
    let mut said = vec![reply];
    if !trace.writer.is_empty() {
        let key = if trace.fallback {
            "tui.trace_fallback"
        } else {
            "tui.trace_writer"
        };
        let text = messages.fill(key, &[("writer", &trace.writer)]);
        said.push(Paragraph::new(Tone::Dim, &text).indent(INDENT));
    }
    blocks.push(writer.step("tui.trace_reply", said));
    let expression = trace.expression.map(|expression| expression.to_string());
    let heads = [
        ("tui.trace_expression", Head::Expression, expression),
        ("tui.trace_saved", Head::Memory, trace.memory_saved.clone()),
        ("tui.trace_summary", Head::Summary, trace.summary.clone()),
    ];
    if trace.ethics.sanction.is_none() {
        blocks.extend(
            heads.map(|(title, head, found)| {
                writer.step(title, vec![writer.head(trace, head, found)])
            }),
        );
    }
    blocks.push(writer.step("tui.trace_ms", vec![plain(&milliseconds(trace))]));
    blocks
}

/// The room for it on a screen of this size.
pub fn page_size(screen: Size) -> Size {
    let screen = Rect::from(((0, 0).into(), screen));
    popup::areas(screen, CONTENTS).1.as_size()
}

/// Draws it; returns its first place.
pub fn draw(page: &Pager, state: &State, frame: &mut Frame<'_>) -> Position {
    let (outer, inner) = popup::areas(frame.area(), CONTENTS);
    let title = state.messages.get("tui.trace_title");
    popup::draw_frame(outer, inner, title, state, frame);
    page.draw(inner, frame.buffer_mut(), &state.theme);
    inner.as_position()
}

struct Writer<'a> {
    messages: &'a Messages,
    settled: bool,
}

impl Writer<'_> {
    fn step(&self, title: &str, lines: Vec<Paragraph>) -> Block {
        let mut block = vec![Paragraph::new(Tone::Accent, self.messages.get(title))];
        block.extend(lines);
        block.push(Paragraph::gap());
        block
    }

    /// What a head found, or why there is nothing.
    fn head(&self, trace: &Trace, head: Head, found: Option<String>) -> Paragraph {
        let key = match found {
            Some(text) => return Paragraph::new(Tone::Plain, &text).indent(INDENT),
            None if trace.dropped.contains(&head) => "tui.trace_dropped",
            None if self.settled => "tui.trace_nothing",
            None => "tui.trace_working",
        };
        Paragraph::new(Tone::Dim, self.messages.get(key)).indent(INDENT)
    }
}

fn ethics(trace: &Trace, messages: &Messages) -> Vec<Paragraph> {
    let ethics = &trace.ethics;
    let found = match (&ethics.sanction, ethics.categories.is_empty()) {
        (Some(sanction), _) => Paragraph::new(Tone::Bad, sanction).mark("! "),
        (None, true) => Paragraph::new(Tone::Good, messages.get("tui.trace_fine")).mark("✓ "),
        (None, false) => {
            let names = ethics
                .categories
                .iter()
                .map(|offence| name(*offence, messages));
            let names = names.collect::<Vec<_>>().join(" · ");
            Paragraph::new(Tone::Bad, &names).mark("! ")
        }
    };
    let percent = |score: f32| format!("{:.0}%", score * 100.0);
    let scores = Offence::ALL.map(|offence| {
        let score = percent(ethics.scores.of(offence));
        format!("{} {score}", name(offence, messages))
    });
    let general = messages.get("tui.trace_general");
    let general = format!("{general} {}", percent(ethics.scores.general));
    let scores = [scores.join(" · "), general].join(" · ");
    let mut lines = vec![
        found.indent(INDENT),
        Paragraph::new(Tone::Dim, &scores).indent(INDENT),
    ];
    if let Some(reading) = &ethics.reading {
        let text = messages.fill("tui.trace_reading", &[("reading", reading)]);
        lines.push(Paragraph::new(Tone::Dim, &text).indent(INDENT));
    }
    lines
}

fn name(offence: Offence, messages: &Messages) -> &str {
    messages.get(match offence {
        Offence::Love => "companion.offence_love",
        Offence::Politics => "companion.offence_politics",
        Offence::Family => "companion.offence_family",
        Offence::Hate => "companion.offence_hate",
    })
}

/// The best memories with their scores, the one that was used marked.
fn memory(trace: &Trace, messages: &Messages) -> Vec<Paragraph> {
    if trace.memory_scores.is_empty() {
        let none = messages.get("tui.trace_no_memory");
        return vec![Paragraph::new(Tone::Dim, none).indent(INDENT)];
    }
    let lines = trace.memory_scores.iter().map(|scored| {
        let item = scored.item.to_string();
        let text = format!("{:.2}  {item}", scored.score);
        let (tone, mark, text) = if trace.memory_used.as_ref() == Some(&item) {
            let used = messages.get("tui.trace_used");
            (Tone::Good, "✓ ", format!("{text}  {used}"))
        } else {
            (Tone::Dim, "· ", text)
        };
        Paragraph::new(tone, &text).mark(mark).indent(INDENT)
    });
    lines.collect()
}

fn milliseconds(trace: &Trace) -> String {
    let steps = trace.ms.iter();
    let steps: Vec<String> = steps
        .map(|(step, ms)| format!("{step} {ms:.0}ms"))
        .collect();
    steps.join(" · ")
}
