//! Korean typed on the Latin layout: tlqkf is 시발.

use super::jamo::{compose, is_jamo};

/// The letters of the Korean layout, in the order of [`LATIN`].
const KOREAN: &str = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ";
const LATIN: &str = "rRseEfaqQtTdwWczxvgkoiOjpuPhynbml";

/// The shortest word that is tried: two syllables.
const SHORTEST: usize = 4;

/// The text with such words in Korean; none where no word makes whole syllables only.
pub(super) fn read(text: &str) -> Option<String> {
    let mut found = false;
    let words: Vec<_> = text
        .split(' ')
        .map(|word| {
            let korean = typed(word);
            found |= korean.is_some();
            korean.unwrap_or_else(|| word.to_owned())
        })
        .collect();
    found.then(|| words.join(" "))
}

fn typed(word: &str) -> Option<String> {
    if word.len() < SHORTEST {
        return None;
    }
    let letters: Option<String> = word.chars().map(letter).collect();
    let composed = compose(&letters?);
    let whole = composed.chars().count() > 1 && !composed.contains(is_jamo);
    whole.then_some(composed)
}

fn letter(c: char) -> Option<char> {
    let at = LATIN.chars().position(|latin| latin == c).or_else(|| {
        let lower = c.to_ascii_lowercase();
        LATIN.chars().position(|latin| latin == lower)
    })?;
    KOREAN.chars().nth(at)
}
