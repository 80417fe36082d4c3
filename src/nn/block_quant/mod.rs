//! Matrices stored in blocks: the formats of GGUF, and plain halves.
//!
//! A [`BlockMatrix`] is as its file stores it; rows are widened where they are asked for. Products
//! with quantized weights are computed by a [`PackedMatrix`], made from it once: it
//! rounds each row of activations to eight bits in blocks of 32 and adds up in integers, whether one
//! token comes or many, so that a prompt gives the same numbers token by token as at once.

mod activations;
mod format;
mod kernel;
mod panels;
#[cfg(test)]
mod tests;

use std::sync::Mutex;

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::bytes::SharedBytes;
use super::gemm::{Mat, gemm};
use super::ops;
use super::team::Team;
pub use panels::PackedMatrix;

/// How weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockType {
    /// Single precision.
    F32,
    /// Half precision.
    F16,
    /// The upper half of a single.
    BF16,
    /// 4 bits around zero, 32 to a scale.
    Q4_0,
    /// 4 bits from a minimum, 32 to a scale.
    Q4_1,
    /// 8 bits, 32 to a scale.
    Q8_0,
    /// 4 bits, 256 to a block of eight 6-bit scales and minima.
    Q4K,
    /// 6 bits, 256 to a block of sixteen 8-bit scales.
    Q6K,
}

impl BlockType {
    /// Weights in a block.
    pub fn weights(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::BF16 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q8_0 => 32,
            Self::Q4K | Self::Q6K => 256,
        }
    }

    /// Bytes of a block.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::Q4_0 => 18,
            Self::Q4_1 => 20,
            Self::Q8_0 => 34,
            Self::Q4K => 144,
            Self::Q6K => 210,
        }
    }

    /// Bytes of a row; none where the row is no whole number of blocks.
    pub fn row_bytes(self, weights: usize) -> Option<usize> {
        let whole = weights.is_multiple_of(self.weights());
        whole.then(|| (weights / self.weights()).checked_mul(self.bytes()))?
    }

    /// Whether weights are rounded.
    pub fn is_quantized(self) -> bool {
        self.weights() > 1
    }
}

/// A matrix [rows, cols] in blocks, row by row.
#[derive(Clone)]
pub struct BlockMatrix {
    bytes: SharedBytes,
    kind: BlockType,
    rows: usize,
    cols: usize,
}

/// Rows of the matrix that a thread takes at once.
const TILE: usize = 32;

impl BlockMatrix {
    /// A matrix over bytes that are exactly its own.
    ///
    /// # Errors
    /// When a row is no whole number of blocks, or the bytes are too few or too many.
    pub fn new(kind: BlockType, rows: usize, cols: usize, bytes: SharedBytes) -> Result<Self> {
        let size = kind
            .row_bytes(cols)
            .and_then(|row| row.checked_mul(rows))
            .filter(|size| *size == bytes.len() && *size > 0);
        if size.is_none() {
            let len = bytes.len();
            candle_core::bail!("{len} bytes are no {kind:?} matrix of {rows} rows of {cols}");
        }
        Ok(Self {
            bytes,
            kind,
            rows,
            cols,
        })
    }

    /// Rounds f32 weights [rows, cols].
    ///
    /// # Errors
    /// When a row is no whole number of blocks, or there is no rounding to `kind`.
    pub fn quantize(values: &[f32], rows: usize, cols: usize, kind: BlockType) -> Result<Self> {
        let Some(quantize) = format::quantizer(kind) else {
            candle_core::bail!("nothing is rounded to {kind:?} here");
        };
        if values.len() != rows * cols || !cols.is_multiple_of(kind.weights()) {
            candle_core::bail!("{rows} rows of {cols} do not divide into blocks of {kind:?}");
        }
        let mut bytes = vec![0u8; values.len() / kind.weights() * kind.bytes()];
        values
            .par_chunks_exact(kind.weights())
            .zip(bytes.par_chunks_exact_mut(kind.bytes()))
            .with_min_len(256)
            .for_each(|(values, block)| quantize(values, block));
        Self::new(kind, rows, cols, bytes.into())
    }

    /// How the weights are stored.
    pub fn kind(&self) -> BlockType {
        self.kind
    }

    /// The blocks, row by row.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Rows and columns.
    pub fn dims(&self) -> (usize, usize) {
        (self.rows, self.cols)
    }

    fn row(&self, index: usize) -> &[u8] {
        let size = self.bytes.len() / self.rows;
        &self.bytes[index * size..(index + 1) * size]
    }

    /// Appends a row in f32.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn dequantize_row(&self, index: usize, out: &mut Vec<f32>) -> Result<()> {
        if index >= self.rows {
            candle_core::bail!("row {index} of a matrix of {} rows", self.rows);
        }
        format::dequantize(self.kind, self.row(index), out);
        Ok(())
    }

    /// All weights in f32, row by row.
    pub fn dequantize(&self) -> Vec<f32> {
        let mut values = vec![0f32; self.rows * self.cols];
        values
            .par_chunks_exact_mut(self.cols)
            .enumerate()
            .with_min_len(TILE)
            .for_each_init(Vec::new, |buffer, (index, row)| {
                buffer.clear();
                format::dequantize(self.kind, self.row(index), buffer);
                row.copy_from_slice(buffer);
            });
        values
    }

    /// `x` [n, cols] times the transpose of this matrix, its weights widened on the way: [n, rows].
    /// No gradient flows.
    ///
    /// # Errors
    /// When `x` has another width.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (n, cols) = x.dims2()?;
        if cols != self.cols {
            candle_core::bail!("{cols} inputs for a matrix of {}", self.cols);
        }
        // One column a token, so that a thread's rows lie together.
        let mut columns = vec![0f32; self.rows * n];
        ops::with_elements(x, |x| self.product(x, n, &mut columns))?;
        if n == 1 {
            return Tensor::from_vec(columns, (1, self.rows), x.device());
        }
        Tensor::from_vec(columns, (self.rows, n), x.device())?
            .t()?
            .contiguous()
    }

    fn product(&self, x: &[f32], n: usize, columns: &mut [f32]) -> Result<()> {
        let x = Mat::new(x, n, self.cols).t();
        let failure = Mutex::new(None);
        Team::of_this_machine().for_each_part(columns, n * TILE, 1, &|tile, columns| {
            let rows = columns.len() / n;
            let mut weights = Vec::with_capacity(rows * self.cols);
            for index in 0..rows {
                format::dequantize(self.kind, self.row(tile * TILE + index), &mut weights);
            }
            let weights = Mat::new(&weights, rows, self.cols);
            if let (Err(error), Ok(mut failure)) =
                (gemm(weights, x, 1., None, columns), failure.lock())
            {
                *failure = Some(error);
            }
        });
        match failure.into_inner() {
            Ok(Some(error)) => Err(error),
            _ => Ok(()),
        }
    }
}
