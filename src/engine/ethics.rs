//! The ethics judge: a message compared with the examples of five categories.
//!
//! It reads a message as it stands and as it may be meant to be read
//! ([`readings`]), in parts that the S-BERT sees whole, and takes
//! the worst of them. Probabilities come from the same comparison as an answer's: nearest examples,
//! ridge regression, a calibrated multinomial; an embedding blurs how a word is spelt, so a linear model
//! over the letters has a say as well (`letters.rs`). The weights of both and the thresholds are
//! calibrated on messages that training did not see ([`calibrate`]).

mod calibrate;
mod evaluate;
mod guard;
mod letters;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use safetensors::SafeTensorError;
use serde::{Deserialize, Serialize};

pub use calibrate::calibrate;
pub use evaluate::{CategoryFigures, EthicsFigures, evaluate};
pub use guard::{EthicsGuard, LoadJudge};

use letters::Letters;

use super::dataset::held_out;
use crate::companion::ethics::{self as boundaries, Thresholds, decide, readings};
use crate::content::companion::{Category, CompanionPack};
use crate::encoder::nearest::{Calibration, Class, Classes, Features, Kind, Without};
use crate::encoder::{EmbeddingCache, Encoder, EncoderError, ModelFiles, Precision, Text};

/// 0 to 1, calibrated.
pub type Probability = f32;

/// Probabilities of [`Category::ALL`] in their order; they sum to 1.
pub type Scores = [Probability; 5];

/// `calibration.json` of role `ethics`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EthicsCalibration {
    /// From cosines to probabilities.
    pub classes: Calibration,
    /// How far either is trusted where they are joined.
    #[serde(default)]
    pub trust: Trust,
    /// From probabilities to offences.
    pub thresholds: Thresholds,
}

/// What the logarithms of the probabilities of either model are multiplied by before they are added.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trust {
    /// Of the comparison with the examples.
    pub examples: f32,
    /// Of the letters.
    pub letters: f32,
}

impl Default for Trust {
    /// The examples alone.
    fn default() -> Self {
        Self {
            examples: 1.,
            letters: 0.,
        }
    }
}

/// What a message is found to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EthicsVerdict {
    /// Its offences, in the order of [`Category::ALL`]; none of an innocent message.
    pub offences: Vec<Category>,
    /// The scores of its worst reading.
    pub scores: Scores,
}

impl EthicsVerdict {
    /// The category that stands for the message: the most probable of its offences, or 일반.
    pub fn category(&self) -> Category {
        let offences = self.offences.iter().copied();
        let most = |a: &Category, b: &Category| {
            self.scores[*a as usize].total_cmp(&self.scores[*b as usize])
        };
        offences.max_by(most).unwrap_or(Category::General)
    }
}

/// The S-BERT `ethics` with its examples.
pub struct EthicsJudge {
    encoder: Encoder,
    cache: EmbeddingCache,
    calibration: EthicsCalibration,
    known: Known,
}

/// The examples of the five categories, ready to be compared with.
struct Known {
    classes: Classes,
    letters: Letters,
}

/// What a text has in common with the examples.
#[derive(Debug, Clone, PartialEq)]
struct Common {
    examples: Features,
    letters: Scores,
}

impl Known {
    fn compare(&self, text: &str, embedding: &[f32]) -> Common {
        Common {
            examples: self.classes.compare(embedding, Without::Nothing),
            letters: self.letters.probabilities(text),
        }
    }
}

impl EthicsJudge {
    /// Loads the model and embeds the pack's examples; their embeddings are kept in `cache`, where given.
    ///
    /// # Errors
    /// When a file of the model is missing or damaged.
    pub fn load(
        files: &ModelFiles,
        base: Option<&ModelFiles>,
        cache: Option<PathBuf>,
        pack: &CompanionPack,
    ) -> Result<Self, EncoderError> {
        let encoder = Encoder::load(files, base, Precision::Int8)?;
        let calibration = files.calibration("ethics")?;
        let mut cache = EmbeddingCache::open(cache, files, base);
        let letters = files.letters.as_deref();
        let known = known(&encoder, &mut cache, pack, letters, |_| true)?;
        Ok(Self {
            encoder,
            cache,
            calibration,
            known,
        })
    }

    /// The thresholds that were calibrated with the model.
    pub fn thresholds(&self) -> Thresholds {
        self.calibration.thresholds
    }

    /// Replaces the calibration.
    pub fn set_calibration(&mut self, calibration: EthicsCalibration) {
        self.calibration = calibration;
    }

    /// `examples.emb` of this model: the embeddings of all examples.
    pub fn examples(&self) -> Vec<u8> {
        self.cache.to_bytes()
    }

    /// `letters.safetensors` of this model: the linear model over letters, fitted to all examples.
    ///
    /// # Errors
    /// When safetensors refuses it.
    pub fn letters(&self) -> Result<Vec<u8>, SafeTensorError> {
        self.known.letters.to_bytes()
    }

    /// Writes new embeddings to disk.
    ///
    /// # Errors
    /// When the file cannot be written; the judge works without it.
    pub fn save_cache(&mut self) -> Result<(), EncoderError> {
        self.cache.save()
    }

    /// Scores of texts, each by itself and as it stands.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn scores_of(&self, texts: &[String]) -> Result<Vec<Scores>, EncoderError> {
        let inputs: Vec<Text> = texts.iter().map(|text| text.as_str().into()).collect();
        let embeddings = self.encoder.encode(&inputs)?;
        let common = texts.iter().zip(&embeddings);
        let common = common.map(|(text, embedding)| self.known.compare(text, embedding));
        Ok(common.map(|c| self.calibration.scores(&c)).collect())
    }

    /// Scores of a message: those of its worst reading.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn scores(&mut self, message: &str) -> Result<Scores, EncoderError> {
        self.judge(message).map(|verdict| verdict.scores)
    }

    /// What a message commits: what any of its readings does.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn judge(&mut self, message: &str) -> Result<EthicsVerdict, EncoderError> {
        let scores = self.scores_of(&readings(message))?;
        Ok(verdict(&self.calibration.thresholds, &scores))
    }
}

/// The verdict over the scores of a message's readings.
pub fn verdict(thresholds: &Thresholds, readings: &[Scores]) -> EthicsVerdict {
    let committed = |readings: &[Scores]| {
        let readings: Vec<boundaries::Scores> = readings.iter().copied().map(named).collect();
        decide(&readings, thresholds)
    };
    let offences = committed(readings).into_iter();
    let offences = offences.filter_map(|offence| Category::from_word(offence.word()));
    let offences = offences.collect();
    let general = Category::General as usize;
    // The worst is the one that commits something; among those, the least harmless.
    let worst = readings.iter().min_by(|a, b| {
        let innocent = |scores: &Scores| committed(&[*scores]).is_empty();
        let order = innocent(a).cmp(&innocent(b));
        order.then(a[general].total_cmp(&b[general]))
    });
    EthicsVerdict {
        offences,
        scores: worst.copied().unwrap_or([0., 0., 0., 0., 1.]),
    }
}

impl EthicsCalibration {
    fn scores(&self, common: &Common) -> Scores {
        self.trust.join(self.by_examples(common), common.letters)
    }

    fn by_examples(&self, common: &Common) -> Scores {
        let probabilities = self.classes.probabilities(&common.examples);
        std::array::from_fn(|i| probabilities.get(i).copied().unwrap_or_default())
    }
}

impl Trust {
    /// The probabilities of both, joined (a logarithmic opinion pool).
    fn join(self, examples: Scores, letters: Scores) -> Scores {
        const LEAST: f32 = 1e-6;
        let joined: Scores = std::array::from_fn(|i| {
            examples[i].max(LEAST).powf(self.examples) * letters[i].max(LEAST).powf(self.letters)
        });
        let sum: f32 = joined.iter().sum();
        joined.map(|p| p / sum)
    }
}

/// Scores by the names of their categories.
fn named([love, politics, family, hate, general]: Scores) -> boundaries::Scores {
    boundaries::Scores {
        love,
        politics,
        family,
        hate,
        general,
    }
}

/// The five categories by those of the pack's examples that `include` accepts. What calls for a memory,
/// or for none, is harmless.
fn known(
    encoder: &Encoder,
    cache: &mut EmbeddingCache,
    pack: &CompanionPack,
    letters: Option<&[u8]>,
    include: impl Fn(&str) -> bool,
) -> Result<Known, EncoderError> {
    let mut classes = Vec::new();
    let mut examples = Vec::new();
    for category in Category::ALL {
        let rows = pack.ethics.iter().filter(|row| row.category == category);
        let mut messages: Vec<&str> = rows.map(|row| row.message.as_str()).collect();
        let mut kind = Kind::Label;
        if category == Category::General {
            kind = Kind::Failure;
            messages.extend(pack.combinations.iter().map(|c| c.message.as_str()));
            messages.extend(pack.none.iter().map(String::as_str));
        }
        messages.retain(|message| include(message));
        let texts: Vec<Text> = messages.iter().map(|message| (*message).into()).collect();
        classes.push(Class {
            kind,
            examples: cache.encode(encoder, &texts)?,
        });
        examples.extend(messages.into_iter().map(|message| (message, category)));
    }
    Ok(Known {
        classes: Classes::new(classes),
        letters: Letters::of(&examples, letters),
    })
}

/// The examples without those that are held out.
fn known_trained(judge: &mut EthicsJudge, pack: &CompanionPack) -> Result<Known, EncoderError> {
    known(&judge.encoder, &mut judge.cache, pack, None, |message| {
        !held_out(message)
    })
}
