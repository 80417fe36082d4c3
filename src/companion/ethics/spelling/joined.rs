//! What was slipped between syllables, taken out: 시@발, 시1발, 시 발.

use super::jamo::is_jamo;

/// The most signs between two syllables that are taken for one slip.
const SLIPPED: usize = 4;

/// Joins syllables that stand by themselves, one after the other or apart by signs.
pub(super) fn join(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut single: Option<char> = None;
    let mut gap = String::new();
    for token in text.split_inclusive(char::is_whitespace) {
        let word = token.trim_end();
        if word.is_empty() {
            gap.push_str(token);
            continue;
        }
        let alone = is_single(word);
        // Words of one syllable, one after the other; not 씨 behind a name, nor what follows that.
        let glued = alone
            && single.is_some_and(|before| {
                let title = is_surname(before) && word == "씨";
                !(title || before == '씨' && is_after_name(&out))
            });
        if !glued {
            out.push_str(&gap);
        }
        out.push_str(&inside(word));
        single = word.chars().next().filter(|_| alone);
        gap = token[word.len()..].to_owned();
    }
    out.push_str(&gap);
    out
}

/// Takes signs out of a word, where a single syllable stands beside them.
fn inside(word: &str) -> String {
    let mut pieces: Vec<(String, String)> = Vec::new();
    for c in word.chars() {
        match pieces.last_mut() {
            Some((_, signs)) if !is_hangul(c) => signs.push(c),
            Some((letters, signs)) if signs.is_empty() => letters.push(c),
            None if !is_hangul(c) => pieces.push((String::new(), c.to_string())),
            _ => pieces.push((c.to_string(), String::new())),
        }
    }
    let mut out = String::with_capacity(word.len());
    for (i, (letters, signs)) in pieces.iter().enumerate() {
        out.push_str(letters);
        let next = pieces.get(i + 1).map(|(letters, _)| letters.as_str());
        let slipped = next.is_some_and(|next| slips(letters, signs, next));
        if !slipped {
            out.push_str(signs);
        }
    }
    out
}

fn slips(before: &str, signs: &str, after: &str) -> bool {
    let one = |letters: &str| letters.chars().count() == 1;
    let latin = signs.chars().filter(char::is_ascii_alphabetic).count();
    if before.is_empty() || signs.chars().count() > SLIPPED || latin > 2 {
        return false;
    }
    if signs.contains(['!', '?']) {
        one(before) && one(after)
    } else if signs.contains(['.', ',']) {
        one(before)
    } else {
        one(before) || one(after)
    }
}

fn is_hangul(c: char) -> bool {
    is_jamo(c) || matches!(c, '가'..='힣')
}

fn is_single(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(is_hangul) && chars.next().is_none()
}

fn is_surname(c: char) -> bool {
    "김이박최정강조윤장임한오서신권황안송류홍".contains(c)
}

/// 김 씨: what follows is another word.
fn is_after_name(out: &str) -> bool {
    let mut last = out.chars().rev().filter(|c| !c.is_whitespace());
    last.next() == Some('씨') && last.next().is_some_and(is_surname)
}
