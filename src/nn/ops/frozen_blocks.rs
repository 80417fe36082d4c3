//! `y = x·Wᵀ` with a frozen matrix in blocks: the base under a LoRA adapter that is being trained
//! (QLoRA, Dettmers et al. 2023).
//!
//! The matrix is widened to f32 a tile of rows at a time, once in the forward pass and again in the
//! backward pass; no more than a tile of it is ever there in f32. Activations stay as they are:
//! rounding them to eight bits, as inference does, would make steps of a loss that is to be
//! differentiated.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::{elements, gradient, with_elements};
use crate::nn::block_quant::BlockMatrix;
use crate::nn::gemm::{Mat, gemm, gemm_onto};

/// Linear map of `x` [n, in] by a frozen `weight` [out, in] to [n, out]; only `x` gets a gradient.
///
/// A single row, which is a token that is being generated, goes through the matrix's own product.
///
/// # Errors
/// When `x` has another width.
pub fn frozen_blocks(x: &Tensor, weight: &BlockMatrix) -> Result<Tensor> {
    let (inputs, (_, cols)) = (x.dim(1)?, weight.dims());
    if inputs != cols {
        candle_core::bail!("{inputs} inputs for a matrix of {cols}");
    }
    let weight = weight.clone();
    x.contiguous()?.apply_op1(FrozenBlocks { weight })
}

/// Weights of a tile, where its rows are not fewer or more than these.
const TILE: usize = 1 << 20;
const TILE_ROWS: (usize, usize) = (256, 1024);

struct FrozenBlocks {
    weight: BlockMatrix,
}

impl FrozenBlocks {
    /// Runs `f` on the matrix in f32, tile by tile: the first row, how many rows, and their weights.
    fn tiles(&self, mut f: impl FnMut(usize, usize, &[f32]) -> Result<()>) -> Result<()> {
        let (rows, cols) = self.weight.dims();
        let size = (TILE / cols).clamp(TILE_ROWS.0, TILE_ROWS.1).min(rows);
        let mut weights = vec![0f32; size * cols];
        for first in (0..rows).step_by(size) {
            let count = size.min(rows - first);
            let tile = &mut weights[..count * cols];
            tile.par_chunks_exact_mut(cols)
                .enumerate()
                .with_min_len(16)
                .try_for_each_init(Vec::new, |buffer, (index, row)| {
                    buffer.clear();
                    self.weight.dequantize_row(first + index, buffer)?;
                    row.copy_from_slice(buffer);
                    Ok::<_, candle_core::Error>(())
                })?;
            f(first, count, tile)?;
        }
        Ok(())
    }
}

impl CustomOp1 for FrozenBlocks {
    fn name(&self) -> &'static str {
        "frozen-blocks"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n, inputs) = layout.shape().dims2()?;
        let x = elements(x, layout)?;
        let (outputs, _) = self.weight.dims();
        if n == 1 {
            let x = Tensor::from_slice(x, (1, inputs), &candle_core::Device::Cpu)?;
            let y = self.weight.forward(&x)?.flatten_all()?.to_vec1()?;
            return Ok((CpuStorage::F32(y), (1, outputs).into()));
        }
        let mut y = vec![0f32; n * outputs];
        let mut part = Vec::new();
        self.tiles(|first, count, tile| {
            part.resize(n * count, 0.);
            let (x, tile) = (Mat::new(x, n, inputs), Mat::new(tile, count, inputs));
            gemm(x, tile.t(), 1., None, &mut part)?;
            for (y, part) in y.chunks_exact_mut(outputs).zip(part.chunks_exact(count)) {
                y[first..first + count].copy_from_slice(part);
            }
            Ok(())
        })?;
        Ok((CpuStorage::F32(y), (n, outputs).into()))
    }

    /// `dx = dy·W`, which adds up over the tiles.
    fn bwd(&self, x: &Tensor, _y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let (n, inputs) = x.dims2()?;
        let (outputs, _) = self.weight.dims();
        let mut dx = vec![0f32; n * inputs];
        with_elements(dy, |dy| {
            self.tiles(|first, count, tile| {
                let dy = Mat::strided(&dy[first..], n, count, outputs);
                gemm_onto(dy, Mat::new(tile, count, inputs), &mut dx)
            })
        })?;
        gradient(dx, x).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{check, linear};
    use super::*;
    use crate::nn::block_quant::BlockType;

    fn matrix(rows: usize, cols: usize, kind: BlockType) -> BlockMatrix {
        BlockMatrix::quantize(&check::values(rows * cols, 7), rows, cols, kind).unwrap()
    }

    #[test]
    fn gradients_agree_with_differences() {
        for kind in [BlockType::Q4_0, BlockType::Q8_0] {
            let weight = matrix(5, 32, kind);
            check::gradients(&[check::var(&[3, 32], 1)], |v| {
                frozen_blocks(&v[0], &weight)
            });
        }
    }

    /// More rows than a tile has, and a last tile that is not full.
    #[test]
    fn tiles_make_the_product_of_the_widened_matrix() {
        let (rows, cols) = (TILE_ROWS.1 + 77, 32);
        let weight = matrix(rows, cols, BlockType::Q4_1);
        let x = check::var(&[3, cols], 1);
        let wide = Tensor::from_vec(weight.dequantize(), (rows, cols), x.device()).unwrap();
        let run = |y: Tensor| {
            let grads = (y.sqr().unwrap().sum_all().unwrap()).backward().unwrap();
            (y, grads.get(&x).unwrap().clone())
        };
        let (y, dx) = run(frozen_blocks(&x, &weight).unwrap());
        let (expected_y, expected_dx) = run(linear(&x, &wide, None).unwrap());
        for (ours, theirs, limit) in [(y, expected_y, 1e-5), (dx, expected_dx, 1e-2)] {
            let apart = (ours - theirs).unwrap().abs().unwrap().max_all().unwrap();
            assert!(apart.to_scalar::<f32>().unwrap() < limit);
        }
    }

    #[test]
    fn a_single_row_is_close_and_has_a_gradient() {
        let weight = matrix(40, 64, BlockType::Q8_0);
        let x = check::var(&[1, 64], 2);
        let y = frozen_blocks(&x, &weight).unwrap();
        let wide = Tensor::from_vec(weight.dequantize(), (40, 64), x.device()).unwrap();
        let apart = (&y - linear(&x, &wide, None).unwrap()).unwrap();
        let apart = apart.abs().unwrap().max_all().unwrap();
        assert!(apart.to_scalar::<f32>().unwrap() < 0.05);
        let grads = y.sum_all().unwrap().backward().unwrap();
        let sums = wide.sum(0).unwrap().to_vec1::<f32>().unwrap();
        let dx = grads.get(&x).unwrap().flatten_all().unwrap();
        for (ours, theirs) in dx.to_vec1::<f32>().unwrap().into_iter().zip(sums) {
            assert!((ours - theirs).abs() < 1e-4);
        }
    }

    #[test]
    fn a_wrong_width_is_an_error() {
        let weight = matrix(4, 32, BlockType::Q8_0);
        assert!(frozen_blocks(&check::var(&[3, 31], 1), &weight).is_err());
    }
}
