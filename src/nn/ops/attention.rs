//! Bidirectional multi-head attention over texts of different lengths without padding.
//!
//! The texts of a batch lie one after the other in a [tokens, width] matrix; `offsets` tells where
//! each begins. Every (text, head) pair is independent, so they are spread over the threads, and
//! the backward pass computes the attention weights again instead of keeping them.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use rten_simd::SimdOp;
use rten_vecmath::Softmax;

use super::{elements, gradient, with_elements};
use crate::nn::gemm::{Mat, gemm};

/// Scaled dot-product attention (Vaswani et al. 2017) of `q`, `k`, `v`, each [tokens, width], with
/// `heads` heads; text `i` takes the rows `offsets[i]..offsets[i + 1]`.
///
/// # Errors
/// When the shapes or offsets do not fit.
pub fn attention(
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    heads: usize,
    offsets: Arc<[usize]>,
) -> Result<Tensor> {
    let (tokens, width) = q.dims2()?;
    let ordered = offsets.windows(2).all(|pair| pair[0] <= pair[1]);
    if !ordered || offsets.last() != Some(&tokens) || heads == 0 || width % heads != 0 {
        candle_core::bail!("attention over {tokens} tokens with offsets {offsets:?}");
    }
    let op = Attention { heads, offsets };
    q.contiguous()?
        .apply_op3(&k.contiguous()?, &v.contiguous()?, op)
}

struct Attention {
    heads: usize,
    offsets: Arc<[usize]>,
}

/// One head of one text.
struct Cell {
    rows: Range<usize>,
    head: usize,
}

impl Attention {
    fn cells(&self) -> Vec<Cell> {
        let texts = self.offsets.windows(2).map(|pair| pair[0]..pair[1]);
        texts
            .filter(|rows| !rows.is_empty())
            .flat_map(|rows| {
                (0..self.heads).map(move |head| Cell {
                    rows: rows.clone(),
                    head,
                })
            })
            .collect()
    }
}

impl Cell {
    /// This head's columns of this text's rows.
    fn view<'a>(&self, matrix: &'a [f32], width: usize, size: usize) -> Mat<'a> {
        let start = self.rows.start * width + self.head * size;
        let end = (self.rows.end - 1) * width + (self.head + 1) * size;
        Mat::strided(&matrix[start..end], self.rows.len(), size, width)
    }

    /// Copies a [rows, size] block into this head's columns.
    fn store(&self, block: &[f32], matrix: &mut [f32], width: usize, size: usize) {
        for (row, values) in self.rows.clone().zip(block.chunks_exact(size)) {
            let start = row * width + self.head * size;
            matrix[start..start + size].copy_from_slice(values);
        }
    }

    /// Attention weights [rows, rows]: softmax of `q·kᵀ/√size`.
    fn weights(&self, q: &[f32], k: &[f32], width: usize, size: usize) -> Result<Vec<f32>> {
        let n = self.rows.len();
        let mut weights = vec![0f32; n * n];
        let scale = 1. / (size as f32).sqrt();
        gemm(
            self.view(q, width, size),
            self.view(k, width, size).t(),
            scale,
            None,
            &mut weights,
        )?;
        for row in weights.chunks_exact_mut(n) {
            Softmax::new_mut(row).dispatch();
        }
        Ok(weights)
    }
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        q_layout: &Layout,
        k: &CpuStorage,
        k_layout: &Layout,
        v: &CpuStorage,
        v_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (q, k, v) = (
            elements(q, q_layout)?,
            elements(k, k_layout)?,
            elements(v, v_layout)?,
        );
        let (_, width) = q_layout.shape().dims2()?;
        let size = width / self.heads;
        let cells = self.cells();
        let blocks = cells
            .par_iter()
            .map(|cell| {
                let n = cell.rows.len();
                let weights = cell.weights(q, k, width, size)?;
                let mut block = vec![0f32; n * size];
                let v = cell.view(v, width, size);
                gemm(Mat::new(&weights, n, n), v, 1., None, &mut block)?;
                Ok(block)
            })
            .collect::<Result<Vec<_>>>()?;
        let mut out = vec![0f32; q.len()];
        for (cell, block) in cells.iter().zip(&blocks) {
            cell.store(block, &mut out, width, size);
        }
        Ok((CpuStorage::F32(out), q_layout.shape().clone()))
    }

    /// With `P` the weights and `dO` the gradient: `dV = Pᵀ·dO`, `dP = dO·Vᵀ`,
    /// `dS = P∘(dP − rowsum(P∘dP))`, `dQ = dS·K/√d`, `dK = dSᵀ·Q/√d`.
    fn bwd(
        &self,
        q: &Tensor,
        k: &Tensor,
        v: &Tensor,
        _out: &Tensor,
        d_out: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (_, width) = q.dims2()?;
        let size = width / self.heads;
        let scale = 1. / (size as f32).sqrt();
        let cells = self.cells();
        let cell_gradients = |cell: &Cell, q: &[f32], k: &[f32], v: &[f32], d_out: &[f32]| {
            let n = cell.rows.len();
            let weights = cell.weights(q, k, width, size)?;
            let d_out = cell.view(d_out, width, size);
            let mut dv = vec![0f32; n * size];
            gemm(Mat::new(&weights, n, n).t(), d_out, 1., None, &mut dv)?;
            let mut ds = vec![0f32; n * n];
            gemm(d_out, cell.view(v, width, size).t(), 1., None, &mut ds)?;
            for (ds, p) in ds.chunks_exact_mut(n).zip(weights.chunks_exact(n)) {
                let dot: f32 = ds.iter().zip(p).map(|(ds, p)| ds * p).sum();
                for (ds, p) in ds.iter_mut().zip(p) {
                    *ds = p * (*ds - dot);
                }
            }
            let mut dq = vec![0f32; n * size];
            let (k, q) = (cell.view(k, width, size), cell.view(q, width, size));
            gemm(Mat::new(&ds, n, n), k, scale, None, &mut dq)?;
            let mut dk = vec![0f32; n * size];
            gemm(Mat::new(&ds, n, n).t(), q, scale, None, &mut dk)?;
            Ok([dq, dk, dv])
        };
        let blocks = with_elements(q, |q| {
            with_elements(k, |k| {
                with_elements(v, |v| {
                    with_elements(d_out, |d_out| {
                        cells
                            .par_iter()
                            .map(|cell| cell_gradients(cell, q, k, v, d_out))
                            .collect::<Result<Vec<_>>>()
                    })
                })
            })
        })?;
        let mut grads = [(); 3].map(|()| vec![0f32; q.elem_count()]);
        for (cell, blocks) in cells.iter().zip(&blocks) {
            for (grad, block) in grads.iter_mut().zip(blocks) {
                cell.store(block, grad, width, size);
            }
        }
        let [dq, dk, dv] = grads;
        Ok((
            Some(gradient(dq, q)?),
            Some(gradient(dk, k)?),
            Some(gradient(dv, v)?),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    fn offsets() -> Arc<[usize]> {
        Arc::from([0, 3, 4])
    }

    #[test]
    fn gradients_agree_with_differences() {
        let vars = [
            check::var(&[4, 6], 1),
            check::var(&[4, 6], 2),
            check::var(&[4, 6], 3),
        ];
        check::gradients(&vars, |v| attention(&v[0], &v[1], &v[2], 2, offsets()));
    }

    #[test]
    fn texts_do_not_see_each_other() {
        let (q, k) = (check::var(&[4, 6], 1), check::var(&[4, 6], 2));
        let v = check::var(&[4, 6], 3);
        let all = attention(&q, &k, &v, 2, offsets()).unwrap();
        let last = |t: &Tensor| t.narrow(0, 3, 1).unwrap();
        let alone = attention(&last(&q), &last(&k), &last(&v), 2, Arc::from([0, 1])).unwrap();
        let together: Vec<Vec<f32>> = last(&all).to_vec2().unwrap();
        assert_eq!(together, alone.to_vec2::<f32>().unwrap());
    }

    #[test]
    fn offsets_that_do_not_cover_the_tokens_are_an_error() {
        let q = check::var(&[4, 6], 1);
        assert!(attention(&q, &q, &q, 2, Arc::from([0, 3])).is_err());
    }
}
