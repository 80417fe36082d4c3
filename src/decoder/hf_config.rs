//! `config.json` as Hugging Face writes it, of either generation of transformers.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::config::{Architecture, DecoderConfig};
use super::error::{FileError, Problem};
use super::files::ModelFiles;
use super::rope::{Rope, Scaling};
use crate::nn::ops::Pairs;

/// The fields the forward pass needs; what may be left out has Hugging Face's default.
#[derive(Debug, Deserialize)]
struct Fields {
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    intermediate_size: usize,
    vocab_size: usize,
    max_position_embeddings: Option<usize>,
    rms_norm_eps: Option<f64>,
    layer_norm_eps: Option<f64>,
    tie_word_embeddings: Option<bool>,
    hidden_act: Option<String>,
    hidden_activation: Option<String>,
    attention_bias: Option<bool>,
    mlp_bias: Option<bool>,
    use_parallel_residual: Option<bool>,
    rope_theta: Option<f64>,
    rotary_emb_base: Option<f64>,
    rotary_pct: Option<f64>,
    rope_scaling: Option<RopeFields>,
    /// Where transformers 5 keeps theta and scaling.
    rope_parameters: Option<RopeFields>,
    eos_token_id: Option<TokenIds>,
    query_pre_attn_scalar: Option<f64>,
    #[serde(default = "attention_soft_cap")]
    attn_logit_softcapping: Option<f64>,
    #[serde(default = "logit_soft_cap")]
    final_logit_softcapping: Option<f64>,
    sliding_window: Option<usize>,
    layer_types: Option<Vec<String>>,
    use_bidirectional_attention: Option<bool>,
}

/// Of Gemma 2 where its file does not say; one that says null caps nothing.
fn attention_soft_cap() -> Option<f64> {
    Some(50.)
}

/// As [`attention_soft_cap`].
fn logit_soft_cap() -> Option<f64> {
    Some(30.)
}

#[derive(Debug, Clone, Default, Deserialize)]
struct RopeFields {
    rope_theta: Option<f64>,
    partial_rotary_factor: Option<f64>,
    #[serde(alias = "type")]
    rope_type: Option<String>,
    factor: Option<f32>,
    low_freq_factor: Option<f32>,
    high_freq_factor: Option<f32>,
    original_max_position_embeddings: Option<f32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum TokenIds {
    One(u32),
    Many(Vec<u32>),
}

impl TokenIds {
    fn list(self) -> Vec<u32> {
        match self {
            Self::One(id) => vec![id],
            Self::Many(ids) => ids,
        }
    }
}

#[derive(Deserialize)]
struct Generation {
    eos_token_id: Option<TokenIds>,
}

impl DecoderConfig {
    /// Reads `config.json`, and the end tokens of `generation_config.json` where there is one.
    ///
    /// # Errors
    /// When a file is missing or malformed, or describes a model that is not built here.
    pub fn from_hugging_face(files: &ModelFiles) -> Result<Self, FileError> {
        let path = files.path("config.json");
        let syntax = |error: serde_json::Error| {
            FileError::new(&path, "", Problem::Syntax(error.to_string()))
        };
        let json: Value = serde_json::from_slice(&files.require("config.json")?).map_err(syntax)?;
        let architecture = match json.get("model_type").and_then(Value::as_str) {
            Some("llama") => Architecture::Llama,
            Some("gpt_neox") => Architecture::GptNeoX,
            Some("gemma2") => Architecture::Gemma2,
            other => {
                let name = other.unwrap_or("?").chars().take(40).collect();
                return Err(FileError::new(
                    &path,
                    "model_type",
                    Problem::Architecture(name),
                ));
            }
        };
        let fields: Fields = serde_json::from_value(json).map_err(syntax)?;
        let mut config = fields.config(architecture, &path)?;
        let generation: Option<Generation> = files.json("generation_config.json")?;
        if let Some(ids) = generation.and_then(|generation| generation.eos_token_id) {
            config.eos_token_ids = ids.list();
        }
        config.check(&path)
    }
}

impl Fields {
    /// Whether all that the family could be is built here.
    fn check(&self, architecture: Architecture, path: &Path) -> Result<(), FileError> {
        let unsupported =
            |field, what| Err(FileError::new(path, field, Problem::Unsupported(what)));
        let activation = match architecture {
            Architecture::Llama => "silu",
            Architecture::GptNeoX => "gelu",
            Architecture::Gemma2 => "gelu_pytorch_tanh",
        };
        let gemma = architecture == Architecture::Gemma2;
        let named = self.hidden_activation.as_ref().filter(|_| gemma);
        if let Some(found) = named.or(self.hidden_act.as_ref())
            && found != activation
        {
            return unsupported("hidden_act", format!("the activation {found}"));
        }
        if gemma && self.use_bidirectional_attention == Some(true) {
            let what = "attention in both directions".to_owned();
            return unsupported("use_bidirectional_attention", what);
        }
        let mut kinds = self.layer_types.iter().flatten().enumerate();
        let alternates = kinds.all(|(layer, kind)| match layer % 2 {
            0 => kind == "sliding_attention",
            _ => kind == "full_attention",
        });
        if gemma && !alternates {
            let what = "another order than a layer with a window and one without".to_owned();
            return unsupported("layer_types", what);
        }
        Ok(())
    }

    fn config(self, architecture: Architecture, path: &Path) -> Result<DecoderConfig, FileError> {
        self.check(architecture, path)?;
        let gemma = architecture == Architecture::Gemma2;
        let neox = architecture == Architecture::GptNeoX;
        let head_dim = match self.head_dim {
            Some(size) => size,
            None if gemma => 256,
            None => self.hidden_size / self.num_attention_heads.max(1),
        };
        let old = self.rope_scaling.unwrap_or_default();
        let new = self.rope_parameters.unwrap_or_default();
        let share = match neox {
            false => 1.,
            true => new
                .partial_rotary_factor
                .or(self.rotary_pct)
                .unwrap_or(0.25),
        };
        let theta = new
            .rope_theta
            .or(self.rope_theta)
            .or(self.rotary_emb_base)
            .unwrap_or(10_000.);
        let scaling = if new.rope_type.is_some() { new } else { old };
        Ok(DecoderConfig {
            architecture,
            hidden_size: self.hidden_size,
            num_hidden_layers: self.num_hidden_layers,
            num_attention_heads: self.num_attention_heads,
            num_key_value_heads: self.num_key_value_heads.unwrap_or(self.num_attention_heads),
            head_dim,
            intermediate_size: self.intermediate_size,
            vocab_size: self.vocab_size,
            max_position_embeddings: self.max_position_embeddings.unwrap_or(match gemma {
                true => 8192,
                false => 2048,
            }),
            norm_eps: match neox {
                false => self.rms_norm_eps.unwrap_or(1e-6),
                true => self.layer_norm_eps.unwrap_or(1e-5),
            },
            tie_word_embeddings: self.tie_word_embeddings.unwrap_or(gemma),
            rope: Rope {
                theta,
                dim: (head_dim as f64 * share) as usize,
                scaling: scaling.scaling(path)?,
                pairs: Pairs::Halves,
            },
            attention_bias: self.attention_bias.unwrap_or(neox),
            mlp_bias: neox || (!gemma && self.mlp_bias.unwrap_or(false)),
            attention_scalar: match gemma {
                true => self.query_pre_attn_scalar.unwrap_or(256.),
                false => head_dim as f64,
            },
            attention_soft_cap: self.attn_logit_softcapping.filter(|_| gemma),
            logit_soft_cap: self.final_logit_softcapping.filter(|_| gemma),
            sliding_window: gemma.then(|| self.sliding_window.unwrap_or(4096)),
            norm_plus_one: gemma,
            parallel_residual: neox && self.use_parallel_residual.unwrap_or(true),
            eos_token_ids: self.eos_token_id.map(TokenIds::list).unwrap_or_default(),
        })
    }
}

impl RopeFields {
    fn scaling(&self, path: &Path) -> Result<Scaling, FileError> {
        let required = |field: &str, value: Option<f32>| {
            let field = format!("rope_scaling.{field}");
            value.ok_or_else(|| FileError::new(path, field, Problem::Absent))
        };
        match self.rope_type.as_deref() {
            None | Some("default") => Ok(Scaling::None),
            Some("linear") => Ok(Scaling::Linear {
                factor: required("factor", self.factor)?,
            }),
            Some("llama3") => Ok(Scaling::Llama3 {
                factor: required("factor", self.factor)?,
                low: required("low_freq_factor", self.low_freq_factor)?,
                high: required("high_freq_factor", self.high_freq_factor)?,
                original_positions: required(
                    "original_max_position_embeddings",
                    self.original_max_position_embeddings,
                )?,
            }),
            Some(other) => {
                let what = format!("rope scaling of type {other}");
                Err(FileError::new(
                    path,
                    "rope_scaling",
                    Problem::Unsupported(what),
                ))
            }
        }
    }
}
