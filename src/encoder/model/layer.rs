//! A transformer layer, and what Hugging Face calls its parts.

use std::collections::HashMap;
use std::sync::Arc;

use candle_core::{Result, Tensor};

use crate::encoder::config::EncoderConfig;
use crate::nn::linear::{Linear, Lora};
use crate::nn::ops;

/// Weight and bias of a layer norm.
#[derive(Clone)]
pub struct Norm {
    /// `[width]`.
    pub weight: Tensor,
    /// `[width]`.
    pub bias: Tensor,
}

impl Norm {
    pub(super) fn forward(&self, x: &Tensor, eps: f64) -> Result<Tensor> {
        ops::layer_norm(x, &self.weight, &self.bias, eps)
    }
}

pub(super) const QUERY: &str = "attention.self.query";
pub(super) const KEY: &str = "attention.self.key";
pub(super) const VALUE: &str = "attention.self.value";
pub(super) const ATTENTION_OUTPUT: &str = "attention.output.dense";
pub(super) const ATTENTION_NORM: &str = "attention.output.LayerNorm";
pub(super) const INTERMEDIATE: &str = "intermediate.dense";
pub(super) const OUTPUT: &str = "output.dense";
pub(super) const OUTPUT_NORM: &str = "output.LayerNorm";

/// LoRA adapters by the name of the linear layer they stand beside, without `.weight`.
pub type Adapters = HashMap<String, Lora>;

/// The linear parts of a layer.
pub(in crate::encoder) const PARTS: [&str; 6] =
    [QUERY, KEY, VALUE, ATTENTION_OUTPUT, INTERMEDIATE, OUTPUT];

/// Hugging Face's name of a part of a layer.
pub(in crate::encoder) fn layer_name(index: usize, part: &str) -> String {
    format!("encoder.layer.{index}.{part}")
}

/// Outputs and inputs of a linear part.
pub(in crate::encoder) fn part_shape(config: &EncoderConfig, part: &str) -> (usize, usize) {
    let (width, inner) = (config.hidden_size, config.intermediate_size);
    match part {
        INTERMEDIATE => (inner, width),
        OUTPUT => (width, inner),
        _ => (width, width),
    }
}

/// A transformer layer, normalised after each residual.
pub(super) struct Layer {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub attention_output: Linear,
    pub attention_norm: Norm,
    pub intermediate: Linear,
    pub output: Linear,
    pub output_norm: Norm,
}

impl Layer {
    /// [tokens, width] to [tokens, width]; `offsets` says where each text begins.
    pub fn forward(
        &self,
        x: &Tensor,
        offsets: &Arc<[usize]>,
        config: &EncoderConfig,
    ) -> Result<Tensor> {
        let (heads, eps) = (config.num_attention_heads, config.layer_norm_eps);
        let context = ops::attention(
            &self.query.forward(x)?,
            &self.key.forward(x)?,
            &self.value.forward(x)?,
            ops::Heads::bidirectional(heads),
            offsets.clone(),
        )?;
        let attended = (self.attention_output.forward(&context)? + x)?;
        let x = self.attention_norm.forward(&attended, eps)?;
        let inner = ops::gelu(&self.intermediate.forward(&x)?)?;
        let output = (self.output.forward(&inner)? + &x)?;
        self.output_norm.forward(&output, eps)
    }

    /// The same layer with adapters beside its parts.
    pub fn adapted(&self, adapter: impl Fn(&'static str) -> Option<Lora>) -> Self {
        let beside = |part, linear: &Linear| match adapter(part) {
            Some(lora) => linear.clone().with(lora),
            None => linear.clone(),
        };
        Self {
            query: beside(QUERY, &self.query),
            key: beside(KEY, &self.key),
            value: beside(VALUE, &self.value),
            attention_output: beside(ATTENTION_OUTPUT, &self.attention_output),
            attention_norm: self.attention_norm.clone(),
            intermediate: beside(INTERMEDIATE, &self.intermediate),
            output: beside(OUTPUT, &self.output),
            output_norm: self.output_norm.clone(),
        }
    }

    /// Its linear parts by name.
    pub fn linears(&self) -> impl Iterator<Item = (&'static str, &Linear)> {
        [
            (QUERY, &self.query),
            (KEY, &self.key),
            (VALUE, &self.value),
            (ATTENTION_OUTPUT, &self.attention_output),
            (INTERMEDIATE, &self.intermediate),
            (OUTPUT, &self.output),
        ]
        .into_iter()
    }
}
