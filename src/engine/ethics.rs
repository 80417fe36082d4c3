//! The ethics judge: a message compared with the examples of five categories.
//!
//! It reads a message as it stands and as it may be meant to be read
//! ([`readings`]), in parts that the S-BERT sees whole, and takes
//! the worst of them. Probabilities come from the same comparison as an answer's: nearest examples,
//! ridge regression, a calibrated multinomial. The thresholds are calibrated on messages that training
//! did not see ([`calibrate`]).

mod calibrate;
mod evaluate;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use calibrate::calibrate;
pub use evaluate::{CategoryFigures, EthicsFigures, evaluate};

use super::dataset::held_out;
use crate::companion::ethics::readings;
use crate::content::companion::{Category, CompanionPack};
use crate::encoder::nearest::{Calibration, Class, Classes, Features, Kind, Without};
use crate::encoder::{EmbeddingCache, Encoder, EncoderError, ModelFiles, Precision, Text};

/// 0 to 1, calibrated.
pub type Probability = f32;

/// Probabilities of [`Category::ALL`] in their order; they sum to 1.
pub type Scores = [Probability; 5];

/// Probabilities from which a text counts as an offence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// For a declaration of love.
    #[serde(rename = "사랑 고백/만남")]
    pub love: Probability,
    /// For politics.
    #[serde(rename = "정치")]
    pub politics: Probability,
    /// For insults to parents.
    #[serde(rename = "패드립")]
    pub family: Probability,
    /// For hate.
    #[serde(rename = "혐오/기타")]
    pub hate: Probability,
    /// A text that is harmless with at least this probability is no offence.
    #[serde(rename = "일반")]
    pub general: Probability,
}

impl Default for Thresholds {
    /// Those of spec.md, for a model that is not calibrated.
    fn default() -> Self {
        Self {
            love: 0.98,
            politics: 0.95,
            family: 0.90,
            hate: 0.90,
            general: 0.5,
        }
    }
}

impl Thresholds {
    /// The threshold of a category.
    pub fn of(&self, category: Category) -> Probability {
        match category {
            Category::Love => self.love,
            Category::Politics => self.politics,
            Category::Family => self.family,
            Category::Hate => self.hate,
            Category::General => self.general,
        }
    }

    fn of_mut(&mut self, category: Category) -> &mut Probability {
        match category {
            Category::Love => &mut self.love,
            Category::Politics => &mut self.politics,
            Category::Family => &mut self.family,
            Category::Hate => &mut self.hate,
            Category::General => &mut self.general,
        }
    }

    /// The offences of one reading.
    pub fn hits(&self, scores: &Scores) -> impl Iterator<Item = Category> {
        let (scores, thresholds) = (*scores, *self);
        let [offences @ .., general] = Category::ALL;
        let harmless = scores[general as usize] >= thresholds.general;
        let hit = move |c: &Category| scores[*c as usize] >= thresholds.of(*c);
        offences.into_iter().filter(move |c| !harmless && hit(c))
    }
}

/// `calibration.json` of role `ethics`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EthicsCalibration {
    /// From cosines to probabilities.
    pub classes: Calibration,
    /// From probabilities to offences.
    pub thresholds: Thresholds,
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
    classes: Classes,
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
        let calibration = match &files.calibration {
            Some(json) => {
                serde_json::from_slice(json).map_err(|error| EncoderError::Calibration {
                    model: files.name.clone(),
                    role: "ethics",
                    reason: error.to_string(),
                })?
            }
            None => EthicsCalibration::default(),
        };
        let mut cache = EmbeddingCache::open(cache, files, base);
        let classes = classes(&encoder, &mut cache, pack, |_| true)?;
        Ok(Self {
            encoder,
            cache,
            calibration,
            classes,
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
        let texts: Vec<Text> = texts.iter().map(|text| text.as_str().into()).collect();
        let embeddings = self.encoder.encode(&texts)?;
        Ok(embeddings
            .iter()
            .map(|embedding| {
                let features = self.classes.compare(embedding, Without::Nothing);
                scores(&self.calibration.classes, &features)
            })
            .collect())
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
    let mut offences: Vec<Category> = readings.iter().flat_map(|s| thresholds.hits(s)).collect();
    offences.sort_unstable();
    offences.dedup();
    let general = Category::General as usize;
    // The worst is the one that commits something; among those, the least harmless.
    let worst = readings.iter().min_by(|a, b| {
        let innocent = |scores: &Scores| thresholds.hits(scores).next().is_none();
        let order = innocent(a).cmp(&innocent(b));
        order.then(a[general].total_cmp(&b[general]))
    });
    EthicsVerdict {
        offences,
        scores: worst.copied().unwrap_or([0., 0., 0., 0., 1.]),
    }
}

fn scores(calibration: &Calibration, features: &Features) -> Scores {
    let probabilities = calibration.probabilities(features);
    std::array::from_fn(|i| probabilities.get(i).copied().unwrap_or_default())
}

/// The five categories by those of the pack's examples that `include` accepts. What calls for a memory,
/// or for none, is harmless.
fn classes(
    encoder: &Encoder,
    cache: &mut EmbeddingCache,
    pack: &CompanionPack,
    include: impl Fn(&str) -> bool,
) -> Result<Classes, EncoderError> {
    let mut classes = Vec::new();
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
        let texts: Vec<Text> = messages.into_iter().map(Text::from).collect();
        classes.push(Class {
            kind,
            examples: cache.encode(encoder, &texts)?,
        });
    }
    Ok(Classes::new(classes))
}

/// The examples without those that are held out.
fn classes_trained(judge: &mut EthicsJudge, pack: &CompanionPack) -> Result<Classes, EncoderError> {
    classes(&judge.encoder, &mut judge.cache, pack, |message| {
        !held_out(message)
    })
}
