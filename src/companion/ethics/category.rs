//! What a message is compared with: four offences and what is none.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a message may not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Offence {
    /// Love declared to her, or a wish to meet her.
    #[serde(rename = "사랑 고백/만남")]
    Love,
    /// Party politics.
    #[serde(rename = "정치")]
    Politics,
    /// Insults to somebody's parents.
    #[serde(rename = "패드립")]
    Family,
    /// Hate, and other abuse.
    #[serde(rename = "혐오/기타")]
    Hate,
}

/// The category word of what offends nobody.
pub const GENERAL: &str = "일반";

impl Offence {
    /// All of them, in the order of spec.md.
    pub const ALL: [Self; 4] = [Self::Love, Self::Politics, Self::Family, Self::Hate];

    /// The category word that the S-BERT compares with; the same in files and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Love => "사랑 고백/만남",
            Self::Politics => "정치",
            Self::Family => "패드립",
            Self::Hate => "혐오/기타",
        }
    }

    /// The offence of a category word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|offence| offence.word() == word)
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Calibrated probabilities of a text, 0 to 1 each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// That it is a declaration of love.
    #[serde(rename = "사랑 고백/만남")]
    pub love: f32,
    /// That it is politics.
    #[serde(rename = "정치")]
    pub politics: f32,
    /// That it insults parents.
    #[serde(rename = "패드립")]
    pub family: f32,
    /// That it is hate.
    #[serde(rename = "혐오/기타")]
    pub hate: f32,
    /// That it is none of these.
    #[serde(rename = "일반")]
    pub general: f32,
}

impl Scores {
    /// The probability of an offence.
    pub fn of(&self, offence: Offence) -> f32 {
        match offence {
            Offence::Love => self.love,
            Offence::Politics => self.politics,
            Offence::Family => self.family,
            Offence::Hate => self.hate,
        }
    }

    /// The probability that it is an offence of whatever kind.
    pub fn offends(&self) -> f32 {
        Offence::ALL.iter().map(|offence| self.of(*offence)).sum()
    }

    /// The most probable offence.
    pub fn likeliest(&self) -> Offence {
        let all = Offence::ALL.into_iter();
        all.max_by(|a, b| self.of(*a).total_cmp(&self.of(*b)))
            .unwrap_or(Offence::Hate)
    }

    /// The most probable offence's probability.
    pub fn worst(&self) -> f32 {
        Offence::ALL
            .iter()
            .map(|offence| self.of(*offence))
            .fold(0., f32::max)
    }
}
