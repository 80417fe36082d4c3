//! Texts to token ids, cut so that the title and the remaining answers survive.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use tokenizers::Tokenizer;

use super::config::EncoderConfig;
use super::{EncoderError, ModelFiles};

/// A text in three parts. Over the limit the end of `body` is lost, never `head` or `tail`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Text {
    /// What stands before, such as `{title} -> `.
    pub head: String,
    /// The learner's message.
    pub body: String,
    /// What stands after, such as ` (남은 답변: …)`.
    pub tail: String,
}

impl From<&str> for Text {
    fn from(body: &str) -> Self {
        Self {
            body: body.to_owned(),
            ..Self::default()
        }
    }
}

impl From<String> for Text {
    fn from(body: String) -> Self {
        Self {
            body,
            ..Self::default()
        }
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}{}", self.head, self.body, self.tail)
    }
}

/// A tokenizer as it stands in a `tokenizer.json`.
struct Loaded {
    tokenizer: Tokenizer,
    /// One more than its last token. A trimmed vocabulary may be small and still count its tokens
    /// beyond the last row.
    tokens: usize,
}

/// A Hugging Face tokenizer with this model's limits.
#[derive(Clone)]
pub struct TextTokenizer {
    inner: Arc<Loaded>,
    lower_case: bool,
    max_tokens: usize,
}

impl TextTokenizer {
    /// Reads `tokenizer.json`, from the model or from its base.
    ///
    /// # Errors
    /// When neither has one, it is malformed, or its vocabulary is larger than the embeddings.
    pub fn load(
        files: &ModelFiles,
        base: Option<&ModelFiles>,
        config: &EncoderConfig,
    ) -> Result<Self, EncoderError> {
        let owner = [Some(files), base]
            .into_iter()
            .flatten()
            .find(|files| files.tokenizer.is_some());
        let Some((owner, json)) = owner.and_then(|f| f.tokenizer.as_ref().map(|json| (f, json)))
        else {
            return Err(EncoderError::Missing {
                model: files.name.clone(),
                file: "tokenizer.json",
            });
        };
        let inner = shared(json).map_err(|reason| owner.malformed("tokenizer.json", reason))?;
        if inner.tokens > config.vocab_size {
            return Err(EncoderError::Vocabulary {
                model: files.name.clone(),
                tokens: inner.tokens,
                rows: config.vocab_size,
            });
        }
        Ok(Self {
            inner,
            lower_case: lower_case(owner)?,
            max_tokens: config.max_seq_length(),
        })
    }

    /// Token ids of a text, special tokens included, at most the model's limit.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn encode(&self, text: &Text) -> Result<Vec<u32>, EncoderError> {
        let mut text = text.clone();
        // Nobody types tokens of 16 characters throughout: what lies beyond is cut anyway.
        if let Some((end, _)) = text.body.char_indices().nth(self.max_tokens * 16) {
            text.body.truncate(end);
        }
        if self.lower_case {
            text.head = text.head.to_lowercase();
            text.body = text.body.to_lowercase();
            text.tail = text.tail.to_lowercase();
        }
        let encoding = self
            .inner
            .tokenizer
            .encode(text.to_string(), true)
            .map_err(|error| EncoderError::Tokenizer(error.to_string()))?;
        let mut ids = encoding.get_ids().to_vec();
        let over = ids.len().saturating_sub(self.max_tokens);
        if over > 0 {
            let body = text.head.len()..text.head.len() + text.body.len();
            let special = encoding.get_special_tokens_mask();
            let offsets = encoding.get_offsets();
            let in_body = |index: &usize| special[*index] == 0 && body.contains(&offsets[*index].0);
            let is_text = |index: &usize| special[*index] == 0;
            let mut cut: Vec<usize> = (0..ids.len()).rev().filter(in_body).take(over).collect();
            // A title longer than the limit alone: then its end goes too.
            let missing = over - cut.len();
            let more: Vec<usize> = (0..ids.len())
                .rev()
                .filter(|index| is_text(index) && !in_body(index))
                .take(missing)
                .collect();
            cut.extend(more);
            let mut index = 0;
            ids.retain(|_| {
                index += 1;
                !cut.contains(&(index - 1))
            });
        }
        Ok(ids)
    }

    /// Tokens of a whole text before cutting, special tokens included.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn count(&self, text: &str) -> Result<usize, EncoderError> {
        self.inner
            .tokenizer
            .encode(text, true)
            .map(|encoding| encoding.len())
            .map_err(|error| EncoderError::Tokenizer(error.to_string()))
    }

    /// The pieces of a text, without special tokens.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn pieces(&self, text: &str) -> Result<Vec<String>, EncoderError> {
        let encoding = self
            .inner
            .tokenizer
            .encode(text, false)
            .map_err(|error| EncoderError::Tokenizer(error.to_string()))?;
        let piece = |id: &u32| self.inner.tokenizer.id_to_token(*id).unwrap_or_default();
        Ok(encoding.get_ids().iter().map(piece).collect())
    }
}

/// The tokenizer of a `tokenizer.json`: models with the same one share it, as it is larger in memory than
/// in its file and slow to read.
fn shared(json: &[u8]) -> Result<Arc<Loaded>, String> {
    static LOADED: LazyLock<Mutex<HashMap<u64, Weak<Loaded>>>> = LazyLock::new(Mutex::default);
    let mut hasher = DefaultHasher::new();
    json.hash(&mut hasher);
    let hash = hasher.finish();
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = loaded.get(&hash).and_then(Weak::upgrade) {
        return Ok(known);
    }
    // tokenizers 0.23 panics where a file is no JSON in the middle of its decoder.
    serde_json::from_slice::<serde::de::IgnoredAny>(json).map_err(|error| error.to_string())?;
    let mut tokenizer = Tokenizer::from_bytes(json).map_err(|error| error.to_string())?;
    // Cutting and padding are ours to do.
    tokenizer.with_padding(None);
    tokenizer
        .with_truncation(None)
        .map_err(|error| error.to_string())?;
    let last = tokenizer.get_vocab(true).into_values().max();
    let tokens = last.map_or(0, |id| id as usize + 1);
    let new = Arc::new(Loaded { tokenizer, tokens });
    loaded.insert(hash, Arc::downgrade(&new));
    Ok(new)
}

/// `do_lower_case` of `tokenizer_config.json`, false where there is none.
fn lower_case(files: &ModelFiles) -> Result<bool, EncoderError> {
    #[derive(serde::Deserialize)]
    struct TokenizerConfig {
        do_lower_case: Option<bool>,
    }
    match &files.tokenizer_config {
        Some(json) => serde_json::from_slice::<TokenizerConfig>(json)
            .map(|config| config.do_lower_case.unwrap_or(false))
            .map_err(|error| files.malformed("tokenizer_config.json", error)),
        None => Ok(false),
    }
}
