//! What a generated reply must be before anybody reads it (spec.md, section 3).
//!
//! A text that fails is generated again; after a few tries the authored words stand in.

/// What is wrong with a generated text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing is said.
    #[error("empty")]
    Empty,
    /// It begins like a list item or a date.
    #[error("begins with a list number or a date")]
    ListNumber,
    /// It is numbers and signs alone.
    #[error("nothing but numbers")]
    Numbers,
    /// A marker of the prompt or of the tokenizer is in it.
    #[error("a marker inside")]
    Marker,
    /// A link is in it.
    #[error("a link inside")]
    Link,
    /// A syllable or a phrase is repeated.
    #[error("repeats itself")]
    Repetition,
    /// Control characters are in it.
    #[error("control characters")]
    Control,
    /// It does not come to its end.
    #[error("no end")]
    Endless,
    /// It asks about another topic than the one that was selected.
    #[error("about another topic")]
    OffTopic,
    /// It is not in the expected language.
    #[error("not the expected language")]
    Language,
}

/// Checks a generated text; `language` is the pack's, as BCP 47 tag.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check_reply(text: &str, language: &str) -> Result<(), Fault> {
    let text = text.trim();
    let faults = [
        (text.is_empty(), Fault::Empty),
        (
            text.chars().any(|c| c.is_control() || c == '\u{fffd}'),
            Fault::Control,
        ),
        (!text.chars().any(char::is_alphabetic), Fault::Numbers),
        (begins_with_number(text), Fault::ListNumber),
        (has_marker(text), Fault::Marker),
        (has_link(text), Fault::Link),
        (repeats(text), Fault::Repetition),
        (!is_language(text, language), Fault::Language),
    ];
    match faults.into_iter().find(|(found, _)| *found) {
        Some((_, fault)) => Err(fault),
        None => Ok(()),
    }
}

/// `1.`, `2)`, `①`, `2025-11-20`, `3월 4일`; "3가지 다 맞았어" is how people speak.
fn begins_with_number(text: &str) -> bool {
    let circled = |c| matches!(c, '①'..='⓿' | '❶'..='➓');
    if text.starts_with(circled) {
        return true;
    }
    let rest = text.trim_start_matches(['(', '[', '#', '-', '*', ' ']);
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = rest.len() - after.len();
    if digits == 0 {
        return false;
    }
    let mut following = after.chars();
    match following.next() {
        Some('.') => !following.next().is_some_and(|c| c.is_ascii_digit()),
        Some(')' | ']' | ':' | '/' | '-') => true,
        Some('년' | '월' | '일') => following.next().is_none_or(|c| !c.is_alphabetic()),
        _ => false,
    }
}

const MARKERS: [&str; 18] = [
    "발화 시작)",
    "발화 종료)",
    "(대화 주제",
    "(사용자 답변",
    "(성공한 답변",
    "(다음 질문",
    "(상황)",
    "답변 시작)",
    "답변 종료)",
    "요약 시작)",
    "요약 종료)",
    "표정 출력 시작)",
    "표정 출력 종료)",
    "(오로라 답변",
    "(사용자 질문",
    "<s>",
    "</s>",
    "<|",
];

fn has_marker(text: &str) -> bool {
    MARKERS.iter().any(|marker| text.contains(marker))
}

fn has_link(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["http", "www.", "://"]
        .iter()
        .any(|part| lower.contains(part))
}

/// A syllable this many times running is a fault, where it is no laughter.
const SYLLABLES: usize = 4;
/// A phrase this many times running is.
const PHRASES: usize = 3;
/// The longest phrase that is looked for, in characters.
const PHRASE: usize = 24;

fn repeats(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let running = |from: usize, length: usize| {
        let phrase = &characters[from..from + length];
        let rest = characters[from..].chunks_exact(length);
        rest.take_while(|chunk| *chunk == phrase).count()
    };
    (0..characters.len()).any(|from| {
        let single = !is_laughter(characters[from]) && running(from, 1) >= SYLLABLES;
        let longest = PHRASE.min((characters.len() - from) / PHRASES);
        single
            || (2..=longest).any(|length| {
                let phrase = &characters[from..from + length];
                let said = phrase
                    .iter()
                    .any(|c| c.is_alphanumeric() && !is_laughter(*c));
                said && running(from, length) >= PHRASES
            })
    })
}

/// What people write many times running: laughing, crying, dots.
fn is_laughter(c: char) -> bool {
    matches!(
        c,
        'ㄱ'..='ㅣ' | '하' | '히' | '호' | '헤' | '흐' | '푸' | '크' | '후' | '아' | '오' | '음'
    ) || !c.is_alphanumeric()
}

/// Korean with English terms in it; other languages are taken as they are.
fn is_language(text: &str, language: &str) -> bool {
    if !language.starts_with("ko") {
        return true;
    }
    let letters = text.chars().filter(|c| c.is_alphabetic());
    let (mut hangul, mut latin) = (0, 0);
    for letter in letters {
        match letter {
            '가'..='힣' | 'ㄱ'..='ㅣ' => hangul += 1,
            'A'..='Z' | 'a'..='z' | 'À'..='ʯ' | 'Ḁ'..='ỿ' | 'Ͱ'..='Ͽ' => latin += 1,
            _ => return false,
        }
    }
    // Terms and formulas are long: a syllable weighs as much as six of their letters.
    hangul > 0 && 6 * hangul >= latin
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), Fault> {
        check_reply(text, "ko")
    }

    #[test]
    fn what_people_say_passes() {
        for text in [
            "3가지 다 맞았어, 대단한데? 그럼 거대 언어 모델은 뭘까?",
            "ㅋㅋㅋㅋㅋㅋ 그건 몰랐네 ㅠㅠㅠㅠ MSE Loss는 어떻게 계산해?",
            "하하하하 좋아 좋아! 다음은 LoRA 차례야 😊",
            "2단계로 가 볼까? Loss Function 이 뭔지 말해 줘...",
            "천천히 해도 돼~~~~ 준비되면 말해 줘!!!!",
            "BCE는 -[y·log(p) + (1-y)·log(1-p)]야. 그럼 Multi-Label Classification 에 어울릴까?",
            "0.5 근처에서 멈추는 거지, 잘 봤어. 왜 그럴까?",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_no_one_says_is_named() {
        for (text, fault) in [
            ("", Fault::Empty),
            ("  \n", Fault::Empty),
            ("1. 인공지능은 무엇일까?", Fault::ListNumber),
            ("2) 다음 질문이야", Fault::ListNumber),
            ("① 먼저 이것부터", Fault::ListNumber),
            ("2025년 11월의 질문이야", Fault::ListNumber),
            ("2025-11-20 면접", Fault::ListNumber),
            ("3월 4일에 보자", Fault::ListNumber),
            ("12 34 56", Fault::Numbers),
            ("...!?", Fault::Numbers),
            ("좋아! (발화 종료) 그다음", Fault::Marker),
            ("좋아! </s>", Fault::Marker),
            ("그래 (요약 종료)", Fault::Marker),
            ("자세한 건 http://a.b 를 봐", Fault::Link),
            ("정말 한한한한 대단해", Fault::Repetition),
            (
                "그러니까 뭐냐면 그러니까 뭐냐면 그러니까 뭐냐면 말이야",
                Fault::Repetition,
            ),
            ("잘했어\u{7} 다음!", Fault::Control),
            ("좋\u{fffd}아", Fault::Control),
            (
                "Great job! What is a language model, exactly?",
                Fault::Language,
            ),
            ("素晴らしい 정답이야", Fault::Language),
        ] {
            assert_eq!(check(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn another_language_is_not_held_to_korean() {
        assert_eq!(check_reply("Well done! What is LoRA?", "en"), Ok(()));
    }
}
