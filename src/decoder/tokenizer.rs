//! Texts to token ids and back, and text as it grows.

use std::path::Path;

use serde_json::Value;
use tokenizers::Tokenizer;

use super::config::DecoderConfig;
use super::constrained::Pieces;
use super::error::{DecoderError, FileError, Problem};
use super::files::ModelFiles;

const JSON: &str = "tokenizer.json";

/// A Hugging Face tokenizer without cutting and padding.
pub struct DecoderTokenizer {
    inner: Tokenizer,
    /// Its pieces are bytes in GPT-2's alphabet.
    is_byte_level: bool,
}

impl DecoderTokenizer {
    /// Reads `tokenizer.json`.
    ///
    /// # Errors
    /// When it is missing or malformed, or knows tokens that the model has no embedding for.
    pub fn from_json(files: &ModelFiles, config: &DecoderConfig) -> Result<Self, FileError> {
        let json = files.require(JSON)?;
        let path = files.path(JSON);
        Self::parse(&json)
            .map_err(|error| FileError::new(&path, "", Problem::Syntax(error)))?
            .fit(&path, config)
    }

    /// Checks that the model has an embedding for every token; `path` is the tokenizer's file.
    ///
    /// # Errors
    /// When it has not.
    pub(super) fn fit(self, path: &Path, config: &DecoderConfig) -> Result<Self, FileError> {
        let (tokens, rows) = (self.size(), config.vocab_size);
        if tokens > rows {
            let problem = Problem::Vocabulary { tokens, rows };
            return Err(FileError::new(path, "", problem));
        }
        Ok(self)
    }

    /// Reads the text of a `tokenizer.json`.
    pub(super) fn parse(json: &[u8]) -> Result<Self, String> {
        // tokenizers 0.23 panics where a file is no JSON in the middle of its decoder, and at a damaged
        // map of a `Precompiled` normalizer, which no tokenizer of these families has.
        let value: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if value.get("normalizer").is_some_and(has_precompiled) {
            return Err("a Precompiled normalizer".into());
        }
        if let Some(model) = value.get("model") {
            check_merges(model)?;
        }
        let mut inner = Tokenizer::from_bytes(json).map_err(|error| error.to_string())?;
        inner.with_padding(None);
        inner
            .with_truncation(None)
            .map_err(|error| error.to_string())?;
        let is_byte_level = value.get("decoder").is_some_and(has_byte_level);
        Ok(Self {
            inner,
            is_byte_level,
        })
    }

    /// The bytes of every token; special ones have none.
    pub(super) fn pieces(&self) -> Pieces {
        let mut pieces = vec![Vec::new(); self.size()];
        for (piece, id) in self.inner.get_vocab(false) {
            if let Some(place) = pieces.get_mut(id as usize) {
                *place = match self.is_byte_level {
                    true => piece.chars().filter_map(byte_of).collect(),
                    false => sentence_piece(&piece),
                };
            }
        }
        for id in self.inner.get_added_tokens_decoder().into_keys() {
            if let Some(place) = pieces.get_mut(id as usize) {
                place.clear();
            }
        }
        Pieces::new(pieces)
    }

    /// Highest token id and one.
    fn size(&self) -> usize {
        let last = self.inner.get_vocab(true).into_values().max();
        last.map_or(0, |id| id as usize + 1)
    }

    /// Token ids of a text; with `special`, the tokens a text of this model begins with as well.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn encode(&self, text: &str, special: bool) -> Result<Vec<u32>, DecoderError> {
        self.inner
            .encode(text, special)
            .map(|encoding| encoding.get_ids().to_vec())
            .map_err(|error| DecoderError::Tokenizer(error.to_string()))
    }

    /// The text of token ids, without special tokens.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn decode(&self, ids: &[u32]) -> Result<String, DecoderError> {
        self.inner
            .decode(ids, true)
            .map_err(|error| DecoderError::Tokenizer(error.to_string()))
    }
}

/// tokenizers 0.23 panics where a merge makes a token that is longer than any of the vocabulary, and where
/// one is shorter than the prefix it is to lose, which no tokenizer of these families has.
fn check_merges(model: &Value) -> Result<(), String> {
    let (Some(Value::Array(merges)), Some(Value::Object(vocabulary))) =
        (model.get("merges"), model.get("vocab"))
    else {
        return Ok(());
    };
    let prefix = model.get("continuing_subword_prefix");
    if prefix.is_some_and(|prefix| prefix.as_str().is_some_and(|prefix| !prefix.is_empty())) {
        return Err("merges with a prefix".into());
    }
    for merge in merges {
        let token = match merge {
            Value::String(pair) => pair.replacen(' ', "", 1),
            Value::Array(pair) => pair.iter().filter_map(Value::as_str).collect(),
            _ => continue,
        };
        if !vocabulary.contains_key(&token) {
            let token: String = token.chars().take(40).collect();
            return Err(format!("a merge to {token}, which is no token"));
        }
    }
    Ok(())
}

fn has_byte_level(decoder: &Value) -> bool {
    match decoder {
        Value::Object(fields) => {
            fields.get("type").and_then(Value::as_str) == Some("ByteLevel")
                || fields.values().any(has_byte_level)
        }
        Value::Array(parts) => parts.iter().any(has_byte_level),
        _ => false,
    }
}

/// The bytes of a piece of SentencePiece: `▁` is a space, `<0xEA>` a byte.
fn sentence_piece(piece: &str) -> Vec<u8> {
    let byte = piece.strip_prefix("<0x").and_then(|p| p.strip_suffix('>'));
    match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
        Some(byte) => vec![byte],
        None => piece.replace('▁', " ").into_bytes(),
    }
}

/// The byte that a character of GPT-2's alphabet stands for: printable ones for themselves, the
/// others in order from U+0100 on.
fn byte_of(character: char) -> Option<u8> {
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let code = u32::from(character);
    match u8::try_from(code) {
        Ok(byte) => printable(byte).then_some(byte),
        Err(_) => (0..=u8::MAX)
            .filter(|byte| !printable(*byte))
            .nth((code - 0x100) as usize),
    }
}

fn has_precompiled(normalizer: &Value) -> bool {
    match normalizer {
        Value::Object(fields) => {
            fields.contains_key("precompiled_charsmap")
                || fields.get("type").and_then(Value::as_str) == Some("Precompiled")
                || fields.values().any(has_precompiled)
        }
        Value::Array(parts) => parts.iter().any(has_precompiled),
        _ => false,
    }
}

/// What an incomplete character decodes to.
const REPLACEMENT: char = '\u{fffd}';

/// The text of a row of tokens as it grows, never half a character.
#[derive(Default)]
pub struct TextStream {
    ids: Vec<u32>,
    /// Where the window begins: tokens before it cannot change what those after decode to.
    start: usize,
    /// Tokens before this have given their text.
    given: usize,
}

impl TextStream {
    /// Takes a token; returns the text that is now certain, which may be none.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn push(&mut self, id: u32, tokenizer: &DecoderTokenizer) -> Result<String, DecoderError> {
        self.ids.push(id);
        let before = tokenizer.decode(&self.ids[self.start..self.given])?;
        let after = tokenizer.decode(&self.ids[self.start..])?;
        if after.ends_with(REPLACEMENT) {
            return Ok(String::new());
        }
        let Some(new) = after.strip_prefix(&before) else {
            return Ok(String::new());
        };
        if !new.is_empty() {
            self.start = self.given;
            self.given = self.ids.len();
        }
        Ok(new.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_bytes_that_they_stand_for() {
        assert_eq!(sentence_piece("▁안녕"), " 안녕".as_bytes());
        assert_eq!(sentence_piece("<0xEA>"), [0xea]);
        // GPT-2's own examples: a space is Ġ, a line break Ċ.
        assert_eq!(byte_of('Ġ'), Some(b' '));
        assert_eq!(byte_of('Ċ'), Some(b'\n'));
        assert_eq!(byte_of('a'), Some(b'a'));
        assert_eq!(byte_of('가'), None);
        let all: std::collections::BTreeSet<u8> = (0..0x200)
            .filter_map(char::from_u32)
            .filter_map(byte_of)
            .collect();
        assert_eq!(all.len(), 256);
    }
}
