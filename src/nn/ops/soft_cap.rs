//! Logits that cannot grow beyond a cap: `cap · tanh(x / cap)` (Bello et al. 2016, Gemma 2).

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use rten_simd::SimdUnaryOp;
use rten_vecmath::Tanh;

use super::{elements, gradient, with_elements};

/// Elements a thread takes at once.
const CHUNK: usize = 16 * 1024;

/// `cap · tanh(x / cap)`, element by element.
///
/// # Errors
/// When `x` is not an f32 tensor on the CPU.
pub fn soft_cap(x: &Tensor, cap: f32) -> Result<Tensor> {
    x.contiguous()?.apply_op1(SoftCap { cap })
}

/// Caps values in place.
pub(super) fn cap_values(values: &mut [f32], cap: f32) {
    values.iter_mut().for_each(|value| *value /= cap);
    Tanh {}.map_mut(values);
    values.iter_mut().for_each(|value| *value *= cap);
}

/// How much a capped value moves when the value moves.
pub(super) fn cap_slope(capped: f32, cap: f32) -> f32 {
    1. - (capped / cap) * (capped / cap)
}

struct SoftCap {
    cap: f32,
}

impl CustomOp1 for SoftCap {
    fn name(&self) -> &'static str {
        "soft-cap"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut y = elements(x, layout)?.to_vec();
        y.par_chunks_mut(CHUNK)
            .for_each(|chunk| cap_values(chunk, self.cap));
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    /// `dx = dy · (1 − (y / cap)²)`.
    fn bwd(&self, x: &Tensor, y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let mut dx = with_elements(dy, |dy| Ok(dy.to_vec()))?;
        with_elements(y, |y| {
            dx.par_chunks_mut(CHUNK)
                .zip(y.par_chunks(CHUNK))
                .for_each(|(dx, y)| {
                    let slopes = y.iter().map(|y| cap_slope(*y, self.cap));
                    dx.iter_mut()
                        .zip(slopes)
                        .for_each(|(dx, slope)| *dx *= slope);
                });
            Ok(())
        })?;
        gradient(dx, x).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn small_values_stay_and_large_ones_stop_at_the_cap() {
        let x = Tensor::new(
            &[0f32, 0.01, -0.01, 5., -1e9, f32::MAX],
            &candle_core::Device::Cpu,
        );
        let y = soft_cap(&x.unwrap(), 2.).unwrap().to_vec1::<f32>().unwrap();
        let exact = [0., 0.01, -0.01, 2. * 2.5f32.tanh(), -2., 2.];
        for (ours, theirs) in y.into_iter().zip(exact) {
            assert!((ours - theirs).abs() < 1e-5, "{ours} {theirs}");
        }
    }

    #[test]
    fn gradients_agree_with_differences() {
        check::gradients(&[check::var(&[4, 5], 1)], |v| soft_cap(&v[0], 0.7));
    }
}
