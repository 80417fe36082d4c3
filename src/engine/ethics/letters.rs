//! The categories by the letters of a message: syllables as they are written, and their jamo, which
//! hold what a changed vowel or a missing tail leaves of a word.

use rayon::prelude::*;

use super::Scores;
use crate::companion::spelling::{jamo, readings};
use crate::content::companion::Category;
use crate::engine::dataset::distorted;
use crate::engine::grams::{grams, normalise};
use crate::engine::linear::{Labelled, Linear, Sight};

/// Spaces of n-grams.
const SYLLABLES: u8 = 0;
const JAMO: u8 = 1;

/// How much a message counts that is spelt otherwise.
const SPELT: f32 = 0.5;

/// A linear model of the five categories.
#[derive(Debug, Clone, Default)]
pub(super) struct Letters(Linear);

impl Letters {
    /// Fits to messages as they are written, and as they are read where they are spelt otherwise.
    pub(super) fn fit(messages: &[(&str, Category)]) -> Self {
        let numbered = messages.par_iter().enumerate();
        let examples = numbered.flat_map_iter(|(number, (message, category))| {
            let learn = |text: &str, weight| Labelled {
                sight: sight(text),
                class: *category as usize,
                weight,
            };
            let read = readings(&distorted(message, number as u64)).pop();
            let read = read.filter(|read| read != message);
            let read = read.map(|read| learn(&read, SPELT));
            std::iter::once(learn(message, 1.)).chain(read)
        });
        Self(Linear::fit(examples.collect(), Category::ALL.len()))
    }

    /// Probabilities of [`Category::ALL`]; they sum to 1.
    pub(super) fn probabilities(&self, text: &str) -> Scores {
        let probabilities = self.0.probabilities(sight(text));
        std::array::from_fn(|i| probabilities.get(i).copied().unwrap_or_default())
    }
}

fn sight(text: &str) -> Sight {
    let letters: String = text.chars().flat_map(jamo::apart).collect();
    let mut all = grams(text, SYLLABLES);
    all.extend(grams(&letters, JAMO));
    normalise(&mut all);
    Sight {
        grams: all,
        dense: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_by_its_letters_however_it_ends() {
        let letters = Letters::fit(&[
            ("사랑해요", Category::Love),
            ("너를 사랑한다", Category::Love),
            ("사랑하는 오로라", Category::Love),
            ("밥 먹었어요", Category::General),
            ("오늘은 비가 온다", Category::General),
            ("졸려서 자러 갈게", Category::General),
        ]);
        let love = Category::Love as usize;
        assert!(letters.probabilities("싸랑해")[love] > 0.5);
        assert!(letters.probabilities("비가 와요")[love] < 0.5);
    }
}
