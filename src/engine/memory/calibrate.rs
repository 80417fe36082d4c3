//! The weights and the threshold of the memory finder, on messages that training did not see: held-out
//! combinations among held-out memories of other keys, the same without the right one, and held-out messages
//! that call for none. The finder meanwhile knows the messages that were trained on, and no others.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;

use super::keys::Keys;
use super::{ByKey, Items, MemoryCalibration, MemoryFinder, Question, Seen, quantities};
use crate::content::companion::{Combination, CompanionPack};
use crate::encoder::EncoderError;
use crate::encoder::metrics::argmax;
use crate::engine::dataset::{Targets, held_out, same_key};
use crate::engine::fitted::FitCache;
use crate::engine::logistic::{Logistic, Loss};
use crate::engine::pool::{self, Pool};
use crate::engine::threshold::cheapest;

/// Situations that a held-out message is put in: two in three have the right memory.
const SHELVES: usize = 12;

/// One situation: the best item's score, and whether it is the right one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Situation {
    score: f32,
    best_is_right: bool,
    one_is_right: bool,
}

/// A held-out message with the place of its combination among the held-out ones, where it calls for
/// one.
struct Held {
    message: Seen,
    right: Option<usize>,
}

/// Fits what the scores are made of, finds the threshold at which the most situations end well, and
/// leaves the finder calibrated. `meaning` tells the floor of the second target. Memories that were
/// trained on do not come into it, since those of a learner were not.
///
/// # Errors
/// When an encoder fails.
pub fn calibrate(
    finder: &mut MemoryFinder,
    pack: &CompanionPack,
    meaning: &Targets,
) -> Result<MemoryCalibration, EncoderError> {
    let kept = FitCache::default();
    let known = Keys::new(&mut finder.eyes, pack, &kept, |text| !held_out(text))?;
    let all = std::mem::replace(&mut finder.keys, known);
    let combinations = pack.combinations.iter();
    let combinations: Vec<&Combination> = combinations.filter(|c| held_out(&c.message)).collect();
    let items: Vec<String> = combinations.iter().map(|c| c.item()).collect();
    let items = finder.items(&items)?;
    let keys: Vec<&str> = combinations.iter().map(|c| same_key(&c.key)).collect();
    let held = held(finder, pack, &combinations)?;
    let pool = Pool::fit(&classes(finder, &held, &keys));
    let shelves = shelves(&held, &keys);
    let right = |shelf: &Shelf, item: usize| f32::from(u8::from(shelf.right == Some(item)));
    let chosen = seen(finder, &pool, &held, &items, Question::Choice);
    let on_shelves = shelves.iter().flat_map(|shelf| {
        let row = &chosen[shelf.message];
        shelf
            .items
            .iter()
            .map(move |item| (row[*item], right(shelf, *item)))
    });
    let on_shelves: Vec<([f32; 3], f32)> = on_shelves.collect();
    let cosines: Vec<([f32; 1], f32)> = on_shelves.iter().map(|(x, y)| ([x[0]], *y)).collect();
    let shared = seen(finder, &pool, &held, &items, Question::Overlap);
    let words = Targets::words();
    let pairs = shared.iter().zip(&held).flat_map(|(row, held)| {
        let target = |key: &&str| held.right.map_or(0., |right| words.of(key, keys[right]));
        row.iter()
            .copied()
            .zip(keys.iter().map(target).collect::<Vec<_>>())
    });
    finder.set_calibration(MemoryCalibration {
        curve: Some(Logistic::fit(&cosines, Loss::Log)),
        keys: Some(ByKey {
            overlap: Logistic::fit(&pairs.collect::<Vec<_>>(), Loss::Squared),
            choice: Logistic::fit(&on_shelves, Loss::Log),
            pool,
        }),
        threshold: 0.,
        base_floor: meaning.floor(),
    });
    let judged = held.par_iter();
    let judged = judged.map(|held| finder.judged(&held.message, &items, Question::Choice));
    let judged: Vec<Vec<f32>> = judged.collect();
    let situations = shelves.iter().map(|shelf| {
        let scores = &judged[shelf.message];
        let best = argmax(&shelf.items.iter().map(|i| scores[*i]).collect::<Vec<_>>());
        Situation {
            score: scores[shelf.items[best]],
            best_is_right: shelf.right == Some(shelf.items[best]),
            one_is_right: shelf.right.is_some(),
        }
    });
    finder.calibration.threshold = threshold(&situations.collect::<Vec<_>>());
    finder.keys = all;
    Ok(finder.calibration.clone())
}

/// What each held-out message and item are seen to have in common.
fn seen(
    finder: &MemoryFinder,
    pool: &Pool,
    held: &[Held],
    items: &Items,
    question: Question,
) -> Vec<Vec<[f32; 3]>> {
    let row = |held: &Held| {
        let told = finder.told(pool, &held.message, question);
        let cosines = items.cosines(&held.message.embedding);
        let pairs = cosines.into_iter().zip(items.keys());
        let pairs = pairs.filter_map(|(cosine, key)| Some((cosine, key.as_ref()?)));
        let seen = pairs
            .map(|(cosine, (key, echo))| quantities(&held.message, cosine, (*key, echo), &told));
        seen.collect()
    };
    held.par_iter().map(row).collect()
}

fn held(
    finder: &MemoryFinder,
    pack: &CompanionPack,
    combinations: &[&Combination],
) -> Result<Vec<Held>, EncoderError> {
    let called = combinations.iter().enumerate();
    let called = called.map(|(i, c)| (c.message.as_str(), Some(i)));
    let none = pack.none.iter().map(|message| (message.as_str(), None));
    let none = none.filter(|(message, _)| held_out(message));
    let (messages, right): (Vec<&str>, Vec<Option<usize>>) = called.chain(none).unzip();
    let seen = finder.all_seen(&messages)?.into_iter().zip(right);
    Ok(seen
        .map(|(message, right)| Held { message, right })
        .collect())
}

/// What each eye sees of the held-out messages, with the key that they call for.
fn classes(finder: &MemoryFinder, held: &[Held], keys: &[&str]) -> Vec<pool::Sample> {
    let samples = held.iter().filter_map(|held| {
        let class = match held.right {
            Some(right) => finder.keys.number(keys[right])?,
            None => finder.keys.none(),
        };
        Some(pool::Sample {
            features: held.message.likeness.features.clone(),
            experts: vec![held.message.likeness.words.clone()],
            class,
        })
    });
    samples.collect()
}

/// What is remembered when a held-out message comes.
struct Shelf {
    /// Place of the message.
    message: usize,
    /// Places of the items.
    items: Vec<usize>,
    /// The item that is called for, where there is one.
    right: Option<usize>,
}

fn shelves(held: &[Held], keys: &[&str]) -> Vec<Shelf> {
    let mut rng = StdRng::seed_from_u64(5);
    let mut shelves = Vec::with_capacity(held.len() * SHELVES);
    for (message, held) in held.iter().enumerate() {
        for number in 0..SHELVES {
            let right = held.right.filter(|_| number % 3 != 0);
            let mut items = shelf_without(keys, held.right, &mut rng);
            items.extend(right);
            shelves.push(Shelf {
                message,
                items,
                right,
            });
        }
    }
    shelves
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
