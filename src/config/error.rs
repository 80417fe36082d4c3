//! What can be wrong with a config file, in one sentence each.

use std::io::{self, ErrorKind};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use crate::messages::{Lang, Messages};

/// A config file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not UTF-8.
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first line that is not.
        line: usize,
    },
    /// The file is not TOML.
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where reading stopped.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// A key that means nothing.
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line of the key.
        line: usize,
        /// The key with its tables, `ui.colour`.
        key: String,
        /// The keys that are known in its place.
        known: Vec<&'static str>,
    },
    /// A value of the wrong type or out of range.
    Value {
        /// The file.
        path: PathBuf,
        /// The line of the key.
        line: usize,
        /// The key with its tables, `ui.theme`.
        key: String,
        /// The value as it was written.
        found: String,
        /// What would be right.
        expected: Expected,
    },
}

/// What would be right for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// A whole number within a range.
    Integer(RangeInclusive<u32>),
    /// `true` or `false`.
    Flag,
    /// A text in quotes.
    Text,
    /// An address in quotes that begins with `http://` or `https://`.
    Address,
    /// One of these texts.
    OneOf(Vec<&'static str>),
    /// A table of this name.
    Section(&'static str),
}

impl ConfigError {
    /// What is wrong, where, and what to do, in one sentence.
    pub fn explain(&self, messages: &Messages) -> String {
        match self {
            Self::Read { path, source } => {
                let remedy = match source.kind() {
                    ErrorKind::NotFound => "config.remedy_missing",
                    _ => "config.remedy_unreadable",
                };
                messages.fill(
                    "config.unreadable",
                    &[
                        ("file", &path.display()),
                        ("error", source),
                        ("remedy", &messages.get(remedy)),
                    ],
                )
            }
            Self::NotUtf8 { path, line } => messages.fill(
                "config.not_utf8",
                &[("file", &path.display()), ("line", line)],
            ),
            Self::Syntax {
                path,
                line,
                message,
            } => messages.fill(
                "config.syntax",
                &[
                    ("file", &path.display()),
                    ("line", line),
                    ("message", message),
                ],
            ),
            Self::UnknownKey {
                path,
                line,
                key,
                known,
            } => messages.fill(
                "config.unknown_key",
                &[
                    ("file", &path.display()),
                    ("line", line),
                    ("known", &known.join(", ")),
                    ("key", key),
                ],
            ),
            Self::Value {
                path,
                line,
                key,
                found,
                expected,
            } => messages.fill(
                "config.bad_value",
                &[
                    ("file", &path.display()),
                    ("line", line),
                    ("expected", &expected.explain(messages)),
                    ("key", key),
                    ("found", found),
                ],
            ),
        }
    }
}

impl Expected {
    fn explain(&self, messages: &Messages) -> String {
        match self {
            Self::Integer(range) => messages.fill(
                "config.expected_integer",
                &[("min", range.start()), ("max", range.end())],
            ),
            Self::Flag => messages.get("config.expected_flag").to_owned(),
            Self::Text => messages.get("config.expected_text").to_owned(),
            Self::Address => messages.get("config.expected_address").to_owned(),
            Self::OneOf(options) => {
                let options: Vec<_> = options.iter().map(|name| format!("\"{name}\"")).collect();
                messages.fill(
                    "config.expected_one_of",
                    &[("options", &options.join(", "))],
                )
            }
            Self::Section(name) => messages.fill("config.expected_section", &[("name", name)]),
        }
    }
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.explain(&Messages::new(Lang::En)))
    }
}
