//! For machines without a kernel of their own; written so that a compiler finds the lanes.

use half::f16;

use super::super::activations::Row;
use super::super::format::{MIN_GROUP, SCALE_GROUP};
use super::super::panels::{BLOCK, Layout, ROWS};

/// See [`super::Kernel`].
pub fn product(layout: Layout, panel: &[u8], x: &[Row], out: &mut [f32]) {
    for (x, out) in x.iter().zip(out.chunks_exact_mut(ROWS)) {
        out.fill(0.);
        for (index, block) in panel.chunks_exact(layout.block_bytes()).enumerate() {
            for part in 0..BLOCK / layout.group() {
                add_group(layout, block, index * BLOCK, part * layout.group(), x, out);
            }
            if layout.minima() {
                add_minima(layout, block, index * BLOCK / MIN_GROUP, x, out);
            }
        }
    }
}

/// A half for each lane.
fn halves(bytes: &[u8]) -> [f32; ROWS] {
    std::array::from_fn(|lane| f16::from_le_bytes([bytes[2 * lane], bytes[2 * lane + 1]]).to_f32())
}

fn add_group(layout: Layout, block: &[u8], start: usize, column: usize, x: &Row, out: &mut [f32]) {
    let group = layout.group();
    let scales = halves(&block[column / group * ROWS * 2..]);
    let values = &block[layout.head_bytes() + column / MIN_GROUP * layout.group_bytes()..];
    let mut sums = [0i32; ROWS];
    for quad in 0..group / 4 {
        // The place of the quad among the 32 columns that lie together.
        let quad_of_32 = column % MIN_GROUP / 4 + quad;
        let (at, shift) = match layout.nibbles() {
            true => (quad_of_32 % 4, quad_of_32 / 4 * 4),
            false => (quad_of_32, 0),
        };
        let weights = &values[at * ROWS * 4..][..ROWS * 4];
        let x = &x.values[start + column + quad * 4..][..4];
        for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(4)) {
            for (weight, x) in weights.iter().zip(x) {
                let weight = match layout.nibbles() {
                    true => i32::from(weight >> shift & 0xf),
                    false => i32::from(*weight as i8),
                };
                *sum += weight * i32::from(*x);
            }
        }
    }
    let first = (start + column) / SCALE_GROUP;
    let sum_of_x: i32 = x.sums[first..first + group / SCALE_GROUP].iter().sum();
    let offset = i32::from(layout == Layout::Nibbles) * 8 * sum_of_x;
    let scale_of_x = x.scales[(start + column) / MIN_GROUP];
    for ((out, sum), scale) in out.iter_mut().zip(sums).zip(scales) {
        *out += (sum - offset) as f32 * (scale * scale_of_x);
    }
}

fn add_minima(layout: Layout, block: &[u8], first: usize, x: &Row, out: &mut [f32]) {
    for part in 0..BLOCK / MIN_GROUP {
        let minima = halves(&block[layout.scale_bytes() + part * ROWS * 2..]);
        let group = first + part;
        let sum = x.sums[2 * group] + x.sums[2 * group + 1];
        for (out, min) in out.iter_mut().zip(minima) {
            *out += min * (x.scales[group] * sum as f32);
        }
    }
}
