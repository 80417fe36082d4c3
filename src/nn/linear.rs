//! The linear layer of every model: dense, frozen with a LoRA adapter, packed in eight bits, in
//! the blocks of its file, or any of these with several adapters beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Device, Result, Tensor, Var};
use rand::{RngExt, SeedableRng};

use super::block_quant::{BlockMatrix, PackedMatrix};
use super::dropout::Dropout;
use super::ops;
use super::quant::{Int8Weight, PackedLinear};

/// alpha / r of an encoder's adapters: alpha is 2r.
pub const ADAPTER_SCALE: f64 = 2.;

/// A linear layer.
#[derive(Clone)]
pub enum Linear {
    /// Weights in f32; trainable where they are variables.
    Dense(Dense),
    /// Weights in eight bits, for inference.
    Packed(PackedLinear),
    /// Weights in blocks, as a file stores them or rounded; frozen.
    Blocks(BlockLinear),
    /// Another layer with adapters beside it, of which one at most speaks.
    Adapted(Box<Adapted>),
}

/// A frozen layer that several adapters share; for inference.
#[derive(Clone)]
pub struct Adapted {
    /// The layer itself.
    pub base: Linear,
    /// What each adapter adds; none where it leaves this layer as it is.
    pub beside: Vec<Option<Lora>>,
    /// Which of them speaks.
    pub chosen: Chosen,
}

/// Which adapter of a model speaks; all layers of the model share one.
#[derive(Debug, Clone, Default)]
pub struct Chosen(Arc<AtomicUsize>);

impl Chosen {
    /// Lets an adapter speak, by its place among all, or none.
    pub fn set(&self, place: Option<usize>) {
        self.0
            .store(place.map_or(0, |place| place + 1), Ordering::Relaxed);
    }

    /// The adapter that speaks.
    pub fn get(&self) -> Option<usize> {
        self.0.load(Ordering::Relaxed).checked_sub(1)
    }
}

/// A layer in blocks, with a LoRA adapter beside it where there is one.
#[derive(Clone)]
pub struct BlockLinear {
    weight: BlockWeight,
    bias: Option<Tensor>,
    /// Added to the output.
    lora: Option<Box<Lora>>,
}

#[derive(Clone)]
enum BlockWeight {
    /// Quantized, in the order of the kernels, for inference.
    Packed(PackedMatrix),
    /// Halves, as they are stored, for inference.
    Stored(BlockMatrix),
    /// Gradients flow through to what lies before: the product is one of floats.
    Frozen(BlockMatrix),
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
    /// On the adapter's input, while it is trained.
    pub dropout: Option<Arc<Dropout>>,
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
            Self::Blocks(blocks) => blocks.forward(x),
            Self::Adapted(adapted) => adapted.add_to(adapted.base.forward(x)?, x),
        }
    }

    /// The layer with one adapter beside it, which always speaks; for inference.
    #[must_use]
    pub fn with(self, lora: Lora) -> Self {
        let chosen = Chosen::default();
        chosen.set(Some(0));
        Self::Adapted(Box::new(Adapted {
            base: self,
            beside: vec![Some(lora)],
            chosen,
        }))
    }

    /// Several layers on the same `x`, at once where they are in blocks.
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn forward_each<const N: usize>(layers: [&Self; N], x: &Tensor) -> Result<[Tensor; N]> {
        let packed: Vec<_> = layers.iter().filter_map(|layer| layer.packed()).collect();
        let outputs: Vec<Tensor> = match <[_; N]>::try_from(packed) {
            Ok(packed) => {
                let products = PackedMatrix::forward_each(packed.map(|(weight, _)| weight), x)?;
                let products = products.into_iter().zip(packed);
                let finished = products.map(|(y, (_, layer))| layer.finished(y, x));
                let added = finished.zip(layers).map(|(y, layer)| match layer {
                    Self::Adapted(adapted) => adapted.add_to(y?, x),
                    _ => y,
                });
                added.collect::<Result<_>>()?
            }
            Err(_) => layers.iter().map(|l| l.forward(x)).collect::<Result<_>>()?,
        };
        match outputs.try_into() {
            Ok(outputs) => Ok(outputs),
            Err(_) => candle_core::bail!("a layer gave nothing"),
        }
    }

    fn packed(&self) -> Option<(&PackedMatrix, &BlockLinear)> {
        match self {
            Self::Blocks(layer) => match &layer.weight {
                BlockWeight::Packed(weight) => Some((weight, layer)),
                BlockWeight::Stored(_) | BlockWeight::Frozen(_) => None,
            },
            Self::Adapted(adapted) => adapted.base.packed(),
            _ => None,
        }
    }

    /// The layer in eight bits, its adapter merged.
    ///
    /// # Errors
    /// When the layer is quantized already and so has no f32 weights.
    pub fn quantize(&self) -> Result<(Int8Weight, Vec<f32>)> {
        let Self::Dense(dense) = self else {
            candle_core::bail!("the layer is quantized already");
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

impl BlockLinear {
    /// A layer for inference, of weights [out, in] and a bias `[out]`.
    pub fn new(weight: &BlockMatrix, bias: Option<Tensor>) -> Self {
        let weight = match PackedMatrix::pack(weight) {
            Some(packed) => BlockWeight::Packed(packed),
            None => BlockWeight::Stored(weight.clone()),
        };
        Self {
            weight,
            bias,
            lora: None,
        }
    }

    /// A layer on which, or before which, something is trained.
    pub fn frozen(weight: &BlockMatrix, bias: Option<Tensor>, lora: Option<Lora>) -> Self {
        Self {
            weight: BlockWeight::Frozen(weight.clone()),
            bias,
            lora: lora.map(Box::new),
        }
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.finished(self.product(x)?, x)
    }

    fn product(&self, x: &Tensor) -> Result<Tensor> {
        match &self.weight {
            BlockWeight::Packed(weight) => weight.forward(x),
            BlockWeight::Stored(weight) => weight.forward(x),
            BlockWeight::Frozen(weight) => ops::frozen_blocks(x, weight),
        }
    }

    /// The product `y` with what is added to it.
    fn finished(&self, y: Tensor, x: &Tensor) -> Result<Tensor> {
        let y = match &self.bias {
            Some(bias) => y.broadcast_add(bias)?,
            None => y,
        };
        match &self.lora {
            Some(lora) => lora.added_to(y, x),
            None => Ok(y),
        }
    }
}

impl Adapted {
    /// Adds what the chosen adapter makes of `x` to the layer's own `y`.
    fn add_to(&self, y: Tensor, x: &Tensor) -> Result<Tensor> {
        let chosen = self.chosen.get().and_then(|place| self.beside.get(place));
        match chosen {
            Some(Some(lora)) => lora.added_to(y, x),
            _ => Ok(y),
        }
    }
}

impl Lora {
    /// An adapter that starts as nothing, and its two variables: `A` [rank, inputs] small and random,
    /// `B` [outputs, rank] zero. The values depend on the name alone, so that a run can be repeated.
    ///
    /// # Errors
    /// When the tensors cannot be made.
    pub fn variables(
        name: &str,
        outputs: usize,
        inputs: usize,
        rank: usize,
        scale: f64,
    ) -> Result<(Self, [(String, Var); 2])> {
        let seed = name.bytes().fold(0u64, |seed, byte| {
            seed.wrapping_mul(0x0100_0000_01b3)
                .wrapping_add(byte.into())
        });
        let mut rng = rand::rngs::StdRng::seed_from_u64(seed);
        let bound = 1. / (inputs as f32).sqrt();
        let a: Vec<f32> = (0..rank * inputs)
            .map(|_| rng.random_range(-bound..bound))
            .collect();
        let a = Var::from_vec(a, (rank, inputs), &Device::Cpu)?;
        let b = Var::from_vec(vec![0f32; outputs * rank], (outputs, rank), &Device::Cpu)?;
        let lora = Self {
            a: a.as_tensor().clone(),
            b: b.as_tensor().clone(),
            scale,
            dropout: None,
        };
        let named = [
            (format!("{name}.lora_A.weight"), a),
            (format!("{name}.lora_B.weight"), b),
        ];
        Ok((lora, named))
    }

    /// The output `y` of a layer with what the adapter makes of the layer's input `x`.
    fn added_to(&self, y: Tensor, x: &Tensor) -> Result<Tensor> {
        let input = match &self.dropout {
            Some(dropout) => &dropout.apply(x)?,
            None => x,
        };
        // Scaled while it is narrow: what is as wide as the output is kept for the backward pass.
        let low = (ops::linear(input, &self.a, None)? * self.scale)?;
        y + ops::linear(&low, &self.b, None)?
    }
}

impl Dense {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = ops::linear(x, &self.weight, self.bias.as_ref())?;
        match &self.lora {
            Some(lora) => lora.added_to(y, x),
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
                dropout: None,
            }),
        };
        let x = check::var(&[3, 4], 5);
        let beside = dense.forward(&x).unwrap();
        let merged = ops::linear(&x, &dense.merged().unwrap(), dense.bias.as_ref()).unwrap();
        let difference = (beside - merged).unwrap().abs().unwrap().max_all().unwrap();
        assert!(difference.to_scalar::<f32>().unwrap() < 1e-5);
    }

    #[test]
    fn of_several_adapters_the_chosen_one_speaks() {
        let lora = |seed| Lora {
            a: check::var(&[2, 4], seed).as_tensor().clone(),
            b: check::var(&[5, 2], seed + 1).as_tensor().clone(),
            scale: 0.5,
            dropout: None,
        };
        let dense = |lora| Dense {
            weight: check::var(&[5, 4], 1).as_tensor().clone(),
            bias: None,
            lora,
        };
        let chosen = Chosen::default();
        let shared = Linear::Adapted(Box::new(Adapted {
            base: Linear::Dense(dense(None)),
            beside: vec![Some(lora(10)), None, Some(lora(20))],
            chosen: chosen.clone(),
        }));
        let x = check::var(&[3, 4], 5);
        let said = |layer: &Linear| layer.forward(&x).unwrap().to_vec2::<f32>().unwrap();
        for (place, own) in [
            (None, None),
            (Some(0), Some(10)),
            (Some(1), None),
            (Some(2), Some(20)),
        ] {
            chosen.set(place);
            let alone = Linear::Dense(dense(own.map(lora)));
            assert_eq!(said(&shared), said(&alone), "{place:?}");
            let [each, again] = Linear::forward_each([&shared, &shared], &x).unwrap();
            assert_eq!(each.to_vec2::<f32>().unwrap(), said(&alone));
            assert_eq!(again.to_vec2::<f32>().unwrap(), said(&alone));
        }
    }
}
