//! `content new`: a pack to start from, or one more topic. The files teach the format in their
//! comments and pass `check` with warnings that name what is still to be written.

use std::io::Write;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::{ContentError, lines};
use crate::content::{Draft, Folder, text};
use crate::fs::{WriteError, create_folder, write_atomic, write_new};
use crate::messages::Messages;

const PACK: &str = include_str!("templates/pack.toml");
const INTENTS: &str = include_str!("templates/intents.toml");
const GREETING: &str = include_str!("templates/greeting.toml");
const TOPIC: &str = include_str!("templates/topic.toml");
const EVAL: &str = include_str!("templates/eval.toml");

/// What ends the interview of a new pack.
const END: &str = "면접 종료";
/// The topic that opens it.
const GREETING_TITLE: &str = "면접 시작 인사";

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
        false => start_pack(dir, &title, messages)?,
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

fn start_pack(dir: &Path, title: &str, messages: &Messages) -> Result<Vec<PathBuf>, ContentError> {
    if [END, GREETING_TITLE].contains(&title) {
        return Err(taken(title, messages));
    }
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let id = slug(&name).unwrap_or_else(|| "my-pack".to_owned());
    let topic = free_slug(dir, 2, title);
    let mut values = titles(title, END);
    values.extend([
        ("id", id),
        ("topic", topic.clone()),
        ("greeting", GREETING_TITLE.to_owned()),
    ]);
    let file = |name: &str, template| (name.to_owned(), fill(template, &values));
    create(
        dir,
        &[
            file("intents.toml", INTENTS),
            file("topics/01-greeting.toml", GREETING),
            file(&format!("topics/{topic}.toml"), TOPIC),
            file(&format!("eval/{topic}.toml"), EVAL),
            file("pack.toml", PACK),
        ],
    )
}

fn add_topic(dir: &Path, title: &str, messages: &Messages) -> Result<Vec<PathBuf>, ContentError> {
    let draft = Draft::read(&Folder(dir.to_owned()));
    let Some(pack) = draft.pack else {
        return Err(ContentError::Input(lines(&draft.broken, messages)));
    };
    let pack = pack.value;
    let topics = draft.topics.iter().map(|topic| &topic.document.value);
    let mut names = topics.flat_map(|topic| topic.labels().chain([topic.title.as_str()]));
    if pack.end == title || names.any(|name| name == title) {
        return Err(taken(title, messages));
    }
    let topic = free_slug(dir, pack.topics.len() + 1, title);
    let values = titles(title, &pack.end);
    let mut written = create(
        dir,
        &[
            (format!("topics/{topic}.toml"), fill(TOPIC, &values)),
            (format!("eval/{topic}.toml"), fill(EVAL, &values)),
        ],
    )?;

    let path = dir.join("pack.toml");
    let old = std::fs::read_to_string(&path).map_err(|source| WriteError {
        path: path.clone(),
        source,
    })?;
    write_atomic(&path, list_topic(&old, &topic).as_bytes())?;
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

fn taken(title: &str, messages: &Messages) -> ContentError {
    ContentError::Input(messages.fill("content.new_taken", &[("title", &title)]))
}

/// What the template of a topic asks for.
fn titles(title: &str, end: &str) -> Vec<(&'static str, String)> {
    vec![
        ("title", title.to_owned()),
        ("end", end.to_owned()),
        ("what", format!("'{title}', 이게 뭔지 편하게 설명해 줄래?")),
        ("about", format!("'{title}'에 대해 아는 대로 말해 줘!")),
        ("short", format!("'{title}', 한마디로 하면 뭐야?")),
    ]
}

/// Puts values, as TOML strings, where the template says `{name}`; other braces stay.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        text.push_str(&rest[..open]);
        rest = &rest[open..];
        let named = values.iter().find_map(|(name, value)| {
            let after = rest[1..].strip_prefix(name)?.strip_prefix('}')?;
            Some((value, after))
        });
        if let Some((value, after)) = named {
            text.push_str(&quote(value));
            rest = after;
        } else {
            text.push('{');
            rest = &rest[1..];
        }
    }
    text + rest
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

/// `NN-title`, with the first number from `number` on whose file is not taken.
fn free_slug(dir: &Path, mut number: usize, title: &str) -> String {
    let name = slug(title).unwrap_or_else(|| "topic".to_owned());
    loop {
        let slug = format!("{number:02}-{name}");
        let exists = |folder: &str| dir.join(folder).join(format!("{slug}.toml")).exists();
        if !exists("topics") && !exists("eval") {
            return slug;
        }
        number += 1;
    }
}

/// Writes new files; one that exists is never touched.
fn create(dir: &Path, files: &[(String, String)]) -> Result<Vec<PathBuf>, ContentError> {
    let mut written = Vec::new();
    for (name, text) in files {
        let path = dir.join(name);
        if let Some(folder) = path.parent() {
            create_folder(folder)?;
        }
        write_new(&path, text.as_bytes())?;
        written.push(path);
    }
    Ok(written)
}
