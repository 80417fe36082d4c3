//! A quantized matrix in the order in which the kernels read it.
//!
//! A panel is [`ROWS`] rows of the matrix, a lane of a vector register each. It is cut into blocks of
//! [`BLOCK`] columns, which lie one after the other, so that a product is one walk through memory:
//!
//! | | |
//! |---|---|
//! | scales | halves, a row of 16 for each group of 32 columns (of 16 where the format has finer ones) |
//! | minima | the same, where the format has minima |
//! | values | per 32 columns, 64 bytes for each 4 columns (16 rows of 4 bytes); two such in a byte where values have 4 bits: columns 0–15 in the low nibbles, 16–31 in the high ones |
//!
//! What is missing from the last rows and columns is zero.

use candle_core::{Result, Tensor};
use half::f16;
use rayon::prelude::*;

use super::activations::{Activations, Row};
use super::format::{self, MIN_GROUP, SCALE_GROUP, Unpacked};
use super::{BlockMatrix, BlockType, kernel};
use crate::nn::bytes::HugeBytes;
use crate::nn::ops;
use crate::nn::team::Team;

/// Rows of a panel.
pub const ROWS: usize = 16;
/// Columns of a block.
pub const BLOCK: usize = 64;
/// Tokens that a kernel takes at once: each value of the panel is unpacked once for all of them.
pub const TOKENS: usize = 4;

/// What a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// 4 bits around 8.
    Nibbles,
    /// 4 bits from a minimum.
    NibblesFromMinimum,
    /// 8 bits, signed.
    Bytes,
    /// 8 bits, signed, with a scale for each 16.
    BytesFine,
}

impl Layout {
    fn of(kind: BlockType) -> Option<Self> {
        match kind {
            BlockType::Q4_0 => Some(Self::Nibbles),
            BlockType::Q4_1 | BlockType::Q4K => Some(Self::NibblesFromMinimum),
            BlockType::Q8_0 => Some(Self::Bytes),
            BlockType::Q6K => Some(Self::BytesFine),
            BlockType::F32 | BlockType::F16 | BlockType::BF16 => None,
        }
    }

    /// Whether two values share a byte.
    pub const fn nibbles(self) -> bool {
        matches!(self, Self::Nibbles | Self::NibblesFromMinimum)
    }

    /// Whether there are minima.
    pub const fn minima(self) -> bool {
        matches!(self, Self::NibblesFromMinimum)
    }

    /// Columns that share a scale.
    pub const fn group(self) -> usize {
        match self {
            Self::BytesFine => SCALE_GROUP,
            _ => MIN_GROUP,
        }
    }

    /// Bytes before the minima.
    pub const fn scale_bytes(self) -> usize {
        BLOCK / self.group() * ROWS * 2
    }

    /// Bytes before the values.
    pub const fn head_bytes(self) -> usize {
        let minima = if self.minima() { BLOCK / MIN_GROUP } else { 0 };
        self.scale_bytes() + minima * ROWS * 2
    }

    /// Bytes of the values of 32 columns.
    pub const fn group_bytes(self) -> usize {
        ROWS * MIN_GROUP / if self.nibbles() { 2 } else { 1 }
    }

    /// Bytes of a block.
    pub const fn block_bytes(self) -> usize {
        self.head_bytes() + BLOCK / MIN_GROUP * self.group_bytes()
    }
}

/// A quantized matrix [rows, cols], packed for products.
#[derive(Clone)]
pub struct PackedMatrix {
    bytes: HugeBytes,
    layout: Layout,
    rows: usize,
    cols: usize,
}

impl PackedMatrix {
    /// Packs a matrix; none where its weights are not quantized.
    pub fn pack(matrix: &BlockMatrix) -> Option<Self> {
        let layout = Layout::of(matrix.kind())?;
        let (rows, cols) = matrix.dims();
        let panel_bytes = cols.div_ceil(BLOCK) * layout.block_bytes();
        let mut bytes = HugeBytes::zeroed(rows.div_ceil(ROWS) * panel_bytes);
        bytes
            .get_mut()?
            .par_chunks_exact_mut(panel_bytes)
            .enumerate()
            .for_each_init(Unpacked::default, |weights, (panel, bytes)| {
                let first = panel * ROWS;
                for row in first..rows.min(first + ROWS) {
                    format::unpack(matrix.kind(), matrix.row(row), weights);
                    store_row(layout, bytes, row - first, weights);
                }
            });
        Some(Self {
            bytes,
            layout,
            rows,
            cols,
        })
    }

    /// Rows and columns.
    pub fn dims(&self) -> (usize, usize) {
        (self.rows, self.cols)
    }

    /// `x` [n, cols] times the transpose of this matrix: [n, rows]. No gradient flows.
    ///
    /// # Errors
    /// When `x` has another width.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let [y] = Self::forward_each([self], x)?;
        Ok(y)
    }

    /// The products of `x` [n, cols] with several matrices of the same width, divided among the
    /// threads at once.
    ///
    /// # Errors
    /// When `x` has another width than one of them.
    pub fn forward_each<const N: usize>(matrices: [&Self; N], x: &Tensor) -> Result<[Tensor; N]> {
        let (n, cols) = x.dims2()?;
        if let Some(other) = matrices.iter().find(|matrix| matrix.cols != cols) {
            candle_core::bail!("{cols} inputs for a matrix of {}", other.cols);
        }
        let rounded = ops::with_elements(x, |x| Ok(Activations::quantize(x, cols)))?;
        let panels = matrices.map(|matrix| matrix.rows.div_ceil(ROWS));
        let all: usize = panels.iter().sum();
        // [panels of all matrices, n, ROWS]: a part of its own for each panel.
        let mut out = vec![0f32; all * n * ROWS];
        let (team, kernel) = (Team::of_this_machine(), kernel::of_this_machine());
        let grain = (all / (team.size() * 8)).max(1);
        team.for_each_part(&mut out, n * ROWS, grain, &|mut panel, out| {
            for (matrix, panels) in matrices.iter().zip(panels) {
                if panel < panels {
                    return matrix.panel_product(panel, &rounded, kernel, out);
                }
                panel -= panels;
            }
        });
        let mut rest = out;
        let mut tensors = Vec::with_capacity(N);
        for (matrix, panels) in matrices.iter().zip(panels) {
            let after = rest.split_off(panels * n * ROWS);
            let rows = by_token(rest, n, matrix.rows);
            tensors.push(Tensor::from_vec(rows, (n, matrix.rows), x.device())?);
            rest = after;
        }
        match tensors.try_into() {
            Ok(tensors) => Ok(tensors),
            Err(_) => candle_core::bail!("a product is missing"),
        }
    }

    /// [panels, n, ROWS], on this thread.
    #[cfg(test)]
    pub(super) fn product(&self, x: &Activations, kernel: kernel::Kernel) -> Vec<f32> {
        let size = x.rows() * ROWS;
        let mut out = vec![0f32; self.rows.div_ceil(ROWS) * size];
        for (panel, out) in out.chunks_exact_mut(size).enumerate() {
            self.panel_product(panel, x, kernel, out);
        }
        out
    }

    fn panel_product(
        &self,
        index: usize,
        x: &Activations,
        kernel: kernel::Kernel,
        out: &mut [f32],
    ) {
        let size = self.cols.div_ceil(BLOCK) * self.layout.block_bytes();
        let panel = &self.bytes[index * size..(index + 1) * size];
        for (token, out) in out.chunks_mut(TOKENS * ROWS).enumerate() {
            let rows: [Row; TOKENS] =
                std::array::from_fn(|i| x.row((token * TOKENS + i).min(x.rows() - 1)));
            kernel(self.layout, panel, &rows[..out.len() / ROWS], out);
        }
    }
}

/// Writes a row of the matrix into its lane of a panel.
fn store_row(layout: Layout, panel: &mut [u8], lane: usize, weights: &Unpacked) {
    let blocks = panel.chunks_exact_mut(layout.block_bytes());
    for (index, (block, values)) in blocks.zip(weights.values.chunks(BLOCK)).enumerate() {
        let column = index * BLOCK;
        let (head, bytes) = block.split_at_mut(layout.head_bytes());
        let (scales, minima) = head.split_at_mut(layout.scale_bytes());
        for part in 0..values.len() / layout.group() {
            let scale = weights.scales[(column + part * layout.group()) / SCALE_GROUP];
            store_half(scales, part, lane, scale);
        }
        for part in 0..minima.len().min(values.len() / MIN_GROUP * ROWS * 2) / (ROWS * 2) {
            store_half(minima, part, lane, weights.mins[column / MIN_GROUP + part]);
        }
        let groups = bytes.chunks_exact_mut(layout.group_bytes());
        for (bytes, values) in groups.zip(values.chunks_exact(MIN_GROUP)) {
            store_values(layout, bytes, lane, values);
        }
    }
}

fn store_half(halves: &mut [u8], row: usize, lane: usize, value: f32) {
    let at = (row * ROWS + lane) * 2;
    halves[at..at + 2].copy_from_slice(&f16::from_f32(value).to_le_bytes());
}

fn store_values(layout: Layout, bytes: &mut [u8], lane: usize, values: &[i8]) {
    let offset = i8::from(layout == Layout::Nibbles) * 8;
    for (column, value) in values.iter().enumerate() {
        let value = (value + offset) as u8;
        let (column, shift) = match layout.nibbles() {
            true => (column % 16, column / 16 * 4),
            false => (column, 0),
        };
        bytes[(column / 4 * ROWS + lane) * 4 + column % 4] |= value << shift;
    }
}

/// From [panels, n, ROWS] to [n, rows].
fn by_token(mut panels: Vec<f32>, n: usize, rows: usize) -> Vec<f32> {
    if n == 1 {
        panels.truncate(rows);
        return panels;
    }
    let mut out = Vec::with_capacity(n * rows);
    for token in 0..n {
        for (index, panel) in panels.chunks_exact(n * ROWS).enumerate() {
            let lanes = ROWS.min(rows - index * ROWS);
            out.extend_from_slice(&panel[token * ROWS..][..lanes]);
        }
    }
    out
}
