//! A linear classifier over hashed n-grams: multinomial logistic regression, fitted by AdaGrad (Duchi et
//! al. 2011) within a moment.

mod stored;

use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::StdRng};

use super::grams::{BUCKETS, Sparse, normalise};
use super::pool::softmax;

/// Step of AdaGrad.
const STEP: f32 = 0.25;

/// A text with what it is, and how much it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// Its n-grams by bucket.
    pub grams: Sparse,
    /// Its class.
    pub class: usize,
    /// How much it counts.
    pub weight: f32,
}

/// A fitted classifier.
#[derive(Debug, Clone, Default)]
pub struct Linear {
    classes: usize,
    /// [features][classes]: the buckets, the offset.
    weights: Vec<f32>,
    /// By bucket, how telling it is.
    idf: Vec<f32>,
}

/// Buckets and the offset.
const FEATURES: usize = BUCKETS + 1;

impl Linear {
    /// Fits to examples of `classes` classes in so many passes over them.
    pub fn fit(examples: Vec<Labelled>, classes: usize, passes: usize) -> Self {
        let mut model = Self {
            classes,
            weights: vec![0.; FEATURES * classes],
            idf: idf(&examples),
        };
        let examples: Vec<(Sparse, usize, f32)> = examples
            .into_iter()
            .map(|e| (model.features(e.grams), e.class, e.weight))
            .collect();
        let mut squares = vec![1e-2f32; FEATURES];
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..passes {
            order.shuffle(&mut rng);
            for &index in &order {
                let (features, class, weight) = &examples[index];
                let mut error = model.predict(features);
                error[*class] -= 1.;
                error.iter_mut().for_each(|e| *e *= weight);
                let size: f32 = error.iter().map(|e| e * e).sum();
                for &(feature, value) in features {
                    let feature = feature as usize;
                    squares[feature] += size * value * value;
                    let step = STEP * value / squares[feature].sqrt();
                    let row = &mut model.weights[feature * classes..(feature + 1) * classes];
                    for (weight, error) in row.iter_mut().zip(&error) {
                        *weight -= step * error;
                    }
                }
            }
        }
        model
    }

    /// Probabilities of the classes; they sum to 1.
    pub fn probabilities(&self, grams: Sparse) -> Vec<f32> {
        self.predict(&self.features(grams))
    }

    fn features(&self, mut features: Sparse) -> Sparse {
        features.reserve_exact(1);
        for (bucket, value) in &mut features {
            *value *= self.idf.get(*bucket as usize).unwrap_or(&0.);
        }
        normalise(&mut features);
        features.push((BUCKETS as u32, 1.));
        features
    }

    fn predict(&self, features: &[(u32, f32)]) -> Vec<f32> {
        let mut scores = vec![0f32; self.classes];
        for &(feature, value) in features {
            let feature = feature as usize;
            let row = self
                .weights
                .get(feature * self.classes..(feature + 1) * self.classes);
            for (score, weight) in scores.iter_mut().zip(row.unwrap_or_default()) {
                *score += value * weight;
            }
        }
        softmax(scores)
    }
}

/// By bucket, the log of the share of examples without it, from 1 up; none where nothing fell into it.
fn idf(examples: &[Labelled]) -> Vec<f32> {
    let mut counts = vec![0f32; BUCKETS];
    for (bucket, _) in examples.iter().flat_map(|example| &example.grams) {
        counts[*bucket as usize] += 1.;
    }
    let all = examples.len() as f32;
    let idf = |count: f32| {
        if count > 0. {
            1. + ((1. + all) / (1. + count)).ln()
        } else {
            0.
        }
    };
    counts.into_iter().map(idf).collect()
}

#[cfg(test)]
mod tests {
    use super::super::grams::grams;
    use super::*;

    fn seen(text: &str) -> Sparse {
        grams(text, 0)
    }

    #[test]
    fn what_classes_have_of_their_own_is_learned() {
        let texts = [
            ("오늘 비가 와요", 0),
            ("밖에 눈이 와", 0),
            ("비가 많이 오네", 0),
            ("라면 먹었어", 1),
            ("점심에 김밥 먹음", 1),
            ("밥을 먹었어요", 1),
        ];
        let examples: Vec<Labelled> = texts
            .iter()
            .map(|(text, class)| Labelled {
                grams: seen(text),
                class: *class,
                weight: 1.,
            })
            .collect();
        let model = Linear::fit(examples, 2, 14);
        let weather = model.probabilities(seen("아침부터 비가 왔어"));
        assert!(weather[0] > 0.6, "{weather:?}");
        let meal = model.probabilities(seen("저녁으로 국수 먹었다"));
        assert!(meal[1] > 0.6, "{meal:?}");
        assert_eq!(
            model.probabilities(seen("비")),
            model.probabilities(seen("비"))
        );
        assert!((weather.iter().sum::<f32>() - 1.).abs() < 1e-5);
    }

    #[test]
    fn nothing_to_learn_from_is_no_error() {
        assert_eq!(
            Linear::fit(Vec::new(), 2, 14).probabilities(seen("안녕")),
            [0.5, 0.5]
        );
    }
}
