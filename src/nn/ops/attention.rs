//! Multi-head attention of texts of different lengths without padding.
//!
//! The texts of a batch lie one after the other in a [tokens, width] matrix; `offsets` tells where
//! each begins. Every (text, key-value head) pair is independent, so they are spread over the
//! threads, and the backward pass computes the attention weights again instead of keeping them.
//! Query heads may share a key-value head (grouped-query attention, Ainslie et al. 2023).

use std::ops::Range;
use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use rten_simd::SimdOp;
use rten_vecmath::Softmax;

use super::soft_cap::{cap_slope, cap_values};
use super::{accumulate, elements, gradient, with_elements};
use crate::nn::gemm::{Mat, gemm};

/// How attention is divided into heads, and what a token sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heads {
    /// Heads of the queries.
    pub query: usize,
    /// Heads of keys and values; each serves the same number of query heads.
    pub key_value: usize,
    /// Whether a token sees only itself and those before it.
    pub causal: bool,
    /// How many a token sees of these at most, itself the last; all where none.
    pub window: Option<usize>,
    /// What products of queries and keys are multiplied by; one over the root of a head's size where
    /// none.
    pub scale: Option<f32>,
    /// What these scores are capped at, softly.
    pub soft_cap: Option<f32>,
}

impl Heads {
    /// As many key-value heads as query heads, and every token sees its whole text.
    pub fn bidirectional(heads: usize) -> Self {
        Self {
            query: heads,
            key_value: heads,
            causal: false,
            window: None,
            scale: None,
            soft_cap: None,
        }
    }

    /// Query heads that share key-value heads, and a token sees itself and all those before it.
    pub fn causal(query: usize, key_value: usize) -> Self {
        Self {
            query,
            key_value,
            causal: true,
            ..Self::bidirectional(query)
        }
    }

    /// Query heads that share a key-value head.
    pub(super) fn group(self) -> usize {
        self.query / self.key_value
    }

    pub(super) fn scale_of(self, size: usize) -> f32 {
        self.scale.unwrap_or_else(|| 1. / (size as f32).sqrt())
    }

    /// The keys that a row sees which has `before` others before it.
    pub(super) fn seen(self, before: usize) -> Range<usize> {
        let window = self.window.unwrap_or(usize::MAX);
        (before + 1).saturating_sub(window)..before + 1
    }

    /// Size of a head.
    pub(super) fn size(self, q_width: usize, k_width: usize, v_width: usize) -> Result<usize> {
        let fits = self.key_value > 0
            && self.query > 0
            && self.query.is_multiple_of(self.key_value)
            && q_width.is_multiple_of(self.query)
            && k_width == v_width
            && k_width == q_width / self.query * self.key_value;
        if !fits {
            candle_core::bail!("{self:?} over queries of {q_width}, keys of {k_width}");
        }
        Ok(q_width / self.query)
    }
}

/// Scaled dot-product attention (Vaswani et al. 2017) of `q` [tokens, heads · size] over `k` and
/// `v`, each [tokens, key-value heads · size]; text `i` takes the rows `offsets[i]..offsets[i + 1]`.
///
/// # Errors
/// When the shapes or offsets do not fit.
pub fn attention(
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    heads: Heads,
    offsets: Arc<[usize]>,
) -> Result<Tensor> {
    let (tokens, width) = q.dims2()?;
    let ordered = offsets.windows(2).all(|pair| pair[0] <= pair[1]);
    let same = k.dim(0)? == tokens && v.dim(0)? == tokens;
    if !ordered || !same || offsets.last() != Some(&tokens) {
        candle_core::bail!("attention over {tokens} tokens with offsets {offsets:?}");
    }
    heads.size(width, k.dim(1)?, v.dim(1)?)?;
    let op = Attention { heads, offsets };
    q.contiguous()?
        .apply_op3(&k.contiguous()?, &v.contiguous()?, op)
}

/// Columns `column..column + size` of some rows of a matrix.
pub(super) fn view<'a>(
    matrix: &'a [f32],
    rows: &Range<usize>,
    column: usize,
    width: usize,
    size: usize,
) -> Mat<'a> {
    let start = rows.start * width + column;
    let end = (rows.end - 1) * width + column + size;
    Mat::strided(&matrix[start..end], rows.len(), size, width)
}

/// Copies a [rows, size] block into columns of some rows.
pub(super) fn store(
    block: &[f32],
    rows: &Range<usize>,
    column: usize,
    matrix: &mut [f32],
    width: usize,
    size: usize,
) {
    for (row, values) in rows.clone().zip(block.chunks_exact(size)) {
        let start = row * width + column;
        matrix[start..start + size].copy_from_slice(values);
    }
}

/// Attention weights [n, keys]: softmax of the scores `q·kᵀ·scale`; with a `past`, row i sees
/// `past + i + 1` keys, or the last of them, and the others weigh nothing. Where scores are capped, also
/// how much each moves.
pub(super) fn weights(
    heads: Heads,
    q: Mat,
    k: Mat,
    n: usize,
    keys: usize,
    size: usize,
    past: Option<usize>,
) -> Result<(Vec<f32>, Option<Vec<f32>>)> {
    let mut weights = vec![0f32; n * keys];
    gemm(q, k.t(), heads.scale_of(size), None, &mut weights)?;
    let slopes = heads.soft_cap.map(|cap| {
        cap_values(&mut weights, cap);
        weights.iter().map(|score| cap_slope(*score, cap)).collect()
    });
    for (i, row) in weights.chunks_exact_mut(keys).enumerate() {
        let seen = past.map_or(0..keys, |past| heads.seen(past + i));
        Softmax::new_mut(&mut row[seen.clone()]).dispatch();
        row[..seen.start].fill(0.);
        row[seen.end..].fill(0.);
    }
    Ok((weights, slopes))
}

struct Attention {
    heads: Heads,
    offsets: Arc<[usize]>,
}

/// One key-value head of one text.
struct Cell {
    rows: Range<usize>,
    head: usize,
}

/// Widths of the matrices and size of a head.
#[derive(Clone, Copy)]
struct Sizes {
    query: usize,
    key_value: usize,
    head: usize,
}

/// Gradients of a cell, in blocks of [rows, size].
struct CellGradients {
    /// One for each query head.
    queries: Vec<Vec<f32>>,
    key: Vec<f32>,
    value: Vec<f32>,
}

impl Attention {
    fn cells(&self) -> Vec<Cell> {
        let texts = self.offsets.windows(2).map(|pair| pair[0]..pair[1]);
        texts
            .filter(|rows| !rows.is_empty())
            .flat_map(|rows| {
                (0..self.heads.key_value).map(move |head| Cell {
                    rows: rows.clone(),
                    head,
                })
            })
            .collect()
    }

    fn past(&self) -> Option<usize> {
        self.heads.causal.then_some(0)
    }

    /// The query heads of a cell.
    fn query_heads(&self, cell: &Cell) -> Range<usize> {
        let group = self.heads.group();
        cell.head * group..(cell.head + 1) * group
    }

    /// Outputs of a cell's query heads, each [rows, size].
    fn outputs(
        &self,
        cell: &Cell,
        sizes: Sizes,
        q: &[f32],
        k: &[f32],
        v: &[f32],
    ) -> Result<Vec<Vec<f32>>> {
        let (n, size) = (cell.rows.len(), sizes.head);
        let k = view(k, &cell.rows, cell.head * size, sizes.key_value, size);
        let v = view(v, &cell.rows, cell.head * size, sizes.key_value, size);
        self.query_heads(cell)
            .map(|head| {
                let q = view(q, &cell.rows, head * size, sizes.query, size);
                let (weights, _) = weights(self.heads, q, k, n, n, size, self.past())?;
                let mut block = vec![0f32; n * size];
                gemm(Mat::new(&weights, n, n), v, 1., None, &mut block)?;
                Ok(block)
            })
            .collect()
    }

    /// Gradients of a cell.
    fn gradients(
        &self,
        cell: &Cell,
        sizes: Sizes,
        q: &[f32],
        k: &[f32],
        v: &[f32],
        d_out: &[f32],
    ) -> Result<CellGradients> {
        let (n, size) = (cell.rows.len(), sizes.head);
        let scale = self.heads.scale_of(size);
        let k = view(k, &cell.rows, cell.head * size, sizes.key_value, size);
        let v = view(v, &cell.rows, cell.head * size, sizes.key_value, size);
        let (mut dk, mut dv) = (vec![0f32; n * size], vec![0f32; n * size]);
        let mut part = vec![0f32; n * size];
        let queries = self
            .query_heads(cell)
            .map(|head| {
                let q = view(q, &cell.rows, head * size, sizes.query, size);
                let d_out = view(d_out, &cell.rows, head * size, sizes.query, size);
                let (weights, slopes) = weights(self.heads, q, k, n, n, size, self.past())?;
                gemm(Mat::new(&weights, n, n).t(), d_out, 1., None, &mut part)?;
                accumulate(&mut dv, &part);
                let mut ds = vec![0f32; n * n];
                gemm(d_out, v.t(), 1., None, &mut ds)?;
                for (ds, p) in ds.chunks_exact_mut(n).zip(weights.chunks_exact(n)) {
                    let dot: f32 = ds.iter().zip(p).map(|(ds, p)| ds * p).sum();
                    for (ds, p) in ds.iter_mut().zip(p) {
                        *ds = p * (*ds - dot);
                    }
                }
                if let Some(slopes) = slopes {
                    ds.iter_mut()
                        .zip(slopes)
                        .for_each(|(ds, slope)| *ds *= slope);
                }
                let mut dq = vec![0f32; n * size];
                gemm(Mat::new(&ds, n, n), k, scale, None, &mut dq)?;
                gemm(Mat::new(&ds, n, n).t(), q, scale, None, &mut part)?;
                accumulate(&mut dk, &part);
                Ok(dq)
            })
            .collect::<Result<_>>()?;
        Ok(CellGradients {
            queries,
            key: dk,
            value: dv,
        })
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
        let (query, key_value) = (q_layout.shape().dims2()?.1, k_layout.shape().dims2()?.1);
        let sizes = Sizes {
            query,
            key_value,
            head: query / self.heads.query,
        };
        let cells = self.cells();
        let blocks = cells
            .par_iter()
            .map(|cell| self.outputs(cell, sizes, q, k, v))
            .collect::<Result<Vec<_>>>()?;
        let mut out = vec![0f32; q.len()];
        for (cell, blocks) in cells.iter().zip(&blocks) {
            for (head, block) in self.query_heads(cell).zip(blocks) {
                let column = head * sizes.head;
                store(block, &cell.rows, column, &mut out, query, sizes.head);
            }
        }
        Ok((CpuStorage::F32(out), q_layout.shape().clone()))
    }

    /// With `P` the weights and `dO` the gradient: `dV = Pᵀ·dO`, `dP = dO·Vᵀ`,
    /// `dS = P∘(dP − rowsum(P∘dP))`, `dQ = dS·K·scale`, `dK = dSᵀ·Q·scale`; capped scores take `dS` times
    /// their slopes; keys and values add up what their query heads give.
    fn bwd(
        &self,
        q: &Tensor,
        k: &Tensor,
        v: &Tensor,
        _out: &Tensor,
        d_out: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (query, key_value) = (q.dim(1)?, k.dim(1)?);
        let sizes = Sizes {
            query,
            key_value,
            head: query / self.heads.query,
        };
        let cells = self.cells();
        let blocks = with_elements(q, |q| {
            with_elements(k, |k| {
                with_elements(v, |v| {
                    with_elements(d_out, |d_out| {
                        cells
                            .par_iter()
                            .map(|cell| self.gradients(cell, sizes, q, k, v, d_out))
                            .collect::<Result<Vec<_>>>()
                    })
                })
            })
        })?;
        let mut dq = vec![0f32; q.elem_count()];
        let mut dk = vec![0f32; k.elem_count()];
        let mut dv = vec![0f32; v.elem_count()];
        let size = sizes.head;
        for (cell, blocks) in cells.iter().zip(&blocks) {
            for (head, block) in self.query_heads(cell).zip(&blocks.queries) {
                store(block, &cell.rows, head * size, &mut dq, query, size);
            }
            let column = cell.head * size;
            store(&blocks.key, &cell.rows, column, &mut dk, key_value, size);
            store(&blocks.value, &cell.rows, column, &mut dv, key_value, size);
        }
        Ok((
            Some(gradient(dq, q)?),
            Some(gradient(dk, k)?),
            Some(gradient(dv, v)?),
        ))
    }
}

#[cfg(test)]
mod tests;
