//! Logistic regression over a few quantities.

use serde::{Deserialize, Serialize};

/// From quantities to a number between 0 and 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    /// Of each quantity.
    pub weights: Vec<f32>,
    /// Added to their sum.
    pub offset: f32,
}

/// What a fit makes small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The squared error from the targets.
    Squared,
    /// The targets' unlikelihood.
    Log,
}

impl Logistic {
    /// The number that the quantities stand for.
    pub fn of(&self, quantities: &[f32]) -> f32 {
        let products = self.weights.iter().zip(quantities).map(|(w, x)| w * x);
        1. / (1. + (-(products.sum::<f32>() + self.offset)).exp())
    }

    /// Fits to quantities and their targets, by gradient descent with momentum over quantities that
    /// are brought to one scale.
    pub fn fit<const N: usize>(pairs: &[([f32; N], f32)], loss: Loss) -> Self {
        let n = pairs.len().max(1) as f64;
        let moment = |i: usize, f: &dyn Fn(f64) -> f64| {
            pairs.iter().map(|(x, _)| f(x[i].into())).sum::<f64>() / n
        };
        let means: [f64; N] = std::array::from_fn(|i| moment(i, &|x| x));
        let spreads: [f64; N] = std::array::from_fn(|i| {
            let variance = moment(i, &|x| (x - means[i]).powi(2));
            variance.sqrt().max(1e-9)
        });
        let scaled = pairs.iter().map(|(x, target)| {
            let x: [f64; N] = std::array::from_fn(|i| (f64::from(x[i]) - means[i]) / spreads[i]);
            (x, f64::from(*target))
        });
        let scaled: Vec<([f64; N], f64)> = scaled.collect();
        // The squared error has flat regions: its fit begins where the likelihood's ends.
        let mut at = descend(&scaled, vec![0.; N + 1], Loss::Log);
        if loss == Loss::Squared {
            at = descend(&scaled, at, loss);
        }
        let weights: Vec<f64> = (0..N).map(|i| at[i] / spreads[i]).collect();
        let shift: f64 = weights.iter().zip(means).map(|(w, mean)| w * mean).sum();
        Self {
            weights: weights.iter().map(|w| *w as f32).collect(),
            offset: (at[N] - shift) as f32,
        }
    }
}

/// Gradient descent with momentum (Adam); the offset is the last of `at`.
fn descend<const N: usize>(pairs: &[([f64; N], f64)], mut at: Vec<f64>, loss: Loss) -> Vec<f64> {
    const STEPS: i32 = 600;
    let n = pairs.len().max(1) as f64;
    let (mut first, mut second) = (vec![0f64; N + 1], vec![0f64; N + 1]);
    for step in 1..=STEPS {
        let mut gradient = vec![0f64; N + 1];
        for (x, target) in pairs {
            let sum: f64 = x.iter().zip(&at).map(|(x, weight)| x * weight).sum();
            let score = 1. / (1. + (-(sum + at[N])).exp());
            let mut error = (score - target) / n;
            if loss == Loss::Squared {
                error *= score * (1. - score);
            }
            for (slope, x) in gradient.iter_mut().zip(x) {
                *slope += error * x;
            }
            gradient[N] += error;
        }
        let rate = 0.05 * f64::from(STEPS + 1 - step) / f64::from(STEPS);
        for i in 0..=N {
            first[i] = 0.9 * first[i] + 0.1 * gradient[i];
            second[i] = 0.999 * second[i] + 0.001 * gradient[i].powi(2);
            let m = first[i] / (1. - 0.9f64.powi(step));
            let v = second[i] / (1. - 0.999f64.powi(step));
            at[i] -= rate * m / (v.sqrt() + 1e-12);
        }
    }
    at
}

/// Logarithm of the odds of a probability, of at most 10,000 to 1.
pub fn log_odds(p: f32) -> f32 {
    const LEAST: f32 = 1e-4;
    let p = p.clamp(LEAST, 1. - LEAST);
    (p / (1. - p)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_follows_the_targets() {
        let truth = Logistic {
            weights: vec![6., 0.8],
            offset: -2.,
        };
        let pairs: Vec<_> = (0..400u16)
            .map(|i| [f32::from(i % 20) / 20., f32::from(i / 20) / 2. - 5.])
            .map(|x| (x, truth.of(&x)))
            .collect();
        for loss in [Loss::Squared, Loss::Log] {
            let fitted = Logistic::fit(&pairs, loss);
            for (x, target) in &pairs {
                let of = fitted.of(x);
                assert!((of - target).abs() < 0.05, "{loss:?} {x:?}: {of} {target}");
            }
        }
    }

    #[test]
    fn a_quantity_that_never_changes_does_no_harm() {
        let pairs = [([0.5, 1.], 1.), ([0.5, 0.], 0.)];
        let fitted = Logistic::fit(&pairs, Loss::Log);
        assert!(fitted.of(&[0.5, 1.]) > 0.9);
        assert!(fitted.of(&[0.5, 0.]) < 0.1);
    }
}
