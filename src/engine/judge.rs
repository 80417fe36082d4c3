//! The judge: a message compared with the examples of its topic.
//!
//! Nothing here is trained on a topic: an instructor's new file is judged from its examples the
//! moment it is saved. Training sharpens the embeddings, the calibration turns cosines into
//! probabilities.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::dataset::{TopicClass, classes};
use crate::content::inputs::answer_input;
use crate::content::{Pack, Topic, TopicKind};
use crate::encoder::nearest::{Calibration, Class as Examples, Classes, Features, Without};
use crate::encoder::{EmbeddingCache, Encoder, EncoderError, ModelFiles, Precision, Text, cosine};
use crate::interview::{Candidate, Class, Evidence, JudgeRequest, Thresholds};

/// Examples of an intent that stand for it in a topic; there are many topics, and enough in these.
const INTENT_EXAMPLES: usize = 24;

/// A variant is named when its nearest examples are this much nearer than the answer's others.
const VARIANT_MARGIN: f32 = 0.01;

/// `calibration.json`: how this model's cosines become decisions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JudgeCalibration {
    /// From cosines to probabilities.
    pub classes: Calibration,
    /// From probabilities to a verdict.
    pub thresholds: Thresholds,
}

/// A topic's classes with their embeddings.
struct Bank {
    /// What it was made from, to notice an edited file.
    source: (Topic, Vec<Vec<String>>),
    classes: Vec<Class>,
    examples: Classes,
    /// For each variant: its identifier and the examples that name it; then the answer's others.
    variants: Vec<(Option<String>, Vec<Vec<f32>>)>,
}

/// S-BERT no. 1 with the topics it has met.
pub struct Judge {
    encoder: Encoder,
    cache: EmbeddingCache,
    calibration: JudgeCalibration,
    banks: HashMap<(String, Option<String>), Bank>,
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
        let calibration = match &files.calibration {
            Some(json) => serde_json::from_slice(json)
                .map_err(|error| files.malformed("calibration.json", error))?,
            None => JudgeCalibration::default(),
        };
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

    /// The encoder.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Embeds what is missing of a topic's examples, at most `budget` texts; true when all is there.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn prepare(
        &mut self,
        pack: &Pack,
        topic: &Topic,
        budget: usize,
    ) -> Result<bool, EncoderError> {
        for asked in parts(topic) {
            let texts = example_texts(topic, asked, &represented(topic, pack));
            let missing = self.cache.missing(&texts);
            if !missing.is_empty() {
                let all = missing.len() <= budget;
                let now = &missing[..missing.len().min(budget)];
                self.cache.encode(&self.encoder, now)?;
                if !all {
                    return Ok(false);
                }
            }
        }
        Ok(true)
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
            variant: bank.variant(&embeddings[0]),
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

    fn bank(
        &mut self,
        pack: &Pack,
        topic: &Topic,
        asked: Option<&str>,
    ) -> Result<&Bank, EncoderError> {
        let key = (topic.title.clone(), asked.map(str::to_owned));
        let classes = represented(topic, pack);
        let fresh = self.banks.get(&key).is_some_and(|bank| {
            let (known, examples) = &bank.source;
            known == topic && classes.iter().map(|class| &class.examples).eq(examples)
        });
        if !fresh {
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

/// The parts an experience topic asks for one by one; a single `None` elsewhere.
fn parts(topic: &Topic) -> Vec<Option<&str>> {
    if topic.kind == TopicKind::Experience {
        topic.labels().map(Some).collect()
    } else {
        vec![None]
    }
}

/// The topic's classes, each intent by a spread of its examples.
fn represented<'a>(topic: &'a Topic, pack: &'a Pack) -> Vec<TopicClass<'a>> {
    let mut classes = classes(topic, pack);
    for class in &mut classes {
        let n = class.examples.len();
        if matches!(class.class, Class::Intent(_)) && n > INTENT_EXAMPLES {
            class.examples = (0..INTENT_EXAMPLES)
                .map(|i| class.examples[i * n / INTENT_EXAMPLES])
                .collect();
        }
    }
    classes
}

fn owned(class: &TopicClass) -> Vec<String> {
    let examples = class.examples.iter();
    examples.map(|example| (*example).to_owned()).collect()
}

/// The examples as the S-BERT reads them. An answer's example carries its own part; what earns
/// nothing carries the part that was asked for.
fn example_texts(topic: &Topic, asked: Option<&str>, classes: &[TopicClass]) -> Vec<Text> {
    classes
        .iter()
        .flat_map(|class| {
            let own = match &class.class {
                Class::Labels(labels) => labels.first().and_then(|label| topic.answer(label)),
                _ => None,
            };
            let asked = asked.map(|part| own.map_or(part, |answer| &answer.label));
            class
                .examples
                .iter()
                .map(move |message| answer_input(&topic.title, asked, message).into())
        })
        .collect()
}

impl Bank {
    fn new(topic: &Topic, classes: &[TopicClass], embeddings: Vec<Vec<f32>>) -> Self {
        let named: HashMap<&str, &str> = topic
            .answers
            .iter()
            .flat_map(|answer| &answer.variants)
            .flat_map(|variant| {
                let id = variant.id.as_str();
                variant
                    .examples
                    .iter()
                    .map(move |example| (example.as_str(), id))
            })
            .collect();
        let mut variants: Vec<(Option<String>, Vec<Vec<f32>>)> = Vec::new();
        let mut rest = embeddings.into_iter();
        let mut examples = Vec::new();
        for class in classes {
            let own: Vec<Vec<f32>> = rest.by_ref().take(class.examples.len()).collect();
            if !named.is_empty() && matches!(class.class, Class::Labels(_)) {
                for (message, embedding) in class.examples.iter().zip(&own) {
                    let id = named.get(message).map(|id| (*id).to_owned());
                    match variants.iter_mut().find(|(known, _)| *known == id) {
                        Some((_, list)) => list.push(embedding.clone()),
                        None => variants.push((id, vec![embedding.clone()])),
                    }
                }
            }
            examples.push(Examples {
                kind: class.kind,
                examples: own,
            });
        }
        Self {
            source: (topic.clone(), classes.iter().map(owned).collect()),
            classes: classes.iter().map(|class| class.class.clone()).collect(),
            examples: Classes::new(examples),
            variants,
        }
    }

    /// Probability that the message earns a label: the sum over the classes that hold it, or what
    /// one of its sentences earns by itself.
    fn label_probability(&self, label: &str, scores: &[Vec<f32>]) -> f32 {
        scores
            .iter()
            .map(|scores| {
                self.classes
                    .iter()
                    .zip(scores)
                    .filter(|(class, _)| {
                        matches!(class, Class::Labels(labels) if labels.iter().any(|l| l == label))
                    })
                    .map(|(_, score)| score)
                    .sum::<f32>()
            })
            .fold(0., f32::max)
            .min(1.)
    }

    /// The variant whose nearest examples are clearly nearer than all others.
    fn variant(&self, embedding: &[f32]) -> Option<String> {
        let mut ranked: Vec<(&Option<String>, f32)> = self
            .variants
            .iter()
            .map(|(id, examples)| {
                let mut cosines: Vec<f32> = examples.iter().map(|e| cosine(embedding, e)).collect();
                cosines.sort_unstable_by(|a, b| b.total_cmp(a));
                cosines.truncate(3);
                (
                    id,
                    cosines.iter().sum::<f32>() / cosines.len().max(1) as f32,
                )
            })
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let (best, score) = ranked.first()?;
        let runner_up = ranked.get(1).map_or(0., |(_, score)| *score);
        (*score - runner_up > VARIANT_MARGIN).then(|| (*best).clone())?
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
