//! Eight-bit linear layers for inference, and the Q4_0 blocks the base encoder comes in.
//!
//! Weights are signed 8-bit with one scale per output channel; activations are quantized row by row
//! as they arrive (unsigned, with a zero point). The product runs on VNNI, AVX2 or NEON kernels of
//! `rten-gemm`, packed once at load.

use std::mem::MaybeUninit;
use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Error, Layout, Result, Shape, Tensor};
use half::f16;
use rayon::prelude::*;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdOp;
use rten_tensor::NdTensorView;
use rten_vecmath::{MinMax, Quantize};

thread_local! {
    static INT8: GemmExecutor<u8, i8, i32> = GemmExecutor::new();
}

/// Weights in a Q4_0 block.
pub const Q4_0_BLOCK: usize = 32;
/// Bytes of a Q4_0 block: an f16 scale and 16 bytes of nibbles.
pub const Q4_0_BYTES: usize = 18;

/// Appends the 32 weights of each Q4_0 block: `(nibble − 8) · scale`, low nibbles first
/// (the layout of GGUF).
pub fn dequantize_q4_0(blocks: &[u8], out: &mut Vec<f32>) {
    for block in blocks.chunks_exact(Q4_0_BYTES) {
        let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
        let weight = |nibble: u8| (f32::from(nibble) - 8.) * scale;
        out.extend(block[2..].iter().map(|byte| weight(byte & 0xf)));
        out.extend(block[2..].iter().map(|byte| weight(byte >> 4)));
    }
}

/// Signed 8-bit weights [out, in] with a scale for each output channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Int8Weight {
    /// Row-major weights, −127..=127.
    pub values: Vec<i8>,
    /// `weight = value · scale` of its row.
    pub scales: Vec<f32>,
    /// Output channels.
    pub outputs: usize,
    /// Input channels.
    pub inputs: usize,
}

impl Int8Weight {
    /// Rounds f32 weights [out, in]; the largest magnitude of a row becomes 127.
    pub fn quantize(weights: &[f32], outputs: usize, inputs: usize) -> Self {
        let mut values = Vec::with_capacity(weights.len());
        let mut scales = Vec::with_capacity(outputs);
        for row in weights.chunks_exact(inputs) {
            let largest = row.iter().fold(0f32, |max, w| max.max(w.abs()));
            let scale = if largest > 0. { largest / 127. } else { 1. };
            values.extend(row.iter().map(|w| (w / scale).round() as i8));
            scales.push(scale);
        }
        Self {
            values,
            scales,
            outputs,
            inputs,
        }
    }

    /// The f32 weights, row-major.
    pub fn dequantize(&self) -> Vec<f32> {
        self.values
            .chunks_exact(self.inputs)
            .zip(&self.scales)
            .flat_map(|(row, scale)| row.iter().map(move |value| f32::from(*value) * scale))
            .collect()
    }
}

/// A linear layer in eight bits, ready to run.
#[derive(Clone)]
pub struct PackedLinear(Arc<Packed>);

struct Packed {
    weight: PackedBMatrix<i8>,
    scales: Vec<f32>,
    /// Sum of each output's weights: what a zero point adds to the product. Taken off here, because
    /// rten-gemm 0.27 takes the zero points of the first rows for all.
    column_sums: Vec<i32>,
    bias: Vec<f32>,
    inputs: usize,
}

impl PackedLinear {
    /// Packs `weight` for the kernel of this machine; `bias` is `[out]`.
    ///
    /// # Errors
    /// When the bias has another length than the output.
    pub fn new(weight: &Int8Weight, bias: Vec<f32>) -> Result<Self> {
        if bias.len() != weight.outputs {
            candle_core::bail!("{} biases for {} outputs", bias.len(), weight.outputs);
        }
        let view = NdTensorView::from_slice_with_strides(
            [weight.inputs, weight.outputs],
            &weight.values[..],
            [1, weight.inputs],
        )
        .map_err(Error::wrap)?;
        Ok(Self(Arc::new(Packed {
            weight: INT8.with(|executor| executor.prepack_b(view)),
            scales: weight.scales.clone(),
            column_sums: weight
                .values
                .chunks_exact(weight.inputs)
                .map(|row| row.iter().map(|value| i32::from(*value)).sum())
                .collect(),
            bias,
            inputs: weight.inputs,
        })))
    }

    /// `x` [n, in] to [n, out]; no gradient flows.
    ///
    /// # Errors
    /// When the shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.contiguous()?.apply_op1_no_bwd(&*self.0)
    }
}

/// Rows of activations in unsigned 8 bits.
struct Activations {
    values: Vec<u8>,
    zero_points: Vec<u8>,
    scales: Vec<f32>,
}

impl Activations {
    fn quantize(x: &[f32], width: usize) -> Self {
        // Without VNNI the kernel adds pairs of products in 16 bits: seven bits cannot overflow.
        let saturates = INT8.with(GemmExecutor::may_saturate);
        let top = if saturates { 127. } else { 255. };
        let mut rows = Self {
            values: Vec::with_capacity(x.len()),
            zero_points: Vec::new(),
            scales: Vec::new(),
        };
        let mut buffer = vec![MaybeUninit::uninit(); width];
        for row in x.chunks_exact(width) {
            let (min, max) = MinMax::new(row).dispatch();
            let (min, max) = (min.min(0.), max.max(0.));
            let scale = if max > min { (max - min) / top } else { 1. };
            let zero_point = (-min / scale).round() as u8;
            let quantized = Quantize::new(row, &mut buffer, 1. / scale, zero_point).dispatch();
            rows.values
                .extend(quantized.iter().map(|v| (*v).min(top as u8)));
            rows.zero_points.push(zero_point);
            rows.scales.push(scale);
        }
        rows
    }
}

impl CustomOp1 for Packed {
    fn name(&self) -> &'static str {
        "linear-int8"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, inputs) = layout.shape().dims2()?;
        if inputs != self.inputs {
            candle_core::bail!("{inputs} inputs for a layer of {}", self.inputs);
        }
        let outputs = self.scales.len();
        let (start, end) = layout
            .contiguous_offsets()
            .ok_or_else(|| Error::Msg("the input is not contiguous".into()))?;
        let input = Activations::quantize(&x.as_slice::<f32>()?[start..end], inputs);
        let mut sums = vec![0i32; rows * outputs];
        let view = NdTensorView::from_data([rows, inputs], &input.values[..]);
        let (a, b) = (GemmInputA::Unpacked(view), GemmInputB::Packed(&self.weight));
        let options = GemmOptions::default();
        INT8.with(|executor| executor.gemm(&mut sums, a, b, options))
            .map_err(Error::wrap)?;
        let mut y = vec![0f32; rows * outputs];
        y.par_chunks_exact_mut(outputs)
            .zip(sums.par_chunks_exact(outputs))
            .zip(input.scales.par_iter().zip(&input.zero_points))
            .with_min_len(8)
            .for_each(|((y, sums), (row_scale, zero_point))| {
                let zero_point = i32::from(*zero_point);
                for col in 0..outputs {
                    let sum = sums[col] - zero_point * self.column_sums[col];
                    y[col] = sum as f32 * (self.scales[col] * row_scale) + self.bias[col];
                }
            });
        Ok((CpuStorage::F32(y), (rows, outputs).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::ops::check;

    #[test]
    fn q4_0_blocks_follow_the_layout_of_gguf() {
        let mut block = vec![0u8; Q4_0_BYTES];
        block[..2].copy_from_slice(&f16::from_f32(0.5).to_le_bytes());
        block[2] = 0x1f; // weight 0 is 15, weight 16 is 1
        let mut weights = Vec::new();
        dequantize_q4_0(&block, &mut weights);
        assert_eq!(weights.len(), Q4_0_BLOCK);
        assert_eq!((weights[0], weights[16], weights[1]), (3.5, -3.5, -4.));
    }

    #[test]
    fn eight_bits_stay_close_to_the_float_product() {
        let (rows, inputs, outputs) = (150, 96, 40);
        // Rows of different ranges have different scales and zero points.
        let ranges = Tensor::arange(1f32, rows as f32 + 1., &candle_core::Device::Cpu).unwrap();
        let ranges = (ranges / rows as f64).unwrap().reshape((rows, 1)).unwrap();
        let x = check::var(&[rows, inputs], 1);
        let x = x.broadcast_add(&ranges).unwrap();
        let weights = check::values(outputs * inputs, 2);
        let bias = check::values(outputs, 3);
        let packed = PackedLinear::new(
            &Int8Weight::quantize(&weights, outputs, inputs),
            bias.clone(),
        )
        .unwrap();
        let w = Tensor::from_vec(weights, (outputs, inputs), x.device()).unwrap();
        let b = Tensor::from_vec(bias, outputs, x.device()).unwrap();
        let exact = crate::nn::ops::linear(&x, &w, Some(&b)).unwrap();
        let difference = (packed.forward(&x).unwrap() - exact).unwrap();
        let largest = difference.abs().unwrap().max_all().unwrap();
        let largest = largest.to_scalar::<f32>().unwrap();
        assert!(largest < 0.15, "{largest}");
    }

    #[test]
    fn a_constant_row_survives() {
        let weight = Int8Weight::quantize(&[1., 2.], 1, 2);
        let packed = PackedLinear::new(&weight, vec![0.5]).unwrap();
        let x = Tensor::zeros((1, 2), candle_core::DType::F32, &candle_core::Device::Cpu).unwrap();
        let y: Vec<Vec<f32>> = packed.forward(&x).unwrap().to_vec2().unwrap();
        assert_eq!(y, [[0.5]]);
    }
}
