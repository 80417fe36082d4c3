//! The shape of the companion's files, as serde sees it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::talk::Expression;

/// `exchanges/*.toml`, and `eval/exchanges.toml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeFile {
    /// The exchanges.
    #[serde(rename = "exchange")]
    pub exchanges: Vec<Exchange>,
}

/// `[[exchange]]`: what learners say, and what she answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Ways of saying the same.
    pub messages: Vec<String>,
    /// When it is said, `화요일 저녁`; where a message speaks of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// What she remembers and makes use of, `[key: value]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
    /// The exchange before, in short; where a message follows on from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The learner is in danger: the replies tell where help is, and are kept for such messages.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub distress: bool,
    /// Her replies; each fits each of the messages.
    pub replies: Vec<String>,
    /// What is worth remembering, `[key: value]`; empty for nothing, left out where the messages differ
    /// in it: nothing is learned of them then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// The exchange in short.
    pub summary: String,
    /// The mood of the replies.
    pub mood: Mood,
}

/// How she feels about something; it decides her face.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Mood {
    /// Calm.
    #[serde(rename = "담담")]
    Calm,
    /// Pleased.
    #[serde(rename = "기쁨")]
    Pleased,
    /// Excited.
    #[serde(rename = "신남")]
    Excited,
    /// Laughing.
    #[serde(rename = "웃김")]
    Amused,
    /// Surprised.
    #[serde(rename = "놀람")]
    Surprised,
    /// Worried.
    #[serde(rename = "걱정")]
    Worried,
    /// Sad.
    #[serde(rename = "슬픔")]
    Sad,
    /// Embarrassed.
    #[serde(rename = "부끄러움")]
    Embarrassed,
    /// Firm.
    #[serde(rename = "단호")]
    Firm,
    /// Curious.
    #[serde(rename = "궁금")]
    Curious,
    /// Sleepy.
    #[serde(rename = "졸림")]
    Sleepy,
    /// Thinking it over.
    #[serde(rename = "고민")]
    Unsure,
}

impl Mood {
    /// Its name in the files.
    pub fn word(self) -> String {
        let word = serde_json::to_value(self).unwrap_or_default();
        word.as_str().unwrap_or_default().to_owned()
    }

    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Calm,
        Self::Pleased,
        Self::Excited,
        Self::Amused,
        Self::Surprised,
        Self::Worried,
        Self::Sad,
        Self::Embarrassed,
        Self::Firm,
        Self::Curious,
        Self::Sleepy,
        Self::Unsure,
    ];
}

/// `persona.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Version of the content format; 1.
    pub format_version: u32,
    /// What she is called.
    pub name: String,
    /// Who she is, in a few lines.
    pub about: Vec<String>,
    /// What she says where she is out of her depth.
    #[serde(rename = "fallback")]
    pub fallbacks: Vec<Fallback>,
    /// What she says of something she remembers.
    #[serde(default, rename = "recall")]
    pub recalls: Vec<Recall>,
    /// What she says of something she is told and will remember.
    #[serde(default, rename = "noted")]
    pub noted: Vec<Recall>,
    /// What she says where she only understands how it is meant.
    #[serde(default, rename = "reaction")]
    pub reactions: Vec<Fallback>,
    /// What she says to something that is told, where she has no words about it.
    #[serde(default)]
    pub listening: Vec<Fallback>,
    /// What she says where she is asked for the day or the time; `{value}` stands for what is so
    /// (지금은 일요일 저녁).
    #[serde(default, rename = "clock")]
    pub clocks: Vec<Fallback>,
    /// A face for each mood.
    #[serde(rename = "face")]
    pub faces: Vec<FaceOf>,
}

/// `[[fallback]]`, `[[reaction]]`, `[[listening]]`, `[[clock]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// The mood of the replies.
    pub mood: Mood,
    /// The replies.
    pub replies: Vec<String>,
}

/// `[[recall]]`, `[[noted]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recall {
    /// Keys of what it is about.
    pub keys: Vec<String>,
    /// The mood of the replies.
    pub mood: Mood,
    /// Replies; `{value}` stands for the value, `{name}` for the key.
    pub replies: Vec<String>,
}

/// `[[face]]`: the labels of a mood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaceOf {
    /// The mood.
    pub mood: Mood,
    /// 작게, 보통, 크게, 아주 크게.
    pub eyes: String,
    /// 보통, 크게, 아주 크게.
    pub mouth: String,
    /// 없음, 보통, 많이.
    pub pose: String,
}

impl FaceOf {
    /// The expression of these labels; `None` where one is not among those that there are.
    pub fn expression(&self) -> Option<Expression> {
        Expression::of_words(&self.eyes, &self.mouth, &self.pose)
    }
}

impl Persona {
    /// The face of a mood; at rest where the file has none, which [`super::check()`] tells.
    pub fn face(&self, mood: Mood) -> Expression {
        let own = self.faces.iter().find(|face| face.mood == mood);
        own.and_then(FaceOf::expression).unwrap_or_default()
    }
}
