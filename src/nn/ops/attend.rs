//! Attention of new tokens over the keys and values of those before them.
//!
//! A single token is a walk along the cache, head by head; a piece of a prompt is worth a matrix
//! product.

use candle_core::{Result, Tensor};
use rayon::prelude::*;
use rten_simd::SimdOp;
use rten_vecmath::Softmax;

use super::attention::{Heads, store, view, weights};
use super::soft_cap::cap_values;
use super::with_elements;
use crate::nn::gemm::{Mat, gemm};
use crate::nn::team::Team;

/// So many tokens are walked one by one.
const FEW: usize = 4;
/// Multiplications below which one thread is as fast as all.
const SMALL: usize = 64 * 1024;

/// Causal attention of the newest tokens: `q` [n, heads · size] over `k` and `v`
/// [past + n, key-value heads · size], the last n rows of which belong to the tokens of `q`. No
/// gradient flows.
///
/// # Errors
/// When the shapes do not fit.
pub fn attend(q: &Tensor, k: &[f32], v: &[f32], heads: Heads) -> Result<Tensor> {
    let (n, width) = q.dims2()?;
    let kv_width = width / heads.query.max(1) * heads.key_value;
    let size = heads.size(width, kv_width, kv_width)?;
    let tokens = k.len() / kv_width.max(1);
    if n == 0 || tokens < n || k.len() != v.len() || k.len() != tokens * kv_width {
        candle_core::bail!("attention of {n} tokens over {tokens}");
    }
    let out = with_elements(q, |q| {
        if n > FEW {
            return by_products(q, k, v, n, heads, size);
        }
        let mut out = vec![0f32; n * width];
        let grain = match k.len() * n * heads.group() < SMALL {
            true => n * heads.key_value,
            false => 1,
        };
        // A part is the query heads of one token that share a key-value head: they walk together.
        let span = heads.group() * size;
        Team::of_this_machine().for_each_part(&mut out, span, grain, &|part, out| {
            let (token, head) = (part / heads.key_value, part % heads.key_value);
            let seen = heads.seen(tokens - n + token);
            let reach = seen.start * kv_width + head * size..seen.end * kv_width;
            let walk = Walk {
                q: &q[part * span..(part + 1) * span],
                k: &k[reach.clone()],
                v: &v[reach],
                size,
                stride: kv_width,
                scale: heads.scale_of(size),
                soft_cap: heads.soft_cap,
            };
            walk.go(out);
        });
        Ok(out)
    })?;
    Tensor::from_vec(out, (n, width), q.device())
}

fn by_products(
    q: &[f32],
    k: &[f32],
    v: &[f32],
    n: usize,
    heads: Heads,
    size: usize,
) -> Result<Vec<f32>> {
    let (width, kv_width) = (heads.query * size, heads.key_value * size);
    let tokens = k.len() / kv_width;
    // What even the first of the new tokens does not see is left out.
    let first = heads.seen(tokens - n).start;
    let past = tokens - n - first;
    let blocks = (0..heads.query).into_par_iter().map(|head| {
        let column = head / heads.group() * size;
        let (rows, all) = (0..n, first..tokens);
        let q = view(q, &rows, head * size, width, size);
        let k = view(k, &all, column, kv_width, size);
        let v = view(v, &all, column, kv_width, size);
        let (weights, _) = weights(heads, q, k, n, all.len(), size, Some(past))?;
        let mut block = vec![0f32; n * size];
        gemm(Mat::new(&weights, n, all.len()), v, 1., None, &mut block)?;
        Ok(block)
    });
    let mut out = vec![0f32; n * width];
    for (head, block) in blocks.collect::<Result<Vec<_>>>()?.iter().enumerate() {
        store(block, &(0..n), head * size, &mut out, width, size);
    }
    Ok(out)
}

/// The queries of one token that share a key-value head, and the keys and values they see, `stride`
/// apart.
struct Walk<'a> {
    q: &'a [f32],
    k: &'a [f32],
    v: &'a [f32],
    size: usize,
    stride: usize,
    scale: f32,
    soft_cap: Option<f32>,
}

impl Walk<'_> {
    fn go(&self, out: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has been asked.
            #[allow(unsafe_code)]
            unsafe {
                return self.go_avx2(out);
            }
        }
        self.go_anywhere(out);
    }

    /// The same code, compiled for wider registers.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn go_avx2(&self, out: &mut [f32]) {
        self.go_anywhere(out);
    }

    #[inline(always)]
    fn go_anywhere(&self, out: &mut [f32]) {
        let size = self.size;
        let tokens = self.k.len().div_ceil(self.stride);
        // [heads, tokens]. Loops, not closures: those would be compiled for the narrow registers.
        let mut weights = vec![0f32; self.q.len() / size * tokens];
        for (token, k) in self.k.chunks(self.stride).enumerate() {
            for (head, q) in self.q.chunks(size).enumerate() {
                weights[head * tokens + token] = self.scale * dot(q, &k[..size]);
            }
        }
        if let Some(cap) = self.soft_cap {
            cap_values(&mut weights, cap);
        }
        for (weights, out) in weights.chunks_mut(tokens).zip(out.chunks_mut(size)) {
            Softmax::new_mut(&mut *weights).dispatch();
            self.add_values(weights, out);
        }
    }

    #[inline(always)]
    fn add_values(&self, weights: &[f32], out: &mut [f32]) {
        for (part, out) in out.chunks_mut(SPAN).enumerate() {
            let v = self.v[part * SPAN..].chunks(self.stride);
            match <&mut [f32; SPAN]>::try_from(&mut *out) {
                Ok(out) => *out = weighted_sum(weights, v),
                Err(_) => {
                    for (weight, v) in weights.iter().zip(v) {
                        for (out, v) in out.iter_mut().zip(v) {
                            *out += weight * v;
                        }
                    }
                }
            }
        }
    }
}

/// Values that are added up in registers.
const SPAN: usize = 32;

/// Σ weight · the first [`SPAN`] values of each row.
#[inline(always)]
fn weighted_sum<'a>(weights: &[f32], rows: impl Iterator<Item = &'a [f32]>) -> [f32; SPAN] {
    let mut sums = [0f32; SPAN];
    for (weight, row) in weights.iter().zip(rows) {
        if let Some(row) = row.first_chunk::<SPAN>() {
            for lane in 0..SPAN {
                sums[lane] += weight * row[lane];
            }
        }
    }
    sums
}

/// Sums in lanes and then in halves, which a compiler cannot do by itself: it may not change the
/// order of additions.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0f32; LANES];
    let mut rest = 0.;
    for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
        match (a.first_chunk::<LANES>(), b.first_chunk::<LANES>()) {
            (Some(a), Some(b)) => {
                for lane in 0..LANES {
                    sums[lane] += a[lane] * b[lane];
                }
            }
            _ => {
                for (a, b) in a.iter().zip(b) {
                    rest += a * b;
                }
            }
        }
    }
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
    }
    sums[0] + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::ops::check;

    #[test]
    fn walking_gives_what_products_give() {
        let all = Heads::causal(6, 2);
        let few = Heads {
            window: Some(8),
            scale: Some(0.3),
            soft_cap: Some(2.),
            ..all
        };
        let shapes = [(1, 20, 1), (1, 32, 9), (3, 20, 700), (4, 16, 4)];
        for ((n, size, tokens), heads) in shapes.into_iter().flat_map(|s| [(s, all), (s, few)]) {
            let q = check::var(&[n, 6 * size], 1).as_tensor().clone();
            let (k, v) = (
                check::values(tokens * 2 * size, 2),
                check::values(tokens * 2 * size, 3),
            );
            let walked = attend(&q, &k, &v, heads).unwrap();
            let walked = walked.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let q = q.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let products = by_products(&q, &k, &v, n, heads, size).unwrap();
            for (a, b) in walked.iter().zip(&products) {
                assert!((a - b).abs() < 1e-5, "{n} of {tokens}: {a} and {b}");
            }
        }
    }
}
