//! What several experts say of a text, joined: a logarithmic opinion pool (Genest & Zidek 1986), whose
//! weights are fitted on texts that none of them was trained on.

use serde::{Deserialize, Serialize};

use crate::encoder::nearest::{Calibration, Features};

/// A probability is not below this where its logarithm is taken.
const LEAST: f32 = 1e-6;

/// Probabilities of classes by the examples that each eye compares a text with, and by experts beside.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// By eye, from what a text has in common with the examples to probabilities.
    pub eyes: Vec<Calibration>,
    /// By eye, then by expert, what the logarithms of their probabilities are multiplied by.
    pub trust: Vec<f32>,
}

/// What is known of a text whose class is known.
#[derive(Debug, Clone)]
pub struct Sample {
    /// By eye.
    pub features: Vec<Features>,
    /// Probabilities by the experts beside.
    pub experts: Vec<Vec<f32>>,
    /// Its class.
    pub class: usize,
}

impl Pool {
    /// Probabilities of the classes, in their order; they sum to 1. Before any fit the first eye alone
    /// is trusted.
    pub fn probabilities(&self, features: &[Features], experts: &[Vec<f32>]) -> Vec<f32> {
        let unfitted = Calibration::default();
        let eyes = features.iter().enumerate();
        let eyes = eyes.map(|(eye, f)| self.eyes.get(eye).unwrap_or(&unfitted).probabilities(f));
        let said: Vec<Vec<f32>> = eyes.chain(experts.iter().cloned()).collect();
        join(&said, |voice| {
            let first = f32::from(u8::from(voice == 0));
            self.trust.get(voice).copied().unwrap_or(first)
        })
    }

    /// Fits each eye by itself, then the trust in all, by maximum likelihood.
    pub fn fit(samples: &[Sample]) -> Self {
        let count = samples.first().map_or(0, |sample| sample.features.len());
        let eyes = (0..count).map(|eye| {
            let of = |sample: &Sample| (sample.features[eye].clone(), sample.class);
            Calibration::fit(&samples.iter().map(of).collect::<Vec<_>>())
        });
        let eyes: Vec<Calibration> = eyes.collect();
        let said = samples.iter().map(|sample| {
            let eyes = eyes.iter().zip(&sample.features);
            let eyes = eyes.map(|(eye, features)| eye.probabilities(features));
            let said: Vec<Vec<f32>> = eyes.chain(sample.experts.iter().cloned()).collect();
            (said, sample.class)
        });
        let trust = trust(&said.collect::<Vec<_>>());
        Self { eyes, trust }
    }
}

/// What several say of the same classes, each voice trusted as `trust` says; sums to 1.
pub fn join(said: &[Vec<f32>], trust: impl Fn(usize) -> f32) -> Vec<f32> {
    let classes = said.first().map_or(0, Vec::len);
    let mut logits = vec![0f32; classes];
    for (voice, probabilities) in said.iter().enumerate() {
        let trust = trust(voice);
        for (logit, p) in logits.iter_mut().zip(probabilities) {
            *logit += trust * p.max(LEAST).ln();
        }
    }
    softmax(logits)
}

/// Probabilities of logits; they sum to 1.
pub fn softmax(mut logits: Vec<f32>) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter_mut().for_each(|l| *l = (*l - most).exp());
    let sum: f32 = logits.iter().sum();
    logits.iter_mut().for_each(|p| *p /= sum);
    logits
}

/// The trust under which what is true is the likeliest, never less than none: a convex problem, for
/// gradient descent with momentum.
///
/// A sample is what each voice says, and the class that is true.
pub fn trust(samples: &[(Vec<Vec<f32>>, usize)]) -> Vec<f32> {
    const STEPS: i32 = 300;
    const RATE: f32 = 0.03;
    let voices = samples.first().map_or(0, |(said, _)| said.len());
    let mut trust = vec![1. / voices.max(1) as f32; voices];
    let (mut first, mut second) = (vec![0f32; voices], vec![0f32; voices]);
    for step in 1..=STEPS {
        let mut gradient = vec![0f32; voices];
        for (said, class) in samples {
            let joined = join(said, |voice| trust[voice]);
            for (slope, probabilities) in gradient.iter_mut().zip(said) {
                let ln = |p: &f32| p.max(LEAST).ln();
                let expected: f32 = joined
                    .iter()
                    .zip(probabilities)
                    .map(|(j, p)| j * ln(p))
                    .sum();
                *slope += (expected - ln(&probabilities[*class])) / samples.len() as f32;
            }
        }
        for voice in 0..voices {
            first[voice] = 0.9 * first[voice] + 0.1 * gradient[voice];
            second[voice] = 0.999 * second[voice] + 0.001 * gradient[voice].powi(2);
            let m = first[voice] / (1. - 0.9f32.powi(step));
            let v = second[voice] / (1. - 0.999f32.powi(step));
            trust[voice] = (trust[voice] - RATE * m / (v.sqrt() + 1e-8)).max(0.);
        }
    }
    trust
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_right_is_trusted_and_who_guesses_is_not() {
        let samples: Vec<_> = (0..40)
            .map(|i| {
                let class = i % 2;
                let mut right = vec![0.3, 0.3];
                right[class] = 0.7;
                let guess = if i % 4 < 2 {
                    vec![0.9, 0.1]
                } else {
                    vec![0.1, 0.9]
                };
                (vec![right, guess], class)
            })
            .collect();
        let trust = trust(&samples);
        assert!(trust[0] > 2. && trust[1] < 0.1, "{trust:?}");
    }

    #[test]
    fn joined_probabilities_sum_to_one_and_agreement_makes_surer() {
        let pool = Pool {
            eyes: Vec::new(),
            trust: vec![1., 1.],
        };
        let said = [vec![0.8, 0.2], vec![0.7, 0.3]];
        let joined = pool.probabilities(&[], &said);
        assert!((joined.iter().sum::<f32>() - 1.).abs() < 1e-6);
        assert!(joined[0] > 0.85, "{joined:?}");
        let first_alone = Pool::default().probabilities(&[], &said);
        assert!((first_alone[0] - 0.8).abs() < 1e-6, "{first_alone:?}");
        assert!(Pool::default().probabilities(&[], &[]).is_empty());
    }
}
