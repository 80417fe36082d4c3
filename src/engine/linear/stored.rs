//! A fitted classifier as a safetensors file, so that it need not be fitted again where its examples are
//! still the same.

use half::f16;
use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};

use super::{FEATURES, Linear};
use crate::engine::grams::BUCKETS;

/// Metadata: what stands for the examples that it was fitted to.
const EXAMPLES: &str = "examples";
const WEIGHTS: &str = "weights";
/// By class, what a weight of code 1 is.
const STEPS: &str = "steps";
const IDF: &str = "idf";
/// What one of its whole numbers stands for.
const IDF_STEP: &str = "idf_step";

impl Linear {
    /// A file of the classifier, in four bits a weight; `examples` stands for what it was fitted to.
    ///
    /// A weight is `code · |code| · step` with a code from -7 to 7: most weights are small, and their sums
    /// decide. Of two in a byte the first has the lower bits.
    ///
    /// # Errors
    /// When safetensors refuses it.
    pub fn to_bytes(&self, examples: &str) -> Result<Vec<u8>, SafeTensorError> {
        let steps = self.steps();
        let codes: Vec<u8> = self
            .weights
            .iter()
            .zip(steps.iter().cycle())
            .map(|(weight, step)| code(weight / step))
            .collect();
        let weights: Vec<u8> = codes
            .chunks(2)
            .map(|pair| pair[0] | pair.get(1).unwrap_or(&0) << 4)
            .collect();
        let unit = self.idf.iter().copied().fold(1e-4f32, f32::max) / 255.;
        let unit = f16::from_f32(unit).to_f32();
        let idf = self.idf.iter().map(|idf| (idf / unit).round() as u8);
        let tensors = [
            (WEIGHTS, Dtype::U8, vec![weights.len()], weights),
            (STEPS, Dtype::F16, vec![self.classes], bytes(&steps)),
            (IDF, Dtype::U8, vec![self.idf.len()], idf.collect()),
            (IDF_STEP, Dtype::F16, vec![1], bytes(&[unit])),
        ];
        let views = tensors.iter().map(|(name, dtype, shape, data)| {
            Ok((*name, TensorView::new(*dtype, shape.clone(), data)?))
        });
        let views = views.collect::<Result<Vec<_>, SafeTensorError>>()?;
        let metadata = [(EXAMPLES.to_owned(), examples.to_owned())].into();
        safetensors::serialize(views, Some(metadata))
    }

    /// By class, the step that rounds its weights best, of those that cut off the largest ones more or
    /// less; never nothing, and exact in 16 bits.
    fn steps(&self) -> Vec<f32> {
        let of_class = |class| self.weights.iter().skip(class).step_by(self.classes);
        let best = |class| {
            let largest = of_class(class).fold(0f32, |most, weight| most.max(weight.abs()));
            let steps = (4..=10).map(|tenths| {
                let step = largest * tenths as f32 / (10. * LARGEST * LARGEST);
                f16::from_f32(step.max(1e-4)).to_f32()
            });
            let loss = |step: f32| -> f64 {
                let lost = of_class(class).map(|weight| value(code(weight / step)) * step - weight);
                lost.map(|lost| f64::from(lost * lost)).sum()
            };
            let steps = steps.map(|step| (loss(step), step));
            let least = steps.min_by(|a, b| a.0.total_cmp(&b.0));
            least.map_or(1e-4, |(_, step)| step)
        };
        (0..self.classes).map(best).collect()
    }

    /// The classifier of a file; none where it is damaged, or was fitted to other examples.
    pub fn from_bytes(file: &[u8], examples: &str) -> Option<Self> {
        let (_, header) = SafeTensors::read_metadata(file).ok()?;
        let of = header.metadata().as_ref()?.get(EXAMPLES)?;
        if of != examples {
            return None;
        }
        let tensors = SafeTensors::deserialize(file).ok()?;
        let whole = |name| {
            let tensor = tensors.tensor(name).ok()?;
            (tensor.dtype() == Dtype::U8).then(|| tensor.data().to_vec())
        };
        let floats = |name| floats(&tensors.tensor(name).ok()?);
        let (steps, unit) = (floats(STEPS)?, *floats(IDF_STEP)?.first()?);
        let idf = whole(IDF)?.into_iter().map(|idf| f32::from(idf) * unit);
        let idf: Vec<f32> = idf.collect();
        let codes = whole(WEIGHTS)?;
        let codes = codes.into_iter().flat_map(|byte| [byte & 0xf, byte >> 4]);
        let weights = codes.zip(steps.iter().cycle());
        let mut weights: Vec<f32> = weights.map(|(code, step)| value(code) * step).collect();
        let count = FEATURES * steps.len();
        let sound = idf.len() == BUCKETS && weights.len() == count.next_multiple_of(2);
        weights.truncate(count);
        sound.then_some(Self {
            classes: steps.len(),
            weights,
            idf,
        })
    }
}

/// The largest code.
const LARGEST: f32 = 7.;

/// The code of a weight in steps, in the lowest bits.
fn code(weight: f32) -> u8 {
    let code = weight.abs().sqrt().min(LARGEST).copysign(weight).round() as i8;
    code.cast_unsigned() & 0xf
}

/// What a code stands for, in steps.
fn value(code: u8) -> f32 {
    let code = f32::from((code << 4).cast_signed() >> 4);
    code * code.abs()
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
                assert!((own - other).abs() < 4e-2, "{text}: {own} {other}");
            }
        }
        assert!(Linear::from_bytes(&file, "four").is_none());
        assert!(Linear::from_bytes(&file[..file.len() - 1], "three").is_none());
        assert!(Linear::from_bytes(b"{}", "three").is_none());
    }
}
