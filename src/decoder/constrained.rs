//! Generation within a [`Form`]: of all tokens only those count that lead on in it.

use super::cache::KvCache;
use super::error::DecoderError;
use super::form::{Form, Place};
use super::model::Decoder;
use super::sampling::{Sampler, Sampling};

/// The bytes of every token of a tokenizer, by id; empty where a token has no text.
#[derive(Debug, Clone, Default)]
pub struct Pieces(Vec<Vec<u8>>);

impl Pieces {
    /// From the bytes of each token.
    pub(super) fn new(pieces: Vec<Vec<u8>>) -> Self {
        Self(pieces)
    }

    /// Whether a character can be said by itself, so that a form with it leads on.
    pub fn can_say(&self, character: char) -> bool {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        let whole = |wanted: &[u8]| self.0.iter().any(|piece| piece == wanted);
        whole(bytes) || bytes.iter().all(|byte| whole(&[*byte]))
    }
}

/// A text within a form, and how sure the model was of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Formed {
    /// The text; it is in the form.
    pub text: String,
    /// Log-probability among the texts of the form.
    pub log_probability: f64,
    /// Tokens that were generated.
    pub tokens: usize,
}

impl Decoder {
    /// Generates a text of the form after a prompt's tokens; `ends` are the ids of which one follows
    /// the text in training, `pieces` is what [`Decoder::pieces`] gave. None where the model's
    /// tokens do not lead to an end: a form should only hold characters that [`Pieces::can_say`].
    ///
    /// # Errors
    /// When the prompt is empty or longer than the model's positions, or its weights are damaged.
    pub fn generate_form(
        &self,
        prompt: &[u32],
        form: &Form,
        (pieces, ends): (&Pieces, &[u32]),
        sampling: &Sampling,
        cache: &mut KvCache,
    ) -> Result<Option<Formed>, DecoderError> {
        let limit = self.config.max_position_embeddings;
        if prompt.len() >= limit {
            let tokens = prompt.len();
            return Err(DecoderError::TooLong { tokens, limit });
        }
        cache.keep_prefix(prompt);
        let mut logits = self.step(&prompt[cache.ids().len()..], cache)?;
        let mut sampler = Sampler::new(sampling.clone());
        let (mut at, mut said, mut sum) = (form.start(), Vec::new(), 0f64);
        let mut text = prompt.to_vec();
        loop {
            if form.may_end(at) && form.is_over(at) {
                break;
            }
            let mut leads: Vec<Option<Place>> = pieces
                .0
                .iter()
                .map(|piece| {
                    // Tokenizers that mark the beginning of a word put a space before the first one.
                    let bare = match piece.split_first() {
                        Some((b' ', rest)) if said.is_empty() => rest,
                        _ => piece,
                    };
                    (!bare.is_empty()).then(|| form.walk(at, bare)).flatten()
                })
                .collect();
            leads.resize(logits.len(), None);
            let is_end = |id: usize| form.may_end(at) && ends.contains(&(id as u32));
            for (id, logit) in logits.iter_mut().enumerate() {
                if leads[id].is_none() && !is_end(id) {
                    *logit = f32::NEG_INFINITY;
                }
            }
            if logits.iter().all(|logit| *logit == f32::NEG_INFINITY) {
                return Ok(None);
            }
            let total = log_sum(&logits);
            let kept = logits.clone();
            let id = sampler.next(logits, &[])?;
            sum += f64::from(kept[id as usize]) - total;
            text.push(id);
            let Some(next) = leads[id as usize] else {
                break;
            };
            let piece = &pieces.0[id as usize];
            let skipped = usize::from(said.is_empty() && piece.first() == Some(&b' '));
            said.extend_from_slice(&piece[skipped..]);
            at = next;
            if text.len() >= limit {
                return Ok(None);
            }
            if form.may_end(at) && form.is_over(at) {
                break;
            }
            logits = self.step(&[id], cache)?;
        }
        Ok(String::from_utf8(said).ok().map(|said| Formed {
            text: said,
            log_probability: sum,
            tokens: text.len() - prompt.len(),
        }))
    }

    /// The bytes of the tokens, for [`Decoder::generate_form`].
    pub fn pieces(&self) -> Pieces {
        self.tokenizer.pieces()
    }
}

fn log_sum(logits: &[f32]) -> f64 {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|x| f64::from(x - max).exp()).sum();
    f64::from(max) + sum.ln()
}
