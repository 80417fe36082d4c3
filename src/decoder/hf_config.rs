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
    fn config(self, architecture: Architecture, path: &Path) -> Result<DecoderConfig, FileError> {
        let llama = architecture == Architecture::Llama;
        let activation = if llama { "silu" } else { "gelu" };
        if let Some(found) = self.hidden_act.filter(|found| found != activation) {
            let what = format!("the activation {found}");
            return Err(FileError::new(
                path,
                "hidden_act",
                Problem::Unsupported(what),
            ));
        }
        let head_dim = self
            .head_dim
            .unwrap_or(self.hidden_size / self.num_attention_heads.max(1));
        let old = self.rope_scaling.unwrap_or_default();
        let new = self.rope_parameters.unwrap_or_default();
        let share = match llama {
            true => 1.,
            false => new
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
            max_position_embeddings: self.max_position_embeddings.unwrap_or(2048),
            norm_eps: match llama {
                true => self.rms_norm_eps.unwrap_or(1e-6),
                false => self.layer_norm_eps.unwrap_or(1e-5),
            },
            tie_word_embeddings: self.tie_word_embeddings.unwrap_or(false),
            rope: Rope {
                theta,
                dim: (head_dim as f64 * share) as usize,
                scaling: scaling.scaling(path)?,
                pairs: Pairs::Halves,
            },
            attention_bias: self.attention_bias.unwrap_or(!llama),
            mlp_bias: if llama {
                self.mlp_bias.unwrap_or(false)
            } else {
                true
            },
            parallel_residual: !llama && self.use_parallel_residual.unwrap_or(true),
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
