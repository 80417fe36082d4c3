//! An item, `[key: value]`: read from a head, a file or the command line, and written back.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::messages::{Lang, Messages};
use crate::talk::strip_controls;

/// The longest key, in characters.
pub const MAX_KEY: usize = 30;
/// The longest value, in characters: key and value fit the 64 tokens that the S-BERT reads.
pub const MAX_VALUE: usize = 80;

/// Something remembered.
///
/// Both parts are NFC on one line, trimmed, without brackets, control and replacement characters; the
/// key has no colon. So an item that is written is read back as it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Item {
    key: String,
    value: String,
}

/// Why a text is no item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// It does not begin with `[` and end with `]`.
    Unbracketed,
    /// A bracket stands inside.
    Brackets,
    /// There is no `:` between key and value.
    NoColon,
    /// Nothing stands before the colon.
    NoKey,
    /// Nothing stands behind the colon.
    NoValue,
    /// The key has a colon.
    ColonInKey,
    /// The key is too long, in characters.
    LongKey(usize),
    /// The value is too long, in characters.
    LongValue(usize),
}

impl Item {
    /// An item of a key and a value. Line ends and runs of spaces become one space, control
    /// characters and escape sequences are dropped.
    ///
    /// # Errors
    /// A part is empty, too long, or holds what would break the form.
    pub fn new(key: &str, value: &str) -> Result<Self, ItemError> {
        let (key, value) = (clean(key), clean(value));
        let length = |text: &str| text.chars().count();
        if key.is_empty() {
            Err(ItemError::NoKey)
        } else if value.is_empty() {
            Err(ItemError::NoValue)
        } else if key.contains(':') {
            Err(ItemError::ColonInKey)
        } else if key.contains(['[', ']']) || value.contains(['[', ']']) {
            Err(ItemError::Brackets)
        } else if length(&key) > MAX_KEY {
            Err(ItemError::LongKey(length(&key)))
        } else if length(&value) > MAX_VALUE {
            Err(ItemError::LongValue(length(&value)))
        } else {
            Ok(Self { key, value })
        }
    }

    /// Reads `[key: value]`, with spaces around it or none behind the colon.
    ///
    /// # Errors
    /// What is wrong with the form.
    pub fn parse(text: &str) -> Result<Self, ItemError> {
        let text = strip_controls(text);
        let inner = text
            .trim()
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let inner = inner.ok_or(ItemError::Unbracketed)?;
        if inner.contains(['[', ']']) {
            return Err(ItemError::Brackets);
        }
        let (key, value) = inner.split_once(':').ok_or(ItemError::NoColon)?;
        Self::new(key, value)
    }

    /// What it is about: `오늘 일정`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is so.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// `[key: value]`.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}: {}]", self.key, self.value)
    }
}

fn clean(text: &str) -> String {
    // What is dropped may have stood between marks that are now to be put in order.
    let plain = strip_controls(text).replace(char::REPLACEMENT_CHARACTER, "");
    let plain: String = plain.nfc().collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl ItemError {
    /// What is wrong and how to write it, in one sentence.
    pub fn explain(&self, messages: &Messages) -> String {
        let text = |key: &str| messages.get(key).to_owned();
        match self {
            Self::Unbracketed => text("companion.item_unbracketed"),
            Self::Brackets => text("companion.item_brackets"),
            Self::NoColon => text("companion.item_no_colon"),
            Self::NoKey => text("companion.item_no_key"),
            Self::NoValue => text("companion.item_no_value"),
            Self::ColonInKey => text("companion.item_colon_in_key"),
            Self::LongKey(chars) => messages.fill(
                "companion.item_long_key",
                &[("chars", chars), ("most", &MAX_KEY)],
            ),
            Self::LongValue(chars) => messages.fill(
                "companion.item_long_value",
                &[("chars", chars), ("most", &MAX_VALUE)],
            ),
        }
    }
}

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explain(&Messages::new(Lang::En)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_form_is_read_as_written() {
        for (text, key, value) in [
            (
                "[오늘 일정: 친구랑 카페 방문]",
                "오늘 일정",
                "친구랑 카페 방문",
            ),
            ("  [MBTI:INTP]\n", "MBTI", "INTP"),
            ("[출근 시간: 9:30]", "출근 시간", "9:30"),
            ("[좋아하는  가수 :  로라\n유]", "좋아하는 가수", "로라 유"),
            ("[이름: \u{1b}[31m민수\u{1b}[0m]", "이름", "민수"),
        ] {
            let item = Item::parse(text).unwrap();
            assert_eq!((item.key(), item.value()), (key, value), "{text:?}");
            assert_eq!(Item::parse(&item.to_string()), Ok(item));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let long = "가".repeat(81);
        for (text, error) in [
            ("", ItemError::Unbracketed),
            ("오늘 일정: 카페", ItemError::Unbracketed),
            ("[오늘 일정: 카페", ItemError::Unbracketed),
            ("[오늘 일정: 카페] 하나 더", ItemError::Unbracketed),
            ("[오늘 일정: 카페] [내일 일정: 집]", ItemError::Brackets),
            ("[오늘 일정 카페]", ItemError::NoColon),
            ("[: 카페]", ItemError::NoKey),
            ("[오늘 일정: ]", ItemError::NoValue),
            ("[오늘 일정: \u{200b}\u{7}]", ItemError::NoValue),
            (
                &format!("[{}: 카페]", "나".repeat(31)),
                ItemError::LongKey(31),
            ),
            (&format!("[오늘 일정: {long}]"), ItemError::LongValue(81)),
        ] {
            assert_eq!(Item::parse(text), Err(error), "{text}");
        }
        assert_eq!(Item::new("가:나", "다"), Err(ItemError::ColonInKey));
    }

    proptest! {
        #[test]
        fn what_is_made_is_read_back(key in "\\PC{1,40}", value in ".{1,100}") {
            if let Ok(item) = Item::new(&key, &value) {
                prop_assert_eq!(Item::parse(&item.to_string()), Ok(item));
            }
        }

        #[test]
        fn any_text_is_an_item_or_an_error(text in "\\[?.{0,60}\\]?") {
            if let Ok(item) = Item::parse(&text) {
                prop_assert!(!item.to_string().contains('\n'));
            }
        }
    }
}
