//! What is like a memory, among those whose messages are known: a kernel estimate of how a message to
//! it would sound (Nadaraya 1964, Watson 1964). The messages of a key are about its values: a turtle's
//! are not a dog's.

/// How much a likelier memory counts more: the weight of its cosine in an exponent.
const FOCUS: f32 = 8.;
/// How much a message that is more alike counts more.
const SHARPNESS: f32 = 12.;
/// Memories that are kept.
const MOST: usize = 16;

/// The memories that one is most like, by their place among those of its key, with weights that sum to
/// 1; where there are fewer, the others weigh nothing. No list on the heap: thousands are gone through
/// in a turn.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Echo([(u32, f32); MOST]);

impl Echo {
    /// Of the cosines with all of them.
    pub(super) fn new(cosines: impl Iterator<Item = f32>) -> Self {
        let mut all: Vec<(u32, f32)> = (0..).zip(cosines).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all.truncate(MOST);
        let weight = |cosine: f32| (FOCUS * cosine).exp();
        let sum: f32 = all.iter().map(|(_, cosine)| weight(*cosine)).sum();
        let mut echo = Self::default();
        for (kept, (place, cosine)) in echo.0.iter_mut().zip(all) {
            *kept = (place, weight(cosine) / sum);
        }
        echo
    }

    /// How much a message is like theirs, by how loud all messages of the key sound in it; nothing
    /// where none is known.
    pub(super) fn of(&self, loud: &[f32]) -> f32 {
        let loud = |(place, weight): &(u32, f32)| {
            weight * loud.get(*place as usize).copied().unwrap_or_default()
        };
        let sum: f32 = self.0.iter().map(loud).sum();
        if sum > 0. { sum.ln() / SHARPNESS } else { 0. }
    }
}

/// How loud a known message sounds in another, by their cosine.
pub(super) fn loudness(cosine: f32) -> f32 {
    (SHARPNESS * cosine).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_heard_through_the_memories_that_are_alike() {
        let turtle = Echo::new([0.9, 0.1, 0.8].into_iter());
        let dog = Echo::new([0.1, 0.9, 0.1].into_iter());
        // Like what was said to the first and the third.
        let loud = [0.7, 0.1, 0.6].map(loudness);
        assert!(turtle.of(&loud) > 0.6);
        assert!(dog.of(&loud) < turtle.of(&loud));
        let weights: f32 = turtle.0.iter().map(|(_, weight)| weight).sum();
        assert!((weights - 1.).abs() < 1e-6);
    }

    #[test]
    fn of_nothing_nothing_is_heard() {
        assert_eq!(Echo::new(std::iter::empty()).of(&[0.5]), 0.);
        let many = Echo::new((0..100u8).map(|i| f32::from(i) / 100.));
        assert_eq!(many.0[0].0, 99);
        assert_eq!(many.0[MOST - 1].0, 84);
    }
}
