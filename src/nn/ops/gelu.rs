//! GELU with the exact error function (Hendrycks & Gimpel 2016), as BERT uses it.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use rten_simd::SimdUnaryOp;
use rten_vecmath::{Erf, Exp, Gelu as GeluOp};

use super::{elements, for_each_part, gradient, with_elements};

/// Elements a thread takes at once.
const CHUNK: usize = 16 * 1024;

/// `x · Φ(x)`, element by element.
///
/// # Errors
/// When `x` is not an f32 tensor on the CPU.
pub fn gelu(x: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Gelu)
}

struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut y = elements(x, layout)?.to_vec();
        for_each_part(&mut y, CHUNK, |_, part| GeluOp {}.map_mut(part));
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    /// `dx = dy · (Φ(x) + x·φ(x))`.
    fn bwd(&self, x: &Tensor, _y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let mut dx = vec![0f32; x.elem_count()];
        with_elements(x, |x| {
            with_elements(dy, |dy| {
                dx.par_chunks_mut(CHUNK)
                    .zip(x.par_chunks(CHUNK))
                    .zip(dy.par_chunks(CHUNK))
                    .for_each(|((dx, x), dy)| slope(x, dy, dx));
                Ok(())
            })
        })?;
        gradient(dx, x).map(Some)
    }
}

fn slope(x: &[f32], dy: &[f32], dx: &mut [f32]) {
    let inverse_root_2pi = 0.5 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2;
    let mut cdf: Vec<f32> = x
        .iter()
        .map(|x| x * std::f32::consts::FRAC_1_SQRT_2)
        .collect();
    Erf {}.map_mut(&mut cdf);
    let mut pdf: Vec<f32> = x.iter().map(|x| -0.5 * x * x).collect();
    Exp {}.map_mut(&mut pdf);
    for i in 0..x.len() {
        dx[i] = dy[i] * (0.5 * (1. + cdf[i]) + x[i] * inverse_root_2pi * pdf[i]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn values_agree_with_candle_and_gradients_with_differences() {
        let x = check::var(&[4, 5], 1);
        let ours: Vec<f32> = gelu(&x).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let theirs: Vec<f32> = x
            .gelu_erf()
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap();
        for (a, b) in ours.iter().zip(&theirs) {
            assert!((a - b).abs() < 1e-5);
        }
        check::gradients(&[x], |v| gelu(&v[0]));
    }
}
