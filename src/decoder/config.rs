//! What shape a model has, whatever file says so.

use std::path::Path;

use super::error::{FileError, Problem};
use super::rope::{Rope, Scaling};
use crate::nn::ops::Heads;

/// The families that are built here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Llama (Touvron et al. 2023): RMS norms, grouped key-value heads, SwiGLU.
    Llama,
    /// Gemma 2 (Riviere et al. 2024): as Llama, with GeGLU, norms after each part as well, capped logits,
    /// and a window over which every other layer sees.
    Gemma2,
    /// GPT-NeoX (Black et al. 2022): layer norms, biases, GELU, partial rotation, parallel residual.
    GptNeoX,
}

/// Sizes and constants of a causal language model.
#[derive(Debug, Clone, PartialEq)]
pub struct DecoderConfig {
    /// Family.
    pub architecture: Architecture,
    /// Width of a token.
    pub hidden_size: usize,
    /// Transformer layers.
    pub num_hidden_layers: usize,
    /// Heads of the queries.
    pub num_attention_heads: usize,
    /// Heads of keys and values.
    pub num_key_value_heads: usize,
    /// Size of a head; its own number, not hidden / heads.
    pub head_dim: usize,
    /// Width of the feed-forward layer.
    pub intermediate_size: usize,
    /// Rows of the embeddings, and logits.
    pub vocab_size: usize,
    /// Positions the model was made for.
    pub max_position_embeddings: usize,
    /// Epsilon of the norms.
    pub norm_eps: f64,
    /// Whether the logits are products with the embeddings.
    pub tie_word_embeddings: bool,
    /// Rotary positions.
    pub rope: Rope,
    /// Whether the attention's linear layers have biases.
    pub attention_bias: bool,
    /// Whether the feed-forward layers have biases.
    pub mlp_bias: bool,
    /// Whether attention and feed-forward read the same input.
    pub parallel_residual: bool,
    /// Scores of attention are divided by its root; the head's size everywhere but in Gemma.
    pub attention_scalar: f64,
    /// What scores of attention are capped at.
    pub attention_soft_cap: Option<f64>,
    /// What logits are capped at.
    pub logit_soft_cap: Option<f64>,
    /// How many tokens every other layer sees, from the first on; the others see all.
    pub sliding_window: Option<usize>,
    /// Whether a norm multiplies by one more than its weights.
    pub norm_plus_one: bool,
    /// Tokens that end a text.
    pub eos_token_ids: Vec<u32>,
}

/// Largest sizes that are believed, so that no product of two overflows and no file can ask for
/// more memory than its own tensors take.
const LIMITS: [(&str, usize); 8] = [
    ("hidden_size", 1 << 17),
    ("num_hidden_layers", 1 << 12),
    ("num_attention_heads", 1 << 12),
    ("num_key_value_heads", 1 << 12),
    ("head_dim", 1 << 14),
    ("intermediate_size", 1 << 20),
    ("vocab_size", 1 << 24),
    ("max_position_embeddings", 1 << 24),
];

impl DecoderConfig {
    /// How attention is divided in a layer, and what a token sees there.
    pub fn heads(&self, layer: usize) -> Heads {
        Heads {
            window: self.sliding_window.filter(|_| layer.is_multiple_of(2)),
            scale: Some(1. / self.attention_scalar.sqrt() as f32),
            soft_cap: self.attention_soft_cap.map(|cap| cap as f32),
            ..Heads::causal(self.num_attention_heads, self.num_key_value_heads)
        }
    }

    /// What the embeddings are multiplied by.
    pub fn embedding_scale(&self) -> f64 {
        match self.architecture {
            Architecture::Gemma2 => (self.hidden_size as f64).sqrt(),
            Architecture::Llama | Architecture::GptNeoX => 1.,
        }
    }

    /// Width of all queries.
    pub fn query_width(&self) -> usize {
        self.num_attention_heads * self.head_dim
    }

    /// Width of all keys, and of all values.
    pub fn key_value_width(&self) -> usize {
        self.num_key_value_heads * self.head_dim
    }

    /// Checks that the numbers make a model; `path` is the file they come from.
    ///
    /// # Errors
    /// When a size is zero or absurd, heads do not divide, or a constant is no positive number.
    pub fn check(self, path: &Path) -> Result<Self, FileError> {
        let unexpected = |field: &str, expected: String, found: String| {
            FileError::new(path, field, Problem::Unexpected { expected, found })
        };
        let sizes = [
            self.hidden_size,
            self.num_hidden_layers,
            self.num_attention_heads,
            self.num_key_value_heads,
            self.head_dim,
            self.intermediate_size,
            self.vocab_size,
            self.max_position_embeddings,
        ];
        for ((field, limit), size) in LIMITS.into_iter().zip(sizes) {
            if !(1..=limit).contains(&size) {
                return Err(unexpected(field, format!("1 to {limit}"), size.to_string()));
            }
        }
        let (heads, shared) = (self.num_attention_heads, self.num_key_value_heads);
        if !heads.is_multiple_of(shared) {
            let expected = format!("a divisor of {heads}");
            return Err(unexpected(
                "num_key_value_heads",
                expected,
                shared.to_string(),
            ));
        }
        if !self.rope.dim.is_multiple_of(2) || self.rope.dim > self.head_dim {
            let expected = format!("an even number up to {}", self.head_dim);
            let found = self.rope.dim.to_string();
            return Err(unexpected("rotary dimension", expected, found));
        }
        let (factor, low, high, original) = match self.rope.scaling {
            Scaling::Linear { factor } => (factor, 1., 2., 1.),
            Scaling::Llama3 {
                factor,
                low,
                high,
                original_positions,
            } => (factor, low, high, original_positions),
            Scaling::None | Scaling::Factors(_) => (1., 1., 2., 1.),
        };
        if self.sliding_window == Some(0) {
            let expected = "at least 1".to_owned();
            return Err(unexpected("sliding_window", expected, "0".to_owned()));
        }
        let constants = [
            ("norm eps", self.norm_eps),
            ("query_pre_attn_scalar", self.attention_scalar),
            (
                "attn_logit_softcapping",
                self.attention_soft_cap.unwrap_or(1.),
            ),
            ("final_logit_softcapping", self.logit_soft_cap.unwrap_or(1.)),
            ("rope_theta", self.rope.theta),
            ("rope_scaling.factor", factor.into()),
            ("rope_scaling.low_freq_factor", low.into()),
            ("rope_scaling.high_freq_factor", (high - low).into()),
            (
                "rope_scaling.original_max_position_embeddings",
                original.into(),
            ),
        ];
        for (field, value) in constants {
            if !value.is_finite() || value <= 0. {
                let expected = "a positive number".to_owned();
                return Err(unexpected(field, expected, value.to_string()));
            }
        }
        Ok(self)
    }
}
