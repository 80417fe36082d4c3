//! Initials and signs that stand for letters: ㅅㅂ, 18놈, ㅅ1발, ㅅlㅂr.

use super::jamo::{is_consonant, is_jamo, is_vowel};

/// Initials that are written for a word. They stand for it where no other consonants are beside them.
const INITIALS: [(&str, &str); 14] = [
    ("ㅅㅂ", "시발"),
    ("ㅆㅂ", "씨발"),
    ("ㅅㅂㄹㅁ", "시발놈아"),
    ("ㅅㅂㄴ", "시발놈"),
    ("ㅂㅅ", "병신"),
    ("ㅄ", "병신"),
    ("ㅂㅅㅅㄲ", "병신새끼"),
    ("ㅈㄹ", "지랄"),
    ("ㄲㅈ", "꺼져"),
    ("ㄷㅊ", "닥쳐"),
    ("ㅅㄲ", "새끼"),
    ("ㄱㅅㄲ", "개새끼"),
    ("ㄴㄱㅁ", "느금마"),
    ("ㅆㄹㄱ", "쓰레기"),
];

/// Words of which a syllable is left at its first letter, where no vowel follows.
const HALVES: [(&str, &str); 11] = [
    ("시ㅂ", "시발"),
    ("씨ㅂ", "씨발"),
    ("ㅅ발", "시발"),
    ("ㅆ발", "씨발"),
    ("병ㅅ", "병신"),
    ("ㅂ신", "병신"),
    ("새ㄲ", "새끼"),
    ("ㅅ끼", "새끼"),
    ("지ㄹ", "지랄"),
    ("ㅈ랄", "지랄"),
    ("느금ㅁ", "느금마"),
];

/// Numbers that are read aloud, before what makes them an insult.
const NUMBERS: [(&str, &str, &[&str]); 2] = [
    ("18", "시팔", &["놈", "새", "럼", "것들", "ㅅㄲ"]),
    ("10", "씹", &["새", "놈", "할", "ㅅㄲ"]),
];

/// The text with initials and signs spelt out.
pub(super) fn spell_out(text: &str) -> String {
    halves(&initials(&numbers(&look_alikes(text))))
}

/// Signs that look like a vowel behind a consonant that stands by itself, and ㅇ before a vowel.
fn look_alikes(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (i, &c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| chars[i]);
        let after = chars.get(i + 1).copied();
        let consonant = before.is_some_and(|c| is_consonant(c) && !matches!(c, 'ㅋ' | 'ㅎ'));
        let hangul_follows = after.is_some_and(|c| is_jamo(c) || matches!(c, '가'..='힣'));
        let eight = matches!(before, Some('시' | '씨' | 'ㅅ' | 'ㅆ' | '싀'));
        out.push(match c {
            '1' | 'l' | 'I' | 'i' if consonant => 'ㅣ',
            '!' | '|' | '¡' if consonant && hangul_follows => 'ㅣ',
            'r' if consonant => 'ㅏ',
            'H' if consonant => 'ㅐ',
            'T' if consonant => 'ㅜ',
            '-' | '_' if consonant && hangul_follows => 'ㅡ',
            '0' | 'o' | 'O' if after.is_some_and(is_vowel) => 'ㅇ',
            '8' if eight && !after.is_some_and(|c| c == '분' || c.is_ascii_digit()) => '발',
            c => c,
        });
    }
    out
}

fn numbers(text: &str) -> String {
    let mut out = text.to_owned();
    for (number, word, insults) in NUMBERS {
        for insult in insults {
            let from = format!("{number}{insult}");
            let to = format!("{word}{insult}");
            let joined = |at: usize| out[..at].ends_with(|c: char| c.is_ascii_digit());
            if out.find(&from).is_some_and(|at| !joined(at)) {
                out = out.replacen(&from, &to, 1);
            }
        }
    }
    out
}

/// Replaces runs of consonants that are initials; laughter behind them is no part of the run.
fn initials(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let run = chars[i..].iter().take_while(|c| is_consonant(**c)).count();
        if run == 0 {
            out.push(chars[i]);
            i += 1;
            continue;
        }
        let letters: String = chars[i..i + run].iter().collect();
        let word = letters.trim_end_matches(['ㅋ', 'ㅎ']);
        // ㅅㅂㅏㄹ: the last letter begins a syllable.
        let spelt = chars
            .get(i + run)
            .is_some_and(|c| is_vowel(*c) && !matches!(c, 'ㅠ' | 'ㅜ'));
        let meant = INITIALS
            .iter()
            .find(|(initials, _)| *initials == word && !spelt);
        match meant {
            Some((_, meant)) => {
                out.push_str(meant);
                out.push_str(&letters[word.len()..]);
            }
            None => out.push_str(&letters),
        }
        i += run;
    }
    out
}

fn halves(text: &str) -> String {
    let mut out = text.to_owned();
    for (half, word) in HALVES {
        let Some(at) = out.find(half) else { continue };
        let after = &out[at + half.len()..];
        let spelt = half.ends_with(is_jamo) && after.starts_with(is_jamo);
        let joined = half.starts_with(is_jamo) && out[..at].ends_with(is_jamo);
        if !spelt && !joined {
            out.replace_range(at..at + half.len(), word);
        }
    }
    out
}
