//! From files to a [`Pack`]: read everything, report everything, refuse what an interview could
//! not run on.

use std::collections::HashSet;

use super::finding::{Finding, LoadError};
use super::rule::{Rule, Severity};
use super::source::Source;
use super::types::{Intents, PackFile, Topic};
use super::{Document, Pack, check};

/// Reads a pack. One that loads is sound: every topic has a way to the end and every label has
/// examples, so that nobody after this has to ask again.
pub fn load(source: &dyn Source) -> Result<Pack, LoadError> {
    Draft::read(source).into_pack().map_err(|mut error| {
        // In a folder that is no pack, that is all there is to say.
        if source.read("pack.toml").is_err() {
            let of_pack = |finding: &super::Finding| finding.file.ends_with("pack.toml");
            error.findings.retain(of_pack);
        }
        error
    })
}

/// What stands on disk, each file parsed as far as it can be, so that one broken file does not
/// hide the mistakes of the others.
#[derive(Debug, Clone)]
pub struct Draft {
    /// `pack.toml`.
    pub pack: Option<Document<PackFile>>,
    /// `intents.toml`.
    pub intents: Option<Document<Intents>>,
    /// The topics that could be parsed, in the order of `pack.toml`.
    pub topics: Vec<TopicDraft>,
    /// What is wrong with the files themselves.
    pub broken: Vec<Finding>,
}

/// A topic and the slug under which `pack.toml` lists it.
#[derive(Debug, Clone)]
pub struct TopicDraft {
    /// File name without `.toml`.
    pub slug: String,
    /// `topics/<slug>.toml`.
    pub document: Document<Topic>,
}

impl Draft {
    /// Reads every file but those in `eval/`.
    pub fn read(source: &dyn Source) -> Self {
        let mut broken = Vec::new();
        let pack = keep(Document::<PackFile>::read(source, "pack.toml"), &mut broken);
        let intents = keep(
            Document::<Intents>::read(source, "intents.toml"),
            &mut broken,
        );
        let slugs = match &pack {
            Some(pack) => slugs(pack, source, &mut broken),
            // Without a list, what stands there can still be looked at.
            None => files(source).collect(),
        };
        let mut topics = Vec::new();
        for slug in slugs {
            let document = Document::read(source, &format!("topics/{slug}.toml"));
            let document = keep(document, &mut broken);
            topics.extend(document.map(|document| TopicDraft { slug, document }));
        }
        Self {
            pack,
            intents,
            topics,
            broken,
        }
    }

    /// Whether every file could be parsed; if not, what refers to another file can't be judged.
    pub fn is_whole(&self) -> bool {
        self.broken
            .iter()
            .all(|finding| finding.severity() == Severity::Warning)
    }

    /// The pack, where an interview can run on it.
    pub fn into_pack(self) -> Result<Pack, LoadError> {
        let mut findings = check::structure(&self);
        findings.extend(self.broken);
        findings.retain(|finding| finding.severity() == Severity::Error);
        match (self.pack, self.intents) {
            (Some(pack), Some(intents)) if findings.is_empty() => Ok(Pack {
                file: pack.value,
                topics: self
                    .topics
                    .into_iter()
                    .map(|topic| topic.document.value)
                    .collect(),
                intents: intents.value,
            }),
            _ => {
                check::sort(&mut findings);
                Err(LoadError { findings })
            }
        }
    }
}

/// The value, or nothing once its findings are noted.
pub(super) fn keep<T>(result: Result<T, Vec<Finding>>, broken: &mut Vec<Finding>) -> Option<T> {
    result.map_err(|findings| broken.extend(findings)).ok()
}

/// The slugs of the files in `topics/`.
fn files(source: &dyn Source) -> impl Iterator<Item = String> {
    let names = source.list("topics").into_iter();
    names.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
}

/// The slugs of `pack.toml` that name a file, each once.
fn slugs(pack: &Document<PackFile>, source: &dyn Source, broken: &mut Vec<Finding>) -> Vec<String> {
    let mut seen = HashSet::new();
    for (i, slug) in pack.value.topics.iter().enumerate() {
        let report = |rule| pack.find(rule, &format!("topics[{i}]")).with("slug", slug);
        if !is_slug(slug) {
            broken.push(report(Rule::BadSlug));
        } else if !seen.insert(slug.as_str()) {
            broken.push(report(Rule::DuplicateSlug));
        }
    }
    if pack.value.topics.is_empty() {
        broken.push(pack.find(Rule::NoTopics, "topics"));
    }
    for slug in files(source) {
        if !seen.contains(slug.as_str()) {
            let file = source.show(&format!("topics/{slug}.toml"));
            broken.push(Finding::file(Rule::UnlistedTopic, &file).with("slug", slug));
        }
    }
    let listed = pack.value.topics.iter();
    listed
        .filter(|slug| seen.remove(slug.as_str()))
        .cloned()
        .collect()
}

/// A plain file name, so that a pack can't reach outside its folder.
pub(super) fn is_slug(slug: &str) -> bool {
    !slug.is_empty()
        && !slug.starts_with('.')
        && slug
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
