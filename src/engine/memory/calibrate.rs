//! The weights and the threshold of the memory finder, on messages that training did not see: held-out
//! combinations among memories of other keys, the same without the right one, and held-out messages
//! that call for none. The finder meanwhile knows the messages that were trained on, and no others.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use super::keys::Keys;
use super::{ByKey, Curve, Joint, MemoryCalibration, MemoryFinder, Seen, log_odds};
use crate::content::companion::CompanionPack;
use crate::encoder::EncoderError;
use crate::encoder::metrics::argmax;
use crate::encoder::nearest::Calibration;
use crate::engine::dataset::{Targets, held_out, same_key};
use crate::engine::threshold::cheapest;

/// What is remembered in each of these situations.
const SHELVES: u64 = 12;

/// One situation: the best item's score, and whether it is the right one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Situation {
    score: f32,
    best_is_right: bool,
    one_is_right: bool,
}

/// A held-out message with the combination that it is of, where it calls for one.
struct Held {
    message: Seen,
    right: Option<usize>,
}

/// Fits what the scores are made of to the first target, finds the threshold at which the most
/// situations end well, and leaves the finder calibrated. `meaning` tells the floor of the second target.
///
/// # Errors
/// When the encoder fails.
pub fn calibrate(
    finder: &mut MemoryFinder,
    pack: &CompanionPack,
    meaning: &Targets,
) -> Result<MemoryCalibration, EncoderError> {
    let all = Keys::new(&finder.encoder, &mut finder.cache, pack, |_| true)?;
    let trained = |message: &str| !held_out(message);
    finder.keys = Keys::new(&finder.encoder, &mut finder.cache, pack, trained)?;
    let items: Vec<String> = pack.combinations.iter().map(|c| c.item()).collect();
    let items = finder.items(&items)?;
    let keys: Vec<&str> = pack.combinations.iter().map(|c| same_key(&c.key)).collect();
    let held = held(finder, pack)?;
    let classes = classes(finder, &held, &keys);
    let words = Targets::words();
    let (mut by_cosine, mut by_both) = (Vec::new(), Vec::new());
    for held in &held {
        let expected = finder.keys.expected(&classes, &held.message.keys);
        let cosines = items.cosines(&held.message.embedding);
        for ((cosine, key), number) in cosines.iter().zip(&keys).zip(items.keys()) {
            let target = held.right.map_or(0., |right| words.of(key, keys[right]));
            let (cosine, target) = (f64::from(*cosine), f64::from(target));
            if held.right.is_some() {
                by_cosine.push(([cosine, 0.], target));
            }
            if let Some(number) = number {
                by_both.push(([cosine, log_odds(expected[*number]).into()], target));
            }
        }
    }
    let [slope, _, offset] = fit(&by_cosine, [10., 0., -5.]);
    let joint = fit(&by_both, [1., 1., -1.]);
    finder.set_calibration(MemoryCalibration {
        curve: Some(Curve {
            slope: slope as f32,
            middle: (-offset / slope) as f32,
        }),
        keys: Some(ByKey {
            classes,
            joint: Joint {
                cosine: joint[0] as f32,
                expected: joint[1] as f32,
                offset: joint[2] as f32,
            },
        }),
        threshold: 0.,
        base_floor: meaning.floor(),
    });
    let mut rng = StdRng::seed_from_u64(5);
    let mut situations = Vec::new();
    for held in &held {
        let scores = finder.scores_of(&held.message, &items);
        for shelf in 0..SHELVES {
            let with_right = held.right.filter(|_| shelf % 3 != 0);
            let mut shelf = shelf_without(&keys, held.right, &mut rng);
            shelf.extend(with_right);
            let best = argmax(&shelf.iter().map(|i| scores[*i]).collect::<Vec<_>>());
            situations.push(Situation {
                score: scores[shelf[best]],
                best_is_right: with_right == Some(shelf[best]),
                one_is_right: with_right.is_some(),
            });
        }
    }
    finder.calibration.threshold = threshold(&situations);
    finder.keys = all;
    Ok(finder.calibration.clone())
}

fn held(finder: &MemoryFinder, pack: &CompanionPack) -> Result<Vec<Held>, EncoderError> {
    let called = pack.combinations.iter().enumerate();
    let called = called.map(|(i, c)| (c.message.as_str(), Some(i)));
    let none = pack.none.iter().map(|message| (message.as_str(), None));
    let held = called.chain(none).filter(|(message, _)| held_out(message));
    held.map(|(message, right)| {
        Ok(Held {
            message: finder.seen(message)?,
            right,
        })
    })
    .collect()
}

/// From the messages of the keys to probabilities.
fn classes(finder: &MemoryFinder, held: &[Held], keys: &[&str]) -> Calibration {
    let samples = held.iter().filter_map(|held| {
        let class = match held.right {
            Some(right) => finder.keys.number(keys[right])?,
            None => finder.keys.none(),
        };
        Some((held.message.keys.clone(), class))
    });
    Calibration::fit(&samples.collect::<Vec<_>>())
}

/// Weights of two quantities and an offset with which a logistic curve has the least squared error from
/// the targets, by gradient descent with momentum.
fn fit(pairs: &[([f64; 2], f64)], start: [f64; 3]) -> [f64; 3] {
    let mut at = start;
    let (mut first, mut second) = ([0f64; 3], [0f64; 3]);
    for step in 1..=600 {
        let mut gradient = [0f64; 3];
        for (x, target) in pairs {
            let score = 1. / (1. + (-(at[0] * x[0] + at[1] * x[1] + at[2])).exp());
            let error = (score - target) * score * (1. - score) / pairs.len() as f64;
            for (slope, x) in gradient.iter_mut().zip([x[0], x[1], 1.]) {
                *slope += error * x;
            }
        }
        for (i, rate) in [0.1, 0.02, 0.05].into_iter().enumerate() {
            first[i] = 0.9 * first[i] + 0.1 * gradient[i];
            second[i] = 0.999 * second[i] + 0.001 * gradient[i].powi(2);
            let m = first[i] / (1. - 0.9f64.powi(step));
            let v = second[i] / (1. - 0.999f64.powi(step));
            at[i] -= rate * m / (v.sqrt() + 1e-12);
        }
    }
    at
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

/// The threshold at which the fewest situations end otherwise than they should.
fn threshold(situations: &[Situation]) -> f32 {
    let ends_well = |s: &&Situation, threshold| match s.score >= threshold {
        true => s.best_is_right,
        false => !s.one_is_right,
    };
    cheapest(|threshold| {
        let ill = situations.iter().filter(|s| !ends_well(s, threshold));
        ill.count()
    })
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
        let truth = |x: [f64; 2]| 1. / (1. + (-(6. * x[0] + 0.8 * x[1] - 2.)).exp());
        let pairs: Vec<_> = (0..400)
            .map(|i| [f64::from(i % 20) / 20., f64::from(i / 20) / 2. - 5.])
            .map(|x| (x, truth(x)))
            .collect();
        let [a, b, c] = fit(&pairs, [1., 1., 0.]);
        for (x, target) in pairs {
            let of = 1. / (1. + (-(a * x[0] + b * x[1] + c)).exp());
            assert!((of - target).abs() < 0.05, "{x:?}: {of} {target}");
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
