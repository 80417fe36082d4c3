//! Text from outside made safe to draw and to send.
//!
//! Models, content files, the clipboard and the learner may all hold control characters; one escape
//! sequence drawn as it stands would take over the terminal. Joiners and variation selectors go
//! too, because terminals disagree about the width of what they join.

use std::iter::Peekable;
use std::str::Chars;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::is_nfc;

const ESCAPE: char = '\u{1b}';
const BELL: char = '\u{7}';
const STRING_TERMINATOR: char = '\u{9c}';
const TAB: &str = "    ";

/// The text without escape sequences, controls and invisible characters; line ends become `\n` and
/// tabs become spaces.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ESCAPE => skip_escape(&mut chars),
            '\u{9b}' => skip_control_sequence(&mut chars),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut chars),
            '\r' => {
                chars.next_if_eq(&'\n');
                clean.push('\n');
            }
            '\n' => clean.push('\n'),
            '\t' => clean.push_str(TAB),
            '\u{2028}' | '\u{2029}' => clean.push('\n'),
            c if c.is_control() || is_invisible(c) => {}
            c => clean.push(c),
        }
    }
    clean
}

/// What the learner typed or pasted: clean, and composed (NFC) so that Hangul from a decomposing
/// keyboard or file name is the Hangul the models were trained on.
pub fn typed(text: &str) -> String {
    composed(&clean(text))
}

/// The NFC form.
pub fn composed(text: &str) -> String {
    if is_nfc(text) {
        text.to_owned()
    } else {
        text.nfc().collect()
    }
}

/// Clean text on one line.
pub fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Zero-width joiners, direction overrides, variation selectors, tags.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Skips what follows ESC, by ECMA-48: a control sequence, a string, or one character after
/// intermediates.
fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
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
            while chars.next_if(|c| (' '..='/').contains(c)).is_some() {}
            chars.next_if(|c| ('0'..='~').contains(c));
        }
    }
}

/// Skips parameters, intermediates and the final character.
fn skip_control_sequence(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| (' '..='?').contains(c)).is_some() {}
    chars.next_if(|c| ('@'..='~').contains(c));
}

/// Skips to the terminator of a string, but never past a line: an unterminated one must not swallow
/// the whole text.
fn skip_string(chars: &mut Peekable<Chars<'_>>) {
    while let Some(c) = chars.next_if(|c| *c != '\n') {
        match c {
            BELL | STRING_TERMINATOR => return,
            ESCAPE => {
                chars.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_escape_sequence_leaves_nothing_behind() {
        assert_eq!(clean("\u{1b}[31m빨강\u{1b}[0m"), "빨강");
        assert_eq!(clean("\u{1b}]0;제목\u{7}본문"), "본문");
        assert_eq!(clean("\u{1b}]8;;http://x\u{1b}\\링크"), "링크");
        assert_eq!(clean("\u{1b}Pq…\u{9c}끝"), "끝");
        assert_eq!(clean("가\u{1b}(B나\u{1b}c다"), "가나다");
        assert_eq!(clean("\u{9b}2J가"), "가");
    }

    #[test]
    fn an_unterminated_string_ends_with_its_line() {
        assert_eq!(clean("\u{1b}]0;제목\n본문"), "\n본문");
    }

    #[test]
    fn line_ends_tabs_and_invisible_characters() {
        assert_eq!(clean("가\r\n나\r다\t라"), "가\n나\n다    라");
        assert_eq!(clean("👱\u{200d}♀\u{fe0f}\u{202e}가\u{7}"), "👱♀가");
        assert_eq!(one_line(" 가\n 나  다 "), "가 나 다");
    }

    #[test]
    fn decomposed_hangul_is_composed() {
        assert_eq!(typed("\u{1112}\u{1161}\u{11ab}"), "한");
    }

    proptest! {
        #[test]
        fn nothing_but_line_ends_of_the_controls_survives(text in any::<String>()) {
            let clean = clean(&text);
            prop_assert!(clean.chars().all(|c| c == '\n' || !c.is_control()));
        }

        #[test]
        fn cleaning_twice_changes_nothing(text in "[가-힣a-z \u{1b}\\[\\]0-9;m\r\n]{0,40}") {
            let once = clean(&text);
            prop_assert_eq!(clean(&once), once);
        }
    }
}
