//! Classification by examples, with calibrated probabilities.
//!
//! A class is the embeddings of its examples. What a text has in common with a class is its highest
//! cosine, the mean of the best three and of the best eight, and its score by ridge regression onto
//! the classes; a multinomial logistic regression over these, fitted on held-out texts, turns them
//! into probabilities. Intents have weights of their own: their examples speak of no topic, so they
//! lie farther apart. Nothing in it belongs to a single class, so it holds for classes that were
//! never trained on.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::Packed;
use super::centre::{centred, mean};
use super::ridge::Ridge;

/// What kind of class it is; each has an offset of its own in the regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One label.
    Label,
    /// Several labels at once.
    Combined,
    /// A wrong idea.
    Misconception,
    /// Nothing earned.
    Failure,
    /// Something else is wanted.
    Intent,
}

const KINDS: usize = 5;
const SIMILARITIES: usize = 4;
/// Weights of content, weights of intents, offsets.
const PARAMETERS: usize = 2 * SIMILARITIES + KINDS;
/// Where the offsets begin.
const OFFSETS: usize = 2 * SIMILARITIES;

/// A class to be recognised.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its kind.
    pub kind: Kind,
    /// Embeddings of length 1.
    pub examples: Vec<Packed>,
}

/// Cosine from which an example is taken for the text itself.
const ITSELF: f32 = 0.999;

/// Whether a text may be compared with itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Without {
    /// Every example counts.
    Nothing,
    /// The text is an example: it is judged by the others.
    Itself,
}

/// Classes ready to be compared with.
#[derive(Debug, Clone)]
pub struct Classes {
    classes: Vec<Class>,
    /// What is taken from every embedding before it is compared; nothing where this is empty.
    centre: Vec<f32>,
    ridge: Ridge,
    /// The ridge regression's scores of each example by the others; computed when one is asked for.
    left_out: OnceLock<Vec<Vec<f32>>>,
}

impl Classes {
    /// Fits the regression to the examples.
    pub fn new(classes: Vec<Class>) -> Self {
        Self {
            ridge: Ridge::fit(&examples(&classes)),
            classes,
            centre: Vec::new(),
            left_out: OnceLock::new(),
        }
    }

    /// The same, with embeddings less what all examples have in common: a base S-BERT's lie close
    /// together, and what tells them apart is what is left.
    pub fn centred(mut classes: Vec<Class>) -> Self {
        let all = classes.iter().flat_map(|class| &class.examples);
        let centre = mean(all.map(Packed::embedding));
        for example in classes.iter_mut().flat_map(|class| &mut class.examples) {
            *example = Packed::new(&centred(&example.embedding(), &centre));
        }
        Self {
            centre,
            ..Self::new(classes)
        }
    }

    fn left_out(&self) -> &[Vec<f32>] {
        self.left_out
            .get_or_init(|| Ridge::left_out(&examples(&self.classes)))
    }

    /// Cosine of an embedding with every example, by class.
    pub fn cosines(&self, query: &[f32]) -> Vec<Vec<f32>> {
        let query = centred(query, &self.centre);
        let of = |class: &Class| {
            let examples = class.examples.iter();
            examples.map(|example| example.cosine(&query)).collect()
        };
        self.classes.iter().map(of).collect()
    }

    /// What an embedding has in common with each class.
    pub fn compare(&self, query: &[f32], without: Without) -> Features {
        self.features(query, self.cosines(query), without)
    }

    /// The same, where the cosines are known already.
    pub fn features(&self, query: &[f32], cosines: Vec<Vec<f32>>, without: Without) -> Features {
        let mut place = 0;
        let mut itself = None;
        let mut similarities = Vec::with_capacity(self.classes.len());
        for (class, mut cosines) in self.classes.iter().zip(cosines) {
            if without == Without::Itself {
                let own = cosines.iter().position(|cosine| *cosine >= ITSELF);
                itself = itself.or(own.map(|own| place + own));
                place += cosines.len();
                cosines.retain(|cosine| *cosine < ITSELF);
            }
            cosines.sort_unstable_by(|a, b| b.total_cmp(a));
            let mean = |k: usize| {
                let best = &cosines[..k.min(cosines.len())];
                best.iter().sum::<f32>() / best.len().max(1) as f32
            };
            similarities.push((class.kind, [mean(1), mean(3), mean(8), 0.]));
        }
        let scores = match itself.and_then(|example| self.left_out().get(example)) {
            Some(scores) => scores.clone(),
            None => self.ridge.scores(&centred(query, &self.centre)),
        };
        for ((_, similarity), score) in similarities.iter_mut().zip(scores) {
            similarity[SIMILARITIES - 1] = score;
        }
        Features(similarities)
    }
}

fn examples(classes: &[Class]) -> Vec<&[Packed]> {
    classes.iter().map(|c| c.examples.as_slice()).collect()
}

/// Highest cosine, mean of the best three, mean of the best eight, score by ridge regression.
type Similarity = [f32; SIMILARITIES];

/// What a text has in common with each class.
#[derive(Debug, Clone, PartialEq)]
pub struct Features(Vec<(Kind, Similarity)>);

/// The fitted regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Weights of the similarities to what an answer may hold.
    pub similarity: Similarity,
    /// Weights of the similarities to an intent.
    pub intent: Similarity,
    /// Offsets by kind: label, combined, misconception, failure, intent.
    pub offset: [f32; KINDS],
}

impl Default for Calibration {
    /// Sensible before any fit: sharp, and fair to every kind.
    fn default() -> Self {
        Self {
            similarity: [0., 10., 0., 5.],
            intent: [0., 10., 0., 5.],
            offset: [0.; KINDS],
        }
    }
}

impl Calibration {
    /// Probabilities of the classes, in their order; they sum to 1.
    pub fn probabilities(&self, features: &Features) -> Vec<f32> {
        let parameters = self.parameters();
        let logits: Vec<f64> = features
            .0
            .iter()
            .map(|(kind, similarity)| dot(&row(*kind, similarity), &parameters))
            .collect();
        softmax(&logits).into_iter().map(|p| p as f32).collect()
    }

    /// Fits weights and offsets to (features, index of the true class) by maximum likelihood with a
    /// small penalty on the offsets; the problem is convex, plain gradient descent with momentum
    /// finds its minimum.
    pub fn fit(samples: &[(Features, usize)]) -> Self {
        let start = Self::default();
        if samples.is_empty() {
            return start;
        }
        let mut parameters = start.parameters();
        let (mut first, mut second) = ([0f64; PARAMETERS], [0f64; PARAMETERS]);
        for step in 1..=2000 {
            let gradient = gradient(&parameters, samples);
            for i in 0..PARAMETERS {
                first[i] = 0.9 * first[i] + 0.1 * gradient[i];
                second[i] = 0.999 * second[i] + 0.001 * gradient[i].powi(2);
                let m = first[i] / (1. - 0.9f64.powi(step));
                let v = second[i] / (1. - 0.999f64.powi(step));
                parameters[i] -= 0.05 * m / (v.sqrt() + 1e-8);
            }
        }
        Self::from_parameters(&parameters)
    }

    fn parameters(&self) -> [f64; PARAMETERS] {
        let mut parameters = [0f64; PARAMETERS];
        let values = [&self.similarity[..], &self.intent, &self.offset].concat();
        for (slot, value) in parameters.iter_mut().zip(values) {
            *slot = value.into();
        }
        parameters
    }

    fn from_parameters(parameters: &[f64; PARAMETERS]) -> Self {
        let at = |i: usize| parameters[i] as f32;
        Self {
            similarity: std::array::from_fn(at),
            intent: std::array::from_fn(|i| at(SIMILARITIES + i)),
            offset: std::array::from_fn(|i| at(OFFSETS + i)),
        }
    }
}

fn dot(row: &[f64; PARAMETERS], parameters: &[f64; PARAMETERS]) -> f64 {
    row.iter().zip(parameters).map(|(x, w)| x * w).sum()
}

fn row(kind: Kind, similarity: &Similarity) -> [f64; PARAMETERS] {
    let mut row = [0f64; PARAMETERS];
    let first = if kind == Kind::Intent {
        SIMILARITIES
    } else {
        0
    };
    for (slot, value) in row[first..].iter_mut().zip(similarity) {
        *slot = f64::from(*value);
    }
    row[OFFSETS + kind as usize] = 1.;
    row
}

/// Gradient of the mean negative log-likelihood plus the penalty.
fn gradient(parameters: &[f64; PARAMETERS], samples: &[(Features, usize)]) -> [f64; PARAMETERS] {
    const PENALTY: f64 = 1e-3;
    let mut gradient = [0f64; PARAMETERS];
    for (features, truth) in samples {
        let rows: Vec<_> = features.0.iter().map(|(kind, s)| row(*kind, s)).collect();
        let logits: Vec<f64> = rows.iter().map(|row| dot(row, parameters)).collect();
        for (index, (row, probability)) in rows.iter().zip(softmax(&logits)).enumerate() {
            let error = probability - f64::from(u8::from(index == *truth));
            for (slot, x) in gradient.iter_mut().zip(row) {
                *slot += error * x / samples.len() as f64;
            }
        }
    }
    for i in OFFSETS..PARAMETERS {
        gradient[i] += PENALTY * parameters[i];
    }
    gradient
}

fn softmax(logits: &[f64]) -> Vec<f64> {
    let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exps: Vec<f64> = logits.iter().map(|logit| (logit - max).exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.into_iter().map(|exp| exp / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(kind: Kind, angles: &[f32]) -> Class {
        Class {
            kind,
            examples: angles
                .iter()
                .map(|a| Packed::new(&[a.cos(), a.sin()]))
                .collect(),
        }
    }

    fn at(angle: f32) -> Vec<f32> {
        vec![angle.cos(), angle.sin()]
    }

    #[test]
    fn the_class_with_the_nearest_examples_is_the_likeliest() {
        let classes = Classes::new(vec![
            class(Kind::Label, &[0., 0.1]),
            class(Kind::Failure, &[1.5, 1.6]),
        ]);
        let features = classes.compare(&at(0.3), Without::Nothing);
        let probabilities = Calibration::default().probabilities(&features);
        assert!(probabilities[0] > probabilities[1]);
        assert!((probabilities.iter().sum::<f32>() - 1.).abs() < 1e-6);
    }

    #[test]
    fn fitting_learns_how_far_to_trust_a_cosine() {
        let classes = vec![class(Kind::Label, &[0.]), class(Kind::Failure, &[1.])];
        let classes = Classes::new(classes);
        // Half of the texts beside the label are failures all the same.
        let samples: Vec<_> = (0..40)
            .map(|i| {
                (
                    classes.compare(&at(0.1), Without::Nothing),
                    usize::from(i % 2 == 0),
                )
            })
            .collect();
        let fitted = Calibration::fit(&samples);
        let p = fitted.probabilities(&samples[0].0)[0];
        assert!((p - 0.5).abs() < 0.05, "{p}");
    }

    #[test]
    fn a_text_that_is_an_example_can_be_judged_by_the_others() {
        let classes = Classes::new(vec![
            class(Kind::Label, &[0., 1.4]),
            class(Kind::Failure, &[1.3, 1.5, 1.6]),
        ]);
        let likeliest = |without| {
            let features = classes.compare(&at(1.4), without);
            let p = Calibration::default().probabilities(&features);
            p[0] > p[1]
        };
        let alone = classes.compare(&at(1.4), Without::Nothing);
        assert!(alone.0[0].1[0] > 0.999);
        assert!(!likeliest(Without::Itself));
    }

    #[test]
    fn a_class_without_examples_is_never_chosen() {
        let classes = vec![class(Kind::Label, &[0.]), class(Kind::Failure, &[])];
        let features = Classes::new(classes).compare(&at(0.), Without::Nothing);
        let p = Calibration::default().probabilities(&features);
        assert!(p[0] > 0.99);
    }
}
