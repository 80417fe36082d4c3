//! The memory finder: which of the things remembered does a message call for?
//!
//! Items are embedded once and kept in eight bits a dimension ([`ItemEmbeddings`]); a message is
//! embedded once and compared with all of them in one pass. Where an item's key is one of the pack's, what
//! calls for the key counts beside the cosine (`keys.rs`), and so does how messages sound that call for
//! items like it (`echo.rs`); how much of each, [`calibrate()`] finds. Two questions are answered: how
//! much an item's key has in common with what is called for ([`MemoryFinder::overlaps`], what the S-BERT is
//! trained on), and how likely it is the one ([`MemoryFinder::choices`], by which one is chosen).

mod calibrate;
mod echo;
mod embeddings;
mod evaluate;
mod items;
mod keys;
#[cfg(test)]
mod tests;
mod words;

use std::path::PathBuf;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use calibrate::calibrate;
pub use embeddings::ItemEmbeddings;
pub use evaluate::{
    ConversationFigures, MemoryFigures, evaluate_combinations, evaluate_conversations,
};
pub use items::Items;

use echo::Echo;
use items::Placed;
use keys::{KeyId, Keys, Likeness};

use crate::content::companion::CompanionPack;
use crate::encoder::metrics::argmax;
use crate::encoder::{EncoderError, ExampleFile, ModelFiles, Packed};
use crate::engine::eyes::{Eyes, View};
use crate::engine::fitted::FitCache;
use crate::engine::logistic::{Logistic, log_odds};
use crate::engine::pool::Pool;

/// `calibration.json` of role `memory`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemoryCalibration {
    /// From the cosine alone to the chance that an item is the one, for items whose key no combination
    /// has; where there is none, the cosine itself.
    pub curve: Option<Logistic>,
    /// Of items whose key is known.
    #[serde(default)]
    pub keys: Option<ByKey>,
    /// Chance from which the best item is taken.
    pub threshold: f32,
    /// The cosine of two keys under the base S-BERT that counts as nothing in common, where the second
    /// target is measured.
    pub base_floor: f32,
}

/// From what is seen of a message and an item whose key is known to what they have in common. Either
/// regression is over the cosine, the log-odds of what is told by the messages of the key, and the
/// item's echo.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ByKey {
    /// From the messages of the keys to probabilities.
    pub pool: Pool,
    /// How much the item's key has in common with what is called for.
    pub overlap: Logistic,
    /// How likely it is the one.
    pub choice: Logistic,
}

impl Default for MemoryCalibration {
    /// The threshold of spec.md, for a model that is not calibrated.
    fn default() -> Self {
        Self {
            curve: None,
            keys: None,
            threshold: 0.6,
            base_floor: 0.,
        }
    }
}

/// The S-BERT `memory` with the messages that call for memories.
pub struct MemoryFinder {
    eyes: Eyes,
    calibration: MemoryCalibration,
    keys: Keys,
}

impl MemoryFinder {
    /// Loads the model and embeds the pack's messages; their embeddings are kept in `cache`, where given.
    ///
    /// # Errors
    /// When a file of the model is missing or damaged.
    pub fn load(
        files: &ModelFiles,
        base: Option<&ModelFiles>,
        cache: Option<PathBuf>,
        pack: &CompanionPack,
    ) -> Result<Self, EncoderError> {
        let calibration = files.calibration("memory")?;
        let kept = FitCache::new(cache.clone());
        let mut eyes = Eyes::load(files, base, cache)?;
        let keys = Keys::new(&mut eyes, pack, &kept, |_| true)?;
        if let Err(error) = eyes.save() {
            tracing::warn!(%error, "embeddings of the memory model are not kept");
        }
        Ok(Self {
            eyes,
            calibration,
            keys,
        })
    }

    /// Lets go of what only a training needs.
    pub fn settle(&mut self) {
        self.eyes.forget_examples();
    }

    /// Stands for the model: embeddings of another one are to be made anew.
    pub fn fingerprint(&self) -> String {
        self.eyes.fingerprint()
    }

    /// The embeddings of the pack's messages and memories, to come with the model; where `before` has
    /// some, the others.
    pub fn example_files(&self, before: &ModelFiles) -> Vec<ExampleFile> {
        self.eyes.example_files(before)
    }

    /// Score from which the best item is the right one.
    pub fn threshold(&self) -> f32 {
        self.calibration.threshold
    }

    /// What was calibrated with the model.
    pub fn calibration(&self) -> &MemoryCalibration {
        &self.calibration
    }

    /// Replaces the calibration.
    pub fn set_calibration(&mut self, calibration: MemoryCalibration) {
        self.calibration = calibration;
    }

    /// Items, `[key: value]` each, to be compared with messages.
    ///
    /// # Errors
    /// When an encoder fails.
    pub fn items<S: AsRef<str>>(&self, items: &[S]) -> Result<Items, EncoderError> {
        let views = self.eyes.see(items)?;
        let items = items.iter().zip(&views);
        let placed = items.map(|(item, view)| self.placed(key_of(item.as_ref()), view));
        Ok(placed.collect())
    }

    /// Items by key and embedding, as [`MemoryFinder::embed`] made it; one of another model is like no
    /// message at all.
    pub fn arrange(&self, items: &[(&str, &[f32])]) -> Items {
        let items = items.par_iter();
        let items = items.map(|(key, embedding)| self.placed(key, &self.eyes.unpacked(embedding)));
        items.collect::<Vec<_>>().into_iter().collect()
    }

    fn placed(&self, key: &str, view: &View) -> Placed {
        let known = self.keys.number(key).zip(view.last());
        let own = view.first().map_or(&[][..], Vec::as_slice);
        Placed {
            key: known.map(|(key, seen)| (key, self.keys.echo(key, seen))),
            embedding: Packed::new(own),
        }
    }

    /// Embeddings of items, to be kept.
    ///
    /// # Errors
    /// When an encoder fails.
    pub fn embed<S: AsRef<str>>(&self, items: &[S]) -> Result<Vec<Vec<f32>>, EncoderError> {
        let views = self.eyes.see(items)?;
        Ok(views.iter().map(|view| view.concat()).collect())
    }

    /// How likely every item is the one that a message calls for, in their order, 0 to 1 by a
    /// calibrated model.
    ///
    /// # Errors
    /// When an encoder fails.
    pub fn choices(&self, message: &str, items: &Items) -> Result<Vec<f32>, EncoderError> {
        Ok(self.judged(&self.seen(message)?, items, Question::Choice))
    }

    /// How much the key of every item has in common with what a message calls for.
    ///
    /// # Errors
    /// When an encoder fails.
    pub fn overlaps(&self, message: &str, items: &Items) -> Result<Vec<f32>, EncoderError> {
        Ok(self.judged(&self.seen(message)?, items, Question::Overlap))
    }

    fn judged(&self, message: &Seen, items: &Items, question: Question) -> Vec<f32> {
        let cosines = items.cosines(&message.embedding);
        let calibration = &self.calibration;
        let told = calibration.keys.as_ref().map(|by_key| {
            let told = self.told(&by_key.pool, message, question);
            match question {
                Question::Choice => (&by_key.choice, told),
                Question::Overlap => (&by_key.overlap, told),
            }
        });
        let score = |(cosine, key): (f32, &Option<(KeyId, Echo)>)| match (&told, key) {
            (Some((logistic, told)), Some((key, echo))) => {
                logistic.of(&quantities(message, cosine, (*key, echo), told))
            }
            _ => calibration
                .curve
                .as_ref()
                .map_or(cosine, |curve| curve.of(&[cosine])),
        };
        let items = cosines.into_par_iter().zip(items.keys());
        items.with_min_len(embeddings::AT_ONCE).map(score).collect()
    }

    /// By key, what the messages tell, as log odds: how likely it is called for, or how much it has in
    /// common with what is.
    fn told(&self, pool: &Pool, message: &Seen, question: Question) -> Vec<f32> {
        let Likeness {
            features, words, ..
        } = &message.likeness;
        let likely = pool.probabilities(features, std::slice::from_ref(words));
        let told = match question {
            Question::Choice => likely,
            Question::Overlap => self.keys.expected(&likely),
        };
        told.into_iter().map(log_odds).collect()
    }

    /// Cosine of a message with every item, in their order.
    ///
    /// # Errors
    /// When an encoder fails.
    pub fn cosines(&self, message: &str, items: &Items) -> Result<Vec<f32>, EncoderError> {
        Ok(items.cosines(&self.seen(message)?.embedding))
    }

    /// The item that a message calls for, by its place, and how likely it is.
    ///
    /// # Errors
    /// When an encoder fails.
    pub fn find(&self, message: &str, items: &Items) -> Result<Option<(usize, f32)>, EncoderError> {
        let choices = self.choices(message, items)?;
        let best = argmax(&choices);
        let found = choices
            .get(best)
            .filter(|chance| **chance >= self.threshold());
        Ok(found.map(|chance| (best, *chance)))
    }

    fn seen(&self, message: &str) -> Result<Seen, EncoderError> {
        let view = self.eyes.see(&[message])?.pop().unwrap_or_default();
        Ok(self.compared(message, view))
    }

    fn all_seen(&self, messages: &[&str]) -> Result<Vec<Seen>, EncoderError> {
        let views = messages.par_iter().zip(self.eyes.see(messages)?);
        Ok(views
            .map(|(message, view)| self.compared(message, view))
            .collect())
    }

    fn compared(&self, message: &str, view: View) -> Seen {
        Seen {
            likeness: self.keys.compare(message, &view),
            embedding: view.into_iter().next().unwrap_or_default(),
        }
    }
}

/// What is asked of a message and an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Choice,
    Overlap,
}

/// What is seen of a message.
struct Seen {
    /// By the role's own eye.
    embedding: Vec<f32>,
    /// What it has in common with the messages of each key.
    likeness: Likeness,
}

/// What the regressions of [`ByKey`] are over.
fn quantities(message: &Seen, cosine: f32, (key, echo): (KeyId, &Echo), told: &[f32]) -> [f32; 3] {
    let echo = echo.of(&message.likeness.loud[key]);
    [cosine, told[key], echo]
}

/// The key of `[key: value]`; anything else is its own key.
fn key_of(item: &str) -> &str {
    let inner = item.trim().trim_start_matches('[');
    inner.split_once(':').map_or(inner, |(key, _)| key).trim()
}
