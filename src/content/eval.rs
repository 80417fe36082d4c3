//! The held-out answers of a pack.
//!
//! They are no part of [`Pack`]: what trains is given a `Pack` and so cannot see them.

use super::finding::{Finding, LoadError};
use super::load::keep;
use super::rule::{Rule, Severity};
use super::source::Source;
use super::types::{EvalCase, EvalFile};
use super::{Document, Pack, check};

/// All held-out answers, by topic, in the order of the pack.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EvalSet {
    /// One entry for each topic that has any.
    pub topics: Vec<EvalTopic>,
}

/// The held-out answers of one topic.
#[derive(Debug, Clone, PartialEq)]
pub struct EvalTopic {
    /// Position of the topic in the pack.
    pub index: usize,
    /// Exact title of the topic.
    pub title: String,
    /// The answers.
    pub cases: Vec<EvalCase>,
}

impl EvalSet {
    /// Reads `eval/`; a pack without that folder has an empty set. Cases with labels, misconceptions
    /// or intents that the pack does not have are refused.
    pub fn load(source: &dyn Source, pack: &Pack) -> Result<Self, LoadError> {
        let draft = EvalDraft::read(source, &pack.file.topics);
        let mut findings = draft.broken;
        let mut topics = Vec::new();
        for EvalFileDraft { slug, document } in draft.files {
            let slugs = pack.file.topics.iter();
            let Some((index, topic)) = slugs
                .zip(&pack.topics)
                .enumerate()
                .find_map(|(i, (listed, topic))| (*listed == slug).then_some((i, topic)))
            else {
                continue;
            };
            findings.extend(check::eval_names(&document, topic));
            topics.push(EvalTopic {
                index,
                title: topic.title.clone(),
                cases: document.value.cases,
            });
        }
        findings.retain(|finding| finding.severity() == Severity::Error);
        if findings.is_empty() {
            Ok(Self { topics })
        } else {
            check::sort(&mut findings);
            Err(LoadError { findings })
        }
    }

    /// Every case with the title of its topic.
    pub fn cases(&self) -> impl Iterator<Item = (&str, &EvalCase)> {
        self.topics
            .iter()
            .flat_map(|topic| topic.cases.iter().map(|case| (topic.title.as_str(), case)))
    }
}

/// The `eval/` folder as it stands on disk.
#[derive(Debug, Clone, Default)]
pub struct EvalDraft {
    /// The files that could be parsed, in the order of the pack.
    pub files: Vec<EvalFileDraft>,
    /// What is wrong with the files themselves.
    pub broken: Vec<Finding>,
}

/// `eval/<slug>.toml`.
#[derive(Debug, Clone)]
pub struct EvalFileDraft {
    /// The slug of its topic.
    pub slug: String,
    /// The file.
    pub document: Document<EvalFile>,
}

impl EvalDraft {
    /// Reads the eval files of the topics with these slugs; any other file there is a mistake.
    pub fn read(source: &dyn Source, slugs: &[String]) -> Self {
        let mut draft = Self::default();
        let names = source.list("eval");
        for slug in slugs {
            let name = format!("{slug}.toml");
            if names.contains(&name) {
                let document = Document::read(source, &format!("eval/{name}"));
                let document = keep(document, &mut draft.broken);
                draft.files.extend(document.map(|document| EvalFileDraft {
                    slug: slug.clone(),
                    document,
                }));
            }
        }
        for name in names {
            let slug = name.strip_suffix(".toml").unwrap_or(&name);
            if !slugs.iter().any(|listed| listed == slug) {
                let file = source.show(&format!("eval/{name}"));
                draft
                    .broken
                    .push(Finding::file(Rule::UnlistedEval, &file).with("slug", slug));
            }
        }
        draft
    }
}
