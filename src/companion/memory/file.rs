//! The text file with an item a line, as `ohlora memory export` writes it.
//!
//! Empty lines and lines that begin with `#` are passed over. A line that is no item is a finding
//! with its number; the others are taken all the same, since an import can be repeated.

use std::collections::HashMap;

use super::item::{Item, ItemError};
use super::key::Canonical;
use crate::messages::Messages;

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The items, one a key, in the order of the file.
    pub items: Vec<Item>,
    /// What is wrong, in the order of the file.
    pub findings: Vec<Finding>,
}

/// Something wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It is no item, and was left out.
    Item(ItemError),
    /// It is not UTF-8, and was left out.
    Encoding,
    /// The key stood in an earlier line already; this value counts.
    Again {
        /// The key as written here.
        key: String,
        /// Number of that line.
        earlier: usize,
    },
}

/// Reads a file. A byte order mark and line ends of any system are fine; what was not UTF-8 holds
/// replacement characters.
pub fn import(text: &str) -> Imported {
    let mut found: Vec<Option<Item>> = Vec::new();
    let mut places: HashMap<Canonical, (usize, usize)> = HashMap::new();
    let mut findings = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if text.contains(char::REPLACEMENT_CHARACTER) {
            let problem = Problem::Encoding;
            findings.push(Finding { line, problem });
            continue;
        }
        let item = match Item::parse(text) {
            Ok(item) => item,
            Err(error) => {
                let problem = Problem::Item(error);
                findings.push(Finding { line, problem });
                continue;
            }
        };
        let key = Canonical::of(item.key());
        if let Some((place, earlier)) = places.insert(key, (found.len(), line)) {
            found[place] = None;
            let key = item.key().to_owned();
            let problem = Problem::Again { key, earlier };
            findings.push(Finding { line, problem });
        }
        found.push(Some(item));
    }
    Imported {
        items: found.into_iter().flatten().collect(),
        findings,
    }
}

/// Writes items, one a line.
pub fn export<'a>(items: impl IntoIterator<Item = &'a Item>) -> String {
    items.into_iter().map(|item| format!("{item}\n")).collect()
}

impl Finding {
    /// The line was left out.
    pub fn is_loss(&self) -> bool {
        matches!(self.problem, Problem::Item(_) | Problem::Encoding)
    }

    /// What is wrong and how to write it, in one sentence without the line.
    pub fn explain(&self, messages: &Messages) -> String {
        match &self.problem {
            Problem::Item(error) => error.explain(messages),
            Problem::Encoding => messages.get("companion.item_encoding").to_owned(),
            Problem::Again { key, earlier } => {
                messages.fill("companion.item_again", &[("key", key), ("line", earlier)])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn broken_lines_are_named_and_the_others_are_read() {
        let text = "\u{feff}# 내 기억\r\n[MBTI: INTP]\r\n\r\n오늘 일정: 카페\n[좋아하는 아이돌: 로라]\n[생일]\n[좋아하는 가수: 유나]";
        let imported = import(text);
        let items: Vec<_> = imported.items.iter().map(Item::to_string).collect();
        assert_eq!(items, ["[MBTI: INTP]", "[좋아하는 가수: 유나]"]);
        let again = Problem::Again {
            key: "좋아하는 가수".into(),
            earlier: 5,
        };
        assert_eq!(
            imported.findings,
            [
                Finding {
                    line: 4,
                    problem: Problem::Item(ItemError::Unbracketed)
                },
                Finding {
                    line: 6,
                    problem: Problem::Item(ItemError::NoColon)
                },
                Finding {
                    line: 7,
                    problem: again
                },
            ]
        );
    }

    proptest! {
        #[test]
        fn an_export_is_imported_as_it_was(parts in proptest::collection::vec(("\\PC{1,20}", "\\PC{1,40}"), 0..12)) {
            let mut items: Vec<Item> = Vec::new();
            for (key, value) in parts {
                let Ok(item) = Item::new(&key, &value) else { continue };
                let new = Canonical::of(item.key());
                if items.iter().all(|other| Canonical::of(other.key()) != new) {
                    items.push(item);
                }
            }
            let imported = import(&export(&items));
            prop_assert_eq!(imported.items, items);
            prop_assert!(imported.findings.is_empty());
        }

        #[test]
        fn any_file_is_read(text in "([\\[\\]:# \\n\\r가a]|\\PC){0,80}") {
            import(&text);
        }
    }
}
