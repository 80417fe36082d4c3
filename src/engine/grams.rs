//! What a linear model sees of a text: its words' character n-grams, hashed.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

/// Buckets of the n-grams.
pub const BUCKETS: usize = 1 << 16;

/// A sparse vector: values by bucket. Many thousands of them are held at once.
pub type Sparse = Vec<(u32, f32)>;

/// Lengths of the n-grams, in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 1..=4;

/// The n-grams within a text's words with how often they stand there, dampened and brought to
/// length 1. Texts of another `space` share none with these.
pub fn grams(text: &str, space: u8) -> Sparse {
    let mut counts: HashMap<u32, f32> = HashMap::new();
    for word in text.to_lowercase().split_whitespace() {
        let padded: Vec<char> = format!(" {word} ").chars().collect();
        for length in LENGTHS {
            for gram in padded.windows(length) {
                let mut hasher = SipHasher13::new();
                (space, gram).hash(&mut hasher);
                *counts
                    .entry((hasher.finish() % BUCKETS as u64) as u32)
                    .or_default() += 1.;
            }
        }
    }
    let mut grams: Sparse = counts
        .into_iter()
        .map(|(bucket, count)| (bucket, 1. + count.ln()))
        .collect();
    // A map has no order of its own, and sums of floats depend on theirs.
    grams.sort_unstable_by_key(|(bucket, _)| *bucket);
    normalise(&mut grams);
    grams
}

/// Brings a sparse vector to length 1.
pub fn normalise(vector: &mut [(u32, f32)]) {
    let length = vector.iter().map(|(_, x)| x * x).sum::<f32>().sqrt();
    if length > 0. {
        vector.iter_mut().for_each(|(_, x)| *x /= length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
        let b: HashMap<u32, f32> = b.iter().copied().collect();
        a.iter().map(|(i, x)| x * b.get(i).unwrap_or(&0.)).sum()
    }

    #[test]
    fn texts_are_as_near_as_what_they_share() {
        let own = grams("오늘 마라탕 먹었다", 0);
        let near = grams("오늘 김밥 먹었어", 0);
        let far = grams("이름이 뭐예요", 0);
        assert!((cosine(&own, &own) - 1.).abs() < 1e-5);
        assert!(cosine(&own, &near) > cosine(&own, &far) + 0.2);
        assert!(cosine(&own, &grams("오늘 마라탕 먹었다", 1)) < 0.05);
        assert!(grams("  ", 0).is_empty());
    }
}
