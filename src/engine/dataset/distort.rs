//! Messages as people spell them to slip past, or when they are in a hurry: made from plain ones, so
//! that the S-BERT reads either, and so that innocent ones stay innocent however they are spelt.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::companion::spelling::jamo::{self, Syllable};

/// What stands between syllables.
const BETWEEN: [char; 10] = ['1', '2', '.', '*', '@', '!', '-', '~', '♥', '^'];
/// Vowels that sound or look alike, by number: ㅐㅔ, ㅏㅑ, ㅓㅕ, ㅗㅛ, ㅜㅠ, ㅡㅜ, ㅣㅟ, ㅐㅒ.
const VOWELS: [(u32, u32); 8] = [
    (1, 5),
    (0, 2),
    (4, 6),
    (8, 12),
    (13, 17),
    (18, 13),
    (20, 16),
    (1, 3),
];
/// Heads that sound alike, by number: ㄱㄲ, ㄷㄸ, ㅂㅃ, ㅅㅆ, ㅈㅉ, ㄱㅋ, ㄷㅌ, ㅈㅊ.
const HEADS: [(u32, u32); 8] = [
    (0, 1),
    (3, 4),
    (7, 8),
    (9, 10),
    (12, 13),
    (0, 15),
    (3, 16),
    (12, 14),
];

/// The message spelt in another way, the same for the same seed.
pub fn distorted(message: &str, seed: u64) -> String {
    let rng = &mut StdRng::seed_from_u64(seed);
    match rng.random_range(0..8) {
        0 => separated(message, rng),
        1 => spaced(message),
        2 => message.split_whitespace().collect(),
        3 => by_syllable(message, rng, 0.9, |syllable, _| {
            jamo::apart(syllable.letter())
        }),
        4 => by_syllable(message, rng, 0.3, |syllable, _| {
            jamo::apart(syllable.letter())
        }),
        5 => by_syllable(message, rng, 0.3, drawn_out),
        _ => by_syllable(message, rng, 0.35, alike),
    }
}

/// Something between syllables, the same everywhere or here and there.
fn separated(message: &str, rng: &mut StdRng) -> String {
    let share = if rng.random_bool(0.5) { 1. } else { 0.3 };
    let sign = BETWEEN.choose(rng).copied().unwrap_or('.');
    let mut out = String::new();
    let mut letters = message.chars().peekable();
    while let Some(c) = letters.next() {
        out.push(c);
        let between = jamo::is_hangul(c) && letters.peek().copied().is_some_and(jamo::is_hangul);
        if between && rng.random_bool(share) {
            out.push(sign);
        }
    }
    out
}

/// Each Hangul letter by itself; what is no Hangul stays together, as nobody writes `T r a n s f o r m e r`.
fn spaced(message: &str) -> String {
    let apart = |word: &str| -> Vec<String> {
        let letters: Vec<char> = word.chars().collect();
        let together = |a: &char, b: &char| !jamo::is_hangul(*a) && !jamo::is_hangul(*b);
        letters.chunk_by(together).map(String::from_iter).collect()
    };
    let spaced: Vec<String> = message.split_whitespace().flat_map(apart).collect();
    spaced.join(" ")
}

/// Some syllables written otherwise, at least one of them.
fn by_syllable(
    message: &str,
    rng: &mut StdRng,
    share: f64,
    write: impl Fn(Syllable, &mut StdRng) -> Vec<char>,
) -> String {
    let syllables = message
        .chars()
        .filter(|c| Syllable::of(*c).is_some())
        .count();
    let certain = rng.random_range(0..syllables.max(1));
    let mut out = String::new();
    let mut number = 0;
    for c in message.chars() {
        let Some(syllable) = Syllable::of(c) else {
            out.push(c);
            continue;
        };
        if number == certain || rng.random_bool(share) {
            out.extend(write(syllable, rng));
        } else {
            out.push(c);
        }
        number += 1;
    }
    out
}

fn drawn_out(syllable: Syllable, _: &mut StdRng) -> Vec<char> {
    let open = Syllable {
        tail: 0,
        ..syllable
    };
    let more = Syllable {
        head: jamo::SILENT,
        ..syllable
    };
    vec![open.letter(), more.letter()]
}

fn alike(syllable: Syllable, rng: &mut StdRng) -> Vec<char> {
    let other = |pairs: &[(u32, u32)], of: u32, rng: &mut StdRng| {
        let like: Vec<u32> = pairs
            .iter()
            .flat_map(|(a, b)| [(*a, *b), (*b, *a)])
            .filter(|(from, _)| *from == of)
            .map(|(_, to)| to)
            .collect();
        like.choose(rng).copied().unwrap_or(of)
    };
    let changed = match rng.random_bool(0.6) {
        true => Syllable {
            vowel: other(&VOWELS, syllable.vowel, rng),
            ..syllable
        },
        false => Syllable {
            head: other(&HEADS, syllable.head, rng),
            ..syllable
        },
    };
    vec![changed.letter()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::companion::spelling::readings;

    #[test]
    fn most_ways_of_hiding_are_undone() {
        let message = "우리 집에 새 로봇이 왔어";
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        let undone = |seed: &u64| {
            let distorted = distorted(message, *seed);
            let readings = readings(&distorted);
            readings
                .iter()
                .any(|reading| bare(reading) == bare(message))
        };
        let undone = (0..80).filter(undone).count();
        // Letters that sound alike, two ways of eight, stay as they are.
        assert!(undone >= 50, "{undone}");
    }

    #[test]
    fn a_message_without_hangul_is_kept() {
        for seed in 0..20 {
            assert!(distorted("ok 1", seed).contains('o'));
        }
        assert_eq!(distorted("", 3), "");
    }
}
