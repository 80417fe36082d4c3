//! Korean typed with the keyboard in its Latin mode.

use super::jamo::{Syllable, compose};

const KEYS: [(char, char); 33] = [
    ('r', 'ㄱ'),
    ('R', 'ㄲ'),
    ('s', 'ㄴ'),
    ('e', 'ㄷ'),
    ('E', 'ㄸ'),
    ('f', 'ㄹ'),
    ('a', 'ㅁ'),
    ('q', 'ㅂ'),
    ('Q', 'ㅃ'),
    ('t', 'ㅅ'),
    ('T', 'ㅆ'),
    ('d', 'ㅇ'),
    ('w', 'ㅈ'),
    ('W', 'ㅉ'),
    ('c', 'ㅊ'),
    ('z', 'ㅋ'),
    ('x', 'ㅌ'),
    ('v', 'ㅍ'),
    ('g', 'ㅎ'),
    ('k', 'ㅏ'),
    ('o', 'ㅐ'),
    ('i', 'ㅑ'),
    ('O', 'ㅒ'),
    ('j', 'ㅓ'),
    ('p', 'ㅔ'),
    ('u', 'ㅕ'),
    ('P', 'ㅖ'),
    ('h', 'ㅗ'),
    ('y', 'ㅛ'),
    ('n', 'ㅜ'),
    ('b', 'ㅠ'),
    ('m', 'ㅡ'),
    ('l', 'ㅣ'),
];

/// Letters of the shortest word that is taken for a slip of the keyboard.
const SHORTEST: usize = 4;

/// The message with every Latin word that spells whole Korean syllables as those; `None` where there
/// is no such word.
pub fn korean(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut found = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let latin = |c: char| c.is_ascii_alphabetic();
        let end = rest.find(|other| latin(other) != latin(c));
        let (run, later) = rest.split_at(end.unwrap_or(rest.len()));
        match typed(run) {
            Some(word) => {
                out.push_str(&word);
                found = true;
            }
            None => out.push_str(run),
        }
        rest = later;
    }
    found.then_some(out)
}

fn typed(run: &str) -> Option<String> {
    if run.len() < SHORTEST {
        return None;
    }
    let jamo: Option<String> = run.chars().map(key).collect();
    let word = compose(&jamo?);
    word.chars()
        .all(|c| Syllable::of(c).is_some())
        .then_some(word)
}

/// A key without a letter of its own in capitals is the plain one.
fn key(c: char) -> Option<char> {
    let of = |c: char| {
        KEYS.iter()
            .find(|(key, _)| *key == c)
            .map(|(_, jamo)| *jamo)
    };
    of(c).or_else(|| of(c.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_whole_syllables_are_read() {
        assert_eq!(korean("dhfhfk dkssud"), Some("오로라 안녕".into()));
        assert_eq!(korean("ekfrdl"), Some("닭이".into()));
        for english in [
            "batch size",
            "loss",
            "I love you",
            "ok",
            "transformer",
            "안녕",
        ] {
            assert_eq!(korean(english), None, "{english}");
        }
    }
}
