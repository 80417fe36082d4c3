//! The look on her face: three labels, and the form in which the expression head gives them:
//! `눈 크게, 입 보통, 고개 돌림 없음`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How wide her eyes are.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub enum Eyes {
    /// Narrow.
    #[serde(rename = "작게")]
    Small,
    /// As always.
    #[default]
    #[serde(rename = "보통")]
    Normal,
    /// Wide.
    #[serde(rename = "크게")]
    Big,
    /// Very wide.
    #[serde(rename = "아주 크게")]
    Huge,
}

/// How far her mouth is open.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub enum Mouth {
    /// As always.
    #[default]
    #[serde(rename = "보통")]
    Normal,
    /// Open.
    #[serde(rename = "크게")]
    Big,
    /// Wide open.
    #[serde(rename = "아주 크게")]
    Huge,
}

/// How far her head is turned.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub enum Pose {
    /// Not at all.
    #[default]
    #[serde(rename = "없음")]
    Straight,
    /// A little.
    #[serde(rename = "보통")]
    Turned,
    /// Far.
    #[serde(rename = "많이")]
    Away,
}

/// A look on her face.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct Expression {
    /// Her eyes.
    pub eyes: Eyes,
    /// Her mouth.
    pub mouth: Mouth,
    /// Her head.
    pub pose: Pose,
}

/// A text that is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no expression; write `눈 {{작게|보통|크게|아주 크게}}, 입 {{보통|크게|아주 크게}}, 고개 돌림 {{없음|보통|많이}}`"
)]
pub struct FormError(String);

impl Eyes {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Small, Self::Normal, Self::Big, Self::Huge];

    /// As the form has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Small => "작게",
            Self::Normal => "보통",
            Self::Big => "크게",
            Self::Huge => "아주 크게",
        }
    }
}

impl Mouth {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Big, Self::Huge];

    /// As the form has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Normal => "보통",
            Self::Big => "크게",
            Self::Huge => "아주 크게",
        }
    }
}

impl Pose {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Straight, Self::Turned, Self::Away];

    /// As the form has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Straight => "없음",
            Self::Turned => "보통",
            Self::Away => "많이",
        }
    }
}

impl Expression {
    /// All 36 of them; their texts are all that the head may say.
    pub fn all() -> impl Iterator<Item = Self> {
        Eyes::ALL.into_iter().flat_map(|eyes| {
            Mouth::ALL.into_iter().flat_map(move |mouth| {
                Pose::ALL
                    .into_iter()
                    .map(move |pose| Self { eyes, mouth, pose })
            })
        })
    }

    /// Of the words for eyes, mouth and head; `None` where one of them is none.
    pub fn of_words(eyes: &str, mouth: &str, pose: &str) -> Option<Self> {
        Some(Self {
            eyes: Eyes::ALL.into_iter().find(|known| known.word() == eyes)?,
            mouth: Mouth::ALL.into_iter().find(|known| known.word() == mouth)?,
            pose: Pose::ALL.into_iter().find(|known| known.word() == pose)?,
        })
    }

    /// Reads the form, with spaces around it.
    ///
    /// # Errors
    /// The text is anything else.
    pub fn parse(text: &str) -> Result<Self, FormError> {
        let text = text.trim();
        Self::all()
            .find(|expression| expression.to_string() == text)
            .ok_or_else(|| FormError(text.chars().take(80).collect()))
    }
}

/// `눈 크게, 입 보통, 고개 돌림 없음`.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (eyes, mouth, pose) = (self.eyes.word(), self.mouth.word(), self.pose.word());
        write!(f, "눈 {eyes}, 입 {mouth}, 고개 돌림 {pose}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_read_back() {
        assert_eq!(Expression::all().count(), 36);
        for expression in Expression::all() {
            assert_eq!(Expression::parse(&expression.to_string()), Ok(expression));
            let Expression { eyes, mouth, pose } = expression;
            let words = Expression::of_words(eyes.word(), mouth.word(), pose.word());
            assert_eq!(words, Some(expression));
        }
        assert_eq!(
            Expression::default().to_string(),
            "눈 보통, 입 보통, 고개 돌림 없음"
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "눈 크게",
            "눈 크게, 입 작게, 고개 돌림 없음",
            "눈 크게, 입 보통, 고개 돌림 없음.",
            "입 보통, 눈 크게, 고개 돌림 없음",
            "눈 없음, 입 보통, 고개 돌림 없음",
        ] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn json_has_the_words() {
        let expression = Expression::parse("눈 아주 크게, 입 크게, 고개 돌림 많이").unwrap();
        let json = serde_json::to_value(expression).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"eyes": "아주 크게", "mouth": "크게", "pose": "많이"})
        );
        assert_eq!(
            serde_json::from_value::<Expression>(json).unwrap(),
            expression
        );
    }
}
