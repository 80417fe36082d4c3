//! The categories by the letters of a message: syllables as they are written, and their jamo, which
//! hold what a changed vowel or a missing tail leaves of a word.

use rayon::prelude::*;
use safetensors::SafeTensorError;

use super::Scores;
use crate::companion::spelling::{jamo, readings};
use crate::content::companion::Category;
use crate::engine::dataset::distorted;
use crate::engine::fitted::{FitCache, Fitted, standing};
use crate::engine::grams::{Sparse, grams, normalise};
use crate::engine::linear::{Labelled, Linear};

/// Spaces of n-grams.
const SYLLABLES: u8 = 0;
const JAMO: u8 = 1;

/// How much a message counts that is spelt otherwise.
const SPELT: f32 = 0.5;

/// A linear model of the five categories.
#[derive(Debug, Clone, Default)]
pub(super) struct Letters {
    model: Linear,
    /// Stands for the messages that it was fitted to.
    examples: String,
}

impl Letters {
    /// The model of these messages: the one in `shipped` where that was fitted to them, or the one that
    /// was kept here; else it is fitted, which takes seconds.
    pub(super) fn of(
        messages: &[(&str, Category)],
        shipped: Option<&[u8]>,
        kept: &FitCache,
    ) -> Self {
        let examples = examples(messages);
        let known = shipped.and_then(|file| Linear::from_bytes(file, &examples));
        Self {
            model: known.unwrap_or_else(|| kept.get("letters", &examples, || fit(messages))),
            examples,
        }
    }

    /// The model of these messages, fitted now.
    pub(super) fn fit(messages: &[(&str, Category)]) -> Self {
        Self {
            model: fit(messages),
            examples: examples(messages),
        }
    }

    /// A file of the model, to be shipped.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, SafeTensorError> {
        self.model.to_bytes(&self.examples)
    }

    /// Probabilities of [`Category::ALL`]; they sum to 1.
    pub(super) fn probabilities(&self, text: &str) -> Scores {
        let probabilities = self.model.probabilities(seen(text));
        std::array::from_fn(|i| probabilities.get(i).copied().unwrap_or_default())
    }
}

fn examples(messages: &[(&str, Category)]) -> String {
    let lines = messages.iter();
    standing(lines.map(|(message, category)| format!("{category:?}\t{message}\n")))
}

/// Passes over the messages.
const PASSES: usize = 14;

/// Fits to messages as they are written, and as they are read where they are spelt otherwise.
fn fit(messages: &[(&str, Category)]) -> Linear {
    let numbered = messages.par_iter().enumerate();
    let examples = numbered.flat_map_iter(|(number, (message, category))| {
        let learn = |text: &str, weight| Labelled {
            grams: seen(text),
            class: *category as usize,
            weight,
        };
        let read = readings(&distorted(message, number as u64)).pop();
        let read = read.filter(|read| read != message);
        let read = read.map(|read| learn(&read, SPELT));
        std::iter::once(learn(message, 1.)).chain(read)
    });
    Linear::fit(examples.collect(), Category::ALL.len(), PASSES)
}

fn seen(text: &str) -> Sparse {
    let letters: String = text.chars().flat_map(jamo::apart).collect();
    let mut all = grams(text, SYLLABLES);
    all.extend(grams(&letters, JAMO));
    normalise(&mut all);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_by_its_letters_however_it_ends() {
        let messages = [
            ("사랑해요", Category::Love),
            ("너를 사랑한다", Category::Love),
            ("사랑하는 오로라", Category::Love),
            ("밥 먹었어요", Category::General),
            ("오늘은 비가 온다", Category::General),
            ("졸려서 자러 갈게", Category::General),
        ];
        let letters = Letters::fit(&messages);
        let love = Category::Love as usize;
        assert!(letters.probabilities("싸랑해")[love] > 0.5);
        assert!(letters.probabilities("비가 와요")[love] < 0.5);
    }

    #[test]
    fn what_is_shipped_is_taken_where_it_knows_these_messages() {
        let messages = [("사랑해", Category::Love), ("밥 먹자", Category::General)];
        let fitted = Letters::fit(&messages);
        let shipped = fitted.to_bytes().unwrap();
        let taken = Letters::of(&messages, Some(&shipped), &FitCache::default());
        assert_eq!(taken.to_bytes().unwrap(), shipped);
        let more = [messages[0], messages[1], ("사귀자", Category::Love)];
        let anew = Letters::of(&more, Some(&shipped), &FitCache::default());
        assert_ne!(anew.examples, taken.examples);
        let love = Category::Love as usize;
        assert!(anew.probabilities("사귀자")[love] > taken.probabilities("사귀자")[love]);
    }
}
