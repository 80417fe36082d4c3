//! How the interviewer's face takes what happens: authored, one look for each kind of news.

use crate::companion::expression::{Expression, Eyes, Mouth, Pose};
use crate::interview::Outcome;

/// What her face says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reaction {
    /// She thinks about an answer.
    Thinking,
    /// It was right.
    Pleased,
    /// It was not clear, or not so.
    Doubtful,
    /// It was not there yet: go on.
    Encouraging,
    /// She listens, and no more.
    Listening,
    /// A boundary was crossed.
    Stern,
    /// The interview was held to its end.
    Delighted,
}

impl Reaction {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Thinking,
        Self::Pleased,
        Self::Doubtful,
        Self::Encouraging,
        Self::Listening,
        Self::Stern,
        Self::Delighted,
    ];

    /// How she takes a verdict.
    pub fn to(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Pass => Self::Pleased,
            Outcome::Misconception | Outcome::Unclear => Self::Doubtful,
            Outcome::Fail => Self::Encouraging,
            Outcome::Skip | Outcome::TermQuestion | Outcome::SmallTalk => Self::Listening,
        }
    }

    /// The look.
    pub fn expression(self) -> Expression {
        let (eyes, mouth, pose) = match self {
            Self::Thinking => (Eyes::Normal, Mouth::Normal, Pose::Away),
            Self::Pleased => (Eyes::Big, Mouth::Big, Pose::Straight),
            Self::Doubtful => (Eyes::Small, Mouth::Normal, Pose::Turned),
            Self::Encouraging => (Eyes::Normal, Mouth::Big, Pose::Turned),
            Self::Listening => (Eyes::Normal, Mouth::Normal, Pose::Straight),
            Self::Stern => (Eyes::Small, Mouth::Normal, Pose::Away),
            Self::Delighted => (Eyes::Big, Mouth::Huge, Pose::Straight),
        };
        Expression { eyes, mouth, pose }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reaction_has_a_look_of_its_own() {
        for (n, one) in Reaction::ALL.iter().enumerate() {
            for other in &Reaction::ALL[n + 1..] {
                assert_ne!(one.expression(), other.expression(), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn she_is_pleased_doubtful_or_encouraging() {
        assert_eq!(Reaction::to(Outcome::Pass), Reaction::Pleased);
        assert_eq!(Reaction::to(Outcome::Unclear), Reaction::Doubtful);
        assert_eq!(Reaction::to(Outcome::Misconception), Reaction::Doubtful);
        assert_eq!(Reaction::to(Outcome::Fail), Reaction::Encouraging);
    }
}
