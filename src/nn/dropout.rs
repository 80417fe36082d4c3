//! Dropout (Srivastava et al. 2014): at random, inputs of a layer are left out while it is trained.

use std::sync::{Mutex, MutexGuard, PoisonError};

use candle_core::{Result, Tensor};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// The share of inputs that is left out, and whether any are. Layers share one, so that a training
/// turns all of them on and off, and is repeatable from its seed.
#[derive(Debug)]
pub struct Dropout {
    rate: f32,
    /// None while nothing is left out.
    rng: Mutex<Option<StdRng>>,
}

impl Dropout {
    /// Leaves nothing out until [`Dropout::begin`]; `rate` in 0..1.
    pub fn new(rate: f32) -> Self {
        Self {
            rate,
            rng: Mutex::new(None),
        }
    }

    /// From now on inputs are left out, which ones is drawn from `seed`.
    pub fn begin(&self, seed: u64) {
        *self.rng() = Some(StdRng::seed_from_u64(seed));
    }

    /// From now on nothing is.
    pub fn end(&self) {
        *self.rng() = None;
    }

    /// `x` with some elements zero and the others scaled up, so that the mean stays.
    ///
    /// # Errors
    /// When the tensor cannot be made.
    pub fn apply(&self, x: &Tensor) -> Result<Tensor> {
        let mut rng = self.rng();
        let Some(rng) = rng.as_mut() else {
            return Ok(x.clone());
        };
        let kept = 1. / (1. - self.rate);
        let mask: Vec<f32> = (0..x.elem_count())
            .map(|_| {
                if rng.random::<f32>() < self.rate {
                    0.
                } else {
                    kept
                }
            })
            .collect();
        x * Tensor::from_vec(mask, x.shape(), x.device())?
    }

    fn rng(&self) -> MutexGuard<'_, Option<StdRng>> {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};

    fn applied(dropout: &Dropout) -> Vec<f32> {
        let ones = Tensor::ones(10_000, DType::F32, &Device::Cpu).unwrap();
        dropout.apply(&ones).unwrap().to_vec1().unwrap()
    }

    #[test]
    fn a_share_is_left_out_and_the_mean_stays() {
        let dropout = Dropout::new(0.2);
        dropout.begin(1);
        let values = applied(&dropout);
        let zeros = values.iter().filter(|value| **value == 0.).count();
        assert!((1_800..2_200).contains(&zeros), "{zeros}");
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!((mean - 1.).abs() < 0.03, "{mean}");
    }

    #[test]
    fn it_can_be_repeated_and_turned_off() {
        let dropout = Dropout::new(0.5);
        assert!(applied(&dropout).iter().all(|value| *value == 1.));
        dropout.begin(7);
        let first = applied(&dropout);
        assert_ne!(first, applied(&dropout));
        dropout.begin(7);
        assert_eq!(first, applied(&dropout));
        dropout.end();
        assert!(applied(&dropout).iter().all(|value| *value == 1.));
    }
}
