//! Root mean square normalisation over the last dimension (Zhang & Sennrich 2019).

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use rten_simd::SimdOp;
use rten_vecmath::SumSquare;

use super::{accumulate, elements, for_each_part, gradient, with_elements};

/// Divides each row of `x` [n, width] by its root mean square and multiplies by `weight` `[width]`.
///
/// A weight that is not tracked gets no gradient.
///
/// # Errors
/// When the shapes do not fit.
pub fn rms_norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Tensor> {
    let op = RmsNorm { eps: eps as f32 };
    x.contiguous()?.apply_op2(weight, op)
}

/// Rows a thread takes at once; what they add up is added in their order.
const ROWS: usize = 64;

struct RmsNorm {
    eps: f32,
}

impl RmsNorm {
    /// Inverse root mean square of a row.
    fn scale(&self, row: &[f32]) -> f32 {
        let mean = SumSquare::new(row).dispatch() / row.len() as f32;
        1. / (mean + self.eps).sqrt()
    }

    /// Gradients of some rows: fills `dx`, returns what the rows add to `dweight`.
    fn backward(&self, dx: &mut [f32], x: &[f32], dy: &[f32], weight: &[f32]) -> Vec<f32> {
        let width = weight.len();
        let mut dw = vec![0f32; width];
        let rows = x.chunks_exact(width).zip(dy.chunks_exact(width));
        for (dx, (x, dy)) in dx.chunks_exact_mut(width).zip(rows) {
            let scale = self.scale(x);
            let mut dot = 0f32;
            for i in 0..width {
                let normed = x[i] * scale;
                dot += dy[i] * weight[i] * normed;
                dw[i] += dy[i] * normed;
            }
            let dot = dot / width as f32;
            for i in 0..width {
                dx[i] = scale * (dy[i] * weight[i] - x[i] * scale * dot);
            }
        }
        dw
    }
}

impl CustomOp2 for RmsNorm {
    fn name(&self) -> &'static str {
        "rms-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let weight = elements(weight, weight_layout)?;
        let width = weight.len();
        if width == 0 || x_layout.shape().dims().last() != Some(&width) {
            candle_core::bail!("RMS norm of width {width} on {:?}", x_layout.shape());
        }
        let mut y = elements(x, x_layout)?.to_vec();
        for_each_part(&mut y, ROWS * width, |_, rows| {
            for row in rows.chunks_exact_mut(width) {
                let scale = self.scale(row);
                for (value, weight) in row.iter_mut().zip(weight) {
                    *value *= scale * weight;
                }
            }
        });
        Ok((CpuStorage::F32(y), x_layout.shape().clone()))
    }

    /// With `x̂` the normalised row and `g = dy·weight`: `dx = scale · (g − x̂·mean(g·x̂))`,
    /// `dweight = Σ dy·x̂`.
    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let width = weight.elem_count();
        let mut dx = vec![0f32; x.elem_count()];
        let mut dw = vec![0f32; width];
        with_elements(x, |x| {
            with_elements(weight, |weight| {
                with_elements(dy, |dy| {
                    let parts: Vec<_> = dx
                        .par_chunks_mut(ROWS * width)
                        .zip(x.par_chunks(ROWS * width))
                        .zip(dy.par_chunks(ROWS * width))
                        .map(|((dx, x), dy)| self.backward(dx, x, dy, weight))
                        .collect();
                    parts.iter().for_each(|part| accumulate(&mut dw, part));
                    Ok(())
                })
            })
        })?;
        let dw = match weight.track_op() {
            true => Some(gradient(dw, weight)?),
            false => None,
        };
        Ok((Some(gradient(dx, x)?), dw))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn rows_have_a_root_mean_square_of_one() {
        let x = check::var(&[2, 64], 1);
        let ones = Tensor::ones(64, candle_core::DType::F32, x.device()).unwrap();
        for row in rms_norm(&x, &ones, 1e-12)
            .unwrap()
            .to_vec2::<f32>()
            .unwrap()
        {
            let mean = row.iter().map(|v| v * v).sum::<f32>() / 64.;
            assert!((mean - 1.).abs() < 1e-4);
        }
    }

    #[test]
    fn gradients_agree_with_differences() {
        let vars = [check::var(&[3, 6], 1), check::var(&[6], 2)];
        check::gradients(&vars, |v| rms_norm(&v[0], &v[1], 1e-5));
    }

    #[test]
    fn gradients_of_many_rows_agree_as_well() {
        let vars = [check::var(&[2 * ROWS + 3, 3], 1), check::var(&[3], 2)];
        check::gradients(&vars, |v| rms_norm(&v[0], &v[1], 0.1));
    }

    #[test]
    fn a_wrong_width_is_an_error() {
        let (x, w) = (check::var(&[3, 6], 1), check::var(&[5], 2));
        assert!(rms_norm(&x, &w, 1e-5).is_err());
    }
}
