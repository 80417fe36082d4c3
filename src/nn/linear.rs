//! The linear layer of every model: dense, frozen with a LoRA adapter, or packed in eight bits.

use candle_core::{Result, Tensor};

use super::ops;
use super::quant::{Int8Weight, PackedLinear};

/// A linear layer.
#[derive(Clone)]
pub enum Linear {
    /// Weights in f32; trainable where they are variables.
    Dense(Dense),
    /// Weights in eight bits, for inference.
    Packed(PackedLinear),
}

/// An f32 layer, with a LoRA adapter beside it where there is one.
#[derive(Clone)]
pub struct Dense {
    /// [out, in].
    pub weight: Tensor,
    /// `[out]`.
    pub bias: Option<Tensor>,
    /// Added to the output.
    pub lora: Option<Lora>,
}

/// Low-rank adaptation (Hu et al. 2021): `y += (alpha/r) · x·Aᵀ·Bᵀ`.
#[derive(Clone)]
pub struct Lora {
    /// [r, in].
    pub a: Tensor,
    /// [out, r]; zero at the start.
    pub b: Tensor,
    /// alpha / r.
    pub scale: f64,
}

impl Linear {
    /// Maps `x` [n, in] to [n, out].
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Dense(dense) => dense.forward(x),
            Self::Packed(packed) => packed.forward(x),
        }
    }

    /// The layer in eight bits, its adapter merged.
    ///
    /// # Errors
    /// When the layer is packed already and so has no f32 weights.
    pub fn quantize(&self) -> Result<(Int8Weight, Vec<f32>)> {
        let Self::Dense(dense) = self else {
            candle_core::bail!("the layer is packed already");
        };
        let (outputs, inputs) = dense.weight.dims2()?;
        let weights = dense.merged()?.flatten_all()?.to_vec1::<f32>()?;
        let bias = match &dense.bias {
            Some(bias) => bias.to_vec1()?,
            None => vec![0.; outputs],
        };
        Ok((Int8Weight::quantize(&weights, outputs, inputs), bias))
    }
}

impl Dense {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = ops::linear(x, &self.weight, self.bias.as_ref())?;
        match &self.lora {
            Some(lora) => {
                let low = ops::linear(x, &lora.a, None)?;
                y + (ops::linear(&low, &lora.b, None)? * lora.scale)?
            }
            None => Ok(y),
        }
    }

    /// `W + (alpha/r) · B·A`, [out, in].
    ///
    /// # Errors
    /// When the adapter does not fit the weight.
    pub fn merged(&self) -> Result<Tensor> {
        match &self.lora {
            Some(lora) => &self.weight + (lora.b.matmul(&lora.a)? * lora.scale)?,
            None => Ok(self.weight.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::ops::check;

    #[test]
    fn a_merged_adapter_gives_the_same_output() {
        let dense = Dense {
            weight: check::var(&[5, 4], 1).as_tensor().clone(),
            bias: Some(check::var(&[5], 2).as_tensor().clone()),
            lora: Some(Lora {
                a: check::var(&[2, 4], 3).as_tensor().clone(),
                b: check::var(&[5, 2], 4).as_tensor().clone(),
                scale: 2.,
            }),
        };
        let x = check::var(&[3, 4], 5);
        let beside = dense.forward(&x).unwrap();
        let merged = ops::linear(&x, &dense.merged().unwrap(), dense.bias.as_ref()).unwrap();
        let difference = (beside - merged).unwrap().abs().unwrap().max_all().unwrap();
        assert!(difference.to_scalar::<f32>().unwrap() < 1e-5);
    }
}
