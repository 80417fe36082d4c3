//! Choosing the next token.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::error::DecoderError;

/// How the next token is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// Divides the logits; 0 takes the most probable token.
    pub temperature: f32,
    /// Only this many of the most probable tokens; 0 for all.
    pub top_k: usize,
    /// Only the most probable tokens that make up this share; 1 for all (Holtzman et al. 2020).
    pub top_p: f32,
    /// Logits of tokens in the text are divided by this where positive, multiplied where negative;
    /// 1 for nothing (Keskar et al. 2019).
    pub repetition_penalty: f32,
    /// Equal seeds choose equal tokens.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.,
            top_k: 0,
            top_p: 1.,
            repetition_penalty: 1.,
            seed: 0,
        }
    }
}

/// A [`Sampling`] with its random numbers.
pub struct Sampler {
    sampling: Sampling,
    rng: StdRng,
}

impl Sampler {
    /// Begins with the seed.
    pub fn new(sampling: Sampling) -> Self {
        Self {
            rng: StdRng::seed_from_u64(sampling.seed),
            sampling,
        }
    }

    /// The next token after `text`, whose logits these are: penalty, temperature, top-k, top-p.
    ///
    /// # Errors
    /// When no logit is a number.
    pub fn next(&mut self, mut logits: Vec<f32>, text: &[u32]) -> Result<u32, DecoderError> {
        self.penalize(&mut logits, text);
        let mut candidates: Vec<(u32, f32)> = (0..)
            .zip(logits)
            .filter(|(_, logit)| logit.is_finite())
            .collect();
        // Of equal logits the first wins, as in a plain search for the largest.
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        let best = candidates.iter().copied().min_by(order);
        let Some((best, largest)) = best else {
            return Err(DecoderError::NotFinite);
        };
        let Sampling {
            temperature,
            top_k,
            top_p,
            ..
        } = self.sampling;
        if temperature.is_nan() || temperature <= 0. {
            return Ok(best);
        }
        if (1..candidates.len()).contains(&top_k) {
            candidates.select_nth_unstable_by(top_k - 1, order);
            candidates.truncate(top_k);
        }
        candidates.sort_unstable_by(order);
        let weight = |logit: f32| f64::from((logit - largest) / temperature).exp();
        let weights: Vec<f64> = candidates.iter().map(|(_, logit)| weight(*logit)).collect();
        let kept = nucleus(&weights, f64::from(top_p));
        let total: f64 = weights[..kept].iter().sum();
        let mut place = self.rng.random::<f64>() * total;
        for ((id, _), weight) in candidates.iter().zip(&weights[..kept]) {
            place -= weight;
            if place < 0. {
                return Ok(*id);
            }
        }
        Ok(best)
    }

    fn penalize(&self, logits: &mut [f32], text: &[u32]) {
        let penalty = self.sampling.repetition_penalty;
        if penalty == 1. {
            return;
        }
        let mut seen = text.to_vec();
        seen.sort_unstable();
        seen.dedup();
        for id in seen {
            if let Some(logit) = logits.get_mut(id as usize) {
                *logit = if *logit > 0. {
                    *logit / penalty
                } else {
                    *logit * penalty
                };
            }
        }
    }
}

/// How many of the weights, the largest first, make up the share `top_p`; at least one.
fn nucleus(weights: &[f64], top_p: f64) -> usize {
    if top_p.is_nan() || top_p >= 1. {
        return weights.len();
    }
    let limit = weights.iter().sum::<f64>() * top_p;
    let mut sum = 0.;
    let before = weights.iter().take_while(|weight| {
        let within = sum < limit;
        sum += **weight;
        within
    });
    before.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(sampling: Sampling, logits: &[f32], times: usize) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling);
        (0..times)
            .map(|_| sampler.next(logits.to_vec(), &[]).unwrap())
            .collect()
    }

    fn warm() -> Sampling {
        Sampling {
            temperature: 1.,
            ..Sampling::default()
        }
    }

    #[test]
    fn zero_temperature_takes_the_largest_and_the_first_of_equals() {
        let sampling = Sampling::default();
        assert_eq!(drawn(sampling, &[1., 3., f32::NAN, 3.], 2), [1, 1]);
    }

    #[test]
    fn tokens_are_drawn_by_their_probability_and_seeds_repeat() {
        let logits = [0f32, 3f32.ln(), f32::NEG_INFINITY];
        let tokens = drawn(warm(), &logits, 4000);
        let share = tokens.iter().filter(|id| **id == 1).count() as f64 / 4000.;
        assert!((share - 0.75).abs() < 0.03, "{share}");
        assert!(!tokens.contains(&2));
        assert_eq!(tokens, drawn(warm(), &logits, 4000));
        let seed = Sampling { seed: 1, ..warm() };
        assert_ne!(tokens, drawn(seed, &logits, 4000));
    }

    #[test]
    fn a_low_temperature_prefers_the_largest() {
        let cold = Sampling {
            temperature: 0.1,
            ..warm()
        };
        assert!(drawn(cold, &[0., 1., 0.], 200).iter().all(|id| *id == 1));
    }

    #[test]
    fn top_k_and_top_p_leave_out_the_tail() {
        let logits = [0.1f32, 0.2, 0.3, 0.4].map(f32::ln);
        let top_k = Sampling { top_k: 2, ..warm() };
        assert!(drawn(top_k, &logits, 300).iter().all(|id| *id >= 2));
        let top_p = |top_p| Sampling { top_p, ..warm() };
        assert!(drawn(top_p(0.39), &logits, 300).iter().all(|id| *id == 3));
        let tokens = drawn(top_p(0.41), &logits, 300);
        assert!(tokens.contains(&2) && !tokens.contains(&1));
        assert!(drawn(top_p(0.), &logits, 10).iter().all(|id| *id == 3));
    }

    #[test]
    fn a_penalty_lowers_positive_and_negative_logits_once() {
        let sampling = Sampling {
            repetition_penalty: 2.,
            ..Sampling::default()
        };
        let mut sampler = Sampler::new(sampling);
        assert_eq!(sampler.next(vec![3., 2.], &[0, 0, 9]).unwrap(), 1);
        assert_eq!(sampler.next(vec![3., 1.4], &[0, 0]).unwrap(), 0);
        assert_eq!(sampler.next(vec![-1., -1.9], &[0]).unwrap(), 1);
    }

    #[test]
    fn logits_that_are_no_numbers_are_an_error() {
        for temperature in [0., 1.] {
            let mut sampler = Sampler::new(Sampling {
                temperature,
                ..warm()
            });
            assert!(sampler.next(vec![f32::NAN; 3], &[]).is_err());
            assert!(sampler.next(Vec::new(), &[]).is_err());
        }
    }
}
