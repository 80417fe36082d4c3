//! `content preview`: a topic as the learner will meet it, with what stays behind the scenes.

use std::io::Write;

use super::ContentError;
use crate::content::{Complete, Next, Pack, Topic};
use crate::messages::Messages;

pub(super) fn run(
    pack: &Pack,
    wanted: Option<&str>,
    messages: &Messages,
    out: &mut dyn Write,
) -> Result<(), ContentError> {
    let slugs = pack.file.topics.iter();
    let chosen: Vec<_> = slugs
        .zip(&pack.topics)
        .enumerate()
        .filter(|(_, (slug, topic))| wanted.is_none_or(|wanted| is_named(topic, slug, wanted)))
        .collect();
    if let (true, Some(wanted)) = (chosen.is_empty(), wanted) {
        let text = messages.fill("content.no_such_topic", &[("title", &wanted)]);
        return Err(ContentError::Input(text));
    }
    for (i, (_, topic)) in chosen {
        let number = format!("{}/{}", i + 1, pack.topics.len());
        writeln!(out, "── {number} · {} ──", topic.display())?;
        show(topic, &Lines { messages }, out)?;
        writeln!(out)?;
    }
    Ok(())
}

fn is_named(topic: &Topic, slug: &str, wanted: &str) -> bool {
    [slug, &topic.title, topic.display()].contains(&wanted)
}

/// Writes `name: text` lines, leaving out what a topic does not have.
struct Lines<'a> {
    messages: &'a Messages,
}

impl Lines<'_> {
    fn line(
        &self,
        out: &mut dyn Write,
        indent: &str,
        key: &str,
        text: &str,
    ) -> std::io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let name = self.messages.get(key);
        writeln!(out, "{indent}{name}: {text}")
    }
}

fn show(topic: &Topic, lines: &Lines<'_>, out: &mut dyn Write) -> std::io::Result<()> {
    for (i, question) in topic.questions.iter().enumerate() {
        let key = match i {
            0 => "content.preview_asks",
            _ => "content.preview_or",
        };
        lines.line(out, "", key, question)?;
    }
    let complete = match topic.complete {
        Complete::All => "content.preview_all",
        Complete::Any => "content.preview_any",
    };
    writeln!(out, "{}", lines.messages.get(complete))?;
    for answer in &topic.answers {
        writeln!(out, "  ☐ {}", answer.label)?;
        for question in &answer.questions {
            lines.line(out, "    ", "content.preview_asks", question)?;
        }
        lines.line(out, "    ", "content.preview_hint", &answer.hint)?;
        lines.line(out, "    ", "content.preview_key_point", &answer.key_point)?;
        lines.line(
            out,
            "    ",
            "content.preview_model_answer",
            &answer.model_answer,
        )?;
    }
    for misconception in &topic.misconceptions {
        lines.line(
            out,
            "",
            "content.preview_misconception",
            &misconception.label,
        )?;
        lines.line(
            out,
            "    ",
            "content.preview_correction",
            &misconception.correction,
        )?;
    }
    for Next { to, when } in &topic.next {
        let variant = when.strip_prefix("variant:");
        let key = match when.as_str() {
            "failed" => "content.preview_next_failed",
            _ if variant.is_some() => "content.preview_next_variant",
            _ => "content.preview_next",
        };
        let id = variant.unwrap_or_default();
        let text = lines.messages.fill(key, &[("to", to), ("id", &id)]);
        writeln!(out, "{text}")?;
    }
    Ok(())
}
