//! What an encoder is trained on, and in which batches.

use rand::seq::SliceRandom;
use rand::{SeedableRng, rngs::StdRng};
use sha2::{Digest, Sha256};

use super::TrainConfig;
use crate::encoder::{EncoderError, Text};

/// What a text belongs to, for the contrastive loss: texts of one class attract, texts of other
/// classes of the same topic repel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Group {
    /// Number of the topic.
    pub topic: usize,
    /// Number of the class, unique over all topics.
    pub class: usize,
}

/// Texts with their similarity to each candidate.
#[derive(Debug, Clone, Default)]
pub struct TrainData {
    /// The texts.
    pub inputs: Vec<Text>,
    /// Candidates that every text is compared with.
    pub candidates: Vec<Text>,
    /// Target similarity, [inputs × candidates].
    pub similarity: Vec<f32>,
    /// A group per text; empty where there are none.
    pub groups: Vec<Group>,
    /// Where there are many candidates: how many of them a batch is compared with.
    pub drawn: Option<usize>,
}

/// Texts of one topic that stay together in a batch (facts: 2 topics × 12 texts).
const TOPIC_CHUNK: usize = 12;

impl TrainData {
    /// Whether sizes fit and there is something to learn.
    ///
    /// # Errors
    /// When there are no texts, nothing to compare them with, or tables of another size.
    pub fn check(&self) -> Result<(), EncoderError> {
        if self.inputs.is_empty() {
            return Err(EncoderError::Data("there is no text to train on".into()));
        }
        let sized = self.similarity.len() == self.inputs.len() * self.candidates.len();
        let grouped = self.groups.is_empty() || self.groups.len() == self.inputs.len();
        if !sized || !grouped {
            return Err(EncoderError::Data(format!(
                "{} texts and {} candidates, but {} similarities and {} groups",
                self.inputs.len(),
                self.candidates.len(),
                self.similarity.len(),
                self.groups.len(),
            )));
        }
        if self.candidates.is_empty() && self.groups.is_empty() {
            return Err(EncoderError::Data(
                "the texts have neither candidates nor groups to be compared with".into(),
            ));
        }
        Ok(())
    }

    /// Stands for a training of this data with these settings.
    pub fn fingerprint(&self, config: &TrainConfig) -> String {
        let mut hasher = Sha256::new();
        hasher.update(serde_json::to_vec(config).unwrap_or_default());
        for text in self.inputs.iter().chain(&self.candidates) {
            hasher.update(text.to_string());
            hasher.update([0]);
        }
        for similarity in &self.similarity {
            hasher.update(similarity.to_le_bytes());
        }
        for group in &self.groups {
            hasher.update(group.topic.to_le_bytes());
            hasher.update(group.class.to_le_bytes());
        }
        let digest = hasher.finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Target rows of a batch, one after the other.
    pub fn similarity_rows(&self, batch: &[usize]) -> Vec<f32> {
        let width = self.candidates.len();
        batch
            .iter()
            .flat_map(|index| &self.similarity[index * width..(index + 1) * width])
            .copied()
            .collect()
    }

    /// Targets of a batch against some of the candidates.
    pub fn similarity_with(&self, batch: &[usize], candidates: &[usize]) -> Vec<f32> {
        let width = self.candidates.len();
        batch
            .iter()
            .flat_map(|index| {
                candidates
                    .iter()
                    .map(move |c| self.similarity[index * width + c])
            })
            .collect()
    }

    /// The candidates that a batch is compared with: all, or as many as are drawn, among them for each
    /// text one of those that it is most similar to. The same for the same seed and step.
    pub fn candidates_of(&self, batch: &[usize], seed: u64, step: usize) -> Vec<usize> {
        let width = self.candidates.len();
        let Some(drawn) = self.drawn.filter(|drawn| *drawn < width) else {
            return (0..width).collect();
        };
        let seed = seed.wrapping_mul(7_368_787).wrapping_add(step as u64);
        let mut rng = StdRng::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..width).collect();
        order.shuffle(&mut rng);
        let mut chosen: Vec<usize> = Vec::with_capacity(drawn);
        for index in batch {
            let row = &self.similarity[index * width..(index + 1) * width];
            let most = row.iter().copied().fold(0., f32::max);
            let best = order.iter().find(|c| most > 0. && row[**c] >= most);
            if let Some(best) = best.filter(|best| !chosen.contains(best)) {
                chosen.push(*best);
            }
        }
        let rest = order.into_iter().filter(|c| !chosen.contains(c));
        let rest: Vec<usize> = rest.take(drawn.saturating_sub(chosen.len())).collect();
        chosen.extend(rest);
        chosen
    }

    /// Groups of a batch, where the data has any.
    pub fn groups_of(&self, batch: &[usize]) -> Option<Vec<Group>> {
        (!self.groups.is_empty()).then(|| batch.iter().map(|index| self.groups[*index]).collect())
    }

    /// The batches of an epoch; the same for the same seed and epoch.
    pub fn batches(&self, size: usize, seed: u64, epoch: usize) -> Vec<Vec<usize>> {
        let mut rng =
            StdRng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(epoch as u64));
        let mut order: Vec<usize> = (0..self.inputs.len()).collect();
        order.shuffle(&mut rng);
        if self.groups.is_empty() {
            return order.chunks(size.max(1)).map(<[usize]>::to_vec).collect();
        }
        // A stable sort keeps the shuffled order within a topic.
        order.sort_by_key(|index| self.groups[*index].topic);
        let mut chunks: Vec<&[usize]> = order
            .chunk_by(|a, b| self.groups[*a].topic == self.groups[*b].topic)
            .flat_map(|topic| topic.chunks(TOPIC_CHUNK))
            .collect();
        chunks.shuffle(&mut rng);
        let topics = size.div_ceil(TOPIC_CHUNK).max(1);
        chunks.chunks(topics).map(<[&[usize]]>::concat).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(groups: Vec<Group>) -> TrainData {
        TrainData {
            inputs: (0..100).map(|i| Text::from(i.to_string())).collect(),
            groups,
            ..TrainData::default()
        }
    }

    fn covered(batches: &[Vec<usize>]) -> Vec<usize> {
        let mut all = batches.concat();
        all.sort_unstable();
        all
    }

    #[test]
    fn an_epoch_visits_every_text_once_in_an_order_of_its_own() {
        let data = data(Vec::new());
        let (first, second) = (data.batches(16, 1, 0), data.batches(16, 1, 1));
        assert_eq!(covered(&first), (0..100).collect::<Vec<_>>());
        assert_ne!(first, second);
        assert_eq!(first, data.batches(16, 1, 0));
    }

    #[test]
    fn a_batch_holds_whole_chunks_of_few_topics() {
        let groups = (0..100).map(|i| Group {
            topic: i % 5,
            class: i,
        });
        let data = data(groups.collect());
        let batches = data.batches(24, 1, 0);
        assert_eq!(covered(&batches), (0..100).collect::<Vec<_>>());
        for batch in &batches {
            let mut topics: Vec<_> = batch.iter().map(|i| i % 5).collect();
            topics.dedup();
            assert!(topics.len() <= 2, "{topics:?}");
        }
    }

    #[test]
    fn drawn_candidates_hold_one_that_each_text_is_most_like() {
        let mut data = data(Vec::new());
        data.candidates = (0..50).map(|i| Text::from(i.to_string())).collect();
        data.similarity = vec![0.; 100 * 50];
        for text in 0..100 {
            data.similarity[text * 50 + text / 2] = 1.;
        }
        data.drawn = Some(12);
        let batch: Vec<usize> = (0..20).step_by(4).collect();
        let drawn = data.candidates_of(&batch, 1, 3);
        assert_eq!(drawn.len(), 12);
        assert!(batch.iter().all(|text| drawn.contains(&(text / 2))));
        assert_eq!(drawn, data.candidates_of(&batch, 1, 3));
        assert_ne!(drawn, data.candidates_of(&batch, 1, 4));
        let target = data.similarity_with(&batch, &drawn);
        assert_eq!(target.iter().sum::<f32>(), batch.len() as f32);
        data.drawn = None;
        assert_eq!(data.candidates_of(&batch, 1, 3).len(), 50);
    }

    #[test]
    fn data_that_does_not_fit_is_refused() {
        assert!(TrainData::default().check().is_err());
        let mut data = data(Vec::new());
        data.candidates = vec!["a".into()];
        assert!(data.check().is_err());
    }
}
