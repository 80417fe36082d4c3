//! What a message may be meant to be read as, where it is spelt to slip past a classifier.
//!
//! A message goes through these steps, and what differs after one is a variant to be classified
//! beside it: letters of other alphabets and widths become plain ones (`fold`), initials and signs that
//! stand for letters are spelt out (`slang`), single jamo become syllables ([`jamo`]), what was slipped
//! between syllables is taken out (`joined`), what was drawn out is shortened (`shortened`). A word typed
//! on the Latin keyboard layout is read on the Korean one.
//!
//! The steps act where something was tampered with and leave ordinary writing alone: "김 씨 발표" and "이 시
//! 발음이 어려워" have no variant that joins the wrong syllables.

mod joined;
mod keyboard;
mod shortened;
mod slang;

pub mod jamo;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The readings of a message beside its own, in the order of the steps; none of an ordinary one.
pub fn variants(message: &str) -> Vec<String> {
    let plain = folded(message);
    let spelt = jamo::compose(&slang::spell_out(&plain));
    let joined = jamo::compose(&slang::spell_out(&joined::join(&spelt)));
    let short = shortened::shorten(&joined);
    let mut variants: Vec<String> = Vec::new();
    for variant in [plain.clone(), spelt, joined, short]
        .into_iter()
        .chain(keyboard::read(&plain))
    {
        let same = |other: &str| other.to_lowercase() == variant.to_lowercase();
        if !same(message) && !variants.iter().any(|known| same(known)) {
            variants.push(variant);
        }
    }
    variants
}

/// Without what is invisible; letters of other widths, circled and styled ones as plain ones.
fn folded(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for c in message.chars() {
        match c {
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' => {}
            '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => {}
            _ if is_combining_mark(c) => {}
            '\u{ff01}'..='\u{ffef}'
            | '㉠'..='㉾'
            | '㈀'..='㈞'
            | '\u{1d400}'..='\u{1d7ff}'
            | 'Ⓐ'..='ⓩ' => {
                text.extend(c.nfkc().filter(|c| !matches!(c, '(' | ')')));
            }
            _ => text.push(c),
        }
    }
    let composed: String = text.nfc().collect();
    composed.chars().map(jamo::compatible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn reads(message: &str, meant: &str) {
        let variants = variants(message);
        assert!(
            variants.iter().any(|variant| variant.contains(meant)),
            "{message}: {variants:?}"
        );
    }

    #[test]
    fn what_is_slipped_in_is_taken_out() {
        for (message, meant) in [
            ("시1발", "시발"),
            ("시@발 뭐야", "시발 뭐야"),
            ("시.발", "시발"),
            ("씨_발놈아", "씨발놈아"),
            ("시 발", "시발"),
            ("시  발 놈 아", "시발놈아"),
            ("병*신", "병신"),
            ("개@@새@끼", "개새끼"),
            ("느@금@마", "느금마"),
            ("니애#미", "니애미"),
            ("시♥발", "시발"),
            ("ㅅ.ㅂ", "시발"),
            ("시\u{200b}발", "시발"),
            ("시\u{3164}발", "시발"),
        ] {
            reads(message, meant);
        }
    }

    #[test]
    fn jamo_are_composed() {
        for (message, meant) in [
            ("ㅅㅣㅂㅏㄹ", "시발"),
            ("시바ㄹ", "시발"),
            ("시ㅂㅏㄹ", "시발"),
            ("ㅅㅣ발", "시발"),
            ("ㅂㅕㅇㅅㅣㄴ", "병신"),
            ("ㄱㅐㅅㅐㄲㅣ야", "개새끼야"),
            ("ㅅ ㅣ ㅂ ㅏ ㄹ", "시발"),
            ("ㅅㅣㅂㅏㄹㅋㅋㅋ", "시발"),
        ] {
            reads(message, meant);
        }
    }

    #[test]
    fn signs_and_initials_are_read_as_letters() {
        for (message, meant) in [
            ("ㅅ1발", "시발"),
            ("ㅆl발", "씨발"),
            ("ㅅlㅂr", "시바"),
            ("ㅆ!발", "씨발"),
            ("ㅅㅂ", "시발"),
            ("ㅅㅂㅋㅋ", "시발"),
            ("ㅂㅅ 같은", "병신 같은"),
            ("ㅄ", "병신"),
            ("시8", "시발"),
            ("18놈", "시팔놈"),
            ("10새끼", "씹새끼"),
            ("ㄱH새끼", "개새끼"),
            ("ｔｌｑｋｆ", "시발"),
            ("tlqkf", "시발"),
            ("qudtls 아", "병신 아"),
            ("㉦ㅣ발", "시발"),
        ] {
            reads(message, meant);
        }
    }

    #[test]
    fn what_is_drawn_out_is_shortened() {
        for (message, meant) in [
            ("시이이발", "시발"),
            ("씨이발", "씨발"),
            ("시시시발", "시발"),
            ("시~이~발", "시발"),
            ("병시이인", "병신"),
            ("씨바아알", "씨발"),
        ] {
            reads(message, meant);
        }
    }

    #[test]
    fn ordinary_messages_have_no_other_reading() {
        for message in [
            "오늘 면접 준비는 잘 되고 있어?",
            "LoRA는 저랭크 행렬 두 개를 곱하는 방법이야.",
            "ㅋㅋㅋㅋ 진짜 웃기다 ㅠㅠ",
            "ㅇㅇ 알겠어 ㅎㅎ",
            "MSE Loss = (y - p)^2 이고, 확률에는 안 써요!",
            "Softmax 와 Cross-Entropy",
            "안녕하세요? 반갑습니다. 잘 부탁드려요!",
            "",
        ] {
            assert_eq!(variants(message), Vec::<String>::new(), "{message}");
        }
    }

    #[test]
    fn neighbouring_words_are_not_joined_into_others() {
        for message in [
            "김 씨 발표 들었어?",
            "김 씨 발 다쳤대",
            "이 시 발음이 어려워",
            "다시 발표할게",
            "다시, 발표할게!",
            "혹시 발목 다쳤어?",
            "3시 18분에 만나",
            "18살이에요",
            "2018년 11월 20일",
            "병 신고는 어디에 해?",
        ] {
            let variants = variants(message);
            for slur in ["시발", "씨발", "병신", "시팔", "씹"] {
                assert!(
                    !variants.iter().any(|variant| variant.contains(slur)),
                    "{variants:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn any_message_is_read(message in "([ㄱ-ㅣ가-힣 @1l.!~a-z]|\\PC){0,60}") {
            let variants = variants(&message);
            prop_assert!(variants.len() <= 5);
        }

        #[test]
        fn a_sign_between_two_syllables_never_hides_them(sign in "[@#$%^&*_+=/|;:'\"0-9]{1,3}") {
            prop_assume!(!sign.starts_with('8'));
            let message = format!("시{sign}발");
            prop_assert!(variants(&message).iter().any(|variant| variant.contains("시발")), "{:?}", variants(&message));
        }
    }
}
