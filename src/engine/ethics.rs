//! The ethics judge: a message compared with the examples of five categories.
//!
//! It reads a message as it stands and as it may be meant to be read
//! ([`readings`]), in parts that the S-BERT sees whole, and takes
//! the worst of them. Three experts have a say ([`Pool`]): the ethics S-BERT and the base that it was
//! tuned from, each by the same comparison as an answer's (nearest examples, ridge regression, a
//! calibrated multinomial); and, since an embedding blurs how a word is spelt, a linear model over the
//! letters (`letters.rs`). How far each is trusted, and the thresholds, are calibrated on messages that
//! training did not see ([`calibrate()`]).

mod calibrate;
mod evaluate;
mod guard;
mod letters;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use rayon::prelude::*;
use safetensors::SafeTensorError;
use serde::{Deserialize, Serialize};

pub use calibrate::calibrate;
pub use evaluate::{CategoryFigures, EthicsFigures, evaluate};
pub use guard::{EthicsGuard, LoadJudge};

use letters::Letters;

use super::dataset::{bucket, held_out};
use super::eyes::{Eyes, View};
use super::fitted::FitCache;
use super::pool::Pool;
use crate::companion::ethics::{self as boundaries, Thresholds, WHOLE, decide, readings};
use crate::content::companion::{Category, CompanionPack, Plain};
use crate::encoder::nearest::{Class, Classes, Features, Kind, Without};
use crate::encoder::{EncoderError, ExampleFile, ModelFiles};

/// 0 to 1, calibrated.
pub type Probability = f32;

/// Probabilities of [`Category::ALL`] in their order; they sum to 1.
pub type Scores = [Probability; 5];

/// `calibration.json` of role `ethics`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EthicsCalibration {
    /// From what the experts see to probabilities.
    #[serde(default)]
    pub pool: Pool,
    /// From probabilities to offences.
    pub thresholds: Thresholds,
    /// The same in an interview, where hardly anybody offends and everybody answers.
    #[serde(default)]
    pub interview: Thresholds,
    /// What the odds that a message is harmless are multiplied by where it is short: among messages of a
    /// few words offences are much rarer than among those that the probabilities were fitted to.
    #[serde(default = "as_they_are")]
    pub short: f32,
}

fn as_they_are() -> f32 {
    1.
}

impl Default for EthicsCalibration {
    fn default() -> Self {
        Self {
            pool: Pool::default(),
            thresholds: Thresholds::default(),
            interview: Thresholds::default(),
            short: as_they_are(),
        }
    }
}

/// A message of fewer characters is short.
const SHORT: usize = 14;

/// Whether a message is short, and written as everybody writes: with digits, letters of other alphabets or
/// parts of syllables among its letters it may be meant to be read otherwise.
fn is_short(message: &str) -> bool {
    let odd = |c: char| c.is_ascii_alphanumeric() || matches!(c, 'ㄱ'..='ㅣ');
    let laughs = |c: char| matches!(c, 'ㅋ' | 'ㅎ' | 'ㅠ' | 'ㅜ');
    message.chars().count() < SHORT && !message.chars().any(|c| odd(c) && !laughs(c))
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
    eyes: Eyes,
    calibration: EthicsCalibration,
    known: Known,
    /// Short messages that are never an offence.
    plain: Plain,
}

/// The examples of the five categories, ready to be compared with.
struct Known {
    /// By eye.
    classes: Vec<Classes>,
    letters: Letters,
}

/// What a text has in common with the examples.
#[derive(Debug, Clone, PartialEq)]
struct Common {
    /// By eye.
    examples: Vec<Features>,
    letters: Scores,
}

impl Known {
    fn compare(&self, text: &str, view: &View) -> Common {
        let eyes = self.classes.iter().zip(view);
        let examples = eyes.map(|(classes, seen)| classes.compare(seen, Without::Nothing));
        Common {
            examples: examples.collect(),
            letters: self.letters.probabilities(text),
        }
    }

    fn of(&self, eyes: &Eyes, texts: &[String]) -> Result<Vec<Common>, EncoderError> {
        let views = eyes.see(texts)?;
        let texts = texts.par_iter().zip(&views);
        Ok(texts.map(|(text, view)| self.compare(text, view)).collect())
    }
}

impl EthicsJudge {
    /// Loads the model and embeds the pack's examples; their embeddings, and what is fitted to them, are
    /// kept in the folder `cache`, where given.
    ///
    /// # Errors
    /// When a file of the model is missing or damaged.
    pub fn load(
        files: &ModelFiles,
        base: Option<&ModelFiles>,
        cache: Option<PathBuf>,
        pack: &CompanionPack,
    ) -> Result<Self, EncoderError> {
        let mut eyes = Eyes::load(files, base, cache.clone())?;
        let calibration = files.calibration("ethics")?;
        let kept = FitCache::new(cache);
        let letters =
            |messages: &[(&str, Category)]| Letters::of(messages, files.letters.as_deref(), &kept);
        let known = known(&mut eyes, pack, |_| true, letters)?;
        Ok(Self {
            eyes,
            calibration,
            known,
            plain: pack.plain.clone(),
        })
    }

    /// What was calibrated with the model.
    pub fn calibration(&self) -> &EthicsCalibration {
        &self.calibration
    }

    /// Replaces the calibration.
    pub fn set_calibration(&mut self, calibration: EthicsCalibration) {
        self.calibration = calibration;
    }

    /// The embeddings of all examples, to come with the model; where `before` has some, the others.
    pub fn example_files(&self, before: &ModelFiles) -> Vec<ExampleFile> {
        self.eyes.example_files(before)
    }

    /// `letters.safetensors` of this model: the linear model over letters, fitted to all examples.
    ///
    /// # Errors
    /// When safetensors refuses it.
    pub fn letters(&self) -> Result<Vec<u8>, SafeTensorError> {
        self.known.letters.to_bytes()
    }

    /// Lets go of what only a training needs.
    pub fn settle(&mut self) {
        self.eyes.forget_examples();
    }

    /// Writes new embeddings to disk.
    ///
    /// # Errors
    /// When the file cannot be written; the judge works without it.
    pub fn save_cache(&mut self) -> Result<(), EncoderError> {
        self.eyes.save()
    }

    /// Scores of the readings of a message, each by itself and as it stands; of one that is plainly
    /// harmless, certainty.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn scores_of(&self, texts: &[String]) -> Result<Vec<Scores>, EncoderError> {
        let message = texts.first().map_or("", String::as_str);
        if message.chars().count() < WHOLE && self.plain.contains(message) {
            return Ok(vec![[0., 0., 0., 0., 1.]; texts.len()]);
        }
        let common = self.known.of(&self.eyes, texts)?;
        let scores = common.iter().map(|common| self.calibration.scores(common));
        Ok(match texts.len() == 1 && is_short(message) {
            true => scores.map(|s| self.calibration.of_short(s)).collect(),
            false => scores.collect(),
        })
    }

    /// What a message commits by these thresholds: what any of its readings does.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn judge(
        &self,
        message: &str,
        thresholds: &Thresholds,
    ) -> Result<EthicsVerdict, EncoderError> {
        let scores = self.scores_of(&readings(message))?;
        Ok(verdict(thresholds, &scores))
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
        let letters = [common.letters.to_vec()];
        let probabilities = self.pool.probabilities(&common.examples, &letters);
        std::array::from_fn(|i| probabilities.get(i).copied().unwrap_or_default())
    }

    /// Scores of a text that is short.
    fn of_short(&self, mut scores: Scores) -> Scores {
        scores[Category::General as usize] *= self.short;
        let sum: f32 = scores.iter().sum();
        scores.map(|score| score / sum)
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

/// Of the messages about memories one in this many is an example: they are many, and seldom near what
/// offends.
const MEMORY_SHARE: u64 = 3;

/// The five categories by those of the pack's examples that `include` accepts. What calls for a memory,
/// or for none, is harmless.
fn known(
    eyes: &mut Eyes,
    pack: &CompanionPack,
    include: impl Fn(&str) -> bool,
    letters: impl FnOnce(&[(&str, Category)]) -> Letters,
) -> Result<Known, EncoderError> {
    let rows = pack.ethics.iter();
    let rows = rows.map(|row| (row.message.as_str(), row.category));
    let combinations = pack.combinations.iter().map(|c| c.message.as_str());
    let memory = combinations.chain(pack.none.iter().map(String::as_str));
    let memory = memory.filter(|message| bucket(message, MEMORY_SHARE) == 0);
    let memory = memory.map(|message| (message, Category::General));
    let examples = rows.chain(memory).filter(|(message, _)| include(message));
    let examples: Vec<(&str, Category)> = examples.collect();
    let messages: Vec<&str> = examples.iter().map(|(message, _)| *message).collect();
    let classes = eyes.examples(&messages)?.into_iter().map(|embeddings| {
        let mut classes = Category::ALL.map(|category| Class {
            kind: match category {
                Category::General => Kind::Failure,
                _ => Kind::Label,
            },
            examples: Vec::new(),
        });
        for (embedding, (_, category)) in embeddings.into_iter().zip(&examples) {
            classes[*category as usize].examples.push(embedding);
        }
        Classes::centred(classes.into())
    });
    Ok(Known {
        classes: classes.collect(),
        letters: letters(&examples),
    })
}

/// The examples without those that are held out.
fn known_trained(judge: &mut EthicsJudge, pack: &CompanionPack) -> Result<Known, EncoderError> {
    let included = |message: &str| !held_out(message);
    known(&mut judge.eyes, pack, included, Letters::fit)
}
