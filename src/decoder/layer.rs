//! A transformer layer of either family: what differs is the norm, whether queries, keys and values
//! come out of one matrix, the feed-forward part, and where the residual is added.

use std::sync::Arc;

use candle_core::{Result, Tensor};

use super::cache::LayerCache;
use super::config::DecoderConfig;
use crate::nn::linear::Linear;
use crate::nn::ops::{self, Rotation};

/// A norm over the width.
pub enum Norm {
    /// Root mean square.
    Rms {
        /// `[width]`.
        weight: Tensor,
        /// Epsilon.
        eps: f64,
    },
    /// Mean and variance.
    Layer {
        /// `[width]`.
        weight: Tensor,
        /// `[width]`.
        bias: Tensor,
        /// Epsilon.
        eps: f64,
    },
}

impl Norm {
    /// Normalises each row of `x` [n, width].
    ///
    /// # Errors
    /// When the widths differ.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Rms { weight, eps } => ops::rms_norm(x, weight, *eps),
            Self::Layer { weight, bias, eps } => ops::layer_norm(x, weight, bias, *eps),
        }
    }
}

/// Where queries, keys and values come from.
pub enum Projection {
    /// A layer each.
    Separate {
        /// To [n, heads · head_dim].
        query: Linear,
        /// To [n, key-value heads · head_dim].
        key: Linear,
        /// As the keys.
        value: Linear,
    },
    /// One layer whose output is, head by head, query, key and value.
    Fused(Linear),
}

impl Projection {
    fn forward(&self, x: &Tensor, config: &DecoderConfig) -> Result<[Tensor; 3]> {
        match self {
            Self::Separate { query, key, value } => Linear::forward_each([query, key, value], x),
            Self::Fused(linear) => {
                let (n, heads, size) = (x.dim(0)?, config.num_attention_heads, config.head_dim);
                let all = linear.forward(x)?.reshape((n, heads, 3, size))?;
                let part = |index| {
                    all.narrow(2, index, 1)?
                        .contiguous()?
                        .reshape((n, heads * size))
                };
                Ok([part(0)?, part(1)?, part(2)?])
            }
        }
    }
}

/// The feed-forward part.
pub enum FeedForward {
    /// `down(silu(gate(x)) · up(x))`.
    Gated {
        /// To [n, intermediate].
        gate: Linear,
        /// To [n, intermediate].
        up: Linear,
        /// Back to [n, hidden].
        down: Linear,
    },
    /// `down(gelu(up(x)))`.
    Plain {
        /// To [n, intermediate].
        up: Linear,
        /// Back to [n, hidden].
        down: Linear,
    },
}

impl FeedForward {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Gated { gate, up, down } => {
                let [gate, up] = Linear::forward_each([gate, up], x)?;
                down.forward(&ops::swiglu(&gate, &up)?)
            }
            Self::Plain { up, down } => down.forward(&ops::gelu(&up.forward(x)?)?),
        }
    }
}

/// Which tokens the rows of a forward pass see.
pub enum Reach<'a> {
    /// Those before them in their own text; text `i` takes the rows `offsets[i]..offsets[i + 1]`.
    /// Differentiable.
    Texts(&'a Arc<[usize]>),
    /// All that the cache holds, and those before them; theirs are added to it. No gradient flows.
    Cache(&'a mut LayerCache),
}

/// A transformer layer, normalised before each part.
pub struct Layer {
    pub(super) attention_norm: Norm,
    pub(super) projection: Projection,
    pub(super) output: Linear,
    pub(super) feed_forward_norm: Norm,
    pub(super) feed_forward: FeedForward,
}

impl Layer {
    /// Maps `x` [n, hidden]; `rotation` holds the angles of its rows' positions.
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn forward(
        &self,
        x: &Tensor,
        rotation: &Arc<Rotation>,
        reach: Reach,
        config: &DecoderConfig,
    ) -> Result<Tensor> {
        let attended = self.attention(&self.attention_norm.forward(x)?, rotation, reach, config)?;
        if config.parallel_residual {
            let inner = self
                .feed_forward
                .forward(&self.feed_forward_norm.forward(x)?)?;
            return (attended + inner)? + x;
        }
        let x = (attended + x)?;
        let inner = self
            .feed_forward
            .forward(&self.feed_forward_norm.forward(&x)?)?;
        inner + x
    }

    fn attention(
        &self,
        x: &Tensor,
        rotation: &Arc<Rotation>,
        reach: Reach,
        config: &DecoderConfig,
    ) -> Result<Tensor> {
        let [query, key, value] = self.projection.forward(x, config)?;
        let query = ops::rope(&query, config.head_dim, rotation)?;
        let key = ops::rope(&key, config.head_dim, rotation)?;
        let context = match reach {
            Reach::Texts(offsets) => {
                ops::attention(&query, &key, &value, config.heads(), offsets.clone())?
            }
            Reach::Cache(cache) => {
                cache.append(&key, &value)?;
                ops::attend(&query, &cache.keys, &cache.values, config.heads())?
            }
        };
        self.output.forward(&context)
    }
}
