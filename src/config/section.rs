//! One table of the file: values are taken out by key, and what is left at the end is unknown.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Expected};

/// The file, for messages.
pub(super) struct Source<'a> {
    pub path: &'a Path,
    pub text: &'a str,
}

impl Source<'_> {
    fn line(&self, at: usize) -> usize {
        1 + self.text[..at].matches('\n').count()
    }

    /// The first line of a value as it was written, shortened.
    fn excerpt(&self, span: Range<usize>) -> String {
        let line = self.text[span].lines().next().unwrap_or_default();
        let mut excerpt: String = line.chars().take(40).collect();
        if excerpt.len() < line.len() {
            excerpt.push('…');
        }
        excerpt
    }
}

/// A table that is being read.
pub(super) struct Section<'a> {
    source: &'a Source<'a>,
    /// `""` for the root, `"interview."` for `[interview]`.
    prefix: String,
    entries: BTreeMap<String, Entry<'a>>,
    known: Vec<&'static str>,
}

struct Entry<'a> {
    key_at: usize,
    value: Spanned<DeValue<'a>>,
}

impl<'a> Section<'a> {
    /// The whole file.
    pub fn root(source: &'a Source<'a>) -> Result<Self, ConfigError> {
        let table = DeTable::parse(source.text).map_err(|error| ConfigError::Syntax {
            path: source.path.to_owned(),
            line: source.line(error.span().unwrap_or_default().start),
            message: error.message().replace('\n', ", "),
        })?;
        Ok(Self::new(source, String::new(), table.into_inner()))
    }

    fn new(source: &'a Source<'a>, prefix: String, table: DeTable<'a>) -> Self {
        let entries = table
            .into_iter()
            .map(|(key, value)| {
                let key_at = key.span().start;
                (key.into_inner().into_owned(), Entry { key_at, value })
            })
            .collect();
        Self {
            source,
            prefix,
            entries,
            known: Vec::new(),
        }
    }

    /// The table `[key]`; an empty one where it is missing.
    pub fn section(&mut self, key: &'static str) -> Result<Self, ConfigError> {
        let source = self.source;
        let prefix = format!("{}{key}.", self.prefix);
        let table = self.take(
            key,
            |value| match value {
                DeValue::Table(table) => Some(table),
                _ => None,
            },
            || Expected::Section(key),
        )?;
        Ok(Self::new(source, prefix, table.unwrap_or_default()))
    }

    /// A whole number within a range.
    pub fn integer(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, ConfigError> {
        self.take(
            key,
            |value| {
                let written = value.as_integer()?;
                let number = u32::from_str_radix(written.as_str(), written.radix()).ok()?;
                range.contains(&number).then_some(number)
            },
            || Expected::Integer(range.clone()),
        )
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str) -> Result<Option<bool>, ConfigError> {
        self.take(key, |value| value.as_bool(), || Expected::Flag)
    }

    /// Any text.
    pub fn text(&mut self, key: &'static str) -> Result<Option<String>, ConfigError> {
        self.take(
            key,
            |value| Some(value.as_str()?.to_owned()),
            || Expected::Text,
        )
    }

    /// The address of a server; `""` stands for none.
    pub fn address(&mut self, key: &'static str) -> Result<Option<String>, ConfigError> {
        let read = self.take(
            key,
            |value| {
                let address = value.as_str()?.trim();
                let schemes = ["http://", "https://"];
                let host = schemes
                    .iter()
                    .find_map(|scheme| address.strip_prefix(scheme));
                let sound = host.is_some_and(|host| !host.is_empty()) || address.is_empty();
                sound.then(|| address.to_owned())
            },
            || Expected::Address,
        )?;
        Ok(read.filter(|address| !address.is_empty()))
    }

    /// One of a few texts.
    pub fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        options: &[(&'static str, T)],
    ) -> Result<Option<T>, ConfigError> {
        self.take(
            key,
            |value| {
                let written = value.as_str()?;
                let (_, chosen) = options.iter().find(|(name, _)| *name == written)?;
                Some(*chosen)
            },
            || Expected::OneOf(options.iter().map(|(name, _)| *name).collect()),
        )
    }

    /// Refuses whatever nobody asked for.
    pub fn finish(self) -> Result<(), ConfigError> {
        let Some((key, entry)) = self.entries.iter().min_by_key(|(_, entry)| entry.key_at) else {
            return Ok(());
        };
        Err(ConfigError::UnknownKey {
            path: self.source.path.to_owned(),
            line: self.source.line(entry.key_at),
            key: format!("{}{}", self.prefix, key.escape_debug()),
            known: self.known,
        })
    }

    fn take<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(DeValue<'a>) -> Option<T>,
        expected: impl FnOnce() -> Expected,
    ) -> Result<Option<T>, ConfigError> {
        self.known.push(key);
        let Some(entry) = self.entries.remove(key) else {
            return Ok(None);
        };
        let span = entry.value.span();
        match read(entry.value.into_inner()) {
            Some(value) => Ok(Some(value)),
            None => Err(ConfigError::Value {
                path: self.source.path.to_owned(),
                line: self.source.line(entry.key_at),
                key: format!("{}{key}", self.prefix),
                found: self.source.excerpt(span),
                expected: expected(),
            }),
        }
    }
}
