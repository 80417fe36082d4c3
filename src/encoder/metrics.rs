//! How good an encoder is: the figures of spec.md, section 1, and the calibration error.

use serde::{Deserialize, Serialize};

/// The five figures over all input × candidate pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct PairFigures {
    /// Inputs.
    pub n: usize,
    /// Share of inputs whose best candidate is a true one.
    pub accuracy: f64,
    /// Mean of (best − second) where right, of (true − best) where wrong.
    pub mean_diff: f64,
    /// Mean squared error of the cosine against the target.
    pub mse: f64,
    /// Mean absolute error of the cosine against the target.
    pub mae: f64,
    /// Pearson correlation of cosine and target.
    pub corr: f64,
}

impl PairFigures {
    /// Compares predicted cosines with targets; a row per input, a column per candidate.
    pub fn of(predicted: &[Vec<f32>], target: &[Vec<f32>]) -> Self {
        let mut right = 0usize;
        let mut margins = 0f64;
        let mut pairs = Vec::new();
        for (scores, truth) in predicted.iter().zip(target) {
            let best = argmax(scores);
            let gold = argmax(truth);
            let top = f64::from(scores[best]);
            // Several candidates may be true; the best true one speaks for them.
            if truth[best] >= truth[gold] {
                right += 1;
                let second = scores
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| *index != best)
                    .map(|(_, score)| f64::from(*score))
                    .fold(f64::NEG_INFINITY, f64::max);
                margins += if second.is_finite() { top - second } else { 0. };
            } else {
                let of_true = (0..scores.len())
                    .filter(|index| truth[*index] >= truth[gold])
                    .map(|index| f64::from(scores[index]))
                    .fold(f64::NEG_INFINITY, f64::max);
                margins += of_true - top;
            }
            pairs.extend(
                scores
                    .iter()
                    .zip(truth)
                    .map(|(p, t)| (f64::from(*p), f64::from(*t))),
            );
        }
        let n = predicted.len().max(1) as f64;
        let count = pairs.len().max(1) as f64;
        Self {
            n: predicted.len(),
            accuracy: right as f64 / n,
            mean_diff: margins / n,
            mse: pairs.iter().map(|(p, t)| (p - t).powi(2)).sum::<f64>() / count,
            mae: pairs.iter().map(|(p, t)| (p - t).abs()).sum::<f64>() / count,
            corr: pearson(&pairs),
        }
    }
}

/// Index of the largest value, the first of equals; 0 where there is none.
pub fn argmax(values: &[f32]) -> usize {
    (1..values.len()).fold(0, |best, index| {
        if values[index] > values[best] {
            index
        } else {
            best
        }
    })
}

/// Pearson correlation; 0 where one side does not vary.
pub fn pearson(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let mean = |side: fn(&(f64, f64)) -> f64| pairs.iter().map(side).sum::<f64>() / n;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let (mut xy, mut xx, mut yy) = (0., 0., 0.);
    for (x, y) in pairs {
        xy += (x - mx) * (y - my);
        xx += (x - mx).powi(2);
        yy += (y - my).powi(2);
    }
    if xx > 0. && yy > 0. {
        xy / (xx * yy).sqrt()
    } else {
        0.
    }
}

/// Expected calibration error (Guo et al. 2017) of (probability of the best candidate, was right),
/// over ten bins of equal width.
pub fn ece(predictions: &[(f32, bool)]) -> f64 {
    let mut bins = [(0f64, 0f64, 0usize); 10];
    for (probability, right) in predictions {
        let bin = ((probability * 10.) as usize).min(9);
        bins[bin].0 += f64::from(*probability);
        bins[bin].1 += f64::from(u8::from(*right));
        bins[bin].2 += 1;
    }
    let n = predictions.len().max(1) as f64;
    bins.iter()
        .map(|(confidence, right, _)| (confidence - right).abs() / n)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_small_table() {
        let predicted = vec![vec![0.9, 0.1], vec![0.6, 0.4]];
        let target = vec![vec![1., 0.], vec![0., 1.]];
        let figures = PairFigures::of(&predicted, &target);
        assert_eq!(figures.accuracy, 0.5);
        assert!((figures.mean_diff - (0.8 - 0.2) / 2.).abs() < 1e-6);
        assert!((figures.mse - (0.01 + 0.01 + 0.36 + 0.36) / 4.).abs() < 1e-6);
        assert!((figures.mae - (0.1 + 0.1 + 0.6 + 0.6) / 4.).abs() < 1e-6);
    }

    #[test]
    fn correlation_of_a_line_is_one() {
        let pairs = [(1., 2.), (2., 4.), (3., 6.)];
        assert!((pearson(&pairs) - 1.).abs() < 1e-12);
        assert_eq!(pearson(&[(1., 1.), (1., 2.)]), 0.);
    }

    #[test]
    fn calibration_error_is_the_gap_between_confidence_and_truth() {
        let sure_and_right = [(0.95, true); 20];
        assert!(ece(&sure_and_right) < 0.06);
        let sure_and_wrong = [(0.95, false); 20];
        assert!(ece(&sure_and_wrong) > 0.9);
    }
}
