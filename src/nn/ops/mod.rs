//! Differentiable operations: candle custom ops with a forward and a backward pass on the CPU.

mod attend;
mod attention;
mod cross_entropy;
mod frozen_blocks;
mod geglu;
mod gelu;
mod layer_norm;
mod linear;
mod log_softmax;
mod rms_norm;
mod rope;
mod soft_cap;
mod swiglu;

pub use attend::attend;
pub use attention::{Heads, attention};
pub use cross_entropy::cross_entropy;
pub use frozen_blocks::frozen_blocks;
pub use geglu::geglu;
pub use gelu::gelu;
pub use layer_norm::layer_norm;
pub use linear::linear;
pub use log_softmax::{log_softmax, log_sum_exp};
pub use rms_norm::rms_norm;
pub use rope::{Pairs, Rotation, rope};
pub use soft_cap::soft_cap;
pub use swiglu::swiglu;

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor};
use rayon::prelude::*;

/// The elements of a contiguous f32 storage.
pub(super) fn elements<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let slice = storage.as_slice::<f32>()?;
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&slice[start..end]),
        None => candle_core::bail!("the operation needs a contiguous tensor"),
    }
}

/// Runs `f` on the elements of a tensor, which is made contiguous first.
pub(crate) fn with_elements<T>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> Result<T>) -> Result<T> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => f(elements(storage, layout)?),
        _ => candle_core::bail!("the operation runs on the CPU only"),
    }
}

/// Calls `f` with parts of `size` and their numbers, on all threads of rayon where there are several; a
/// single one is not worth waking them.
fn for_each_part<T: Send>(data: &mut [T], size: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    if data.len() <= size {
        f(0, data);
    } else {
        let parts = data.par_chunks_mut(size).enumerate();
        parts.for_each(|(index, part)| f(index, part));
    }
}

/// Adds `part` to `sum`, element by element.
fn accumulate(sum: &mut [f32], part: &[f32]) {
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += part;
    }
}

/// A gradient tensor of the same shape as `like`.
fn gradient(values: Vec<f32>, like: &Tensor) -> Result<Tensor> {
    Tensor::from_vec(values, like.shape(), like.device())
}

#[cfg(test)]
pub(crate) mod check {
    //! Compares an analytic gradient with central differences.

    use candle_core::{Device, Result, Tensor, Var};

    pub fn values(n: usize, seed: u32) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        (0..n)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 24) as f32 * 2. - 1.
            })
            .collect()
    }

    pub fn var(shape: &[usize], seed: u32) -> Var {
        let n = shape.iter().product();
        Var::from_vec(values(n, seed), shape, &Device::Cpu).unwrap()
    }

    /// `f` maps the variables to a tensor; its weighted sum is differentiated.
    pub fn gradients(vars: &[Var], f: impl Fn(&[Var]) -> Result<Tensor>) {
        let loss = |vars: &[Var]| -> Tensor {
            let y = f(vars).unwrap().flatten_all().unwrap();
            let weights =
                Tensor::from_vec(values(y.elem_count(), 99), y.shape(), y.device()).unwrap();
            (y * weights).unwrap().sum_all().unwrap()
        };
        let grads = loss(vars).backward().unwrap();
        for (index, var) in vars.iter().enumerate() {
            let analytic: Vec<f32> = grads
                .get(var)
                .unwrap_or_else(|| panic!("variable {index} has no gradient"))
                .flatten_all()
                .unwrap()
                .to_vec1()
                .unwrap();
            let original: Vec<f32> = var.flatten_all().unwrap().to_vec1().unwrap();
            for element in 0..original.len() {
                let at = |delta: f32| {
                    let mut moved = original.clone();
                    moved[element] += delta;
                    var.set(&Tensor::from_vec(moved, var.shape(), var.device()).unwrap())
                        .unwrap();
                    loss(vars).to_scalar::<f32>().unwrap()
                };
                let numeric = (at(1e-2) - at(-1e-2)) / 2e-2;
                let error = (numeric - analytic[element]).abs();
                assert!(
                    error < 2e-2 * (1. + numeric.abs()),
                    "variable {index}, element {element}: {} instead of {numeric}",
                    analytic[element],
                );
            }
            var.set(&Tensor::from_vec(original, var.shape(), var.device()).unwrap())
                .unwrap();
        }
    }
}
