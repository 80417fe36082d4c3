//! Training data of the memory S-BERT: every memory of the combinations against every message, and
//! messages that call for none.

use std::collections::HashMap;

use super::held_out;
use crate::content::companion::CompanionPack;
use crate::encoder::train::TrainData;
use crate::encoder::{Encoder, EncoderError, Text, cosine};

/// Keys that count as one (spec.md, section 2); the second stands for both.
const SAME: [(&str, &str); 1] = [("좋아하는 아이돌", "좋아하는 가수")];

/// What a memory and a message should have in common, by the keys of their combinations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryTarget {
    /// The share of words that the keys have in common (IoU).
    Words,
    /// The cosine of the keys under the untuned base S-BERT, rescaled.
    Meaning,
}

/// The key under which a memory is compared.
pub fn same_key(key: &str) -> &str {
    let same = SAME.iter().find(|(other, _)| *other == key);
    same.map_or(key, |(_, one)| one)
}

/// Words in common over all words (intersection over union) of two keys.
pub fn word_overlap(a: &str, b: &str) -> f32 {
    let words = |key| -> Vec<&str> {
        let mut words: Vec<&str> = same_key(key).split_whitespace().collect();
        words.sort_unstable();
        words.dedup();
        words
    };
    let (a, b) = (words(a), words(b));
    let common = a.iter().filter(|word| b.contains(word)).count();
    let all = a.len() + b.len() - common;
    if all == 0 {
        0.
    } else {
        common as f32 / all as f32
    }
}

/// Targets between keys.
pub struct Targets {
    target: MemoryTarget,
    embeddings: HashMap<String, Vec<f32>>,
    /// The lowest cosine of two keys that are trained on: it becomes 0, and 1 stays 1.
    floor: f32,
}

impl Targets {
    /// Targets by words need no model.
    pub fn words() -> Self {
        Self {
            target: MemoryTarget::Words,
            embeddings: HashMap::new(),
            floor: 0.,
        }
    }

    /// Targets by meaning between these keys, under the base S-BERT. `floor` is that of the training
    /// where another set of keys is measured; without it, the lowest among these.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn meaning<'a>(
        base: &Encoder,
        keys: impl IntoIterator<Item = &'a str>,
        floor: Option<f32>,
    ) -> Result<Self, EncoderError> {
        let mut keys: Vec<&str> = keys.into_iter().map(same_key).collect();
        keys.sort_unstable();
        keys.dedup();
        let prefix = base.config.ohlora.query_prefix.clone().unwrap_or_default();
        let texts: Vec<Text> = keys
            .iter()
            .map(|key| {
                let mut text = Text::from(*key);
                text.head.insert_str(0, &prefix);
                text
            })
            .collect();
        let embeddings = base.encode(&texts)?;
        let pairs = embeddings
            .iter()
            .flat_map(|a| embeddings.iter().map(|b| cosine(a, b)));
        let floor = floor.unwrap_or_else(|| pairs.fold(1., f32::min).min(0.99));
        Ok(Self {
            target: MemoryTarget::Meaning,
            embeddings: keys
                .into_iter()
                .map(str::to_owned)
                .zip(embeddings)
                .collect(),
            floor,
        })
    }

    /// The cosine that counts as nothing in common.
    pub fn floor(&self) -> f32 {
        self.floor
    }

    /// What the memories of two keys have in common, 0 to 1; equal keys 1.
    pub fn of(&self, a: &str, b: &str) -> f32 {
        if same_key(a) == same_key(b) {
            return 1.;
        }
        match self.target {
            MemoryTarget::Words => word_overlap(a, b),
            MemoryTarget::Meaning => {
                let of = |key| self.embeddings.get(same_key(key));
                let cosine = of(a).zip(of(b)).map_or(0., |(a, b)| cosine(a, b));
                ((cosine - self.floor) / (1. - self.floor)).clamp(0., 1.)
            }
        }
    }
}

/// Candidates that a batch is compared with.
pub(super) const DRAWN: usize = 32;

/// Messages that are not held out against all memories, and against memories with a value of another
/// key: the key counts, the value hardly. A message that calls for none has nothing in common with any.
pub fn memory_data(pack: &CompanionPack, targets: &Targets) -> TrainData {
    let all = &pack.combinations;
    let exchanged = all.iter().enumerate().map(|(i, combination)| {
        let other = &all[(i * 7 + all.len() / 3) % all.len()];
        (
            combination.key.as_str(),
            format!("[{}: {}]", combination.key, other.value),
        )
    });
    let own = all.iter().map(|c| (c.key.as_str(), c.item()));
    let candidates: Vec<(&str, String)> = own.chain(exchanged).collect();
    let mut data = TrainData {
        candidates: candidates
            .iter()
            .map(|(_, item)| Text::from(item.as_str()))
            .collect(),
        drawn: Some(DRAWN),
        ..TrainData::default()
    };
    for combination in all.iter().filter(|c| !held_out(&c.message)) {
        data.inputs.push(Text::from(combination.message.as_str()));
        let similarity = candidates
            .iter()
            .map(|(key, _)| targets.of(key, &combination.key));
        data.similarity.extend(similarity);
    }
    for message in pack.none.iter().filter(|message| !held_out(message)) {
        data.inputs.push(Text::from(message.as_str()));
        data.similarity.extend(candidates.iter().map(|_| 0f32));
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_words_in_common() {
        assert_eq!(word_overlap("오늘 일정", "내일 일정"), 1. / 3.);
        assert_eq!(word_overlap("취미", "특기"), 0.);
        let targets = Targets::words();
        assert_eq!(targets.of("좋아하는 아이돌", "좋아하는 가수"), 1.);
        assert_eq!(targets.of("좋아하는 아이돌", "좋아하는 노래"), 1. / 3.);
    }
}
