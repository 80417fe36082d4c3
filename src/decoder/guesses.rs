//! Words that a reply is likely to go on with, so that several can be checked in the time of one
//! (speculative decoding, Leviathan et al. 2023, with a table in the place of a small model).
//!
//! A step of one token reads all weights; a step of four reads them once as well. Replies of a model
//! that learned to speak like authored texts go on like them, so the table is made of these texts.
//! Each token is still chosen from the model's own logits: a guess that it would not have chosen is thrown away,
//! and the text is the same as without.

use std::collections::HashMap;

use super::cache::KvCache;
use super::error::DecoderError;
use super::model::Decoder;

/// Tokens that a guess looks back on.
const ORDER: usize = 3;
/// Guesses checked at once: with the token before them as many as the kernels take.
const AHEAD: usize = 3;

/// What most often follows three tokens.
#[derive(Debug, Default)]
pub struct Guesses {
    next: HashMap<[u32; ORDER], u32>,
}

impl Guesses {
    /// Counts what follows in these texts; of equals the smaller token.
    pub fn from_texts<'a>(texts: impl Iterator<Item = &'a [u32]>) -> Self {
        let mut counts: HashMap<[u32; ORDER], HashMap<u32, usize>> = HashMap::new();
        for text in texts {
            for window in text.windows(ORDER + 1) {
                if let ([last @ .., next], Some(key)) = (window, window.first_chunk::<ORDER>()) {
                    debug_assert_eq!(last, key);
                    *counts.entry(*key).or_default().entry(*next).or_default() += 1;
                }
            }
        }
        let most = |counts: HashMap<u32, usize>| {
            let best = counts.into_iter().max_by_key(|(id, n)| (*n, u32::MAX - id));
            best.map(|(id, _)| id)
        };
        let next = counts.into_iter();
        Self {
            next: next
                .filter_map(|(key, counts)| Some((key, most(counts)?)))
                .collect(),
        }
    }

    /// At most `limit` tokens that may follow `text`.
    fn after(&self, text: &[u32], limit: usize) -> Vec<u32> {
        let mut guessed = Vec::new();
        let Some(mut key) = text.last_chunk::<ORDER>().copied() else {
            return guessed;
        };
        while guessed.len() < limit.min(AHEAD) {
            let Some(next) = self.next.get(&key) else {
                break;
            };
            guessed.push(*next);
            key.rotate_left(1);
            key[ORDER - 1] = *next;
        }
        guessed
    }
}

/// Logits that were computed for guesses.
#[derive(Default)]
pub(super) struct Ahead {
    /// The guesses still to be confirmed, each with the logits of the token after it; the next last.
    guesses: Vec<(u32, Vec<f32>)>,
}

impl Decoder {
    /// Texts that replies are likely to repeat in parts: decoding goes faster where they do.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn expect<'a>(
        &mut self,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), DecoderError> {
        let texts = texts
            .into_iter()
            .map(|text| self.tokenizer.encode(text, false));
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        self.guesses = Guesses::from_texts(texts.iter().map(Vec::as_slice));
        Ok(())
    }

    /// The logits `[vocab]` of the token after `text`, the last token of which was just chosen; `room`
    /// more tokens may follow.
    pub(super) fn next_logits(
        &self,
        text: &[u32],
        room: usize,
        cache: &mut KvCache,
        ahead: &mut Ahead,
    ) -> candle_core::Result<Vec<f32>> {
        let Some(chosen) = text.last() else {
            candle_core::bail!("there are no tokens to read");
        };
        if let Some((guess, logits)) = ahead.guesses.pop() {
            if guess == *chosen {
                return Ok(logits);
            }
            ahead.guesses.clear();
        }
        // What was guessed wrongly is in the cache as well.
        cache.keep_prefix(text);
        let guessed = self.guesses.after(text, room.saturating_sub(1));
        if guessed.is_empty() {
            return self.step(&[*chosen], cache);
        }
        let ids: Vec<u32> = std::iter::once(*chosen).chain(guessed.clone()).collect();
        let mut rows = self.head(&self.read(&ids, cache)?)?.to_vec2()?.into_iter();
        let Some(logits) = rows.next() else {
            candle_core::bail!("a step gave no logits");
        };
        ahead.guesses = guessed.into_iter().zip(rows).rev().collect();
        Ok(logits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_continuation_is_guessed_and_unknown_ends_it() {
        let texts: [&[u32]; 3] = [
            &[1, 2, 3, 4, 5, 6, 7, 8],
            &[9, 2, 3, 4, 7],
            &[0, 2, 3, 4, 7],
        ];
        let guesses = Guesses::from_texts(texts.into_iter());
        assert_eq!(guesses.after(&[8, 1, 2, 3], 9), [4, 7]);
        assert_eq!(guesses.after(&[3, 4, 5], 9), [6, 7, 8]);
        assert_eq!(guesses.after(&[3, 4, 5], 1), [6]);
        assert!(guesses.after(&[5, 5, 5], 9).is_empty());
        assert!(guesses.after(&[3, 4], 9).is_empty());
    }
}
