//! Which part of a message is the value to be remembered: a structured perceptron (Collins 2002)
//! over the spans that begin a word.
//!
//! A value is copied from the message, particles and endings cut off; so what is kept was said.

use std::collections::HashMap;

/// Characters of the longest value.
const LONGEST: usize = 24;
/// Words of the longest value.
const MOST_WORDS: usize = 5;
/// Words of a message that are looked at.
const WORDS: usize = 80;
/// Passes over the examples.
const EPOCHS: usize = 8;

/// Finds values in messages.
#[derive(Debug, Clone, Default)]
pub struct Spans {
    weights: HashMap<String, f32>,
}

/// Key, message and value.
pub type Statement<'a> = (&'a str, &'a str, &'a str);

impl Spans {
    /// Learns from statements; those whose value does not stand in the message are passed over.
    pub fn fit(statements: &[Statement<'_>]) -> Self {
        let mut model = Self::default();
        let mut sums: HashMap<String, f32> = HashMap::new();
        let mut steps = 0f32;
        for _ in 0..EPOCHS {
            for (key, message, value) in statements {
                let spans = spans(message);
                if !spans.contains(value) {
                    continue;
                }
                steps += 1.;
                let Some(said) = model.best(key, message, &spans) else {
                    continue;
                };
                if said == *value {
                    continue;
                }
                for (span, by) in [(*value, 1.), (said, -1.)] {
                    for feature in features(key, message, span) {
                        // Averaged over all steps, or the last mistakes would count too much.
                        *sums.entry(feature.clone()).or_default() += steps * by;
                        *model.weights.entry(feature).or_default() += by;
                    }
                }
            }
        }
        for (feature, weight) in &mut model.weights {
            *weight -= sums.get(feature).unwrap_or(&0.) / (steps + 1.);
        }
        model
    }

    /// The part of a message that is the value of a key; none where the message has no words.
    pub fn find<'a>(&self, key: &str, message: &'a str) -> Option<&'a str> {
        self.best(key, message, &spans(message))
    }

    fn best<'a>(&self, key: &str, message: &'a str, spans: &[&'a str]) -> Option<&'a str> {
        let score = |span: &&str| -> f32 {
            let features = features(key, message, span);
            features
                .iter()
                .filter_map(|feature| self.weights.get(feature))
                .sum()
        };
        let scored = spans.iter().map(|span| (score(span), *span));
        // Of equal ones the first, whatever else changes.
        let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map(|(_, span)| span)
    }
}

/// Every value that a message may hold: from the beginning of a word to any character after it.
pub fn spans(message: &str) -> Vec<&str> {
    let mut spans = Vec::new();
    let starts = message.char_indices().filter(|(place, c)| {
        let before = message[..*place].chars().next_back();
        !c.is_whitespace() && before.is_none_or(|b| b.is_whitespace() || is_mark(b)) && !is_mark(*c)
    });
    for (start, _) in starts.take(WORDS) {
        let rest = &message[start..];
        for (index, (place, character)) in rest.char_indices().enumerate() {
            let span = &rest[..place + character.len_utf8()];
            let words = span.split(' ').count();
            if index >= LONGEST || words > MOST_WORDS || "[]\n".contains(character) {
                break;
            }
            if !character.is_whitespace() && !is_mark(character) {
                spans.push(span);
            }
        }
    }
    spans
}

/// What cuts words and belongs to none.
fn is_mark(character: char) -> bool {
    matches!(
        character,
        '!' | '?' | '.' | ',' | '~' | '…' | '"' | '\'' | '(' | ')' | ':' | '[' | ']'
    )
}

/// What is seen of a span: what it begins and ends with, and what stands around it.
fn features(key: &str, message: &str, span: &str) -> Vec<String> {
    // A span is a part of the message, so its place is the difference of their addresses.
    let start = span.as_ptr() as usize - message.as_ptr() as usize;
    let (before, after) = (&message[..start], &message[start + span.len()..]);
    let tail = |text: &str, n: usize| -> String {
        let letters: Vec<char> = text.chars().collect();
        letters[letters.len().saturating_sub(n)..].iter().collect()
    };
    let head = |text: &str, n: usize| -> String { text.chars().take(n).collect() };
    let (words, letters) = (span.split(' ').count(), span.chars().count());
    let last = before.trim_end().rsplit(' ').next().unwrap_or("");
    let next = after.trim_start().split(' ').next().unwrap_or("");
    let word_ends = after
        .chars()
        .next()
        .is_none_or(|c| c.is_whitespace() || is_mark(c));
    let rest = after
        .split([' ', '!', '?', '.', ',', '~'])
        .next()
        .unwrap_or("");
    let mut features = vec![
        format!("rest {rest}"),
        format!("rest next {} {}", head(rest, 2), head(next, 2)),
        format!("ends {word_ends} {}", tail(span, 1)),
        format!("ends {word_ends} {}", tail(span, 2)),
        format!("key ends {key} {word_ends}"),
        format!("last {last}"),
        format!("last tail {}", tail(last, 1)),
        format!("next {}", head(next, 2)),
        format!("words {words}"),
        format!("letters {}", letters.min(12)),
        format!("key words {key} {words}"),
        format!("key last {key} {last}"),
        format!("key rest {key} {rest}"),
        format!("key tail {key} {}", tail(span, 1)),
        format!("first {}", start == 0),
        format!("key span {key} {span}"),
    ];
    for word in span.split(' ') {
        features.push(format!("word {word}"));
        features.push(format!(
            "digits {}",
            word.chars().any(|c| c.is_ascii_digit())
        ));
        features.push(format!(
            "latin {key} {}",
            word.chars().all(|c| c.is_ascii_alphabetic())
        ));
    }
    features
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_found_without_their_particles() {
        let statements = [
            ("오늘 식사", "점심은 김밥으로 때움", "김밥"),
            ("오늘 식사", "저녁은 라면으로 때웠어", "라면"),
            ("오늘 식사", "아침은 시리얼로 때움", "시리얼"),
            ("이름", "내 이름은 민재야", "민재"),
            ("이름", "내 이름은 소라야", "소라"),
            ("이름", "제 이름은 도윤이에요", "도윤"),
        ];
        let model = Spans::fit(&statements);
        assert_eq!(
            model.find("오늘 식사", "점심은 우동으로 때웠어"),
            Some("우동")
        );
        assert_eq!(model.find("이름", "내 이름은 지호야"), Some("지호"));
        assert_eq!(model.find("이름", ""), None);
    }

    proptest! {
        #[test]
        fn a_span_is_a_value_that_was_said(message in "\\PC{0,60}") {
            for span in spans(&message) {
                prop_assert!(message.contains(span));
                prop_assert!(span == span.trim() && !span.is_empty());
                prop_assert!(!span.contains(['[', ']', '\n', ':']));
                prop_assert!(span.chars().count() <= LONGEST);
            }
        }
    }
}
