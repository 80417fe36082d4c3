//! What the learner sent, made safe to embed, store and show.

use unicode_normalization::UnicodeNormalization;

/// Characters of a message that are read; the rest is cut off.
pub const MAX_CHARS: usize = 4_000;

/// A message as both conversations read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised {
    /// NFC, without control and escape sequences, trimmed, at most [`MAX_CHARS`] characters.
    pub text: String,
    /// The end was cut off.
    pub cut: bool,
}

/// Normalises a message: composes Hangul typed as single jamo by some systems, drops what would
/// move a terminal's cursor, trims, and keeps the first [`MAX_CHARS`] characters.
pub fn normalise(message: &str) -> Normalised {
    let clean: String = strip_controls(message).nfc().collect();
    let clean = clean.trim();
    let kept = clean
        .char_indices()
        .nth(MAX_CHARS)
        .map_or(clean, |(end, _)| &clean[..end]);
    Normalised {
        text: kept.trim_end().to_owned(),
        cut: kept.len() < clean.len(),
    }
}

/// Drops escape sequences, control characters and bidirectional overrides. Line ends of any kind
/// become `\n`, a tab becomes a space.
pub fn strip_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' => out.push(' '),
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_control_sequence(&mut chars),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut chars),
            c if c.is_control() || is_format(c) => {}
            c => out.push(c),
        }
    }
    out
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// What follows an ESC (ECMA-48): a control sequence, a string, or a short escape.
fn skip_escape(chars: &mut Chars) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_control_sequence(chars);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            chars.next();
            skip_string(chars);
        }
        _ => {
            while chars.next_if(|c| matches!(c, ' '..='/')).is_some() {}
            chars.next_if(|c| matches!(c, '0'..='~'));
        }
    }
}

/// Parameters, intermediates, one final character.
fn skip_control_sequence(chars: &mut Chars) {
    while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
    chars.next_if(|c| matches!(c, '@'..='~'));
}

/// Up to BEL or the string terminator; an unclosed string ends with its line, so that one stray
/// byte does not swallow an answer.
fn skip_string(chars: &mut Chars) {
    while let Some(c) = chars.next_if(|c| !matches!(c, '\n' | '\r')) {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                chars.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

/// Invisible characters that reorder or hide text. The zero-width joiner stays: emoji need it.
fn is_format(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

/// The sentences of a text where there are several; none of a single one, which is the text itself.
pub fn sentences(text: &str) -> Vec<&str> {
    let parts = text.split_inclusive(['.', '!', '?', '~', '\n']);
    let parts = parts.map(str::trim);
    let parts: Vec<&str> = parts
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .collect();
    if parts.len() > 1 { parts } else { Vec::new() }
}

/// A message without signs, spaces, and laughter or tears at its end, in small letters: what two ways of
/// typing the same have in common. One of signs alone keeps them.
pub fn bare(message: &str) -> String {
    let letters: String = message.chars().filter(|c| c.is_alphanumeric()).collect();
    let letters = letters.to_lowercase();
    match letters.trim_end_matches(['ㅋ', 'ㅎ', 'ㅠ', 'ㅜ']) {
        "" => message.split_whitespace().collect(),
        bare => bare.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn jamo_become_syllables() {
        assert_eq!(normalise("\u{1112}\u{1161}\u{11ab}").text, "한");
    }

    #[test]
    fn pasted_line_ends_become_plain_ones() {
        assert_eq!(normalise("\r\n하나\r\n둘\r셋\n").text, "하나\n둘\n셋");
    }

    #[test]
    fn escape_sequences_leave_no_trace() {
        for (dirty, clean) in [
            ("\u{1b}[31m빨강\u{1b}[0m", "빨강"),
            ("\u{1b}]0;title\u{7}제목", "제목"),
            ("\u{1b}]8;;http://x\u{1b}\\링크", "링크"),
            ("\u{1b}Pq#0\u{1b}\\그림", "그림"),
            ("\u{1b}(B글자\u{1b}c", "글자"),
            ("\u{9b}2J지움", "지움"),
            ("벨\u{7}과 \u{202e}뒤집기\u{0}", "벨과 뒤집기"),
            ("\u{1b}]닫히지 않은 제목\n둘째 줄", "둘째 줄"),
        ] {
            assert_eq!(normalise(dirty).text, clean, "{dirty:?}");
        }
    }

    #[test]
    fn a_family_stays_together() {
        assert_eq!(normalise("👩\u{200d}💻 개발자").text, "👩\u{200d}💻 개발자");
    }

    #[test]
    fn a_hundred_thousand_characters_are_cut_to_four_thousand() {
        let long = normalise(&"가".repeat(100_000));
        assert_eq!(long.text.chars().count(), MAX_CHARS);
        assert!(long.cut);
        let fits = normalise(&"가".repeat(MAX_CHARS));
        assert_eq!(fits.text.chars().count(), MAX_CHARS);
        assert!(!fits.cut);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_comes_out_tame(message in "\\PC{0,40}|[\\x00-\\x7f\u{80}-\u{9f}]{0,40}|.{0,40}") {
            let once = normalise(&message);
            prop_assert!(!once.text.chars().any(|c| c.is_control() && c != '\n'));
            prop_assert_eq!(once.text.trim(), &once.text);
            prop_assert_eq!(normalise(&once.text), Normalised { text: once.text.clone(), cut: false });
        }
    }

    #[test]
    fn a_text_has_sentences_where_there_are_several() {
        assert_eq!(
            sentences("안녕 오로라! 나 수진이야"),
            ["안녕 오로라!", "나 수진이야"]
        );
        assert_eq!(sentences("정말?? 왜..."), ["정말?", "왜."]);
        assert!(sentences("안녕 ㅎㅎ").is_empty() && sentences("응!!").is_empty());
    }
}
