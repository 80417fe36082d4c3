//! Which key a message calls for, told by the messages of the combinations that it is like.
//!
//! A memory and a message seldom share a word ("[건강: 허리 디스크]", "하루종일 앉아 있으니까 죽겠네"); the messages that
//! call for the same key lie nearer. A key that no combination has is left to the cosine alone.

use std::collections::HashMap;

use super::echo::{Echo, loudness};
use super::words::Words;
use crate::content::companion::CompanionPack;
use crate::encoder::centre::{centred, mean};
use crate::encoder::nearest::{Class, Classes, Features, Kind, Without};
use crate::encoder::{EncoderError, Packed};
use crate::engine::dataset::{same_key, word_overlap};
use crate::engine::eyes::{Eyes, View};
use crate::engine::fitted::FitCache;

/// Number of a known key.
pub type KeyId = usize;

/// The known keys with the messages that call for them.
pub(super) struct Keys {
    numbers: HashMap<String, KeyId>,
    /// By eye: a class by key, and behind them that of the messages that call for none.
    classes: Vec<Classes>,
    /// The same classes by words.
    words: Words,
    /// By key, the memories of its messages, in their order, as the last eye sees them.
    memories: Vec<Vec<Packed>>,
    /// What all those memories have in common.
    centre: Vec<f32>,
    /// [keys × keys]: what their memories have in common, by words.
    overlap: Vec<Vec<f32>>,
}

/// What a message has in common with those of each key.
pub(super) struct Likeness {
    /// By eye.
    pub(super) features: Vec<Features>,
    /// Probabilities of the keys, and behind them of none, by words.
    pub(super) words: Vec<f32>,
    /// By key, how loud each of its messages sounds in this one: by their cosine, the mean of what the
    /// eyes say.
    pub(super) loud: Vec<Vec<f32>>,
}

impl Keys {
    /// The keys of the combinations whose messages `include` accepts; what is fitted to them is in
    /// `kept`.
    ///
    /// # Errors
    /// When an encoder fails.
    pub(super) fn new(
        eyes: &mut Eyes,
        pack: &CompanionPack,
        kept: &FitCache,
        include: impl Fn(&str) -> bool,
    ) -> Result<Self, EncoderError> {
        let mut names: Vec<&str> = Vec::new();
        let mut keys = Vec::new();
        let (mut messages, mut items) = (Vec::new(), Vec::new());
        for combination in &pack.combinations {
            let key = same_key(&combination.key);
            let number = names.iter().position(|name| *name == key);
            let number = number.unwrap_or_else(|| {
                names.push(key);
                names.len() - 1
            });
            if include(&combination.message) {
                keys.push(number);
                messages.push(combination.message.as_str());
                items.push(combination.item());
            }
        }
        let none = pack.none.iter().map(String::as_str);
        messages.extend(none.filter(|message| include(message)));
        let none = names.len();
        let owner = |place: usize| keys.get(place).copied().unwrap_or(none);
        let owned = messages
            .iter()
            .zip(0..)
            .map(|(m, place)| (*m, owner(place)));
        let words = Words::of(&owned.collect::<Vec<_>>(), none + 1, kept);
        let classes = eyes.examples(&messages)?.into_iter().map(|embeddings| {
            let mut classes: Vec<Class> = (0..=none)
                .map(|key| Class {
                    kind: if key == none {
                        Kind::Failure
                    } else {
                        Kind::Label
                    },
                    examples: Vec::new(),
                })
                .collect();
            for (place, embedding) in embeddings.into_iter().enumerate() {
                classes[owner(place)].examples.push(embedding);
            }
            Classes::centred(classes)
        });
        let classes = classes.collect();
        let embeddings = eyes.last_examples(&items)?;
        let centre = mean(embeddings.iter().map(Packed::embedding));
        let mut memories = vec![Vec::new(); none];
        for (key, embedding) in keys.iter().zip(&embeddings) {
            memories[*key].push(Packed::new(&centred(&embedding.embedding(), &centre)));
        }
        let row = |a: &&str| names.iter().map(|b| word_overlap(a, b)).collect();
        Ok(Self {
            overlap: names.iter().map(row).collect(),
            classes,
            words,
            memories,
            centre,
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
    pub(super) fn compare(&self, message: &str, view: &View) -> Likeness {
        let mut sums: Vec<Vec<f32>> = Vec::new();
        let mut features = Vec::with_capacity(view.len());
        for (classes, seen) in self.classes.iter().zip(view) {
            let cosines = classes.cosines(seen);
            sums.resize(cosines.len(), Vec::new());
            for (sums, cosines) in sums.iter_mut().zip(&cosines) {
                sums.resize(cosines.len(), 0.);
                for (sum, cosine) in sums.iter_mut().zip(cosines) {
                    *sum += cosine / view.len() as f32;
                }
            }
            features.push(classes.features(seen, cosines, Without::Nothing));
        }
        sums.iter_mut()
            .flatten()
            .for_each(|cosine| *cosine = loudness(*cosine));
        Likeness {
            features,
            words: self.words.probabilities(message),
            loud: sums,
        }
    }

    /// The memories of a key that one is like, as the last eye sees it.
    pub(super) fn echo(&self, key: KeyId, memory: &[f32]) -> Echo {
        let memory = centred(memory, &self.centre);
        let known = self.memories[key].iter();
        Echo::new(known.map(|known| known.cosine(&memory)))
    }

    /// By key, how much its memories are expected to have in common with what is called for with these
    /// probabilities.
    pub(super) fn expected(&self, probabilities: &[f32]) -> Vec<f32> {
        let expected = |row: &Vec<f32>| {
            let pairs = row.iter().zip(probabilities);
            pairs.map(|(overlap, p)| overlap * p).sum()
        };
        self.overlap.iter().map(expected).collect()
    }
}
