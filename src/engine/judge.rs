//! The judge: a message compared with the examples of its topic.
//!
//! Nothing here is trained on a topic: an instructor's new file is judged from its examples the
//! moment it is saved. Training sharpens the embeddings, the calibration turns cosines into
//! probabilities.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use bank::{Bank, example_texts, represented};

use crate::content::inputs::answer_input;
use crate::content::{Pack, Topic, TopicKind};
use crate::encoder::nearest::{Calibration, Features, Without};
use crate::encoder::{
    Bits, EmbeddingCache, Encoder, EncoderError, ExampleFile, ModelFiles, Precision, Series, Text,
};
use crate::engine::dataset::OffTopic;
use crate::interview::{Candidate, Class, Evidence, JudgeRequest, Thresholds};

mod bank;
mod variants;

/// `calibration.json`: how this model's cosines become decisions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JudgeCalibration {
    /// From cosines to probabilities.
    pub classes: Calibration,
    /// From probabilities to a verdict.
    pub thresholds: Thresholds,
}

/// S-BERT no. 1 with the topics it has met.
pub struct Judge {
    encoder: Encoder,
    cache: EmbeddingCache,
    calibration: JudgeCalibration,
    banks: HashMap<Key, Bank>,
    /// The pack that `off_topic` was chosen from, to notice an edited one.
    known: Option<Pack>,
    off_topic: OffTopic,
}

impl Judge {
    /// Loads the model; embeddings of examples are kept in `cache`, where given.
    ///
    /// # Errors
    /// When a file of the model is missing or damaged.
    pub fn load(
        files: &ModelFiles,
        base: Option<&ModelFiles>,
        cache: Option<PathBuf>,
    ) -> Result<Self, EncoderError> {
        let encoder = Encoder::load(files, base, Precision::Int8)?;
        let calibration = files.calibration("answer")?;
        Ok(Self::new(
            encoder,
            EmbeddingCache::open(cache, files, base),
            calibration,
        ))
    }

    /// A judge of parts already loaded.
    pub fn new(encoder: Encoder, cache: EmbeddingCache, calibration: JudgeCalibration) -> Self {
        Self {
            encoder,
            cache,
            calibration,
            banks: HashMap::new(),
            known: None,
            off_topic: OffTopic::default(),
        }
    }

    /// Probabilities at which this model's evidence becomes a decision.
    pub fn thresholds(&self) -> Thresholds {
        self.calibration.thresholds
    }

    /// Replaces the calibration.
    pub fn set_calibration(&mut self, calibration: JudgeCalibration) {
        self.calibration = calibration;
    }

    /// Does a little of what a topic's first answer would wait for: embeds at most `budget` of its
    /// examples, or fits its classifier. True when there is nothing left to do.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn prepare(
        &mut self,
        pack: &Pack,
        topic: &Topic,
        budget: usize,
    ) -> Result<bool, EncoderError> {
        self.meet(pack);
        for asked in parts(topic) {
            let classes = represented(topic, pack, &self.off_topic);
            let missing = self.cache.missing(&example_texts(topic, asked, &classes));
            if !missing.is_empty() {
                let now = &missing[..missing.len().min(budget)];
                self.cache.encode(&self.encoder, now)?;
                return Ok(false);
            }
            let known = self.banks.get(&key(topic, asked));
            if !known.is_some_and(|bank| bank.is_of(topic, &classes)) {
                self.bank(pack, topic, asked)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The embeddings of all examples of a pack, to come with the model; where `before` has some, the
    /// others; `None` where it has all.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn example_file(
        &mut self,
        pack: &Pack,
        before: &ModelFiles,
    ) -> Result<Option<ExampleFile>, EncoderError> {
        for topic in &pack.topics {
            while !self.prepare(pack, topic, usize::MAX)? {}
        }
        let before = &before.examples;
        Ok(self.cache.example_file(Series::Own, before, Bits::Eight))
    }

    /// Writes new embeddings to disk.
    ///
    /// # Errors
    /// When the file cannot be written; the judge works without it.
    pub fn save_cache(&mut self) -> Result<(), EncoderError> {
        self.cache.save()
    }

    /// What the message is evidence of. A topic the pack does not hold yields no evidence.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn evidence(
        &mut self,
        pack: &Pack,
        request: &JudgeRequest,
    ) -> Result<Evidence, EncoderError> {
        self.compare(pack, request, Without::Nothing)
    }

    /// As [`Judge::evidence`], for a message that is itself an example: it is not compared with itself.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn evidence_without(
        &mut self,
        pack: &Pack,
        request: &JudgeRequest,
    ) -> Result<Evidence, EncoderError> {
        self.compare(pack, request, Without::Itself)
    }

    fn compare(
        &mut self,
        pack: &Pack,
        request: &JudgeRequest,
        without: Without,
    ) -> Result<Evidence, EncoderError> {
        let Some((_, topic)) = pack.topic(&request.topic) else {
            return Ok(Evidence {
                candidates: Vec::new(),
                labels: Vec::new(),
                hedged: false,
                variant: None,
            });
        };
        let asked = request
            .asked
            .as_deref()
            .filter(|_| topic.kind == TopicKind::Experience);
        let mut messages = vec![request.message.as_str()];
        if topic.answers.len() > 1 {
            messages.extend(sentences(&request.message));
        }
        let texts: Vec<Text> = messages
            .iter()
            .map(|message| answer_input(&topic.title, asked, message).into())
            .collect();
        let embeddings = self.encoder.encode(&texts)?;
        let calibration = self.calibration.classes.clone();
        let bank = self.bank(pack, topic, asked)?;
        let scores: Vec<Vec<f32>> = embeddings
            .iter()
            .map(|embedding| {
                let features = bank.examples.compare(embedding, without);
                calibration.probabilities(&features)
            })
            .collect();
        let mut candidates: Vec<Candidate> = bank
            .classes
            .iter()
            .zip(&scores[0])
            .map(|(class, score)| Candidate {
                class: class.clone(),
                score: *score,
            })
            .collect();
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        let labels = topic
            .labels()
            .map(|label| (label.to_owned(), bank.label_probability(label, &scores)))
            .collect();
        Ok(Evidence {
            candidates,
            labels,
            hedged: is_hedged(&request.message, &pack.intents.hedge_markers),
            variant: bank.variants.named(&embeddings[0]),
        })
    }

    /// Cosine features of a message against the topic's classes, less the message itself; and the
    /// classes. What the calibration is fitted on.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn features(
        &mut self,
        pack: &Pack,
        topic: &Topic,
        asked: Option<&str>,
        message: &str,
    ) -> Result<(Features, Vec<Class>), EncoderError> {
        let text: Text = answer_input(&topic.title, asked, message).into();
        let embedding = self.encoder.encode(&[text])?.remove(0);
        let bank = self.bank(pack, topic, asked)?;
        let features = bank.examples.compare(&embedding, Without::Itself);
        Ok((features, bank.classes.clone()))
    }

    fn meet(&mut self, pack: &Pack) {
        if self.known.as_ref() != Some(pack) {
            self.off_topic = OffTopic::new(pack);
            self.known = Some(pack.clone());
        }
    }

    fn bank(
        &mut self,
        pack: &Pack,
        topic: &Topic,
        asked: Option<&str>,
    ) -> Result<&Bank, EncoderError> {
        self.meet(pack);
        let key = key(topic, asked);
        let classes = represented(topic, pack, &self.off_topic);
        let fresh = self.banks.get(&key);
        if !fresh.is_some_and(|bank| bank.is_of(topic, &classes)) {
            let texts = example_texts(topic, asked, &classes);
            let embeddings = self.cache.encode(&self.encoder, &texts)?;
            let bank = Bank::new(topic, &classes, embeddings);
            self.banks.insert(key.clone(), bank);
        }
        self.banks
            .get(&key)
            .ok_or_else(|| EncoderError::Data(format!("{} has no examples", topic.title)))
    }
}

/// A bank is known by its topic's title and, in an experience topic, the part asked for.
type Key = (String, Option<String>);

fn key(topic: &Topic, asked: Option<&str>) -> Key {
    (topic.title.clone(), asked.map(str::to_owned))
}

/// The parts an experience topic asks for one by one; a single `None` elsewhere.
fn parts(topic: &Topic) -> Vec<Option<&str>> {
    if topic.kind == TopicKind::Experience {
        topic.labels().map(Some).collect()
    } else {
        vec![None]
    }
}

/// The message's sentences, where it has several.
fn sentences(message: &str) -> Vec<&str> {
    let parts: Vec<&str> = message
        .split_inclusive(['.', '?', '!', '\n', ';'])
        .map(str::trim)
        .filter(|part| part.chars().count() >= 6)
        .collect();
    if parts.len() > 1 { parts } else { Vec::new() }
}

/// Whether a phrase that marks a hedge stands in the message, spaces and case apart.
fn is_hedged(message: &str, markers: &[String]) -> bool {
    let squeeze = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let message = squeeze(message);
    let mut markers = markers.iter().map(|marker| squeeze(marker));
    markers.any(|marker| !marker.is_empty() && message.contains(&marker))
}

#[cfg(test)]
mod tests;
