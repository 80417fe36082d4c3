//! Log-probabilities of logits, composed of candle's own operations and differentiable by them.

use candle_core::{D, Result, Tensor};

/// The logarithm of the softmax over the last dimension; the shape stays.
///
/// # Errors
/// When `x` has no dimension or holds no floats.
pub fn log_softmax(x: &Tensor) -> Result<Tensor> {
    let (_, shifted) = shifted(x)?;
    let sum = shifted.exp()?.sum_keepdim(D::Minus1)?;
    shifted.broadcast_sub(&sum.log()?)
}

/// `ln Σ exp x` over the last dimension, which becomes 1.
///
/// # Errors
/// When `x` has no dimension or holds no floats.
pub fn log_sum_exp(x: &Tensor) -> Result<Tensor> {
    let (max, shifted) = shifted(x)?;
    let sum = shifted.exp()?.sum_keepdim(D::Minus1)?;
    sum.log()? + max
}

/// The largest of each row, and the rows less it: no exponential of them overflows.
fn shifted(x: &Tensor) -> Result<(Tensor, Tensor)> {
    let max = x.max_keepdim(D::Minus1)?.detach();
    let shifted = x.broadcast_sub(&max)?;
    Ok((max, shifted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one_however_large_the_logits() {
        let x = Tensor::new(
            &[[1e4f32, 1e4, -1e4], [0., 1., 2.]],
            &candle_core::Device::Cpu,
        );
        let p: Vec<Vec<f32>> = log_softmax(&x.unwrap())
            .unwrap()
            .exp()
            .unwrap()
            .to_vec2()
            .unwrap();
        assert_eq!(p[0], [0.5, 0.5, 0.]);
        assert!((p[1].iter().sum::<f32>() - 1.).abs() < 1e-6 && p[1][2] > p[1][1]);
    }
}
