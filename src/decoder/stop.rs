//! Where a generated text ends: at a sequence of tokens, or at its text, however it was tokenized.

use super::error::DecoderError;
use super::tokenizer::DecoderTokenizer;

/// What ends a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopSequence {
    /// As the tokenizer writes it; a special token has no other form.
    pub ids: Vec<u32>,
    /// As it is read.
    pub text: String,
}

impl StopSequence {
    /// A stop sequence of a text.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn new(text: &str, tokenizer: &DecoderTokenizer) -> Result<Self, DecoderError> {
        Ok(Self {
            ids: tokenizer.encode(text, false)?,
            text: text.to_owned(),
        })
    }
}

/// The text so far, of which nothing is given away that may belong to a stop sequence.
pub struct StopText<'a> {
    stops: &'a [StopSequence],
    text: String,
    /// Bytes that cannot belong to a stop sequence any more.
    certain: usize,
}

impl<'a> StopText<'a> {
    /// An empty text.
    pub fn new(stops: &'a [StopSequence]) -> Self {
        Self {
            stops,
            text: String::new(),
            certain: 0,
        }
    }

    /// Whether these tokens end with a stop sequence.
    pub fn ends(&self, ids: &[u32]) -> bool {
        let mut stops = self.stops.iter();
        stops.any(|stop| !stop.ids.is_empty() && ids.ends_with(&stop.ids))
    }

    /// Adds text; whether it holds a stop sequence now, before which the text then ends.
    pub fn push(&mut self, new: &str) -> bool {
        self.text.push_str(new);
        let rest = &self.text[self.certain..];
        let texts = || self.stops.iter().map(|stop| stop.text.as_str());
        let found = texts().filter(|stop| !stop.is_empty());
        if let Some(place) = found.filter_map(|stop| rest.find(stop)).min() {
            self.certain += place;
            self.text.truncate(self.certain);
            return true;
        }
        let held = texts().map(|stop| overlap(rest, stop)).max().unwrap_or(0);
        self.certain = self.text.len() - held;
        false
    }

    /// Ends the text: by `token` it has come to a stop sequence, or else to its natural end.
    pub fn finish(mut self, by_tokens: bool) -> String {
        if by_tokens {
            // The text of the tokens may not have come in whole; what of it came is at the end.
            self.text.truncate(self.certain);
        }
        self.text
    }

    /// The text that may be shown.
    pub fn visible(&self) -> &str {
        &self.text[..self.certain]
    }
}

/// Length of the longest end of `text` that `stop` begins with.
fn overlap(text: &str, stop: &str) -> usize {
    let lengths = stop.char_indices().map(|(length, _)| length);
    let fits = lengths.filter(|length| text.ends_with(&stop[..*length]));
    fits.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stop(text: &str) -> StopSequence {
        StopSequence {
            ids: vec![7, 8],
            text: text.to_owned(),
        }
    }

    #[test]
    fn no_part_of_the_stop_text_is_ever_visible() {
        let stops = [stop("(발화 종료)")];
        let mut text = StopText::new(&stops);
        assert!(!text.push("좋아 (발화"));
        assert_eq!(text.visible(), "좋아 ");
        assert!(!text.push(" 시작) (발"));
        assert_eq!(text.visible(), "좋아 (발화 시작) ");
        assert!(text.push("화 종료) 더"));
        assert_eq!(text.visible(), "좋아 (발화 시작) ");
    }

    #[test]
    fn tokens_end_a_text_and_take_what_was_held_back() {
        let stops = [stop("<|end|>")];
        let mut text = StopText::new(&stops);
        text.push("a <|");
        assert!(text.ends(&[1, 7, 8]) && !text.ends(&[8]));
        assert_eq!(text.finish(true), "a ");
        let mut text = StopText::new(&stops);
        text.push("a <|");
        assert_eq!(text.finish(false), "a <|");
    }

    proptest! {
        #[test]
        fn pieces_stop_where_the_whole_does(
            pieces in prop::collection::vec("[ab가]{0,4}", 0..12),
            word in "[ab가]{1,4}",
        ) {
            let stops = [stop(&word)];
            let mut text = StopText::new(&stops);
            let mut shown = String::new();
            let mut stopped = false;
            for piece in &pieces {
                stopped = text.push(piece);
                prop_assert!(text.visible().starts_with(&shown));
                shown = text.visible().to_owned();
                if stopped {
                    break;
                }
            }
            let whole = pieces.concat();
            prop_assert_eq!(stopped, whole.contains(&word));
            let until = whole.find(&word).unwrap_or(whole.len());
            prop_assert_eq!(text.finish(false), &whole[..until]);
        }
    }
}
