//! What a message may be meant to be read as, where it is spelt to slip past a classifier.
//!
//! Each step undoes one way of hiding: letters of other widths, signs that look like vowels, jamo
//! written apart ([`jamo`]), digits and symbols between syllables, spaces between syllables, letters
//! drawn out, Korean typed on the Latin layout ([`keyboard`]). No step knows a word: what is bad is
//! for the S-BERT to say. Initials (ㄱㅅ, ㅋㅋ) stay as they are. A step only acts where something
//! stands that ordinary writing has not, so most messages have one reading, themselves.

pub mod jamo;
pub mod keyboard;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use jamo::{Syllable, compose, is_consonant, is_hangul};

/// The message, then what it may be meant to be read as, each once.
pub fn readings(message: &str) -> Vec<String> {
    let plain = plain(message);
    let lettered = compose(&vowels_of_signs(&plain));
    let close = compose(&unspaced(&unseparated(&plain)));
    let short = compose(&shortened(&close));
    let signs = compose(&unspaced(&unseparated(&lettered)));
    let mut readings = vec![message.trim().to_owned()];
    let typed = keyboard::korean(&plain);
    for reading in [plain, lettered, close, signs, short]
        .into_iter()
        .chain(typed)
    {
        if !reading.is_empty() && !readings.contains(&reading) {
            readings.push(reading);
        }
    }
    readings
}

/// Letters of other widths, circled and styled ones as plain ones, without what is invisible.
fn plain(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for c in message.trim().nfc() {
        match c {
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' => {}
            '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{ad}' => {}
            c if is_combining_mark(c) => {}
            c if is_hangul(c) => text.push(c),
            c => text.extend(std::iter::once(c).nfkc().map(jamo::compatible)),
        }
    }
    text
}

/// Signs that look like a vowel, where a consonant alone stands before them.
fn vowels_of_signs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        let vowel = match c {
            '1' | 'l' | 'I' | '|' | 'i' => 'ㅣ',
            'r' => 'ㅏ',
            'H' => 'ㅐ',
            _ => c,
        };
        let c = if is_consonant(before) { vowel } else { c };
        out.push(c);
        before = c;
    }
    out
}

/// Without digits and symbols between two Hangul letters.
fn unseparated(text: &str) -> String {
    let separates = |c: &char| !c.is_whitespace() && !is_hangul(*c) && !is_latin(*c);
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let run = letters[at..].iter().take_while(|c| separates(c)).count();
        let between = at > 0
            && is_hangul(letters[at - 1])
            && letters.get(at + run).copied().is_some_and(is_hangul);
        if run == 0 {
            out.push(letters[at]);
        } else if !between {
            out.extend(&letters[at..at + run]);
        }
        at += run.max(1);
    }
    out
}

fn is_latin(c: char) -> bool {
    c.is_alphabetic() && !is_hangul(c)
}

/// Letters that stand alone, several in a row, as a word.
fn unspaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut alone_before = false;
    for word in text.split_whitespace() {
        let mut letters = word.chars();
        let alone = letters.next().is_some_and(is_hangul) && letters.next().is_none();
        let joined = alone && alone_before;
        if !out.is_empty() && !joined {
            out.push(' ');
        }
        out.push_str(word);
        alone_before = alone;
    }
    out
}

/// Without what draws a syllable out: the same syllable more than twice, its vowel once more. Laughter
/// and tears are left.
fn shortened(text: &str) -> String {
    let mut out: Vec<char> = Vec::with_capacity(text.len());
    for c in text.chars() {
        let last = out.last().copied().unwrap_or(' ');
        let repeated = out.iter().rev().take_while(|before| **before == c).count();
        if repeated >= 2 && (Syllable::of(c).is_some() || !c.is_alphanumeric()) {
            continue;
        }
        let Some(before) = Syllable::of(last).filter(|before| before.tail == 0) else {
            out.push(c);
            continue;
        };
        match Syllable::of(c) {
            // 바 + 알: the vowel once more, and the syllable's end.
            Some(more) if more.head == jamo::SILENT && more.vowel == before.vowel => {
                out.pop();
                out.push(
                    Syllable {
                        tail: more.tail,
                        ..before
                    }
                    .letter(),
                );
            }
            None if jamo::vowel_number(c) == Some(before.vowel) => {}
            _ => out.push(c),
        }
    }
    out.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn reads(message: &str, meant: &str) {
        let readings = readings(message);
        assert!(
            readings.iter().any(|r| r == meant),
            "{message}: {readings:?}"
        );
    }

    #[test]
    fn what_is_slipped_in_is_taken_out() {
        reads("바1보", "바보");
        reads("바.보.야", "바보야");
        reads("바@@보 같아", "바보 같아");
        reads("바\u{200b}보", "바보");
        reads("바 보 같 아", "바보같아");
    }

    #[test]
    fn jamo_written_apart_are_put_together() {
        reads("ㅂㅏㅂㅗ", "바보");
        reads("ㅎㅏㄴㄱㅡㄹ", "한글");
        reads("바ㅂㅗ", "바보");
        reads("하ㄴ글", "한글");
        reads("ㅎ ㅏ ㄴ ㄱ ㅡ ㄹ", "한글");
        reads("ㅎr늘", "하늘");
        reads("ㅂl누", "비누");
    }

    #[test]
    fn letters_drawn_out_are_shortened() {
        reads("바아아보오", "바보");
        reads("하느으을", "하늘");
        reads("바ㅏㅏ보ㅗㅗ", "바보");
    }

    #[test]
    fn korean_on_the_latin_layout_is_read() {
        reads("qkqh", "바보");
        reads("gksrmf 좋아", "한글 좋아");
        reads("ｂａ①", "ba1");
    }

    #[test]
    fn ordinary_messages_have_one_reading() {
        for message in [
            "오늘 뭐 먹지ㅋㅋㅋ",
            "배고프다 ㅠㅠ",
            "ㅇㅋ 고마워",
            "learning rate 를 줄여 봐",
            "LoRA의 rank는 8이에요",
            "김 대리님이 그러던데",
            "졸려ㅠㅠ 자러 갈게",
        ] {
            assert_eq!(readings(message), [message]);
        }
    }

    proptest! {
        #[test]
        fn the_message_itself_comes_first_and_no_reading_twice(message in any::<String>()) {
            let readings = readings(&message);
            prop_assert_eq!(readings[0].as_str(), message.trim());
            let mut once = readings.clone();
            once.sort();
            once.dedup();
            prop_assert_eq!(once.len(), readings.len());
            prop_assert!(readings.len() <= 7);
        }

        #[test]
        fn what_is_written_apart_comes_together(word in "[가-힣]{2,8}") {
            let apart: String = word.chars().flat_map(jamo::apart).collect();
            prop_assert_eq!(jamo::compose(&apart), word);
        }
    }
}
