//! Which key a message calls for, told by its words alone: "영어로 뭐야" asks for no memory, whatever it names,
//! and who speaks of the army speaks of a brother or a partner. An encoder that looks at meaning overlooks that
//! ("세종대왕은 형제가 몇 명이었어?" is about brothers).

use super::keys::KeyId;
use crate::engine::fitted::{FitCache, standing};
use crate::engine::grams::grams;
use crate::engine::linear::{Labelled, Linear};

/// Passes over the messages.
const PASSES: usize = 6;
/// Space of the n-grams.
const MESSAGE: u8 = 0;

/// A regression over n-grams from messages to keys.
pub(super) struct Words(Linear);

impl Words {
    /// The regression of messages with the numbers of what they call for, below `classes`: as it was kept,
    /// or fitted.
    pub(super) fn of(messages: &[(&str, KeyId)], classes: usize, kept: &FitCache) -> Self {
        let lines = messages.iter();
        let examples = standing(lines.map(|(message, key)| format!("{key}\t{message}\n")));
        let learn = |(message, key): &(&str, KeyId)| Labelled {
            grams: grams(message, MESSAGE),
            class: *key,
            weight: 1.,
        };
        let fit = || Linear::fit(messages.iter().map(learn).collect(), classes, PASSES);
        Self(kept.get("calls", &examples, fit))
    }

    /// How likely a message calls for each; they sum to 1.
    pub(super) fn probabilities(&self, message: &str) -> Vec<f32> {
        self.0.probabilities(grams(message, MESSAGE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_of_the_world_calls_for_nothing_of_the_learners() {
        let messages = [
            ("형이 또 내 옷 입고 나갔어", 0),
            ("언니 생일인데 뭐 사주지", 0),
            ("동생이 자꾸 까불어", 0),
            ("세종대왕은 몇 번째 왕이야", 1),
            ("이순신 장군은 언제 태어났어", 1),
            ("달은 왜 따라와", 1),
        ];
        let words = Words::of(&messages, 2, &FitCache::default());
        let asked = words.probabilities("세종대왕은 형이 몇 명이야");
        assert!(asked[1] > asked[0], "{asked:?}");
        assert!(words.probabilities("언니가 자꾸 까불어")[0] > 0.6);
    }
}
