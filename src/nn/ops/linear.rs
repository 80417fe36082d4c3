//! `y = x·Wᵀ + b` with the gradients that are asked for, and no others.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::{accumulate, elements, gradient, with_elements};
use crate::nn::gemm::{Mat, gemm};

/// Linear map of `x` [n, in] by `weight` [out, in] and `bias` `[out]` to [n, out].
///
/// A weight that is not tracked gets no gradient, and none is computed for it: frozen weights cost
/// nothing in the backward pass.
///
/// # Errors
/// When the shapes do not fit.
pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    let x = x.contiguous()?;
    match bias {
        Some(bias) => x.apply_op3(weight, bias, Linear),
        None => x.apply_op2(weight, Linear),
    }
}

struct Linear;

fn forward(
    x: (&CpuStorage, &Layout),
    weight: (&CpuStorage, &Layout),
    bias: Option<&[f32]>,
) -> Result<(CpuStorage, Shape)> {
    let (rows, inputs) = x.1.shape().dims2()?;
    let (outputs, _) = weight.1.shape().dims2()?;
    let mut y = vec![0f32; rows * outputs];
    gemm(
        Mat::new(elements(x.0, x.1)?, rows, inputs),
        Mat::new(elements(weight.0, weight.1)?, outputs, inputs).t(),
        1.,
        bias,
        &mut y,
    )?;
    Ok((CpuStorage::F32(y), (rows, outputs).into()))
}

/// Gradients of `x` and `weight`.
fn backward(x: &Tensor, weight: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
    let (rows, inputs) = x.dims2()?;
    let outputs = weight.dim(0)?;
    with_elements(dy, |dy| {
        let dx = if x.track_op() {
            let mut dx = vec![0f32; rows * inputs];
            with_elements(weight, |weight| {
                gemm(
                    Mat::new(dy, rows, outputs),
                    Mat::new(weight, outputs, inputs),
                    1.,
                    None,
                    &mut dx,
                )
            })?;
            Some(gradient(dx, x)?)
        } else {
            None
        };
        let dw = if weight.track_op() {
            let mut dw = vec![0f32; outputs * inputs];
            with_elements(x, |x| {
                gemm(
                    Mat::new(dy, rows, outputs).t(),
                    Mat::new(x, rows, inputs),
                    1.,
                    None,
                    &mut dw,
                )
            })?;
            Some(gradient(dw, weight)?)
        } else {
            None
        };
        Ok((dx, dw))
    })
}

/// Rows a thread adds up at once; the parts are added in their order, so that a training can be
/// repeated bit for bit.
const ROWS: usize = 128;

/// Gradient of the bias: what all rows of `dy` add up to.
fn column_sums(dy: &Tensor, bias: &Tensor) -> Result<Tensor> {
    let (_, outputs) = dy.dims2()?;
    let mut sums = vec![0f32; outputs];
    with_elements(dy, |dy| {
        let parts: Vec<Vec<f32>> = dy
            .par_chunks(ROWS * outputs)
            .map(|rows| {
                let mut part = vec![0f32; outputs];
                rows.chunks_exact(outputs)
                    .for_each(|row| accumulate(&mut part, row));
                part
            })
            .collect();
        parts.iter().for_each(|part| accumulate(&mut sums, part));
        Ok(())
    })?;
    gradient(sums, bias)
}

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        forward((x, x_layout), (weight, weight_layout), None)
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        backward(x, weight, dy)
    }
}

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear-bias"
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
        let bias = elements(bias, bias_layout)?;
        forward((x, x_layout), (weight, weight_layout), Some(bias))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (dx, dw) = backward(x, weight, dy)?;
        let db = if bias.track_op() {
            Some(column_sums(dy, bias)?)
        } else {
            None
        };
        Ok((dx, dw, db))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn gradients_agree_with_differences() {
        let vars = [
            check::var(&[3, 4], 1),
            check::var(&[5, 4], 2),
            check::var(&[5], 3),
        ];
        check::gradients(&vars, |v| linear(&v[0], &v[1], Some(&v[2])));
        check::gradients(&vars[..2], |v| linear(&v[0], &v[1], None));
    }

    #[test]
    fn a_frozen_weight_gets_no_gradient() {
        let (x, w) = (check::var(&[3, 4], 1), check::var(&[5, 4], 2));
        let frozen = w.as_tensor().detach();
        let y = linear(&x, &frozen, None).unwrap().sum_all().unwrap();
        let grads = y.backward().unwrap();
        assert!(grads.get(&x).is_some());
        assert!(grads.get(&frozen).is_none());
    }
}
