//! Everything that is wrong with the companion's pack and its held-out files.

use std::collections::HashMap;

use super::combination::{read, read_lines};
use super::eval::{ALL_CONVERSATIONS, ALL_ETHICS, ALL_MEMORY, Conversations, faults};
use super::{COMBINATIONS, Category, MARKER, NONE, PLAIN, Plain, PlainFault, PlainFile, plain};
use crate::content::csv::ethics_rows;
use crate::content::finding::{Finding, LoadError};
use crate::content::near::Near;
use crate::content::rule::Rule;
use crate::content::source::{ReadError, Source};
use crate::content::text::fold;
use crate::content::{Document, check::sort};

/// Checks all files of the pack; those in `eval/` and `dev/` need not be there.
pub fn check(source: &dyn Source) -> Vec<Finding> {
    let mut survey = Survey {
        source,
        findings: Vec::new(),
    };
    let mut trained = Seen::default();
    survey.ethics(MARKER, &mut trained, None);
    survey.plain(&mut trained);
    // A message may call for a memory whatever its category: each role has texts of its own.
    let mut remembered = Seen::default();
    survey.combinations(COMBINATIONS, &mut remembered, None);
    survey.none(&mut remembered);
    let (trained, remembered) = (Trained::new(&trained), Trained::new(&remembered));
    for path in ALL_ETHICS {
        if survey.is_there(path) {
            survey.ethics(path, &mut Seen::default(), Some(&trained));
        }
    }
    for path in ALL_MEMORY {
        if survey.is_there(path) {
            survey.combinations(path, &mut Seen::default(), Some(&remembered));
        }
    }
    for path in ALL_CONVERSATIONS {
        if survey.is_there(path) {
            survey.conversations(path, &remembered);
        }
    }
    sort(&mut survey.findings);
    survey.findings
}

/// Folded messages with their place and what they are.
#[derive(Default)]
struct Seen(HashMap<String, (String, Option<Category>)>);

/// What is trained on.
struct Trained<'a> {
    seen: &'a Seen,
    near: Near<'a>,
}

impl<'a> Trained<'a> {
    fn new(seen: &'a Seen) -> Self {
        let texts = seen.0.iter();
        let texts = texts.map(|(text, (place, _))| (text.as_str(), place.as_str()));
        let near = Near::new(texts);
        Self { seen, near }
    }

    /// What a held-out message has in common with training that it may not, and the place.
    fn betrays(&self, message: &str) -> Option<(Rule, &str)> {
        let same = self.seen.0.get(&fold(message));
        let same = same.map(|(place, _)| (Rule::EvalInTraining, place.as_str()));
        same.or_else(|| Some((Rule::NearCopy, self.near.copy_of(message)?)))
    }
}

/// The plain messages of a file, or what is wrong within it.
pub(super) fn compiled(document: &Document<PlainFile>) -> Result<Plain, Vec<Finding>> {
    let mut findings = document.blemishes.clone();
    let plain = match document.value.compile() {
        Ok(plain) => plain,
        Err(PlainFault::NoList { form, part, name }) => {
            let field = format!("form[{form}].parts[{part}]");
            let finding = document.find(Rule::UnknownList, &field);
            findings.push(finding.with("name", name));
            return Err(findings);
        }
        Err(PlainFault::TooLarge(reason)) => {
            let finding = document.find(Rule::Invalid, "form");
            findings.push(finding.with_whole("reason", reason));
            return Err(findings);
        }
    };
    for (i, form) in document.value.forms.iter().enumerate() {
        for (j, example) in form.examples.iter().enumerate() {
            if !plain.has_form(example, i) {
                let field = format!("form[{i}].examples[{j}]");
                let finding = document.find(Rule::OffForm, &field);
                findings.push(finding.with("text", example));
            }
        }
    }
    if findings.is_empty() {
        Ok(plain)
    } else {
        Err(findings)
    }
}

struct Survey<'a> {
    source: &'a dyn Source,
    findings: Vec<Finding>,
}

impl Survey<'_> {
    fn is_there(&self, path: &str) -> bool {
        !matches!(self.source.read(path), Err(ReadError::Missing))
    }

    fn kept<T>(&mut self, read: Result<T, LoadError>) -> Option<T> {
        read.map_err(|error| self.findings.extend(error.findings))
            .ok()
    }

    fn ethics(&mut self, path: &str, seen: &mut Seen, trained: Option<&Trained<'_>>) {
        let rows = self.kept(ethics_rows(self.source, path));
        for row in rows.into_iter().flatten() {
            let place = (path, row.line, "user_prompt");
            self.message(place, &row.message, Some(row.category), seen, trained);
        }
    }

    fn combinations(&mut self, path: &str, seen: &mut Seen, trained: Option<&Trained<'_>>) {
        let read = self.kept(read(self.source, path));
        let (combinations, lines) = read.unwrap_or_default();
        for (combination, line) in combinations.iter().zip(lines) {
            self.message((path, line, ""), &combination.message, None, seen, trained);
        }
    }

    fn none(&mut self, seen: &mut Seen) {
        let lines = self.kept(read_lines(self.source, NONE));
        for (line, message) in lines.into_iter().flatten() {
            self.message((NONE, line, ""), &message, None, seen, None);
        }
    }

    /// An offence that is trained on may not be plain as well; a harmless example may. What is plain was
    /// learned like any example: nothing that is held out may be among the messages.
    fn plain(&mut self, seen: &mut Seen) {
        let Some((document, plain)) = self.kept(plain(self.source)).flatten() else {
            return;
        };
        for (i, message) in document.value.messages.iter().enumerate() {
            let (line, _) = document.position(&format!("messages[{i}]"));
            let known = seen.0.entry(fold(message));
            known.or_insert((format!("{}:{line}", document.file), Some(Category::General)));
        }
        let Some(rows) = self.kept(ethics_rows(self.source, MARKER)) else {
            return;
        };
        let file = self.source.show(MARKER);
        for row in rows {
            if row.category != Category::General && plain.contains(&row.message) {
                let place = (row.line, 1);
                let finding = Finding::at(Rule::AmbiguousExample, &file, place, "user_prompt");
                let finding = finding.with("text", &row.message);
                self.findings
                    .push(finding.with_whole("first", self.source.show(PLAIN)));
            }
        }
    }

    fn conversations(&mut self, path: &str, trained: &Trained<'_>) {
        let read = Document::<Conversations>::read(self.source, path);
        let Some(document) = self.kept(read.map_err(|findings| LoadError { findings })) else {
            return;
        };
        self.findings.extend(faults(&document));
        for (i, conversation) in document.value.conversations.iter().enumerate() {
            let field = format!("conversation[{i}].message");
            if let Some((rule, first)) = trained.betrays(&conversation.message) {
                let finding = document.find(rule, &field);
                let finding = finding.with("text", &conversation.message);
                self.findings.push(finding.with_whole("first", first));
            }
        }
    }

    /// Whether a message stands there twice, as two things, or in training as well.
    fn message(
        &mut self,
        (path, line, field): (&str, usize, &str),
        message: &str,
        category: Option<Category>,
        seen: &mut Seen,
        trained: Option<&Trained<'_>>,
    ) {
        let file = self.source.show(path);
        let folded = fold(message);
        let mut report = |rule, first: &str| {
            let finding = Finding::at(rule, &file, (line, 1), field).with("text", message);
            self.findings.push(finding.with_whole("first", first));
        };
        if let Some((rule, first)) = trained.and_then(|trained| trained.betrays(message)) {
            report(rule, first);
        }
        match seen.0.get(&folded) {
            Some((first, known)) if *known == category => report(Rule::RepeatedExample, first),
            Some((first, _)) => report(Rule::AmbiguousExample, first),
            None => {
                seen.0.insert(folded, (format!("{file}:{line}"), category));
            }
        }
    }
}
