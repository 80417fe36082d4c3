//! A fitted classifier as a safetensors file, so that it need not be fitted again where its examples are
//! still the same.

use half::f16;
use safetensors::tensor::{Dtype, SafeTensorError, TensorView};

use super::{FEATURES, Linear};
use crate::engine::fitted::{self, Fitted};
use crate::engine::grams::BUCKETS;

const WEIGHTS: &str = "weights";
/// By class, what one of its whole numbers stands for.
const STEPS: &str = "steps";
const IDF: &str = "idf";

impl Fitted for Linear {
    /// In eight bits a weight.
    fn to_bytes(&self, examples: &str) -> Result<Vec<u8>, SafeTensorError> {
        let rows = self.weights.len() / self.classes.max(1);
        let steps = self.steps();
        let weights = self.weights.iter().zip(steps.iter().cycle());
        let weights = weights.map(|(weight, step)| (weight / step).round() as i8);
        let weights = weights.map(i8::cast_unsigned).collect();
        let tensors = [
            (WEIGHTS, Dtype::I8, vec![rows, self.classes], weights),
            (STEPS, Dtype::F16, vec![self.classes], bytes(&steps)),
            (IDF, Dtype::F16, vec![self.idf.len()], bytes(&self.idf)),
        ];
        fitted::file(&tensors, examples)
    }

    fn from_bytes(file: &[u8], examples: &str) -> Option<Self> {
        let tensors = fitted::tensors(file, examples)?;
        let read = |name| floats(&tensors.tensor(name).ok()?);
        let weights = tensors.tensor(WEIGHTS).ok()?;
        let (Dtype::I8, [rows, classes]) = (weights.dtype(), weights.shape()) else {
            return None;
        };
        let (idf, steps) = (read(IDF)?, read(STEPS)?);
        let sound = idf.len() == BUCKETS && *rows == FEATURES && steps.len() == *classes;
        let weights = weights.data().iter().zip(steps.iter().cycle());
        let weights = weights.map(|(byte, step)| f32::from(byte.cast_signed()) * step);
        sound.then(|| Self {
            classes: *classes,
            weights: weights.collect(),
            idf,
        })
    }
}

impl Linear {
    /// By class, the step that takes its largest weight to 127; never nothing, and exact in 16 bits.
    fn steps(&self) -> Vec<f32> {
        let mut largest = vec![0f32; self.classes];
        for row in self.weights.chunks(self.classes.max(1)) {
            for (largest, weight) in largest.iter_mut().zip(row) {
                *largest = largest.max(weight.abs());
            }
        }
        let steps = largest.iter().map(|largest| largest / 127.);
        let steps = steps.map(|step| f16::from_f32(step.max(1e-4)).to_f32());
        steps.collect()
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    let halves = values.iter().map(|value| f16::from_f32(*value));
    halves.flat_map(f16::to_le_bytes).collect()
}

fn floats(tensor: &TensorView<'_>) -> Option<Vec<f32>> {
    let halves = tensor.data().chunks_exact(2);
    let floats = halves.map(|half| f16::from_le_bytes([half[0], half[1]]).to_f32());
    (tensor.dtype() == Dtype::F16).then(|| floats.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::grams::grams;
    use crate::engine::linear::Labelled;

    #[test]
    fn a_file_says_what_was_fitted_and_to_what() {
        let texts = [("비가 와요", 0), ("눈이 온다", 0), ("라면 먹자", 1)];
        let examples = texts.map(|(text, class)| Labelled {
            grams: grams(text, 0),
            class,
            weight: 1.,
        });
        let fitted = Linear::fit(examples.into(), 2, 14);
        let file = fitted.to_bytes("three").unwrap();
        let read = Linear::from_bytes(&file, "three").unwrap();
        for text in ["비 온다", "라면"] {
            let pairs = fitted.probabilities(grams(text, 0)).into_iter();
            for (own, other) in pairs.zip(read.probabilities(grams(text, 0))) {
                assert!((own - other).abs() < 2e-2, "{text}: {own} {other}");
            }
        }
        assert!(Linear::from_bytes(&file, "four").is_none());
        assert!(Linear::from_bytes(&file[..file.len() - 1], "three").is_none());
        assert!(Linear::from_bytes(b"{}", "three").is_none());
    }
}
