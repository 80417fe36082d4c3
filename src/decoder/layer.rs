//! A transformer layer of any family: what differs is the norms, whether queries, keys and values come
//! out of one matrix, what a token sees, the feed-forward part, and where the residual is added.

use std::sync::Arc;

use candle_core::{Result, Tensor};

use super::cache::LayerCache;
use super::config::DecoderConfig;
use crate::nn::linear::Linear;
use crate::nn::ops::{self, Heads, Rotation};

/// A norm over the width.
pub enum Norm {
    /// Root mean square.
    Rms {
        /// `[width]`.
        weight: Tensor,
        /// Epsilon.
        eps: f64,
        /// Whether one is added to the weights (Gemma).
        plus_one: bool,
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
            Self::Rms {
                weight,
                eps,
                plus_one: false,
            } => ops::rms_norm(x, weight, *eps),
            Self::Rms { weight, eps, .. } => ops::rms_norm(x, &(weight + 1.)?, *eps),
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

/// What the gate of a feed-forward part goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// `silu(gate) · up`.
    Silu,
    /// `gelu(gate) · up`, by the tanh approximation.
    Gelu,
}

/// The feed-forward part.
pub enum FeedForward {
    /// `down(activation(gate(x)) · up(x))`.
    Gated {
        /// The activation.
        activation: Gate,
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
            Self::Gated {
                activation,
                gate,
                up,
                down,
            } => {
                let [gate, up] = Linear::forward_each([gate, up], x)?;
                down.forward(&match activation {
                    Gate::Silu => ops::swiglu(&gate, &up)?,
                    Gate::Gelu => ops::geglu(&gate, &up)?,
                })
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
    pub(super) heads: Heads,
    pub(super) attention_norm: Norm,
    pub(super) projection: Projection,
    pub(super) output: Linear,
    /// After attention, where the family has one.
    pub(super) attention_output_norm: Option<Norm>,
    pub(super) feed_forward_norm: Norm,
    pub(super) feed_forward: FeedForward,
    /// After the feed-forward part, where the family has one.
    pub(super) feed_forward_output_norm: Option<Norm>,
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
        let attended = through(self.attention_output_norm.as_ref(), attended)?;
        if config.parallel_residual {
            return (attended + self.feed_forward(x)?)? + x;
        }
        let x = (attended + x)?;
        self.feed_forward(&x)? + x
    }

    fn feed_forward(&self, x: &Tensor) -> Result<Tensor> {
        let inner = self
            .feed_forward
            .forward(&self.feed_forward_norm.forward(x)?)?;
        through(self.feed_forward_output_norm.as_ref(), inner)
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
                ops::attention(&query, &key, &value, self.heads, offsets.clone())?
            }
            Reach::Cache(cache) => {
                cache.append(&key, &value)?;
                ops::attend(&query, &cache.keys, &cache.values, self.heads)?
            }
        };
        self.output.forward(&context)
    }
}

/// `x` normalised, where there is a norm.
fn through(norm: Option<&Norm>, x: Tensor) -> Result<Tensor> {
    match norm {
        Some(norm) => norm.forward(&x),
        None => Ok(x),
    }
}
