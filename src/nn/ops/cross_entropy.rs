//! The loss of next-token prediction.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::{elements, gradient, with_elements};

/// Mean of `-ln softmax(row)[target]` over the rows of `logits` [n, classes], a scalar; `targets`
/// has a class for each row.
///
/// Nothing but the logits is kept for the backward pass: the softmax is computed again.
///
/// # Errors
/// When there are no rows, another number of targets, or a target that is no class.
pub fn cross_entropy(logits: &Tensor, targets: &[u32]) -> Result<Tensor> {
    let (n, classes) = logits.dims2()?;
    if n == 0 || targets.len() != n {
        candle_core::bail!("{} targets for {n} rows of logits", targets.len());
    }
    if let Some(target) = targets.iter().find(|target| **target as usize >= classes) {
        candle_core::bail!("target {target} of {classes} classes");
    }
    let op = CrossEntropy {
        targets: targets.to_vec(),
        classes,
    };
    logits.contiguous()?.apply_op1(op)
}

struct CrossEntropy {
    targets: Vec<u32>,
    classes: usize,
}

/// Highest logit of a row, and the sum of the exponentials below it.
fn partition(row: &[f32]) -> (f32, f64) {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum = row.iter().map(|logit| f64::from((logit - max).exp())).sum();
    (max, sum)
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let losses: Vec<f64> = elements(logits, layout)?
            .par_chunks(self.classes)
            .zip(&self.targets)
            .map(|(row, target)| {
                let (max, sum) = partition(row);
                sum.ln() - f64::from(row[*target as usize] - max)
            })
            .collect();
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        Ok((CpuStorage::F32(vec![mean as f32]), Shape::from(())))
    }

    /// `dlogits = (softmax − one-hot) · dy / n`.
    fn bwd(&self, logits: &Tensor, _loss: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let scale = dy.to_scalar::<f32>()? / self.targets.len() as f32;
        let mut dx = vec![0f32; logits.elem_count()];
        with_elements(logits, |logits| {
            dx.par_chunks_mut(self.classes)
                .zip(logits.par_chunks(self.classes))
                .zip(&self.targets)
                .for_each(|((dx, row), target)| {
                    let (max, sum) = partition(row);
                    let inverse = (1. / sum) as f32;
                    for (dx, logit) in dx.iter_mut().zip(row) {
                        *dx = (logit - max).exp() * inverse * scale;
                    }
                    dx[*target as usize] -= scale;
                });
            Ok(())
        })?;
        gradient(dx, logits).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::ops::check;

    #[test]
    fn gradients() {
        check::gradients(&[check::var(&[3, 5], 1)], |vars| {
            cross_entropy(&vars[0], &[4, 0, 2])
        });
    }

    #[test]
    fn equal_logits_cost_the_logarithm_of_the_classes() {
        let logits = Tensor::zeros((2, 7), candle_core::DType::F32, &candle_core::Device::Cpu);
        let loss = cross_entropy(&logits.unwrap(), &[0, 6]).unwrap();
        assert!((loss.to_scalar::<f32>().unwrap() - 7f32.ln()).abs() < 1e-6);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let logits = check::var(&[2, 3], 1);
        assert!(cross_entropy(&logits, &[0]).is_err());
        assert!(cross_entropy(&logits, &[0, 3]).is_err());
    }
}
