//! `config.json` of a BERT or RoBERTa encoder.

use serde::{Deserialize, Serialize};

use super::{EncoderError, ModelFiles};

/// The families that share the forward pass; they differ in how positions are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Positions from zero.
    Bert,
    /// Positions from `pad_token_id + 1`.
    Roberta,
    /// As RoBERTa.
    XlmRoberta,
}

/// Hugging Face's fields, as far as the forward pass needs them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// Family.
    pub model_type: Family,
    /// Width of a token.
    pub hidden_size: usize,
    /// Transformer layers.
    pub num_hidden_layers: usize,
    /// Attention heads.
    pub num_attention_heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate_size: usize,
    /// Rows of the word embeddings.
    pub vocab_size: usize,
    /// Rows of the position embeddings.
    pub max_position_embeddings: usize,
    /// Rows of the token type embeddings.
    #[serde(default = "default_types")]
    pub type_vocab_size: usize,
    /// Epsilon of the layer norms.
    #[serde(default = "default_eps")]
    pub layer_norm_eps: f64,
    /// Activation; only `gelu` is known.
    #[serde(default = "default_activation")]
    pub hidden_act: String,
    /// Token id of padding.
    #[serde(default)]
    pub pad_token_id: usize,
    /// What Hugging Face has no field for.
    #[serde(default)]
    pub ohlora: Extra,
}

/// The `ohlora` table of `config.json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extra {
    /// Where the weights come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Their licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Tokens a text is cut to, special tokens included; 64 where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_seq_length: Option<usize>,
    /// What the untuned model wants before a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_prefix: Option<String>,
    /// The model whose tokenizer and embeddings this one shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// What it was trained for: `answer`, `next`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

fn default_types() -> usize {
    1
}

fn default_eps() -> f64 {
    1e-12
}

fn default_activation() -> String {
    "gelu".into()
}

impl EncoderConfig {
    /// Reads and checks `config.json`.
    ///
    /// # Errors
    /// When it is not such a file, or describes an encoder this program cannot run.
    pub fn parse(files: &ModelFiles) -> Result<Self, EncoderError> {
        let malformed = |reason: String| files.malformed("config.json", reason);
        let config: Self =
            serde_json::from_slice(&files.config).map_err(|error| malformed(error.to_string()))?;
        let sizes = [
            ("hidden_size", config.hidden_size),
            ("num_hidden_layers", config.num_hidden_layers),
            ("num_attention_heads", config.num_attention_heads),
            ("intermediate_size", config.intermediate_size),
            ("type_vocab_size", config.type_vocab_size),
        ];
        if let Some((field, _)) = sizes.into_iter().find(|(_, size)| *size == 0) {
            return Err(malformed(format!("{field} is 0")));
        }
        let (hidden, heads) = (config.hidden_size, config.num_attention_heads);
        if !hidden.is_multiple_of(heads) {
            return Err(malformed(format!(
                "{hidden} does not divide into {heads} heads"
            )));
        }
        // Zero would divide by zero where a row does not vary.
        if config.layer_norm_eps.is_nan() || config.layer_norm_eps <= 0. {
            return Err(malformed("layer_norm_eps is not positive".into()));
        }
        if config.hidden_act != "gelu" {
            return Err(malformed(format!(
                "unknown activation {:?}",
                config.hidden_act
            )));
        }
        if config.max_seq_length() < 3 {
            return Err(malformed("max_seq_length is too small for any text".into()));
        }
        Ok(config)
    }

    /// Position id of a text's first token.
    pub fn first_position(&self) -> usize {
        match self.model_type {
            Family::Bert => 0,
            Family::Roberta | Family::XlmRoberta => self.pad_token_id.saturating_add(1),
        }
    }

    /// Tokens a text is cut to: 64 (spec.md, section 1) unless the file says otherwise, and never
    /// more than there are positions.
    pub fn max_seq_length(&self) -> usize {
        let positions = self
            .max_position_embeddings
            .saturating_sub(self.first_position());
        self.ohlora.max_seq_length.unwrap_or(64).min(positions)
    }
}
