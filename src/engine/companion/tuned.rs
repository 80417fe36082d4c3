//! The heads' classifiers: what the memory head and the expression head have learned by heart of the
//! authored examples, joined with what the [senses](super::senses) make of them anew at each start.
//!
//! A classifier looks through an adapter of its own at the base S-BERT and knows what sentences mean; the
//! senses know words, and whatever was added to the pack since. A logarithmic pool
//! ([`crate::engine::pool`]) hears both, each trusted as it earned on examples that neither had seen.

mod lessons;

use serde::{Deserialize, Serialize};

pub use lessons::{HeldOutFigures, Lessons};

use super::head::Head;
use crate::encoder::{Classifier, EncoderError, ModelFiles, Text};
use crate::engine::pool::join;

/// How a head's classifier is heard; `calibration.json` beside it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeadCalibration {
    /// What the logarithms of the probabilities are multiplied by: those of the senses, those of the
    /// classifier.
    pub trust: [f32; 2],
    /// A memory is kept where its key is at least as probable as nothing, times this.
    pub against_nothing: f32,
}

/// A head's classifier, as it is heard.
pub struct Tuned {
    head: Head,
    classifier: Classifier,
    calibration: HeadCalibration,
    /// By class of the senses, its place among those of the classifier; none for one that came later.
    places: Vec<Option<usize>>,
}

/// The files of a head's classifier.
pub struct TunedFiles {
    /// What error messages call it.
    pub name: String,
    /// `classifier.safetensors`.
    pub classifier: Vec<u8>,
    /// `calibration.json`.
    pub calibration: Vec<u8>,
}

/// What the memory head reads of a message.
pub fn told(message: &str) -> Text {
    Text {
        head: PREFIX.to_owned(),
        body: message.to_owned(),
        tail: String::new(),
    }
}

/// What the expression head reads of a message and the reply to it, which may be none yet.
pub fn heard(message: &str, reply: &str) -> Text {
    Text {
        tail: match reply {
            "" => String::new(),
            reply => format!(" -> {reply}"),
        },
        ..told(message)
    }
}

/// The base model's own.
const PREFIX: &str = "query: ";

impl Tuned {
    /// Loads a classifier over `base`.
    ///
    /// # Errors
    /// When the base cannot be loaded, or a file is damaged or of another base.
    pub fn load(head: Head, base: &ModelFiles, files: &TunedFiles) -> Result<Self, EncoderError> {
        let classifier = Classifier::load(base, &files.name, &files.classifier)?;
        let calibration = serde_json::from_slice(&files.calibration).map_err(|error| {
            EncoderError::Malformed {
                model: files.name.clone(),
                file: "calibration.json",
                reason: error.to_string(),
            }
        })?;
        Ok(Self {
            head,
            classifier,
            calibration,
            places: Vec::new(),
        })
    }

    /// The head that it is for.
    pub fn head(&self) -> Head {
        self.head
    }

    /// What was calibrated with it.
    pub fn calibration(&self) -> HeadCalibration {
        self.calibration
    }

    /// From now on it is heard beside senses with these classes.
    #[must_use]
    pub fn beside(mut self, classes: &[String]) -> Self {
        let own = self.classifier.classes();
        let place = |class| own.iter().position(|known| known == class);
        self.places = classes.iter().map(place).collect();
        self
    }

    /// What the senses say of a text, and the classifier, together. Of a class that it does not know it
    /// has no opinion; where it fails, the senses stand alone.
    pub fn joined(&self, senses: Vec<f32>, text: Text) -> Vec<f32> {
        let said = match self.classifier.probabilities(&[text]) {
            Ok(mut said) => said.pop().unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, head = %self.head, "the head's classifier failed");
                return senses;
            }
        };
        let said = in_order(&senses, &said, &self.places);
        join(&[senses, said], |voice| self.calibration.trust[voice])
    }
}

/// What a classifier said in the order of the senses' classes, which stand in where it knows none.
fn in_order(senses: &[f32], said: &[f32], places: &[Option<usize>]) -> Vec<f32> {
    let known = senses.iter().zip(places);
    let known = known.map(|(own, place)| place.and_then(|place| said.get(place)).unwrap_or(own));
    known.copied().collect()
}

/// The likeliest class but the first, which is nothing, where it stands up to nothing times `bar`.
pub fn kept(probabilities: &[f32], bar: f32) -> Option<usize> {
    let (nothing, keys) = probabilities.split_first()?;
    let best = keys.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    let (place, probability) = best?;
    (*probability >= nothing * bar).then_some(place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_that_came_later_is_left_to_the_senses() {
        let senses = [0.2, 0.5, 0.3];
        let said = in_order(&senses, &[0.9, 0.1], &[Some(1), None, Some(0)]);
        assert_eq!(said, [0.1, 0.5, 0.9]);
    }

    #[test]
    fn nothing_is_kept_unless_a_key_stands_up_to_nothing() {
        assert_eq!(kept(&[0.5, 0.2, 0.3], 0.5), Some(2));
        assert_eq!(kept(&[0.5, 0.2, 0.3], 0.7), None);
        assert_eq!(kept(&[1.], 0.5), None);
        assert_eq!(kept(&[], 0.5), None);
    }

    #[test]
    fn a_reply_is_never_cut_off_for_a_long_message() {
        let text = heard("비 온다", "우산 챙겨!");
        assert_eq!(text.to_string(), "query: 비 온다 -> 우산 챙겨!");
        assert_eq!(text.tail, " -> 우산 챙겨!");
        assert_eq!(heard("비 온다", ""), told("비 온다"));
    }
}
