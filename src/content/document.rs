//! One TOML file: its value, and where in the file each part of it stands.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::finding::Finding;
use super::rule::Rule;
use super::source::{MAX_FILE_BYTES, ReadError, Source};
use super::{shape, text};

/// A parsed file that still knows its lines.
#[derive(Debug, Clone)]
pub struct Document<T> {
    /// The file, as the source shows it.
    pub file: String,
    /// What it says, in NFC and without control characters.
    pub value: T,
    /// Strings that are empty, or from which control characters were taken out.
    pub blemishes: Vec<Finding>,
    places: BTreeMap<String, (usize, usize)>,
}

impl<T> Document<T> {
    /// A finding at a field such as `answer[0].examples[3]`; where the field is absent, at the
    /// nearest table around it.
    pub fn find(&self, rule: Rule, field: &str) -> Finding {
        Finding::at(rule, &self.file, self.position(field), field)
    }

    /// Line and column of a field, both from 1.
    pub fn position(&self, field: &str) -> (usize, usize) {
        let mut path = field;
        loop {
            if let Some(place) = self.places.get(path) {
                return *place;
            }
            match path.rfind(['.', '[']) {
                Some(parent) => path = &path[..parent],
                None => return (1, 1),
            }
        }
    }
}

impl<T: DeserializeOwned + JsonSchema> Document<T> {
    /// Reads and parses a file, or tells everything that is wrong with it.
    pub fn read(source: &dyn Source, path: &str) -> Result<Self, Vec<Finding>> {
        let file = source.show(path);
        let finding = |rule| Finding::file(rule, &file);
        match source.read(path) {
            Ok(bytes) => Self::parse(&file, &bytes),
            Err(ReadError::Missing) => Err(vec![finding(Rule::FileMissing)]),
            Err(ReadError::TooLarge(size)) => Err(vec![
                finding(Rule::FileTooLarge)
                    .with("size", size)
                    .with("limit", MAX_FILE_BYTES),
            ]),
            Err(ReadError::Unreadable(reason)) => Err(vec![
                finding(Rule::FileUnreadable).with_whole("reason", reason),
            ]),
        }
    }

    /// Parses the bytes of a file; a byte order mark is tolerated.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, Vec<Finding>> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let input = std::str::from_utf8(bytes).map_err(|error| {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let place = Lines::new(&before).position(before.len());
            vec![Finding::at(Rule::NotUtf8, file, place, "")]
        })?;
        let lines = Lines::new(input);

        let (mut table, errors) = DeTable::parse_recoverable(input);
        if !errors.is_empty() {
            return Err(syntax_findings(file, &lines, &errors));
        }
        let at = |rule, span: Range<usize>, field: &str| {
            Finding::at(rule, file, lines.position(span.start), field)
        };
        shape::version(&table, &at)?;

        let mut survey = Survey::default();
        survey.table("", table.get_mut());
        let blemishes = survey
            .blemishes
            .into_iter()
            .map(|(rule, field, span)| at(rule, span, &field))
            .collect();
        let places = survey
            .spans
            .into_iter()
            .map(|(field, start)| (field, lines.position(start)))
            .collect();

        match T::deserialize(toml::de::Deserializer::from(table.clone())) {
            Ok(value) => Ok(Self {
                file: file.to_owned(),
                value,
                blemishes,
                places,
            }),
            Err(error) => {
                let mut findings = shape::findings::<T>(&table, &at);
                if findings.is_empty() {
                    let span = error.span().unwrap_or_default();
                    findings
                        .push(at(Rule::Invalid, span, "").with_whole("reason", error.message()));
                }
                Err(findings)
            }
        }
    }
}

/// One finding a line: a parser that recovers says several things about one slip.
fn syntax_findings(file: &str, lines: &Lines<'_>, errors: &[toml::de::Error]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for error in errors {
        let offset = error.span().unwrap_or_default().start;
        let place = lines.position(offset);
        if findings.iter().any(|earlier| earlier.line == place.0) {
            continue;
        }
        let found = lines
            .input
            .get(offset..)
            .and_then(|rest| rest.chars().next());
        findings.push(match found.is_some_and(text::is_forbidden) {
            true => Finding::at(Rule::ControlCharacter, file, place, ""),
            false => {
                Finding::at(Rule::Syntax, file, place, "").with_whole("reason", error.message())
            }
        });
    }
    findings
}

/// Cleans every string of a table and notes where each value starts.
#[derive(Default)]
struct Survey {
    spans: BTreeMap<String, usize>,
    blemishes: Vec<(Rule, String, Range<usize>)>,
}

impl Survey {
    fn table(&mut self, path: &str, table: &mut DeTable<'_>) {
        for (key, value) in table.iter_mut() {
            self.value(shape::join(path, key.get_ref()), value);
        }
    }

    fn value(&mut self, path: String, value: &mut Spanned<DeValue<'_>>) {
        let span = value.span();
        match value.get_mut() {
            DeValue::String(string) => {
                let dirty = string.contains(text::is_forbidden);
                *string = text::clean(string).into_owned().into();
                let empty = string.trim().is_empty();
                for (breach, rule) in [(dirty, Rule::ControlCharacter), (empty, Rule::EmptyText)] {
                    if breach {
                        self.blemishes.push((rule, path.clone(), span.clone()));
                    }
                }
            }
            DeValue::Array(items) => {
                for (i, item) in items.iter_mut().enumerate() {
                    self.value(format!("{path}[{i}]"), item);
                }
            }
            DeValue::Table(table) => self.table(&path, table),
            _ => {}
        }
        self.spans.insert(path, span.start);
    }
}

/// Turns byte offsets into lines and columns.
struct Lines<'a> {
    input: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(input: &'a str) -> Self {
        let newlines = input.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            input,
            starts: std::iter::once(0).chain(newlines).collect(),
        }
    }

    /// Line, and column in characters, both from 1.
    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts[line - 1];
        let column = self
            .input
            .get(start..offset)
            .map_or(0, |before| before.chars().count());
        (line, column + 1)
    }
}
