//! The gated feed-forward activation of the Gemma family (Shazeer 2020), with GELU by its tanh
//! approximation (Hendrycks & Gimpel 2016).

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use rten_simd::SimdUnaryOp;
use rten_vecmath::{ApproxGelu, Tanh};

use super::{elements, gradient, with_elements};

/// Elements a thread takes at once.
const CHUNK: usize = 16 * 1024;

/// `gelu(gate) · up`, element by element, with `gelu(x) = x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³)))`.
///
/// # Errors
/// When the two have different shapes or are no f32 tensors on the CPU.
pub fn geglu(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    gate.contiguous()?.apply_op2(&up.contiguous()?, GeGlu)
}

/// √(2/π).
const ROOT: f32 = std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2;
const CUBIC: f32 = 0.044715;

struct GeGlu;

impl CustomOp2 for GeGlu {
    fn name(&self) -> &'static str {
        "geglu"
    }

    fn cpu_fwd(
        &self,
        gate: &CpuStorage,
        gate_layout: &Layout,
        up: &CpuStorage,
        up_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        if gate_layout.shape() != up_layout.shape() {
            let (gate, up) = (gate_layout.shape(), up_layout.shape());
            candle_core::bail!("GeGLU of a gate {gate:?} and {up:?}");
        }
        let mut y = elements(gate, gate_layout)?.to_vec();
        y.par_chunks_mut(CHUNK)
            .zip(elements(up, up_layout)?.par_chunks(CHUNK))
            .for_each(|(y, up)| {
                ApproxGelu {}.map_mut(y);
                y.iter_mut().zip(up).for_each(|(y, up)| *y *= up);
            });
        Ok((CpuStorage::F32(y), gate_layout.shape().clone()))
    }

    /// With `t` the tanh and `u` its argument: `dgate = dy·up·½·(1 + t + g·(1 − t²)·u′)`,
    /// `dup = dy·½·g·(1 + t)`.
    fn bwd(
        &self,
        gate: &Tensor,
        up: &Tensor,
        _y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut d_gate = vec![0f32; gate.elem_count()];
        let mut d_up = vec![0f32; up.elem_count()];
        with_elements(gate, |gate| {
            with_elements(up, |up| {
                with_elements(dy, |dy| {
                    d_gate
                        .par_chunks_mut(CHUNK)
                        .zip(d_up.par_chunks_mut(CHUNK))
                        .zip(gate.par_chunks(CHUNK).zip(up.par_chunks(CHUNK)))
                        .zip(dy.par_chunks(CHUNK))
                        .for_each(|(((d_gate, d_up), (gate, up)), dy)| {
                            let inner = gate.iter().map(|g| ROOT * (g + CUBIC * g * g * g));
                            let mut tanh: Vec<f32> = inner.collect();
                            Tanh {}.map_mut(&mut tanh);
                            for i in 0..gate.len() {
                                let (g, t) = (gate[i], tanh[i]);
                                let slope = ROOT * (1. + 3. * CUBIC * g * g);
                                d_gate[i] =
                                    dy[i] * up[i] * 0.5 * (1. + t + g * (1. - t * t) * slope);
                                d_up[i] = dy[i] * 0.5 * g * (1. + t);
                            }
                        });
                    Ok(())
                })
            })
        })?;
        Ok((Some(gradient(d_gate, gate)?), Some(gradient(d_up, up)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn values_agree_with_candle_and_gradients_with_differences() {
        let vars = [check::var(&[4, 5], 1), check::var(&[4, 5], 2)];
        let ours = geglu(&vars[0], &vars[1]).unwrap();
        let theirs = (vars[0].gelu().unwrap() * vars[1].as_tensor()).unwrap();
        let difference = (ours - theirs).unwrap().abs().unwrap().max_all().unwrap();
        assert!(difference.to_scalar::<f32>().unwrap() < 1e-5);
        check::gradients(&vars, |v| geglu(&v[0], &v[1]));
    }

    #[test]
    fn unequal_shapes_are_an_error() {
        assert!(geglu(&check::var(&[4, 5], 1), &check::var(&[4, 4], 2)).is_err());
    }
}
