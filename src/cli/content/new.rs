//! `content new`: a pack to start from, or one more topic. The files teach the format in their
//! comments and pass `check` with warnings that name what is still to be written.

use std::io::Write;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::{ContentError, lines, write_error};
use crate::content::{Draft, Existing, Folder, save, text};
use crate::messages::Messages;

const PACK: &str = include_str!("templates/pack.toml");
const INTENTS: &str = include_str!("templates/intents.toml");
const GREETING: &str = include_str!("templates/greeting.toml");
const TOPIC: &str = include_str!("templates/topic.toml");
const EVAL: &str = include_str!("templates/eval.toml");

/// What ends the interview of a new pack.
const END: &str = "면접 종료";

pub(super) fn run(
    dir: &Path,
    title: &str,
    messages: &Messages,
    out: &mut dyn Write,
) -> Result<(), ContentError> {
    let title = text::excerpt(&text::clean(title), usize::MAX);
    if title.is_empty() {
        return Err(ContentError::Input(
            messages.get("content.new_no_title").to_owned(),
        ));
    }
    let adds = dir.join("pack.toml").exists();
    let written = match adds {
        true => add_topic(dir, &title, messages)?,
        false => start_pack(dir, &title)?,
    };
    for path in written {
        writeln!(out, "{}", path.display())?;
    }
    let key = match adds {
        true => "content.new_topic_next",
        false => "content.new_pack_next",
    };
    let next = messages.fill(key, &[("title", &title), ("dir", &dir.display())]);
    writeln!(out, "{next}")?;
    Ok(())
}

fn start_pack(dir: &Path, title: &str) -> Result<Vec<PathBuf>, ContentError> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let id = slug(&name).unwrap_or_else(|| "my-pack".to_owned());
    let topic = format!("02-{}", slug(title).unwrap_or_else(|| "topic".to_owned()));
    let fill = |template: &str| {
        fill(
            template,
            title,
            &[("id", &id), ("topic", &topic), ("end", END)],
        )
    };
    create(
        dir,
        &[
            ("intents.toml".to_owned(), fill(INTENTS)),
            ("topics/01-greeting.toml".to_owned(), fill(GREETING)),
            (format!("topics/{topic}.toml"), fill(TOPIC)),
            (format!("eval/{topic}.toml"), fill(EVAL)),
            ("pack.toml".to_owned(), fill(PACK)),
        ],
    )
}

fn add_topic(dir: &Path, title: &str, messages: &Messages) -> Result<Vec<PathBuf>, ContentError> {
    let draft = Draft::read(&Folder(dir.to_owned()));
    let Some(pack) = draft.pack else {
        return Err(ContentError::Input(lines(&draft.broken, messages)));
    };
    let taken = draft.topics.iter().any(|topic| {
        let topic = &topic.document.value;
        topic.title == title || topic.answer(title).is_some()
    });
    if taken || pack.value.end == title {
        let text = messages.fill("content.new_taken", &[("title", &title)]);
        return Err(ContentError::Input(text));
    }
    let number = pack.value.topics.len() + 1;
    let name = slug(title).unwrap_or_else(|| "topic".to_owned());
    let topic = format!("{number:02}-{name}");
    let fill = |template: &str| fill(template, title, &[("end", &pack.value.end)]);
    let mut written = create(
        dir,
        &[
            (format!("topics/{topic}.toml"), fill(TOPIC)),
            (format!("eval/{topic}.toml"), fill(EVAL)),
        ],
    )?;

    let path = dir.join("pack.toml");
    let error = |source| write_error(&path, source);
    let old = std::fs::read_to_string(&path).map_err(error)?;
    save(&path, &list_topic(&old, &topic), Existing::Replace).map_err(error)?;
    written.push(path);
    Ok(written)
}

/// Adds a slug to the list of `pack.toml`, leaving every other character as it stands.
pub(super) fn list_topic(pack: &str, topic: &str) -> String {
    let quoted = quote(topic);
    let start = pack.len() - pack.trim_start_matches('\u{feff}').len();
    let table = DeTable::parse(&pack[start..]).ok();
    let list = table
        .as_ref()
        .and_then(|table| table.get_ref().get("topics"));
    let Some((list, DeValue::Array(items))) = list.map(|list| (list, list.get_ref())) else {
        return pack.to_owned();
    };
    let list = list.span();
    let (at, insert) = match items.iter().last() {
        None => (list.start + 1, quoted),
        Some(last) if pack[start..][list].contains('\n') => {
            (last.span().end, format!(",\n  {quoted}"))
        }
        Some(last) => (last.span().end, format!(", {quoted}")),
    };
    let at = start + at;
    format!("{}{insert}{}", &pack[..at], &pack[at..])
}

/// Puts values, as TOML strings, where the template says `{name}`.
fn fill(template: &str, title: &str, values: &[(&str, &str)]) -> String {
    let questions = [
        "가 뭐야? 편하게 설명해 줘!",
        "에 대해 아는 대로 말해 줄래?",
        "를 한마디로 하면?",
    ];
    let mut text = template.replace("{title}", &quote(title));
    for (i, question) in questions.iter().enumerate() {
        let question = quote(&format!("'{title}'{question}"));
        text = text.replace(&format!("{{question_{i}}}"), &question);
    }
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), &quote(value));
    }
    text
}

fn quote(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Lower-case ASCII letters and digits with hyphens; none where a title has none.
fn slug(title: &str) -> Option<String> {
    let lower = title.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join("-"))
}

/// Writes new files; one that exists is never touched.
fn create(dir: &Path, files: &[(String, String)]) -> Result<Vec<PathBuf>, ContentError> {
    let mut written = Vec::new();
    for (name, text) in files {
        let path = dir.join(name);
        save(&path, text, Existing::Keep).map_err(|source| write_error(&path, source))?;
        written.push(path);
    }
    Ok(written)
}
