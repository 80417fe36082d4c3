//! Which part of a message is the value to be remembered: a structured perceptron (Collins 2002)
//! over the spans that begin a word.
//!
//! A value is copied from the message, particles and endings cut off; so what is kept was said.

use std::hash::{Hash, Hasher};

use safetensors::tensor::{Dtype, SafeTensorError};
use siphasher::sip::SipHasher13;

use super::plausible::may_be_value;
use crate::engine::fitted::{self, Fitted};

/// Characters of the longest value.
const LONGEST: usize = 24;
/// Words of the longest value.
const MOST_WORDS: usize = 5;
/// Words of a message that are looked at.
const WORDS: usize = 80;
/// Passes over the examples.
const EPOCHS: usize = 8;

/// What is seen of a span is hashed into one of as many buckets as there are numbers of it.
type Bucket = u16;
const BUCKETS: usize = 1 << Bucket::BITS;

/// Finds values in messages.
#[derive(Debug, Clone, Default)]
pub struct Spans {
    /// By bucket; empty where nothing was learned.
    weights: Vec<f32>,
}

/// Key, message and value.
pub type Statement<'a> = (&'a str, &'a str, &'a str);

/// What is seen of the spans of a message, one after the other: of many thousands of messages at once.
#[derive(Debug, Default)]
struct Seen {
    buckets: Vec<Bucket>,
    /// Where each span's end.
    ends: Vec<u32>,
}

impl Seen {
    fn of(key: &str, message: &str, places: &[Place<'_>]) -> Self {
        let mut seen = Self::default();
        for place in places {
            see(key, message, *place, &mut seen.buckets);
            seen.ends.push(seen.buckets.len() as u32);
        }
        seen
    }

    fn span(&self, place: usize) -> &[Bucket] {
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.buckets[begin as usize..self.ends[place] as usize]
    }

    fn spans(&self) -> impl Iterator<Item = &[Bucket]> {
        (0..self.ends.len()).map(|place| self.span(place))
    }
}

impl Spans {
    /// Learns from statements; those whose value does not stand in the message are passed over.
    pub fn fit(statements: &[Statement<'_>]) -> Self {
        let lessons: Vec<(Seen, usize)> = statements
            .iter()
            .filter_map(|(key, message, value)| {
                let places = places(message);
                let wanted = places.iter().position(|(_, span)| span == value)?;
                Some((Seen::of(key, message, &places), wanted))
            })
            .collect();
        let mut model = Self {
            weights: vec![0.; BUCKETS],
        };
        let mut sums = vec![0f32; BUCKETS];
        let mut steps = 0f32;
        for _ in 0..EPOCHS {
            for (seen, wanted) in &lessons {
                steps += 1.;
                let Some(said) = model.best(seen) else {
                    continue;
                };
                if said == *wanted {
                    continue;
                }
                for (span, by) in [(*wanted, 1.), (said, -1.)] {
                    for bucket in seen.span(span) {
                        // Averaged over all steps, or the last mistakes would count too much.
                        sums[usize::from(*bucket)] += steps * by;
                        model.weights[usize::from(*bucket)] += by;
                    }
                }
            }
        }
        for (weight, sum) in model.weights.iter_mut().zip(sums) {
            *weight -= sum / (steps + 1.);
        }
        model
    }

    /// The part of a message that is the value of a key; none where the message has no words.
    pub fn find<'a>(&self, key: &str, message: &'a str) -> Option<&'a str> {
        let mut places = places(message);
        places.retain(|(_, span)| may_be_value(key, span));
        let best = self.best(&Seen::of(key, message, &places))?;
        places.get(best).map(|(_, span)| *span)
    }

    /// The best of several spans; of equal ones the first, whatever else changes.
    fn best(&self, seen: &Seen) -> Option<usize> {
        let weight = |bucket: &Bucket| {
            let weight = self.weights.get(usize::from(*bucket));
            weight.copied().unwrap_or_default()
        };
        let scored = seen
            .spans()
            .map(|buckets| buckets.iter().map(weight).sum::<f32>());
        let best = scored
            .enumerate()
            .reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(place, _)| place)
    }
}

/// The one tensor of a file.
const WEIGHTS: &str = "weights";

impl Fitted for Spans {
    fn to_bytes(&self, examples: &str) -> Result<Vec<u8>, SafeTensorError> {
        let bytes = self.weights.iter().flat_map(|weight| weight.to_le_bytes());
        let shape = vec![self.weights.len()];
        fitted::file(&[(WEIGHTS, Dtype::F32, shape, bytes.collect())], examples)
    }

    fn from_bytes(file: &[u8], examples: &str) -> Option<Self> {
        let tensors = fitted::tensors(file, examples)?;
        let weights = tensors.tensor(WEIGHTS).ok()?;
        let numbers = weights.data().as_chunks().0.iter().copied();
        let sound = weights.dtype() == Dtype::F32 && weights.shape() == [BUCKETS];
        sound.then(|| Self {
            weights: numbers.map(f32::from_le_bytes).collect(),
        })
    }
}

/// A part of a message, and the byte at which it begins.
type Place<'a> = (usize, &'a str);

/// Every value that a message may hold: from the beginning of a word to any character after it.
pub fn spans(message: &str) -> Vec<&str> {
    places(message).into_iter().map(|(_, span)| span).collect()
}

fn places(message: &str) -> Vec<Place<'_>> {
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
                spans.push((start, span));
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

/// What is seen of a span, in buckets: what it begins and ends with, and what stands around it.
fn see(key: &str, message: &str, (start, span): Place<'_>, buckets: &mut Vec<Bucket>) {
    let (before, after) = (&message[..start], &message[start + span.len()..]);
    let mut see = |what: u8, parts: &[&str], number: usize| {
        let mut hasher = SipHasher13::new();
        (what, parts, number).hash(&mut hasher);
        buckets.push(hasher.finish() as Bucket);
    };
    let (words, letters) = (span.split(' ').count(), span.chars().count());
    let last = before.trim_end().rsplit(' ').next().unwrap_or("");
    let next = after.trim_start().split(' ').next().unwrap_or("");
    let first = after.chars().next();
    let word_ends = usize::from(first.is_none_or(|c| c.is_whitespace() || is_mark(c)));
    let rest = after
        .split([' ', '!', '?', '.', ',', '~'])
        .next()
        .unwrap_or("");
    see(0, &[rest], 0);
    see(1, &[head(rest, 2), head(next, 2)], 0);
    see(2, &[tail(span, 1)], word_ends);
    see(3, &[tail(span, 2)], word_ends);
    see(4, &[key], word_ends);
    see(5, &[last], 0);
    see(6, &[tail(last, 1)], 0);
    see(7, &[head(next, 2)], 0);
    see(8, &[], words);
    see(9, &[], letters.min(12));
    see(10, &[key], words);
    see(11, &[key, last], 0);
    see(12, &[key, rest], 0);
    see(13, &[key, tail(span, 1)], 0);
    see(14, &[], usize::from(start == 0));
    see(15, &[key, span], 0);
    for word in span.split(' ') {
        let digits = word.chars().any(|c| c.is_ascii_digit());
        let latin = word.chars().all(|c| c.is_ascii_alphabetic());
        see(16, &[word], 0);
        see(17, &[], usize::from(digits));
        see(18, &[key], usize::from(latin));
    }
}

/// The first characters of a text.
fn head(text: &str, n: usize) -> &str {
    let end = text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// The last characters of a text.
fn tail(text: &str, n: usize) -> &str {
    let begin = text.char_indices().rev().nth(n.saturating_sub(1));
    begin.map_or(text, |(at, _)| &text[at..])
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

        let file = model.to_bytes("six").unwrap();
        let read = Spans::from_bytes(&file, "six").unwrap();
        assert_eq!(read.weights, model.weights);
        assert!(Spans::from_bytes(&file, "seven").is_none());
    }

    proptest! {
        #[test]
        fn a_span_is_a_value_that_was_said(message in "\\PC{0,60}") {
            for span in spans(&message) {
                prop_assert!(message.contains(span));
                prop_assert!(span == span.trim() && !span.is_empty());
                prop_assert!(!span.contains(['[', ']', '\n']));
                prop_assert!(span.chars().count() <= LONGEST);
            }
        }
    }
}
