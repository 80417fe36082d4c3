//! The gated feed-forward activation of the Llama family (Shazeer 2020).

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use rten_simd::SimdUnaryOp;
use rten_vecmath::{Sigmoid, Silu};

use super::{elements, for_each_part, gradient, with_elements};

/// Elements a thread takes at once.
const CHUNK: usize = 16 * 1024;

/// `silu(gate) · up`, element by element, with `silu(x) = x·σ(x)`.
///
/// # Errors
/// When the two have different shapes or are no f32 tensors on the CPU.
pub fn swiglu(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    gate.contiguous()?.apply_op2(&up.contiguous()?, SwiGlu)
}

struct SwiGlu;

impl CustomOp2 for SwiGlu {
    fn name(&self) -> &'static str {
        "swiglu"
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
            candle_core::bail!("SwiGLU of a gate {gate:?} and {up:?}");
        }
        let mut y = elements(gate, gate_layout)?.to_vec();
        let up = elements(up, up_layout)?;
        for_each_part(&mut y, CHUNK, |index, y| {
            Silu {}.map_mut(y);
            let up = &up[index * CHUNK..];
            y.iter_mut().zip(up).for_each(|(y, up)| *y *= up);
        });
        Ok((CpuStorage::F32(y), gate_layout.shape().clone()))
    }

    /// `dgate = dy · up · σ(g)·(1 + g·(1 − σ(g)))`, `dup = dy · silu(g)`.
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
                            let mut sigma = gate.to_vec();
                            Sigmoid {}.map_mut(&mut sigma);
                            for i in 0..gate.len() {
                                let (g, s) = (gate[i], sigma[i]);
                                d_gate[i] = dy[i] * up[i] * s * (1. + g * (1. - s));
                                d_up[i] = dy[i] * g * s;
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
        let ours = swiglu(&vars[0], &vars[1]).unwrap();
        let theirs = (vars[0].silu().unwrap() * vars[1].as_tensor()).unwrap();
        let difference = (ours - theirs).unwrap().abs().unwrap().max_all().unwrap();
        assert!(difference.to_scalar::<f32>().unwrap() < 1e-5);
        check::gradients(&vars, |v| swiglu(&v[0], &v[1]));
    }

    #[test]
    fn unequal_shapes_are_an_error() {
        assert!(swiglu(&check::var(&[4, 5], 1), &check::var(&[4, 4], 2)).is_err());
    }
}
