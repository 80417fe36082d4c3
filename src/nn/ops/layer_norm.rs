//! Layer normalisation over the last dimension (Ba et al. 2016).

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use rten_simd::SimdOp;
use rten_vecmath::{Normalize, NormalizeOptions, Sum, SumSquareSub};

use super::{accumulate, elements, for_each_part, gradient, with_elements};

/// Normalises each row of `x` [n, width] and applies `weight` and `bias` `[width]`.
///
/// # Errors
/// When the shapes do not fit.
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor, eps: f64) -> Result<Tensor> {
    let op = LayerNorm { eps: eps as f32 };
    x.contiguous()?.apply_op3(weight, bias, op)
}

/// Rows a thread takes at once. What they add up is added in their order, whatever the threads do,
/// so that a training can be repeated bit for bit.
const ROWS: usize = 64;

struct LayerNorm {
    eps: f32,
}

impl LayerNorm {
    /// Mean and inverse standard deviation of a row.
    fn moments(&self, row: &[f32]) -> (f32, f32) {
        let n = row.len() as f32;
        let mean = Sum::new(row).dispatch() / n;
        let variance = SumSquareSub::new(row, mean).dispatch() / n;
        (mean, 1. / (variance + self.eps).sqrt())
    }

    /// Gradients of some rows: fills `dx`, returns what the rows add to `dweight` and `dbias`.
    fn backward(
        &self,
        dx: &mut [f32],
        x: &[f32],
        dy: &[f32],
        weight: &[f32],
    ) -> (Vec<f32>, Vec<f32>) {
        let width = weight.len();
        let (mut dw, mut db) = (vec![0f32; width], vec![0f32; width]);
        let rows = x.chunks_exact(width).zip(dy.chunks_exact(width));
        for (dx, (x, dy)) in dx.chunks_exact_mut(width).zip(rows) {
            let (mean, scale) = self.moments(x);
            let (mut sum, mut dot) = (0f32, 0f32);
            for i in 0..width {
                let normed = (x[i] - mean) * scale;
                let g = dy[i] * weight[i];
                sum += g;
                dot += g * normed;
                dw[i] += dy[i] * normed;
                db[i] += dy[i];
            }
            let (sum, dot) = (sum / width as f32, dot / width as f32);
            for i in 0..width {
                let normed = (x[i] - mean) * scale;
                dx[i] = scale * (dy[i] * weight[i] - sum - normed * dot);
            }
        }
        (dw, db)
    }
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let weight = elements(weight, weight_layout)?;
        let bias = elements(bias, bias_layout)?;
        let width = weight.len();
        if x_layout.shape().dims().last() != Some(&width) || bias.len() != width {
            candle_core::bail!("layer norm of width {width} on {:?}", x_layout.shape());
        }
        let mut y = elements(x, x_layout)?.to_vec();
        for_each_part(&mut y, ROWS * width, |_, rows| {
            for row in rows.chunks_exact_mut(width) {
                let (mean, scale) = self.moments(row);
                let options = NormalizeOptions {
                    pre_scale_bias: mean,
                    scale,
                    element_scale: Some(weight),
                    element_bias: Some(bias),
                    ..NormalizeOptions::default()
                };
                Normalize::new_mut(row, options).dispatch();
            }
        });
        Ok((CpuStorage::F32(y), x_layout.shape().clone()))
    }

    /// With `x̂` the normalised row and `g = dy·weight`:
    /// `dx = scale · (g − mean(g) − x̂·mean(g·x̂))`, `dweight = Σ dy·x̂`, `dbias = Σ dy`.
    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let width = weight.elem_count();
        let mut dx = vec![0f32; x.elem_count()];
        let (mut dw, mut db) = (vec![0f32; width], vec![0f32; width]);
        with_elements(x, |x| {
            with_elements(weight, |weight| {
                with_elements(dy, |dy| {
                    let parts: Vec<_> = dx
                        .par_chunks_mut(ROWS * width)
                        .zip(x.par_chunks(ROWS * width))
                        .zip(dy.par_chunks(ROWS * width))
                        .map(|((dx, x), dy)| self.backward(dx, x, dy, weight))
                        .collect();
                    for (part_w, part_b) in parts {
                        accumulate(&mut dw, &part_w);
                        accumulate(&mut db, &part_b);
                    }
                    Ok(())
                })
            })
        })?;
        Ok((
            Some(gradient(dx, x)?),
            Some(gradient(dw, weight)?),
            Some(gradient(db, bias)?),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn rows_are_normalised() {
        let x = check::var(&[2, 64], 1);
        let ones = Tensor::ones(64, candle_core::DType::F32, x.device()).unwrap();
        let y = layer_norm(&x, &ones, &ones.zeros_like().unwrap(), 1e-12).unwrap();
        for row in y.to_vec2::<f32>().unwrap() {
            let mean = row.iter().sum::<f32>() / 64.;
            let variance = row.iter().map(|v| v * v).sum::<f32>() / 64.;
            assert!(mean.abs() < 1e-5 && (variance - 1.).abs() < 1e-3);
        }
    }

    #[test]
    fn gradients_agree_with_differences() {
        let vars = [
            check::var(&[3, 6], 1),
            check::var(&[6], 2),
            check::var(&[6], 3),
        ];
        check::gradients(&vars, |v| layer_norm(&v[0], &v[1], &v[2], 1e-5));
    }

    #[test]
    fn gradients_of_many_rows_agree_as_well() {
        let vars = [
            check::var(&[2 * ROWS + 3, 3], 1),
            check::var(&[3], 2),
            check::var(&[3], 3),
        ];
        check::gradients(&vars, |v| layer_norm(&v[0], &v[1], &v[2], 0.1));
    }

    #[test]
    fn a_wrong_width_is_an_error() {
        let (x, w) = (check::var(&[3, 6], 1), check::var(&[5], 2));
        assert!(layer_norm(&x, &w, &w, 1e-5).is_err());
    }
}
