//! The threshold of the memory finder, on messages that training did not see: held-out combinations
//! among memories of other keys, the same without the right one, and held-out messages that call for
//! none.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use super::{Curve, ItemEmbeddings, MemoryCalibration, MemoryFinder};
use crate::content::companion::CompanionPack;
use crate::encoder::EncoderError;
use crate::encoder::metrics::argmax;
use crate::engine::dataset::{Targets, held_out, same_key};

/// What is remembered in each of these situations.
const SHELVES: u64 = 12;

/// One situation: the best item's score, and whether it is the right one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Situation {
    score: f32,
    best_is_right: bool,
    one_is_right: bool,
}

/// Fits the curve to the first target, finds the threshold at which the most situations end well, and
/// leaves the finder calibrated. `meaning` tells the floor of the second target.
///
/// # Errors
/// When the encoder fails.
pub fn calibrate(
    finder: &mut MemoryFinder,
    pack: &CompanionPack,
    meaning: &Targets,
) -> Result<MemoryCalibration, EncoderError> {
    let words = Targets::words();
    let items: Vec<String> = pack.combinations.iter().map(|c| c.item()).collect();
    let items: ItemEmbeddings = finder.embed_items(&items)?.iter().collect();
    let keys: Vec<&str> = pack.combinations.iter().map(|c| same_key(&c.key)).collect();
    let called = pack.combinations.iter().enumerate();
    let called = called.map(|(i, c)| (c.message.as_str(), Some(i)));
    let none = pack.none.iter().map(|message| (message.as_str(), None));
    let mut rng = StdRng::seed_from_u64(5);
    let mut situations = Vec::new();
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    for (message, right) in called.chain(none).filter(|(message, _)| held_out(message)) {
        let scores = finder.cosines(message, &items)?;
        if let Some(right) = right {
            let targets = keys.iter().map(|key| words.of(key, keys[right]));
            let cosines = scores.iter().map(|cosine| f64::from(*cosine));
            pairs.extend(cosines.zip(targets.map(f64::from)));
        }
        for shelf in 0..SHELVES {
            let with_right = right.filter(|_| shelf % 3 != 0);
            let mut shelf = shelf_without(&keys, right, &mut rng);
            shelf.extend(with_right);
            let best = argmax(&shelf.iter().map(|i| scores[*i]).collect::<Vec<_>>());
            situations.push(Situation {
                score: scores[shelf[best]],
                best_is_right: with_right == Some(shelf[best]),
                one_is_right: with_right.is_some(),
            });
        }
    }
    let curve = fit(&pairs);
    for situation in &mut situations {
        situation.score = curve.of(situation.score);
    }
    let calibration = MemoryCalibration {
        curve: Some(curve),
        threshold: threshold(&situations),
        base_floor: meaning.floor(),
    };
    finder.set_calibration(calibration);
    Ok(calibration)
}

/// The curve of least squared error from (cosine, target), by gradient descent with momentum.
fn fit(pairs: &[(f64, f64)]) -> Curve {
    let mut at = [10f64, 0.5];
    let (mut first, mut second) = ([0f64; 2], [0f64; 2]);
    for step in 1..=400 {
        let mut gradient = [0f64; 2];
        for (cosine, target) in pairs {
            let score = 1. / (1. + (-at[0] * (cosine - at[1])).exp());
            let error = (score - target) * score * (1. - score) / pairs.len() as f64;
            gradient[0] += error * (cosine - at[1]);
            gradient[1] -= error * at[0];
        }
        for (i, rate) in [0.3, 0.01].into_iter().enumerate() {
            first[i] = 0.9 * first[i] + 0.1 * gradient[i];
            second[i] = 0.999 * second[i] + 0.001 * gradient[i].powi(2);
            let m = first[i] / (1. - 0.9f64.powi(step));
            let v = second[i] / (1. - 0.999f64.powi(step));
            at[i] -= rate * m / (v.sqrt() + 1e-12);
        }
    }
    Curve {
        slope: at[0] as f32,
        middle: at[1] as f32,
    }
}

/// Some memories, a key only once, none of the key of the right one.
fn shelf_without(keys: &[&str], right: Option<usize>, rng: &mut StdRng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.shuffle(rng);
    let mut taken: Vec<&str> = right.map(|i| keys[i]).into_iter().collect();
    let wanted = taken.len() + rng.random_range(2..9);
    let mut shelf = Vec::new();
    for item in order {
        if taken.len() < wanted && !taken.contains(&keys[item]) {
            taken.push(keys[item]);
            shelf.push(item);
        }
    }
    shelf
}

/// The middle of the widest range of thresholds at which the most situations end well.
fn threshold(situations: &[Situation]) -> f32 {
    let steps: Vec<f32> = (2..=98).map(|percent| percent as f32 / 100.).collect();
    let right = |threshold: &f32| {
        let well = |s: &&Situation| match s.score >= *threshold {
            true => s.best_is_right,
            false => !s.one_is_right,
        };
        situations.iter().filter(well).count()
    };
    let counts: Vec<usize> = steps.iter().map(right).collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    let ranges = counts.chunk_by(|a, b| (*a == most) == (*b == most));
    let mut start = 0;
    let mut widest = (0, 0);
    for range in ranges {
        if range[0] == most && range.len() > widest.1 {
            widest = (start, range.len());
        }
        start += range.len();
    }
    let (first, length) = widest;
    (steps[first] + steps[first + length.max(1) - 1]) / 2.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_parts_what_is_right_from_what_is_not() {
        let situation = |score, right| Situation {
            score,
            best_is_right: right,
            one_is_right: right,
        };
        let situations = [
            situation(0.8, true),
            situation(0.7, true),
            situation(0.4, false),
            situation(0.1, false),
        ];
        let threshold = threshold(&situations);
        assert!((threshold - 0.555).abs() < 0.01, "{threshold}");
    }

    #[test]
    fn the_curve_follows_the_targets() {
        let target = |cosine: f64| 1. / (1. + (-14. * (cosine - 0.3)).exp());
        let pairs: Vec<_> = (0..200)
            .map(|i| f64::from(i) / 200.)
            .map(|cosine| (cosine, target(cosine)))
            .collect();
        let curve = fit(&pairs);
        for (cosine, target) in pairs {
            let of = f64::from(curve.of(cosine as f32));
            assert!((of - target).abs() < 0.03, "{cosine}: {of} {target}");
        }
    }

    #[test]
    fn a_shelf_has_each_key_once_and_not_the_right_one() {
        let keys = ["a", "a", "b", "c", "c", "d", "e"];
        let rng = &mut StdRng::seed_from_u64(1);
        for _ in 0..50 {
            let shelf = shelf_without(&keys, Some(0), rng);
            let mut of: Vec<&str> = shelf.iter().map(|i| keys[*i]).collect();
            assert!(!of.is_empty() && !of.contains(&"a"));
            let all = of.len();
            of.sort_unstable();
            of.dedup();
            assert_eq!(of.len(), all);
        }
    }
}
