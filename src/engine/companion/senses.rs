//! What the authored examples tell of a turn without a language model: the mood of a reply, and what
//! a message says that is worth remembering.

use std::collections::BTreeMap;

use super::head::parse_item;
use super::spans::{Spans, Statement};
use crate::companion::expression::Expression;
use crate::content::exchanges::{Mood, Talk};
use crate::engine::grams::grams;
use crate::engine::linear::{Labelled, Linear, Sight};

/// How much an example of a message without a reply counts.
const MESSAGE_ALONE: f32 = 0.5;

/// A key is remembered where it is more probable than nothing, times this: what is missed is lost, and
/// what is kept can be edited. Of a quarter, a half, three quarters and one, a half had the best F1 on files of
/// exchanges that were left out.
const AGAINST_NOTHING: f32 = 0.5;

/// Spaces of n-grams: what is said to her, and what she says.
const MESSAGE: u8 = 0;
const REPLY: u8 = 1;

/// Tells moods and memories.
#[derive(Debug, Clone, Default)]
pub struct Senses {
    moods: Linear,
    faces: Vec<Expression>,
    keys: Vec<String>,
    memories: Linear,
    spans: Spans,
}

/// Something worth remembering.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    /// Its key.
    pub key: String,
    /// Its value, a part of the message.
    pub value: String,
    /// How probable the key is.
    pub probability: f32,
}

/// `[key: value]`.
impl std::fmt::Display for Remembered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}: {}]", self.key, self.value)
    }
}

impl Senses {
    /// Messages to be embedded for [`Senses::fit`], each with the memory in it: those of the
    /// exchanges, then the statements.
    pub fn statements(talk: &Talk) -> Vec<(&str, &str)> {
        let exchanges = talk.exchanges.iter().flat_map(|exchange| {
            let messages = exchange.messages.iter();
            messages.map(|message| (exchange.memory.as_str(), message.as_str()))
        });
        let own = talk.statements.iter();
        exchanges
            .chain(own.map(|(item, message)| (item.as_str(), message.as_str())))
            .collect()
    }

    /// Learns from all examples; `embeddings` are those of [`Senses::statements`].
    pub fn fit(talk: &Talk, embeddings: &[Vec<f32>]) -> Self {
        let statements = Self::statements(talk);
        let keys: BTreeMap<&str, usize> = statements
            .iter()
            .filter_map(|(item, _)| parse_item(item).map(|(key, _)| (key, 0)))
            .collect();
        let names: Vec<String> = keys.keys().map(|key| (*key).to_owned()).collect();
        // The class before all keys is nothing.
        let class = |item: &str| {
            let key = parse_item(item).map(|(key, _)| key);
            key.and_then(|key| names.iter().position(|name| name == key))
                .map_or(0, |place| place + 1)
        };
        let examples: Vec<Labelled> = statements
            .iter()
            .zip(embeddings)
            .map(|((item, message), embedding)| Labelled {
                sight: told(message, embedding),
                class: class(item),
                weight: 1.,
            })
            .collect();
        let spoken: Vec<Statement<'_>> = statements
            .iter()
            .filter_map(|(item, message)| {
                parse_item(item).map(|(key, value)| (key, *message, value))
            })
            .collect();
        Self {
            moods: Linear::fit(moods(talk), Mood::ALL.len()),
            faces: Mood::ALL
                .iter()
                .map(|mood| talk.persona.face(*mood))
                .collect(),
            memories: Linear::fit(examples, names.len() + 1),
            keys: names,
            spans: Spans::fit(&spoken),
        }
    }

    /// Probabilities of the moods, in the order of [`Mood::ALL`], of a reply to a message; either may
    /// be empty.
    pub fn moods(&self, message: &str, reply: &str) -> Vec<f32> {
        self.moods.probabilities(heard(message, reply))
    }

    /// The likeliest mood with its probability.
    pub fn mood(&self, message: &str, reply: &str) -> (Mood, f32) {
        let probabilities = self.moods(message, reply);
        let all = Mood::ALL.into_iter().zip(probabilities);
        all.fold((Mood::Calm, f32::NEG_INFINITY), |best, next| {
            match next.1 > best.1 {
                true => next,
                false => best,
            }
        })
    }

    /// The face whose moods are the likeliest together.
    pub fn face(&self, message: &str, reply: &str) -> Expression {
        let mut sums: BTreeMap<Expression, f32> = BTreeMap::new();
        for (face, probability) in self.faces.iter().zip(self.moods(message, reply)) {
            *sums.entry(*face).or_default() += probability;
        }
        let best = sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        best.map(|(face, _)| face).unwrap_or_default()
    }

    /// What a message says that is worth remembering.
    pub fn memory(&self, message: &str, embedding: &[f32]) -> Option<Remembered> {
        let probabilities = self.memories.probabilities(told(message, embedding));
        let (nothing, keys) = probabilities.split_first()?;
        let best = keys.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let (place, probability) = best?;
        if *probability < nothing * AGAINST_NOTHING {
            return None;
        }
        let key = self.keys.get(place)?;
        Some(Remembered {
            key: key.clone(),
            value: self.spans.find(key, message)?.to_owned(),
            probability: *probability,
        })
    }

    /// The keys that it knows.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }
}

/// A message with its embedding.
fn told(message: &str, embedding: &[f32]) -> Sight {
    // Embeddings count about as much as twice the n-grams.
    Sight {
        grams: grams(message, MESSAGE),
        dense: embedding.to_vec(),
    }
}

/// A message and a reply.
fn heard(message: &str, reply: &str) -> Sight {
    let mut all = grams(reply, REPLY);
    all.extend(grams(message, MESSAGE));
    Sight {
        grams: all,
        dense: Vec::new(),
    }
}

fn moods(talk: &Talk) -> Vec<Labelled> {
    let mut examples = Vec::new();
    for exchange in &talk.exchanges {
        let class = Mood::ALL.iter().position(|mood| *mood == exchange.mood);
        let class = class.unwrap_or_default();
        let mut add = |message: &str, reply: &str, weight| {
            examples.push(Labelled {
                sight: heard(message, reply),
                class,
                weight,
            });
        };
        for message in &exchange.messages {
            add(message, "", MESSAGE_ALONE);
            for reply in &exchange.replies {
                add(message, reply, 1.);
            }
        }
    }
    examples
}
