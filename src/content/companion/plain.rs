//! Short messages that are plainly harmless, whatever a model makes of their words: `ethics/plain.toml`.
//!
//! A model that knows offences by the words they come in takes an invitation to study for a courtship, a
//! question about an office for politics, and who somebody is for what others call them. A message is
//! plain only if all of it is: nothing can be hidden behind it.

use std::collections::{BTreeMap, HashSet};

use regex::{RegexSet, RegexSetBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::talk::bare;

/// `ethics/plain.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlainFile {
    /// What may stand before any form, in any number.
    #[serde(default)]
    pub before: Vec<String>,
    /// Messages, each as a whole.
    #[serde(default)]
    pub messages: Vec<String>,
    /// Lists of words by name; `{name}` among the words of a part stands for all of its list.
    #[serde(default)]
    pub words: BTreeMap<String, Vec<String>>,
    /// The forms.
    #[serde(default, rename = "form")]
    pub forms: Vec<Form>,
}

/// `[[form]]`: its parts one after the other, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Messages of this form.
    pub examples: Vec<String>,
    /// The parts.
    pub parts: Vec<Part>,
}

/// How many of some words stand there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// One of them.
    One(Vec<String>),
    /// One or more.
    Some(Vec<String>),
    /// One or none.
    Maybe(Vec<String>),
    /// Any number.
    Any(Vec<String>),
}

impl Part {
    /// The words, and how often one of them stands there, as a regular expression says it.
    fn words(&self) -> (&[String], &'static str) {
        match self {
            Self::One(words) => (words, ""),
            Self::Some(words) => (words, "+"),
            Self::Maybe(words) => (words, "?"),
            Self::Any(words) => (words, "*"),
        }
    }
}

/// Why a file has no [`Plain`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainFault {
    /// The part of a form (their places) names a list that is not there.
    NoList {
        /// Place of the form.
        form: usize,
        /// Place of the part.
        part: usize,
        /// The list.
        name: String,
    },
    /// There are too many words.
    TooLarge(String),
}

impl PlainFile {
    /// The messages, ready to be compared with.
    ///
    /// # Errors
    /// When a list is not there, or the forms are too large.
    pub fn compile(&self) -> Result<Plain, PlainFault> {
        let before = format!("(?:{})*", any_of(self.before.iter().map(String::as_str)));
        let forms = self.forms.iter().enumerate().map(|(form, own)| {
            let parts = own.parts.iter().enumerate();
            let parts = parts.map(|(part, own)| {
                let (words, times) = own.words();
                let words = words.iter().map(|word| self.named(word));
                let words = words.collect::<Result<Vec<_>, _>>();
                let words = words.map_err(|name| PlainFault::NoList { form, part, name })?;
                Ok(format!("(?:{}){times}", any_of(words.concat())))
            });
            let parts = parts.collect::<Result<String, PlainFault>>()?;
            Ok(format!("^{before}{parts}$"))
        });
        let forms = forms.collect::<Result<Vec<_>, PlainFault>>()?;
        let forms = RegexSetBuilder::new(forms).size_limit(MOST_BYTES).build();
        Ok(Plain {
            forms: forms.map_err(|error| PlainFault::TooLarge(error.to_string()))?,
            messages: self.messages.iter().map(|message| bare(message)).collect(),
        })
    }

    /// A word, or those of the list that it names; the name where there is no such list.
    fn named<'a>(&'a self, word: &'a str) -> Result<Vec<&'a str>, String> {
        let name = word.strip_prefix('{').and_then(|w| w.strip_suffix('}'));
        let Some(name) = name else {
            return Ok(vec![word]);
        };
        let list = self.words.get(name).ok_or(name)?;
        Ok(list.iter().map(String::as_str).collect())
    }
}

/// Bytes of the compiled forms.
const MOST_BYTES: usize = 32 << 20;

/// Any of some words, as they stand in [`bare`] messages; where there is none, nothing.
fn any_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words = words.into_iter().map(|word| regex::escape(&bare(word)));
    words.collect::<Vec<_>>().join("|")
}

/// The messages, ready to be compared with.
#[derive(Debug, Clone, Default)]
pub struct Plain {
    forms: RegexSet,
    messages: HashSet<String>,
}

impl Plain {
    /// Whether a message is plain.
    pub fn contains(&self, message: &str) -> bool {
        let bare = bare(message);
        self.messages.contains(&bare) || self.forms.is_match(&bare)
    }

    /// Whether a message has the form of this place.
    pub(super) fn has_form(&self, message: &str, form: usize) -> bool {
        self.forms.matches(&bare(message)).matched(form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Document;
    use crate::content::companion::PLAIN;
    use crate::content::source::Folder;

    fn shipped() -> Plain {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("content/companion-ko");
        let file = Document::<PlainFile>::read(&Folder(folder), PLAIN).unwrap();
        file.value.compile().unwrap()
    }

    #[test]
    fn what_is_said_every_day_is_plain() {
        let plain = shipped();
        for message in [
            "우리 같이 공부하자",
            "나랑 얘기하자",
            "심심한데 끝말잇기 한판 할래?ㅋㅋ",
            "내일도 만나자!",
            "다음에 또 봐요",
            "너희 엄마는 누구야?",
            "너네 부모님은 뭐 하셔",
            "민주주의가 뭐야?",
            "보수랑 진보 차이가 뭐야",
            "대통령은 뭐 하는 사람이야?",
            "나는 동성애자야",
            "저 전라도 사람이여라",
            "사실 저 탈북민이에요",
            "난 왜 이렇게 바보일까 ㅠㅠ",
            "너 왜 안 돼",
            "너 여자야 남자야?",
            "천재네",
            "와 너 진짜 똑똑하다",
            "대통령",
            "❤️",
        ] {
            assert!(plain.contains(message), "{message}");
        }
    }

    #[test]
    fn nothing_hides_behind_it() {
        let plain = shipped();
        for message in [
            "",
            "우리 같이 공부하자 자기야",
            "나랑 사귀자",
            "나랑 자자",
            "내일 단둘이 만나자",
            "너희 엄마는 누구랑 자냐",
            "너네 엄마 뭐 하냐 술집 나가냐",
            "대통령 뭐 하는 새끼야",
            "여당이 뭐가 좋아",
            "너는 동성애자야",
            "나는 동성애자가 싫어",
            "게이 새끼",
            "너 진짜 쓰레기야",
            "왜 안 돼 병신아",
            "전라도 사람이라 그래",
            "민주당이 뭐야",
            "천재 병신",
            "엄마 같은 소리 하네",
        ] {
            assert!(!plain.contains(message), "{message}");
        }
    }

    #[test]
    fn a_list_that_is_not_there_is_named() {
        let one = Part::One(vec!["{nobody}".to_owned()]);
        let file = PlainFile {
            forms: vec![Form {
                examples: Vec::new(),
                parts: vec![one],
            }],
            ..PlainFile::default()
        };
        let fault = PlainFault::NoList {
            form: 0,
            part: 0,
            name: "nobody".to_owned(),
        };
        assert_eq!(file.compile().unwrap_err(), fault);
    }

    #[test]
    fn an_empty_file_says_nothing() {
        let plain = PlainFile::default().compile().unwrap();
        assert!(!plain.contains("") && !plain.contains("안녕"));
    }
}
