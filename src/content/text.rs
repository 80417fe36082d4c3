//! Text hygiene: what may reach a terminal, and when two texts are the same.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Whether a character is refused in content: control characters other than newline and tab, and
/// the invisible marks that reorder what a reader sees.
pub fn is_forbidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => true,
        '\u{2028}' | '\u{2029}' => true,
        _ => c.is_control(),
    }
}

/// NFC, without escape sequences and forbidden characters; borrowed where nothing changes.
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_nfc(text) && !text.contains(is_forbidden) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(strip(text).nfc().collect())
}

/// Drops escape sequences whole, so that `\x1b[31m` leaves no `[31m` behind.
fn strip(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\u{1b}' => after_escape(after),
            '\u{9b}' => after_control_sequence(after),
            _ => after,
        };
        if !is_forbidden(c) {
            kept.push(c);
        }
    }
    kept
}

fn after_escape(rest: &str) -> &str {
    match rest.chars().next() {
        Some('[') => after_control_sequence(&rest[1..]),
        // A command to the terminal (its title, the clipboard, …) runs up to BEL or ESC \.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            let bell = rest.find('\u{7}').map(|at| at + 1);
            let string_terminator = rest.find("\u{1b}\\").map(|at| at + 2);
            let end = match (bell, string_terminator) {
                (Some(a), Some(b)) => a.min(b),
                (a, b) => a.or(b).unwrap_or(1),
            };
            &rest[end..]
        }
        Some(c) if c.is_ascii_graphic() => &rest[1..],
        _ => rest,
    }
}

fn after_control_sequence(rest: &str) -> &str {
    let parameters = rest.trim_start_matches(|c: char| (' '..='?').contains(&c));
    match parameters.chars().next() {
        Some(c) if c.is_ascii_graphic() => &parameters[1..],
        _ => parameters,
    }
}

/// What is compared when two messages are asked to be the same: NFC, lower case, letters and
/// digits only. A message without any is compared by its characters.
pub fn fold(text: &str) -> String {
    let folded: String = text
        .nfc()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if folded.is_empty() {
        text.nfc().filter(|c| !c.is_whitespace()).collect()
    } else {
        folded
    }
}

/// The first `limit` characters on one line, with an ellipsis where something was left out.
pub fn excerpt(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The known word with the fewest edits to `word`; none where nothing is known.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .min_by_key(|candidate| edit_distance(word, candidate))
}

/// Levenshtein distance in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_go_as_a_whole_and_text_stays() {
        assert_eq!(clean("\u{1b}[31m빨강\u{1b}[0m"), "빨강");
        assert_eq!(clean("\u{1b}]0;title\u{7}LoRA"), "LoRA");
        assert_eq!(clean("\u{1b}]52;c;aGk=\u{1b}\\LoRA"), "LoRA");
        assert_eq!(clean("\u{9b}2J지움"), "지움");
        assert_eq!(clean("끝이 없는 \u{1b}]0;제목"), "끝이 없는 0;제목");
        assert_eq!(clean("종\u{7} \u{202e}거꾸로"), "종 거꾸로");
        assert_eq!(clean("두 줄\r\n\t들여쓰기"), "두 줄\n\t들여쓰기");
    }

    #[test]
    fn decomposed_hangul_is_composed_and_clean_text_is_borrowed() {
        assert_eq!(clean("\u{1112}\u{1161}\u{11ab}"), "한");
        assert!(matches!(clean("이미 깨끗함 😊"), Cow::Borrowed(_)));
    }

    #[test]
    fn folding_ignores_spacing_case_and_punctuation() {
        assert_eq!(fold("LoRA 는, LoRA죠!"), fold("lora는 lora 죠"));
        assert_ne!(fold("MSE"), fold("MAE"));
        assert_ne!(fold("..."), fold("?"));
    }

    #[test]
    fn a_typo_finds_its_word() {
        assert_eq!(nearest("exmples", ["label", "examples"]), Some("examples"));
        assert_eq!(nearest("exmples", []), None);
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt("가나다\n라마", 4), "가나다 …");
        assert_eq!(excerpt("가나다", 3), "가나다");
    }

    proptest! {
        #[test]
        fn whatever_comes_in_nothing_forbidden_comes_out(text in any::<String>()) {
            let cleaned = clean(&text).into_owned();
            prop_assert!(!cleaned.contains(is_forbidden));
            prop_assert_eq!(clean(&cleaned), cleaned.as_str());
        }
    }
}
