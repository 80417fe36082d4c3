//! AdamW in place, with gradient clipping.
//!
//! candle's own optimizer builds a dozen temporary tensors for each weight and passes over a missing
//! gradient without a word; this one makes one pass over each weight and says which gradients miss.

use std::cell::RefCell;

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Var};
use rayon::prelude::*;

use super::ops::elements;

/// Elements a thread takes at once.
const CHUNK: usize = 32 * 1024;

/// Hyper-parameters of [`AdamW`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamWConfig {
    /// Full learning rate; a schedule scales it at each step.
    pub lr: f64,
    /// Decay of the first moment.
    pub beta1: f32,
    /// Decay of the second moment.
    pub beta2: f32,
    /// Added to the root of the second moment.
    pub eps: f32,
    /// Decoupled weight decay; matrices only.
    pub weight_decay: f32,
    /// Largest global norm of the gradient.
    pub max_norm: f32,
}

impl Default for AdamWConfig {
    fn default() -> Self {
        Self {
            lr: 1e-4,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.01,
            max_norm: 1.,
        }
    }
}

/// AdamW (Loshchilov & Hutter 2019) over named variables.
pub struct AdamW {
    config: AdamWConfig,
    slots: Vec<Slot>,
    step: i32,
}

struct Slot {
    name: String,
    var: Var,
    moments: RefCell<Moments>,
}

/// First and second moment of one variable.
#[derive(Clone, Default)]
pub struct Moments {
    /// Running mean of the gradient.
    pub first: Vec<f32>,
    /// Running mean of its square.
    pub second: Vec<f32>,
}

impl AdamW {
    /// An optimizer of `vars` with moments of zero.
    pub fn new(vars: Vec<(String, Var)>, config: AdamWConfig) -> Self {
        let slots = vars
            .into_iter()
            .map(|(name, var)| {
                let n = var.elem_count();
                Slot {
                    name,
                    var,
                    moments: RefCell::new(Moments {
                        first: vec![0.; n],
                        second: vec![0.; n],
                    }),
                }
            })
            .collect();
        Self {
            config,
            slots,
            step: 0,
        }
    }

    /// Takes one step at `factor` of the full rate; returns the global gradient norm before clipping.
    ///
    /// # Errors
    /// When a variable has no gradient: its name is in the message.
    pub fn step(&mut self, grads: &GradStore, factor: f64) -> Result<f32> {
        let mut found = Vec::with_capacity(self.slots.len());
        let mut squares = 0f64;
        for slot in &self.slots {
            let Some(grad) = grads.get(&slot.var) else {
                candle_core::bail!("no gradient reaches {}", slot.name);
            };
            let square = super::ops::with_elements(grad, |grad| {
                // Added in their order, so that a run can be repeated bit for bit.
                let squares: Vec<f64> = grad
                    .par_chunks(CHUNK)
                    .map(|chunk| chunk.iter().map(|g| f64::from(g * g)).sum())
                    .collect();
                Ok(squares.iter().sum::<f64>())
            })?;
            squares += square;
            found.push(grad.contiguous()?);
        }
        let norm = squares.sqrt() as f32;
        self.step += 1;
        let AdamWConfig { beta1, beta2, .. } = self.config;
        let clip = if norm > self.config.max_norm {
            self.config.max_norm / norm
        } else {
            1.
        };
        for (slot, grad) in self.slots.iter().zip(&found) {
            let decay = if slot.var.rank() > 1 {
                self.config.weight_decay
            } else {
                0.
            };
            let lr = (self.config.lr * factor) as f32;
            slot.var.inplace_op2(
                grad,
                &Update {
                    moments: &slot.moments,
                    lr,
                    decay: 1. - lr * decay,
                    clip,
                    beta1,
                    beta2,
                    eps: self.config.eps,
                    correction1: 1. - beta1.powi(self.step),
                    correction2: 1. - beta2.powi(self.step),
                },
            )?;
        }
        Ok(norm)
    }

    /// Steps taken, and each variable's name and moments: what a checkpoint keeps.
    pub fn state(&self) -> (i32, impl Iterator<Item = (&str, Moments)>) {
        let moments = self
            .slots
            .iter()
            .map(|slot| (slot.name.as_str(), slot.moments.borrow().clone()));
        (self.step, moments)
    }

    /// Takes up where [`AdamW::state`] left off; `moments` is asked for each name.
    ///
    /// # Errors
    /// When a variable's moments are missing or of another size.
    pub fn restore(&mut self, step: i32, moments: impl Fn(&str) -> Option<Moments>) -> Result<()> {
        for slot in &self.slots {
            match moments(&slot.name) {
                Some(kept)
                    if kept.first.len() == slot.var.elem_count()
                        && kept.second.len() == slot.var.elem_count() =>
                {
                    *slot.moments.borrow_mut() = kept;
                }
                _ => candle_core::bail!("the checkpoint has no moments for {}", slot.name),
            }
        }
        self.step = step;
        Ok(())
    }
}

struct Update<'a> {
    moments: &'a RefCell<Moments>,
    lr: f32,
    decay: f32,
    clip: f32,
    beta1: f32,
    beta2: f32,
    eps: f32,
    correction1: f32,
    correction2: f32,
}

impl InplaceOp2 for Update<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(
        &self,
        weight: &mut CpuStorage,
        _: &Layout,
        grad: &CpuStorage,
        grad_layout: &Layout,
    ) -> Result<()> {
        let CpuStorage::F32(weight) = weight else {
            candle_core::bail!("only f32 variables are trained");
        };
        let grad = elements(grad, grad_layout)?;
        let mut moments = self.moments.borrow_mut();
        let Moments { first, second } = &mut *moments;
        let Update {
            lr,
            decay,
            clip,
            beta1,
            beta2,
            eps,
            correction1,
            correction2,
            ..
        } = *self;
        weight
            .par_chunks_mut(CHUNK)
            .zip(grad.par_chunks(CHUNK))
            .zip(first.par_chunks_mut(CHUNK))
            .zip(second.par_chunks_mut(CHUNK))
            .for_each(|(((weight, grad), first), second)| {
                for (((w, g), m), v) in weight.iter_mut().zip(grad).zip(first).zip(second) {
                    let g = g * clip;
                    *m = beta1 * *m + (1. - beta1) * g;
                    *v = beta2 * *v + (1. - beta2) * g * g;
                    let root = (*v / correction2).sqrt() + eps;
                    *w = *w * decay - lr * (*m / correction1) / root;
                }
            });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::ops::check;

    fn config() -> AdamWConfig {
        AdamWConfig {
            lr: 0.1,
            ..AdamWConfig::default()
        }
    }

    fn square_loss(var: &Var) -> candle_core::Tensor {
        var.sqr().unwrap().sum_all().unwrap()
    }

    #[test]
    fn minimises_a_square_and_resumes_bit_for_bit() {
        let var = check::var(&[3, 2], 1);
        let mut straight = AdamW::new(vec![("w".into(), var.clone())], config());
        for _ in 0..5 {
            let grads = square_loss(&var).backward().unwrap();
            straight.step(&grads, 1.).unwrap();
        }
        let copy = Var::from_tensor(&var.as_tensor().copy().unwrap()).unwrap();
        let mut resumed = AdamW::new(vec![("w".into(), copy.clone())], config());
        let (step, moments) = straight.state();
        let kept: Vec<_> = moments.map(|(_, moments)| moments).collect();
        resumed.restore(step, |_| kept.first().cloned()).unwrap();
        for _ in 0..60 {
            let grads = square_loss(&var).backward().unwrap();
            straight.step(&grads, 1.).unwrap();
            let grads = square_loss(&copy).backward().unwrap();
            resumed.step(&grads, 1.).unwrap();
        }
        assert_eq!(
            var.to_vec2::<f32>().unwrap(),
            copy.to_vec2::<f32>().unwrap()
        );
        let loss = square_loss(&var).to_scalar::<f32>().unwrap();
        assert!(loss < 1e-2, "{loss}");
    }

    #[test]
    fn a_missing_gradient_is_named() {
        let (used, unused) = (check::var(&[2], 1), check::var(&[2], 2));
        let vars = vec![("used".into(), used.clone()), ("unused".into(), unused)];
        let grads = square_loss(&used).backward().unwrap();
        let error = AdamW::new(vars, config()).step(&grads, 1.).unwrap_err();
        assert!(error.to_string().contains("unused"));
    }

    #[test]
    fn the_gradient_norm_is_clipped() {
        let var = Var::from_vec(vec![1e3f32], 1, &candle_core::Device::Cpu).unwrap();
        let mut optimizer = AdamW::new(vec![("w".into(), var.clone())], config());
        let grads = square_loss(&var).backward().unwrap();
        assert_eq!(optimizer.step(&grads, 1.).unwrap(), 2e3);
        let (_, mut moments) = optimizer.state();
        let first = moments.next().map(|(_, m)| m.first[0]).unwrap();
        assert!((first - 0.1).abs() < 1e-6, "{first}");
    }
}
