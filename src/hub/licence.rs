//! What a repository says about its licence.

use serde_json::Value;

/// The longest licence file that is looked into, in bytes.
pub(super) const LICENCE_FILE: u64 = 256 * 1024;
/// What is shown of it: lines, and letters of each.
const LINES: usize = 3;
const LETTERS: usize = 100;

/// What a repository says about its licence; empty where it says nothing. Foreign text: to be
/// stripped of control characters before it is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Licence {
    /// The name in the model card, mostly an SPDX name in small letters.
    pub name: Option<String>,
    /// Where the model card says more can be read.
    pub link: Option<String>,
    /// The first lines of the licence file.
    pub opening: Vec<String>,
}

impl Licence {
    /// Reads the header of a model card.
    pub(super) fn of_card(card: &Value) -> Self {
        let text = |key: &str| match card.get(key) {
            Some(Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
            Some(Value::Array(texts)) => {
                let texts: Vec<_> = texts.iter().filter_map(Value::as_str).collect();
                (!texts.is_empty()).then(|| texts.join(", "))
            }
            _ => None,
        };
        // `license: other` leaves the name to a field of its own.
        let name = text("license").filter(|name| name != "other");
        Self {
            name: name.or_else(|| text("license_name")),
            link: text("license_link"),
            opening: Vec::new(),
        }
    }
}

/// A licence travels with what it is for.
pub(super) fn is_licence(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let stem = path.split('.').next().unwrap_or_default();
    ["license", "licence", "copying", "notice"].contains(&stem)
}

/// The first lines of a licence file, as many as a person looks at.
pub(super) fn opening(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let short = lines.map(|line| line.chars().take(LETTERS).collect());
    short.take(LINES).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_card_names_its_licence_in_several_ways() {
        let name = |card| Licence::of_card(&card).name;
        assert_eq!(name(json!({"license": "mit"})).as_deref(), Some("mit"));
        assert_eq!(
            name(json!({"license": ["mit", "x"]})).as_deref(),
            Some("mit, x")
        );
        let other =
            json!({"license": "other", "license_name": "kanana", "license_link": "LICENSE"});
        let licence = Licence::of_card(&other);
        assert_eq!(licence.name.as_deref(), Some("kanana"));
        assert_eq!(licence.link.as_deref(), Some("LICENSE"));
        assert_eq!(name(json!({})), None);
        assert_eq!(name(Value::Null), None);
    }
}
