//! The block formats: to f32, to a common form for the kernels, and back.
//!
//! Layouts as in ggml's `ggml-quants.c`; all numbers are little endian.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use super::BlockType;

/// Weights that share a scale in [`Unpacked`].
pub const SCALE_GROUP: usize = 16;
/// Weights that share a minimum in [`Unpacked`].
pub const MIN_GROUP: usize = 32;

/// A row in the form every quantized format comes down to: `weight = value · scale + minimum`.
#[derive(Default)]
pub struct Unpacked {
    /// One a weight.
    pub values: Vec<i8>,
    /// One for each [`SCALE_GROUP`] weights.
    pub scales: Vec<f32>,
    /// One for each [`MIN_GROUP`] weights.
    pub mins: Vec<f32>,
}

impl Unpacked {
    fn group(&mut self, scale: f32, min: f32) {
        self.scales.extend([scale, scale]);
        self.mins.push(min);
    }
}

fn half_at(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// Replaces `out` by the weights of a quantized row.
pub fn unpack(kind: BlockType, row: &[u8], out: &mut Unpacked) {
    out.values.clear();
    out.scales.clear();
    out.mins.clear();
    for block in row.chunks_exact(kind.bytes()) {
        match kind {
            BlockType::Q4_0 => {
                nibbles(&block[2..], -8, &mut out.values);
                out.group(half_at(block, 0), 0.);
            }
            BlockType::Q4_1 => {
                nibbles(&block[4..], 0, &mut out.values);
                out.group(half_at(block, 0), half_at(block, 2));
            }
            BlockType::Q8_0 => {
                out.values.extend(block[2..].iter().map(|byte| *byte as i8));
                out.group(half_at(block, 0), 0.);
            }
            BlockType::Q4K => q4_k(block, out),
            BlockType::Q6K => q6_k(block, out),
            BlockType::F32 | BlockType::F16 | BlockType::BF16 => {}
        }
    }
}

/// The low nibbles, then the high ones, each with `offset` added.
fn nibbles(bytes: &[u8], offset: i8, out: &mut Vec<i8>) {
    out.extend(bytes.iter().map(|byte| (byte & 0xf) as i8 + offset));
    out.extend(bytes.iter().map(|byte| (byte >> 4) as i8 + offset));
}

/// d, dmin, 12 bytes of 6-bit scales and minima, 128 bytes of nibbles.
fn q4_k(block: &[u8], out: &mut Unpacked) {
    let (d, d_min) = (half_at(block, 0), half_at(block, 2));
    let packed = &block[4..16];
    for (pair, nibble_bytes) in block[16..].chunks_exact(32).enumerate() {
        nibbles(nibble_bytes, 0, &mut out.values);
        for group in [2 * pair, 2 * pair + 1] {
            let (scale, min) = if group < 4 {
                (packed[group] & 63, packed[group + 4] & 63)
            } else {
                let (low, high) = (packed[group + 4], [packed[group - 4], packed[group]]);
                (
                    low & 0xf | (high[0] >> 6) << 4,
                    low >> 4 | (high[1] >> 6) << 4,
                )
            };
            out.group(d * f32::from(scale), -d_min * f32::from(min));
        }
    }
}

/// 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 scales, d.
fn q6_k(block: &[u8], out: &mut Unpacked) {
    let d = half_at(block, 208);
    for part in 0..2 {
        let low = &block[part * 64..part * 64 + 64];
        let high = &block[128 + part * 32..128 + part * 32 + 32];
        let value = |nibble: u8, high: u8| (nibble | (high & 3) << 4) as i8 - 32;
        for quarter in 0..4 {
            let low = &low[quarter % 2 * 32..quarter % 2 * 32 + 32];
            out.values.extend(low.iter().zip(high).map(|(low, high)| {
                let nibble = if quarter < 2 { low & 0xf } else { low >> 4 };
                value(nibble, high >> (2 * quarter))
            }));
            out.mins.push(0.);
        }
    }
    let scales = block[192..208].iter();
    out.scales
        .extend(scales.map(|scale| d * f32::from(*scale as i8)));
}

/// Appends a row in f32.
pub fn dequantize(kind: BlockType, row: &[u8], out: &mut Vec<f32>) {
    match kind {
        BlockType::F32 => out.extend(
            row.chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])),
        ),
        BlockType::F16 => {
            let halves: Vec<f16> = row
                .chunks_exact(2)
                .map(|b| f16::from_le_bytes([b[0], b[1]]))
                .collect();
            let start = out.len();
            out.resize(start + halves.len(), 0.);
            halves.convert_to_f32_slice(&mut out[start..]);
        }
        BlockType::BF16 => out.extend(
            row.chunks_exact(2)
                .map(|b| bf16::from_le_bytes([b[0], b[1]]).to_f32()),
        ),
        _ => {
            let mut weights = Unpacked::default();
            unpack(kind, row, &mut weights);
            for (index, values) in weights.values.chunks_exact(SCALE_GROUP).enumerate() {
                let (scale, min) = (weights.scales[index], weights.mins[index / 2]);
                out.extend(values.iter().map(|value| f32::from(*value) * scale + min));
            }
        }
    }
}

/// Rounds the weights of one block.
pub type Quantizer = fn(&[f32], &mut [u8]);

/// What rounds to a format, where there is such a thing.
pub fn quantizer(kind: BlockType) -> Option<Quantizer> {
    match kind {
        BlockType::Q4_0 => Some(to_q4_0),
        BlockType::Q4_1 => Some(to_q4_1),
        BlockType::Q8_0 => Some(to_q8_0),
        BlockType::F16 => Some(|values, block| {
            block.copy_from_slice(&f16::from_f32(values[0]).to_le_bytes());
        }),
        BlockType::BF16 => Some(|values, block| {
            block.copy_from_slice(&bf16::from_f32(values[0]).to_le_bytes());
        }),
        BlockType::F32 | BlockType::Q4K | BlockType::Q6K => None,
    }
}

/// One divided by the scale, or zero where all weights are.
fn inverse(scale: f32) -> f32 {
    if scale == 0. { 0. } else { 1. / scale }
}

fn store_nibbles(block: &mut [u8], nibble: impl Fn(usize) -> u8) {
    for (i, byte) in block.iter_mut().enumerate() {
        *byte = nibble(i) | nibble(i + 16) << 4;
    }
}

/// The weight of the largest magnitude becomes −8.
fn to_q4_0(values: &[f32], block: &mut [u8]) {
    let largest = values.iter().fold(0f32, |largest, value| {
        if value.abs() > largest.abs() {
            *value
        } else {
            largest
        }
    });
    let scale = f16::from_f32(largest / -8.);
    let inverse = inverse(scale.to_f32());
    block[..2].copy_from_slice(&scale.to_le_bytes());
    store_nibbles(&mut block[2..], |i| {
        (values[i] * inverse + 8.).round().clamp(0., 15.) as u8
    });
}

fn to_q4_1(values: &[f32], block: &mut [u8]) {
    let min = values.iter().copied().fold(f32::INFINITY, f32::min);
    let max = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let scale = f16::from_f32((max - min) / 15.);
    let inverse = inverse(scale.to_f32());
    block[..2].copy_from_slice(&scale.to_le_bytes());
    block[2..4].copy_from_slice(&f16::from_f32(min).to_le_bytes());
    store_nibbles(&mut block[4..], |i| {
        ((values[i] - min) * inverse).round().clamp(0., 15.) as u8
    });
}

fn to_q8_0(values: &[f32], block: &mut [u8]) {
    let largest = values.iter().fold(0f32, |max, value| max.max(value.abs()));
    let scale = f16::from_f32(largest / 127.);
    let inverse = inverse(scale.to_f32());
    block[..2].copy_from_slice(&scale.to_le_bytes());
    for (byte, value) in block[2..].iter_mut().zip(values) {
        *byte = (value * inverse).round().clamp(-127., 127.) as i8 as u8;
    }
}
