//! Every text a person reads, in Korean and English.
//!
//! One TOML file per area and language; a key is `area.name`. The two languages hold the same keys
//! and the same placeholders: a test sees to it.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Korean.
    #[default]
    Ko,
    /// English.
    En,
}

impl Lang {
    /// Korean where the locale (`ko_KR.UTF-8`, `ko-KR`, …) is Korean, English elsewhere.
    pub fn from_locale(locale: &str) -> Self {
        let language = locale.split(['_', '-', '.']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("ko") {
            Self::Ko
        } else {
            Self::En
        }
    }
}

/// An area's texts: its name, the Korean file, the English file.
type Area = (&'static str, &'static str, &'static str);

macro_rules! areas {
    ($($name:literal),* $(,)?) => {
        &[$((
            $name,
            include_str!(concat!("ko/", $name, ".toml")),
            include_str!(concat!("en/", $name, ".toml")),
        )),*]
    };
}

const AREAS: &[Area] = areas![
    "cli",
    "companion",
    "config",
    "content",
    "decoder",
    "engine",
    "hub",
    "interview",
    "server",
    "store",
    "train",
    "tui",
];

/// The texts of one language.
#[derive(Debug, Clone)]
pub struct Messages {
    lang: Lang,
    texts: BTreeMap<String, String>,
}

impl Messages {
    /// Reads the embedded texts of a language.
    pub fn new(lang: Lang) -> Self {
        let mut texts = BTreeMap::new();
        for (area, ko, en) in AREAS {
            let source = match lang {
                Lang::Ko => ko,
                Lang::En => en,
            };
            // The files are embedded and a test parses them, so a failure cannot reach a user.
            let table: BTreeMap<String, String> = toml::from_str(source).unwrap_or_default();
            texts.extend(
                table
                    .into_iter()
                    .map(|(key, text)| (format!("{area}.{key}"), text)),
            );
        }
        Self { lang, texts }
    }

    /// The language of these texts.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The text of `area.key`, or the key itself where there is none.
    pub fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.texts.get(key).map_or(key, String::as_str)
    }

    /// The text of `area.key` with each `{name}` replaced.
    pub fn fill(&self, key: &str, values: &[(&str, &dyn Display)]) -> String {
        values
            .iter()
            .fold(self.get(key).to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{name}}}"), &value.to_string())
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<_> = text
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}').map(|(name, _)| name))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    #[test]
    fn every_file_parses_and_both_languages_hold_the_same_keys_and_placeholders() {
        for (area, ko, en) in AREAS {
            let ko: BTreeMap<String, String> = toml::from_str(ko).expect(area);
            let en: BTreeMap<String, String> = toml::from_str(en).expect(area);
            assert_eq!(
                ko.keys().collect::<Vec<_>>(),
                en.keys().collect::<Vec<_>>(),
                "{area}"
            );
            for (key, text) in &ko {
                assert_eq!(placeholders(text), placeholders(&en[key]), "{area}.{key}");
            }
        }
    }

    #[test]
    fn placeholders_are_filled_and_unknown_keys_show_themselves() {
        let messages = Messages::new(Lang::En);
        assert_eq!(messages.get("no.such"), "no.such");
        assert_eq!(messages.fill("a {n} b", &[("n", &3)]), "a 3 b");
    }

    #[test]
    fn the_locale_chooses() {
        assert_eq!(Lang::from_locale("ko_KR.UTF-8"), Lang::Ko);
        assert_eq!(Lang::from_locale("C"), Lang::En);
    }
}
