//! The shape of a model from the metadata of its GGUF file.

use std::fmt::Display;

use super::super::config::{Architecture, DecoderConfig};
use super::super::error::{FileError, Problem};
use super::super::rope::{Rope, Scaling};
use super::{Gguf, Value};
use crate::nn::ops::Pairs;

/// Layers of Gemma 2 27B.
const GEMMA2_27B_LAYERS: usize = 46;

impl Gguf {
    fn error(&self, key: &str, problem: Problem) -> FileError {
        FileError::new(&self.path, key, problem)
    }

    fn unexpected(&self, key: &str, expected: &str, found: impl Display) -> FileError {
        let problem = Problem::Unexpected {
            expected: expected.to_owned(),
            found: found.to_string(),
        };
        self.error(key, problem)
    }

    /// A whole number, where there is one.
    pub(super) fn count(&self, key: &str) -> Result<Option<usize>, FileError> {
        let Some(value) = self.metadata.get(key) else {
            return Ok(None);
        };
        let count = value.unsigned().and_then(|v| usize::try_from(v).ok());
        match count {
            Some(count) => Ok(Some(count)),
            None => Err(self.unexpected(key, "a whole number", kind(value))),
        }
    }

    fn required(&self, key: &str) -> Result<usize, FileError> {
        self.count(key)?
            .ok_or_else(|| self.error(key, Problem::Absent))
    }

    fn float(&self, key: &str) -> Result<Option<f64>, FileError> {
        match self.metadata.get(key) {
            None => Ok(None),
            Some(Value::Float(value)) => Ok(Some(*value)),
            Some(other) => Err(self.unexpected(key, "a number", kind(other))),
        }
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, FileError> {
        match self.metadata.get(key) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(other) => Err(self.unexpected(key, "true or false", kind(other))),
        }
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&str>, FileError> {
        match self.metadata.get(key) {
            None => Ok(None),
            Some(Value::Text(value)) => Ok(Some(value)),
            Some(other) => Err(self.unexpected(key, "a text", kind(other))),
        }
    }

    /// The configuration of the model.
    ///
    /// # Errors
    /// When a field is missing or of another type, or the model is one that is not built here.
    pub fn config(&self) -> Result<DecoderConfig, FileError> {
        const ARCHITECTURE: &str = "general.architecture";
        let name = self.text(ARCHITECTURE)?.unwrap_or("?");
        let architecture = match name {
            "llama" => Architecture::Llama,
            "gemma2" => Architecture::Gemma2,
            "gptneox" => {
                let what = "gptneox in a GGUF file (give the folder with safetensors)".to_owned();
                return Err(self.error(ARCHITECTURE, Problem::Unsupported(what)));
            }
            other => {
                let name = other.chars().take(40).collect();
                return Err(self.error(ARCHITECTURE, Problem::Architecture(name)));
            }
        };
        let gemma = architecture == Architecture::Gemma2;
        let key = |part: &str| format!("{name}.{part}");
        if self.count(&key("expert_count"))?.unwrap_or(0) > 0 {
            let what = "a mixture of experts".to_owned();
            return Err(self.error(&key("expert_count"), Problem::Unsupported(what)));
        }
        let hidden_size = self.required(&key("embedding_length"))?;
        let heads = self.required(&key("attention.head_count"))?;
        let head_dim = self
            .count(&key("attention.key_length"))?
            .unwrap_or(hidden_size / heads.max(1));
        let values = self.count(&key("attention.value_length"))?;
        if let Some(found) = values.filter(|values| *values != head_dim) {
            let expected = format!("{head_dim}, as the keys");
            return Err(self.unexpected(&key("attention.value_length"), &expected, found));
        }
        let eps = key("attention.layer_norm_rms_epsilon");
        let has = |name: &str| self.weights.tensors.contains_key(name);
        let dim = self
            .count(&key("rope.dimension_count"))?
            .unwrap_or(head_dim);
        let num_hidden_layers = self.required(&key("block_count"))?;
        // What Gemma 2 has where the file does not say; a Llama has none.
        let of_gemma = |part: &str, default: f64| match gemma {
            true => Ok(Some(self.float(&key(part))?.unwrap_or(default))),
            false => Ok(None),
        };
        let window = self.count(&key("attention.sliding_window"))?;
        let config = DecoderConfig {
            architecture,
            hidden_size,
            num_hidden_layers,
            num_attention_heads: heads,
            num_key_value_heads: self
                .count(&key("attention.head_count_kv"))?
                .unwrap_or(heads),
            head_dim,
            intermediate_size: self.required(&key("feed_forward_length"))?,
            vocab_size: self.vocabulary()?,
            max_position_embeddings: self.required(&key("context_length"))?,
            norm_eps: self
                .float(&eps)?
                .ok_or_else(|| self.error(&eps, Problem::Absent))?,
            tie_word_embeddings: !has("output.weight"),
            rope: Rope {
                theta: self.float(&key("rope.freq_base"))?.unwrap_or(10_000.),
                dim,
                scaling: self.scaling(name, dim)?,
                pairs: match gemma {
                    true => Pairs::Halves,
                    false => Pairs::Neighbours,
                },
            },
            attention_bias: has("blk.0.attn_q.bias"),
            mlp_bias: has("blk.0.ffn_up.bias"),
            parallel_residual: false,
            // The file does not say; llama.cpp knows the model of 27B, which differs, by its layers.
            attention_scalar: match gemma && num_hidden_layers == GEMMA2_27B_LAYERS {
                true => hidden_size as f64 / heads.max(1) as f64,
                false => head_dim as f64,
            },
            attention_soft_cap: of_gemma("attn_logit_softcapping", 50.)?,
            logit_soft_cap: of_gemma("final_logit_softcapping", 30.)?,
            sliding_window: gemma.then(|| window.unwrap_or(4096)),
            // A converter has added the one already.
            norm_plus_one: false,
            eos_token_ids: self.eos_token_ids()?,
        };
        config.check(&self.path)
    }

    /// Rows of the embeddings.
    fn vocabulary(&self) -> Result<usize, FileError> {
        const NAME: &str = "token_embd.weight";
        let tensor = self.weights.tensors.get(NAME);
        tensor
            .and_then(|tensor| tensor.shape.first().copied())
            .ok_or_else(|| self.error(NAME, Problem::Absent))
    }

    fn scaling(&self, name: &str, dim: usize) -> Result<Scaling, FileError> {
        const FACTORS: &str = "rope_freqs.weight";
        if self.weights.tensors.contains_key(FACTORS) {
            let factors = self.weights.vector(FACTORS, dim / 2)?;
            if factors.iter().any(|f| !f.is_finite() || *f <= 0.) {
                return Err(self.unexpected(FACTORS, "positive numbers", "others"));
            }
            return Ok(Scaling::Factors(factors));
        }
        let key = format!("{name}.rope.scaling.type");
        match self.text(&key)? {
            None | Some("none") => Ok(Scaling::None),
            Some("linear") => {
                let factor = self.float(&format!("{name}.rope.scaling.factor"))?;
                Ok(Scaling::Linear {
                    factor: factor.unwrap_or(1.) as f32,
                })
            }
            Some(other) => {
                let other: String = other.chars().take(40).collect();
                let what = format!("rope scaling of type {other}");
                Err(self.error(&key, Problem::Unsupported(what)))
            }
        }
    }

    fn eos_token_ids(&self) -> Result<Vec<u32>, FileError> {
        let mut ids = Vec::new();
        for key in ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"] {
            if let Some(id) = self.count(key)? {
                ids.extend(u32::try_from(id).ok());
            }
        }
        Ok(ids)
    }
}

/// What a value is, for an error message.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Unsigned(_) | Value::Signed(_) => "a whole number out of range",
        Value::Float(_) => "a fraction",
        Value::Bool(_) => "true or false",
        Value::Text(_) => "a text",
        Value::Texts(..) | Value::Numbers(..) => "an array",
    }
}
