//! The scores that labels stand for, drawn uniformly from a range each (spec.md, section 2).

use super::{Expression, Eyes, Mouth, Pose};

/// A face in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Eyes, −0.2 (narrow) to 1.2 (very wide).
    pub eyes: f32,
    /// Mouth, 0.4 to 1.6 (wide open).
    pub mouth: f32,
    /// Head turn, −0.6 to 1.8 (far).
    pub pose: f32,
}

/// The face at rest: the middle of the ranges of [`Expression::default`].
pub const REST: Scores = Scores {
    eyes: 0.45,
    mouth: 0.6,
    pose: -0.15,
};

impl Scores {
    /// Between this face (0) and another (1).
    pub fn towards(self, other: Self, share: f32) -> Self {
        let mix = |from: f32, to: f32| from + (to - from) * share;
        Self {
            eyes: mix(self.eyes, other.eyes),
            mouth: mix(self.mouth, other.mouth),
            pose: mix(self.pose, other.pose),
        }
    }
}

/// Draws the scores of an expression; the same seed gives the same face. The head turns by its own
/// label.
pub fn draw(expression: Expression, seed: u64) -> Scores {
    let mut random = Random(seed);
    let eyes = match expression.eyes {
        Eyes::Small => (-0.2, 0.1),
        Eyes::Normal => (0.3, 0.6),
        Eyes::Big => (0.8, 1.1),
        Eyes::Huge => (1.1, 1.2),
    };
    let mouth = match expression.mouth {
        Mouth::Normal => (0.4, 0.8),
        Mouth::Big => (1.0, 1.4),
        Mouth::Huge => (1.4, 1.6),
    };
    let pose = match expression.pose {
        Pose::Straight => (-0.6, 0.3),
        Pose::Turned => (0.8, 1.5),
        Pose::Away => (1.5, 1.8),
    };
    Scores {
        eyes: random.between(eyes),
        mouth: random.between(mouth),
        pose: random.between(pose),
    }
}

/// SplitMix64: small, and the same on every machine (<https://prng.di.unimi.it/splitmix64.c>).
#[derive(Debug, Clone)]
pub(super) struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 to below 1, in steps that an f32 holds.
    pub(super) fn share(&mut self) -> f32 {
        let bits = (self.next() >> 40) as u32;
        bits as f32 / (1u32 << 24) as f32
    }

    fn between(&mut self, (low, high): (f32, f32)) -> f32 {
        (low + (high - low) * self.share()).clamp(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_fill_their_ranges() {
        for expression in Expression::all() {
            let drawn: Vec<_> = (0..500).map(|seed| draw(expression, seed)).collect();
            let span = |of: fn(&Scores) -> f32| {
                drawn
                    .iter()
                    .map(of)
                    .fold((f32::MAX, f32::MIN), |(low, high), x| {
                        (low.min(x), high.max(x))
                    })
            };
            let close = |(low, high): (f32, f32), (from, to): (f32, f32)| {
                let slack = (to - from) * 0.05;
                low >= from && high <= to && low < from + slack && high > to - slack
            };
            let pose = match expression.pose {
                Pose::Straight => (-0.6, 0.3),
                Pose::Turned => (0.8, 1.5),
                Pose::Away => (1.5, 1.8),
            };
            assert!(
                close(span(|scores| scores.pose), pose),
                "by its own label: {expression}"
            );
            let eyes = match expression.eyes {
                Eyes::Small => (-0.2, 0.1),
                Eyes::Normal => (0.3, 0.6),
                Eyes::Big => (0.8, 1.1),
                Eyes::Huge => (1.1, 1.2),
            };
            assert!(close(span(|scores| scores.eyes), eyes), "{expression}");
            let mouth = match expression.mouth {
                Mouth::Normal => (0.4, 0.8),
                Mouth::Big => (1.0, 1.4),
                Mouth::Huge => (1.4, 1.6),
            };
            assert!(close(span(|scores| scores.mouth), mouth), "{expression}");
        }
    }

    #[test]
    fn a_seed_is_a_face() {
        let expression = Expression::default();
        assert_eq!(draw(expression, 7), draw(expression, 7));
        assert_ne!(draw(expression, 7), draw(expression, 8));
    }
}
