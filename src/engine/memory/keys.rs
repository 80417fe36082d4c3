//! Which key a message calls for, told by the messages of the combinations that it is like.
//!
//! A memory and a message seldom share a word ("[건강: 허리 디스크]", "하루종일 앉아 있으니까 죽겠네"); the messages that
//! call for the same key lie nearer. A key that no combination has is left to the cosine alone.

use std::collections::HashMap;

use crate::content::companion::CompanionPack;
use crate::encoder::nearest::{Calibration, Class, Classes, Features, Kind, Without};
use crate::encoder::{EmbeddingCache, Encoder, EncoderError, Text};
use crate::engine::dataset::{same_key, word_overlap};

/// Number of a known key.
pub type KeyId = usize;

/// The known keys with the messages that call for them.
pub(super) struct Keys {
    numbers: HashMap<String, KeyId>,
    /// A class by key, and behind them that of the messages that call for none.
    classes: Classes,
    /// [keys × keys]: what their memories have in common, by words.
    overlap: Vec<Vec<f32>>,
}

impl Keys {
    /// The keys of the combinations whose messages `include` accepts.
    ///
    /// # Errors
    /// When the encoder fails.
    pub(super) fn new(
        encoder: &Encoder,
        cache: &mut EmbeddingCache,
        pack: &CompanionPack,
        include: impl Fn(&str) -> bool,
    ) -> Result<Self, EncoderError> {
        let mut names: Vec<&str> = Vec::new();
        let mut messages: Vec<Vec<Text>> = Vec::new();
        for combination in &pack.combinations {
            let key = same_key(&combination.key);
            let number = names.iter().position(|name| *name == key);
            let number = number.unwrap_or_else(|| {
                names.push(key);
                messages.push(Vec::new());
                names.len() - 1
            });
            if include(&combination.message) {
                messages[number].push(combination.message.as_str().into());
            }
        }
        let none = pack.none.iter().filter(|message| include(message));
        let none: Vec<Text> = none.map(|message| message.as_str().into()).collect();
        let mut classes = Vec::with_capacity(names.len() + 1);
        for (kind, texts) in messages
            .iter()
            .map(|texts| (Kind::Label, texts))
            .chain([(Kind::Failure, &none)])
        {
            classes.push(Class {
                kind,
                examples: cache.encode(encoder, texts)?,
            });
        }
        let row = |a: &&str| names.iter().map(|b| word_overlap(a, b)).collect();
        Ok(Self {
            overlap: names.iter().map(row).collect(),
            classes: Classes::new(classes),
            numbers: names.into_iter().map(str::to_owned).zip(0..).collect(),
        })
    }

    /// The number of a key, where combinations have it.
    pub(super) fn number(&self, key: &str) -> Option<KeyId> {
        self.numbers.get(same_key(key)).copied()
    }

    /// What stands for messages that call for no memory.
    pub(super) fn none(&self) -> KeyId {
        self.numbers.len()
    }

    /// What a message has in common with those of each key.
    pub(super) fn compare(&self, message: &[f32]) -> Features {
        self.classes.compare(message, Without::Nothing)
    }

    /// By key, how much its memories are expected to have in common with what the message calls for.
    pub(super) fn expected(&self, calibration: &Calibration, message: &Features) -> Vec<f32> {
        let probabilities = calibration.probabilities(message);
        let expected = |row: &Vec<f32>| {
            let pairs = row.iter().zip(&probabilities);
            pairs.map(|(overlap, p)| overlap * p).sum()
        };
        self.overlap.iter().map(expected).collect()
    }
}
