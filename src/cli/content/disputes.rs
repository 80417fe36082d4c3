//! `content disputes`: where learners insisted that they were right. Each is either an example
//! that the topic lacks or a point to explain better.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::civil::DateTime;
use serde_json::json;

use crate::content::{Pack, Source, text};
use crate::messages::Messages;

/// A verdict that a learner disputed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeRow {
    /// Local date and time.
    pub when: DateTime,
    /// Exact title of the topic.
    pub topic: String,
    /// The label that was credited as disputed.
    pub label: String,
    /// What the learner had typed.
    pub message: String,
}

pub(super) fn run(
    source: &dyn Source,
    pack: &Pack,
    mut rows: Vec<DisputeRow>,
    json: bool,
    messages: &Messages,
    out: &mut dyn Write,
) -> io::Result<()> {
    rows.sort_by_key(|row| row.when);
    if json {
        for row in &rows {
            let object = json!({
                "when": row.when.to_string(),
                "topic": row.topic,
                "label": row.label,
                "message": text::clean(&row.message),
                "file": file(source, pack, &row.topic),
            });
            writeln!(out, "{object}")?;
        }
        return Ok(());
    }
    if rows.is_empty() {
        return writeln!(out, "{}", messages.get("content.no_disputes"));
    }
    let mut by_label: BTreeMap<(usize, String, String), Vec<DisputeRow>> = BTreeMap::new();
    for row in rows {
        let place = pack.topic(&row.topic).map_or(usize::MAX, |(i, _)| i);
        let key = (place, row.topic.clone(), row.label.clone());
        by_label.entry(key).or_default().push(row);
    }
    for ((_, topic, label), rows) in by_label {
        writeln!(out, "{} · {}", text::clean(&topic), text::clean(&label))?;
        for row in rows {
            let message = text::excerpt(&text::clean(&row.message), usize::MAX);
            writeln!(out, "  {}  {message}", row.when.strftime("%Y-%m-%d %H:%M"))?;
        }
        if let Some(file) = file(source, pack, &topic) {
            writeln!(
                out,
                "  {}",
                messages.fill("content.dispute_remedy", &[("file", &file)])
            )?;
        }
    }
    Ok(())
}

/// The file of a topic; none where the pack no longer has it.
fn file(source: &dyn Source, pack: &Pack, title: &str) -> Option<String> {
    let (i, _) = pack.topic(title)?;
    let slug = pack.file.topics.get(i)?;
    Some(source.show(&format!("topics/{slug}.toml")))
}
