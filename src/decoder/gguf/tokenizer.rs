//! The tokenizer of a GGUF file, built from its vocabulary and merges.
//!
//! A `tokenizer.json` is put together and read like any other. How a text is cut into words before
//! its bytes are merged is only named in the file (`tokenizer.ggml.pre`); the cuts of the names that
//! are known here are those of the models' own `tokenizer.json`.

use serde_json::{Map, Value as Json, json};

use super::super::error::{FileError, Problem};
use super::super::tokenizer::DecoderTokenizer;
use super::cursor::Cursor;
use super::{Gguf, Value};

const TOKENS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";
const MERGES: &str = "tokenizer.ggml.merges";
const PRE: &str = "tokenizer.ggml.pre";
const MODEL: &str = "tokenizer.ggml.model";
const BOS: &str = "tokenizer.ggml.bos_token_id";
const ADD_BOS: &str = "tokenizer.ggml.add_bos_token";

/// Token types of ggml: control tokens are special, the user's are matched whole.
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;

/// Cuts of Llama 3.
const LLAMA3_WORDS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// How words are cut, and what goes with it.
struct Words {
    pre_tokenizer: Json,
    /// Whether a word that is a token is taken whole, whatever the merges say.
    ignore_merges: bool,
    /// Whether a text begins with the begin token where the file does not say.
    add_bos: bool,
}

fn byte_level(use_regex: bool) -> Json {
    json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": use_regex})
}

fn words(pre: &str) -> Option<Words> {
    let sequence = |first: Json, use_regex| json!({"type": "Sequence", "pretokenizers": [first, byte_level(use_regex)]});
    match pre {
        "gpt-2" => Some(Words {
            pre_tokenizer: byte_level(true),
            ignore_merges: false,
            add_bos: false,
        }),
        "smollm" | "starcoder" | "refact" => Some(Words {
            pre_tokenizer: sequence(json!({"type": "Digits", "individual_digits": true}), true),
            ignore_merges: false,
            add_bos: false,
        }),
        "llama-bpe" | "llama3" | "llama-v3" => Some(Words {
            pre_tokenizer: sequence(
                json!({
                    "type": "Split", "pattern": {"Regex": LLAMA3_WORDS},
                    "behavior": "Isolated", "invert": false,
                }),
                false,
            ),
            ignore_merges: true,
            add_bos: true,
        }),
        _ => None,
    }
}

impl Gguf {
    /// The tokenizer of the file; none where it is of a kind that is not built here.
    ///
    /// # Errors
    /// When its parts are missing or do not fit together.
    pub fn tokenizer(&self) -> Result<Option<DecoderTokenizer>, FileError> {
        let words = words(self.text(PRE)?.unwrap_or_default());
        let (Some("gpt2"), Some(words)) = (self.text(MODEL)?, words) else {
            return Ok(None);
        };
        let json = self.json(&words)?;
        let syntax = |error| FileError::new(&self.path, TOKENS, Problem::Syntax(error));
        let json = serde_json::to_vec(&json).map_err(|error| syntax(error.to_string()))?;
        DecoderTokenizer::parse(&json).map(Some).map_err(syntax)
    }

    fn json(&self, words: &Words) -> Result<Json, FileError> {
        let tokens = self.texts(TOKENS)?;
        let types = self.token_types(tokens.len())?;
        let mut added = Vec::new();
        for (id, (token, kind)) in tokens.iter().zip(&types).enumerate() {
            if [CONTROL, USER_DEFINED].contains(kind) {
                added.push(json!({
                    "id": id, "content": token, "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": false, "special": *kind == CONTROL,
                }));
            }
        }
        let merges = self.texts(MERGES)?;
        let pairs = merges.iter().map(|merge| {
            let cut = merge.char_indices().skip(1).find(|(_, c)| *c == ' ');
            let pair = cut.map(|(at, _)| [&merge[..at], &merge[at + 1..]]);
            pair.ok_or_else(|| {
                let problem = Problem::Unexpected {
                    expected: "two tokens".into(),
                    found: merge.chars().take(40).collect(),
                };
                FileError::new(&self.path, MERGES, problem)
            })
        });
        let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
        let vocabulary: Map<String, Json> = tokens
            .iter()
            .enumerate()
            .map(|(id, token)| (token.clone(), id.into()))
            .collect();
        Ok(json!({
            "version": "1.0",
            "added_tokens": added,
            "normalizer": null,
            "pre_tokenizer": words.pre_tokenizer,
            "post_processor": self.post_processor(&tokens, words)?,
            "decoder": byte_level(true),
            "model": {
                "type": "BPE", "dropout": null, "unk_token": null,
                "continuing_subword_prefix": null, "end_of_word_suffix": null,
                "fuse_unk": false, "byte_fallback": false,
                "ignore_merges": words.ignore_merges, "vocab": vocabulary, "merges": pairs,
            },
        }))
    }

    /// Puts the begin token before a text, where the file asks for it.
    fn post_processor(&self, tokens: &[String], words: &Words) -> Result<Json, FileError> {
        if !self.flag(ADD_BOS)?.unwrap_or(words.add_bos) {
            return Ok(byte_level(true));
        }
        let id = self.count(BOS)?;
        let Some((id, token)) = id.and_then(|id| Some((id, tokens.get(id)?))) else {
            return Err(FileError::new(&self.path, BOS, Problem::Absent));
        };
        let begin = json!({"SpecialToken": {"id": token, "type_id": 0}});
        let text = |id, kind| json!({"Sequence": {"id": id, "type_id": kind}});
        Ok(json!({
            "type": "TemplateProcessing",
            "single": [begin, text("A", 0)],
            "pair": [begin, text("A", 0), begin, text("B", 1)],
            "special_tokens": {token: {"id": token, "ids": [id], "tokens": [token]}},
        }))
    }

    fn texts(&self, key: &str) -> Result<Vec<String>, FileError> {
        let Some(Value::Texts(count, range)) = self.metadata.get(key) else {
            return Err(FileError::new(&self.path, key, Problem::Absent));
        };
        let mut cursor = Cursor::new(&self.path, &self.bytes, range.start);
        (0..*count).map(|_| cursor.text(key)).collect()
    }

    /// A type for each token; all normal where the file does not say.
    fn token_types(&self, tokens: usize) -> Result<Vec<i32>, FileError> {
        match self.metadata.get(TYPES) {
            None => Ok(vec![1; tokens]),
            Some(Value::Numbers(4 | 5, count, range)) if *count == tokens => {
                let bytes = self.bytes.get(range.clone()).unwrap_or_default();
                let number = |b: &[u8]| i32::from_le_bytes([b[0], b[1], b[2], b[3]]);
                Ok(bytes.chunks_exact(4).map(number).collect())
            }
            Some(_) => {
                let problem = Problem::Unexpected {
                    expected: format!("{tokens} whole numbers"),
                    found: "something else".into(),
                };
                Err(FileError::new(&self.path, TYPES, problem))
            }
        }
    }
}
