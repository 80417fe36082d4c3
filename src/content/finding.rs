//! What is wrong with a pack, where, and how to mend it.
//!
//! A finding is a rule, a place and the values its sentence speaks of. The sentences themselves
//! stand in the message files, so that an instructor reads them in their own language; `Display`
//! is English.

use std::fmt;
use std::sync::LazyLock;

use super::rule::{Rule, Severity};
use super::text;
use crate::messages::{Lang, Messages};

/// Characters of a quoted value that a finding shows.
const EXCERPT: usize = 48;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub rule: Rule,
    /// The file, as the source names it.
    pub file: String,
    /// Line of the offending value, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Path of the value in the file, such as `answer[0].examples[3]`; empty for the whole file.
    pub field: String,
    values: Vec<(&'static str, String)>,
}

/// The texts behind `Display`.
static ENGLISH: LazyLock<Messages> = LazyLock::new(|| Messages::new(Lang::En));

impl Finding {
    /// A finding about a file as a whole.
    pub fn file(rule: Rule, file: &str) -> Self {
        Self::at(rule, file, (1, 1), "")
    }

    /// A finding at a line and column.
    pub fn at(rule: Rule, file: &str, (line, column): (usize, usize), field: &str) -> Self {
        Self {
            rule,
            file: text::clean(file).into_owned(),
            line,
            column,
            field: text::clean(field).into_owned(),
            values: Vec::new(),
        }
    }

    /// Adds a value that the rule's sentence speaks of; long ones are cut.
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        self.values
            .push((name, text::excerpt(&text::clean(&value), EXCERPT)));
        self
    }

    /// Adds a value that is never cut, such as a place.
    pub fn with_whole(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        let value = text::clean(&value.to_string()).into_owned();
        self.values.push((name, value));
        self
    }

    /// Adds several names, quoted and separated by commas.
    pub fn with_list<'a>(
        mut self,
        name: &'static str,
        items: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let items: Vec<_> = items
            .into_iter()
            .map(|item| format!("'{}'", text::clean(item)))
            .collect();
        let list = if items.is_empty() {
            "–".to_owned()
        } else {
            items.join(", ")
        };
        self.values.push((name, list));
        self
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.rule.severity()
    }

    /// What is wrong, in one sentence.
    pub fn message(&self, messages: &Messages) -> String {
        self.fill(messages, "")
    }

    /// How to mend it, in one sentence.
    pub fn remedy(&self, messages: &Messages) -> String {
        self.fill(messages, "_remedy")
    }

    fn fill(&self, messages: &Messages, suffix: &str) -> String {
        let values: Vec<(&str, &dyn fmt::Display)> = self
            .values
            .iter()
            .map(|(name, value)| (*name, value as &dyn fmt::Display))
            .collect();
        messages.fill(&format!("content.{}{suffix}", self.rule.key()), &values)
    }

    /// `file:line:column: error: field: message — remedy`, without colours.
    pub fn line(&self, messages: &Messages) -> String {
        self.painted_line(messages, |_, word| word.to_owned())
    }

    /// The same line, with `paint` for the word that tells the severity.
    pub fn painted_line(
        &self,
        messages: &Messages,
        paint: impl Fn(Severity, &str) -> String,
    ) -> String {
        let severity = self.severity();
        let word = match severity {
            Severity::Error => messages.get("content.error"),
            Severity::Warning => messages.get("content.warning"),
        };
        let field = match self.field.as_str() {
            "" => String::new(),
            field => format!("{field}: "),
        };
        format!(
            "{}:{}:{}: {}: {field}{} — {}",
            self.file,
            self.line,
            self.column,
            paint(severity, word),
            self.message(messages),
            self.remedy(messages)
        )
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(&ENGLISH))
    }
}

/// Why a pack could not be loaded: everything that is wrong, not only the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .findings.iter().map(Finding::to_string).collect::<Vec<_>>().join("\n"))]
pub struct LoadError {
    /// At least one finding of severity `Error`.
    pub findings: Vec<Finding>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_speaks_the_language_it_is_asked_for() {
        let finding = Finding::at(Rule::NotUtf8, "topics/01.toml", (3, 4), "title");
        assert!(finding.line(&Messages::new(Lang::Ko)).contains("오류"));
        assert!(
            finding
                .to_string()
                .starts_with("topics/01.toml:3:4: error: title: ")
        );
    }

    #[test]
    fn what_a_file_holds_cannot_command_the_terminal() {
        let finding = Finding::at(Rule::UnknownField, "\u{1b}[2Jx.toml", (1, 1), "a\u{7}")
            .with("name", "\u{1b}]0;owned\u{7}field")
            .with_list("known", ["\u{1b}[31mlabel"]);
        assert!(!finding.to_string().contains(char::is_control));
    }
}
