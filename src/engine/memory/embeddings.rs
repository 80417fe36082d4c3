//! Embeddings of what is remembered, in eight bits a dimension: a tenth of a turn's time for ten
//! thousand of them, and cosines right to two digits and more.

use rayon::prelude::*;

use crate::encoder::Packed;

/// Items that a thread takes at least.
pub(super) const AT_ONCE: usize = 512;

/// Embeddings of many items, one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemEmbeddings {
    width: usize,
    scales: Vec<f32>,
    values: Vec<i8>,
}

impl ItemEmbeddings {
    /// Items that there are.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// Adds an item behind the others. One of another width than the first is like no message at all.
    pub fn push(&mut self, item: &Packed) {
        if self.is_empty() {
            self.width = item.width();
        }
        let fits = item.width() == self.width;
        self.scales.push(if fits { item.scale() } else { 0. });
        self.values
            .extend(&item.values()[..item.width().min(self.width)]);
        self.values.resize(self.scales.len() * self.width, 0);
    }

    /// Cosine of a message's embedding, of length 1, with every item, in one pass.
    pub fn scores(&self, message: &[f32]) -> Vec<f32> {
        let message = Packed::new(message);
        if message.width() != self.width {
            return vec![0.; self.len()];
        }
        let message_values: Vec<i16> = message.values().iter().map(|v| i16::from(*v)).collect();
        let items = self.values.par_chunks_exact(self.width.max(1));
        let items = items.zip(&self.scales).with_min_len(AT_ONCE);
        items
            .map(|(item, scale)| dot(item, &message_values) as f32 * scale * message.scale())
            .collect()
    }
}

impl<'a> FromIterator<&'a Packed> for ItemEmbeddings {
    fn from_iter<I: IntoIterator<Item = &'a Packed>>(items: I) -> Self {
        let mut all = Self::default();
        for item in items {
            all.push(item);
        }
        all
    }
}

/// No sum leaves 32 bits: 384 products of at most 127².
fn dot(item: &[i8], message: &[i16]) -> i32 {
    let products = item.iter().zip(message);
    products.map(|(a, b)| i32::from(i16::from(*a) * *b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_scores_what_its_cosine_is_with_the_message() {
        let items: Vec<Packed> = (0..5u8)
            .map(|turn| f32::from(turn) / 2.)
            .map(|angle| Packed::new(&[angle.cos(), angle.sin()]))
            .collect();
        let message = [0.6, 0.8];
        let all: ItemEmbeddings = items.iter().collect();
        for (score, item) in all.scores(&message).iter().zip(&items) {
            let cosine = item.cosine(&message);
            assert!((score - cosine).abs() < 0.01, "{score} {cosine}");
        }
    }

    #[test]
    fn an_embedding_of_another_model_is_like_nothing() {
        let items = [Packed::new(&[1., 0.]), Packed::new(&[0., 1., 0.])];
        let all: ItemEmbeddings = items.iter().collect();
        assert_eq!(all.len(), 2);
        let scores = all.scores(&[1., 0.]);
        assert!((scores[0] - 1.).abs() < 0.01);
        assert_eq!(scores[1], 0.);
        assert_eq!(all.scores(&[1., 0., 0.]), [0., 0.]);
        assert_eq!(ItemEmbeddings::default().scores(&[1.]), [0f32; 0]);
    }
}
