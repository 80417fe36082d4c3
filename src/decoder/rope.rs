//! The frequencies of a model's rotary positions, scaled as its configuration asks.

use std::f32::consts::TAU;

use crate::nn::ops::Pairs;

/// Rotary positions of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Rope {
    /// Base of the geometric row of frequencies.
    pub theta: f64,
    /// Values of a head that turn: an even number, at most the head's size.
    pub dim: usize,
    /// How a context longer than that of the pre-training is reached.
    pub scaling: Scaling,
    /// Which values make a pair.
    pub pairs: Pairs,
}

/// How frequencies are scaled.
#[derive(Debug, Clone, PartialEq)]
pub enum Scaling {
    /// Not at all.
    None,
    /// All divided by the factor.
    Linear {
        /// Factor.
        factor: f32,
    },
    /// Low ones divided by the factor, high ones kept, those between eased over (Llama 3.1).
    Llama3 {
        /// Factor of the low frequencies.
        factor: f32,
        /// Wavelengths above `original_positions / low` are divided.
        low: f32,
        /// Wavelengths below `original_positions / high` are kept.
        high: f32,
        /// Positions of the pre-training.
        original_positions: f32,
    },
    /// Each divided by its own factor, as a GGUF file lists them.
    Factors(Vec<f32>),
}

impl Rope {
    /// Radians a position, one for each pair.
    pub fn frequencies(&self) -> Vec<f32> {
        (0..self.dim / 2)
            .map(|pair| {
                let exponent = (2 * pair) as f32 / self.dim as f32;
                let frequency = 1. / (self.theta as f32).powf(exponent);
                self.scaling.apply(frequency, pair)
            })
            .collect()
    }
}

impl Scaling {
    fn apply(&self, frequency: f32, pair: usize) -> f32 {
        match self {
            Self::None => frequency,
            Self::Linear { factor } => frequency / factor,
            Self::Factors(factors) => frequency / factors.get(pair).copied().unwrap_or(1.),
            Self::Llama3 {
                factor,
                low,
                high,
                original_positions,
            } => {
                let wavelength = TAU / frequency;
                if wavelength < original_positions / high {
                    frequency
                } else if wavelength > original_positions / low {
                    frequency / factor
                } else {
                    let smooth = (original_positions / wavelength - low) / (high - low);
                    (1. - smooth) * frequency / factor + smooth * frequency
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rope(scaling: Scaling) -> Vec<f32> {
        let rope = Rope {
            theta: 500_000.,
            dim: 128,
            scaling,
            pairs: Pairs::Halves,
        };
        rope.frequencies()
    }

    #[test]
    fn llama3_keeps_high_frequencies_and_divides_low_ones() {
        let (plain, scaled) = (
            rope(Scaling::None),
            rope(Scaling::Llama3 {
                factor: 8.,
                low: 1.,
                high: 4.,
                original_positions: 8192.,
            }),
        );
        assert_eq!(plain.len(), 64);
        assert_eq!(plain[0], 1.);
        assert_eq!(plain[..20], scaled[..20]);
        assert_eq!(plain[63] / 8., scaled[63]);
        let eased = plain.iter().zip(&scaled);
        let eased = eased.filter(|(p, s)| *s < p && **s > *p / 8.).count();
        assert!((1..20).contains(&eased), "{eased}");
    }

    #[test]
    fn factors_and_a_linear_factor_divide() {
        assert_eq!(rope(Scaling::Linear { factor: 4. })[0], 0.25);
        assert_eq!(rope(Scaling::Factors(vec![2.]))[..1], [0.5]);
        assert_eq!(rope(Scaling::Factors(vec![2.]))[1], rope(Scaling::None)[1]);
    }
}
