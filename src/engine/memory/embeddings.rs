//! Embeddings of what is remembered, in eight bits a dimension: a tenth of a turn's time for ten
//! thousand of them, and cosines right to two digits and more.

use crate::encoder::Packed;

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
        self.values
            .chunks_exact(self.width.max(1))
            .zip(&self.scales)
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
    use proptest::prelude::*;

    fn unit(values: &[f32]) -> Vec<f32> {
        let length = values.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-9);
        values.iter().map(|v| v / length).collect()
    }

    proptest! {
        #[test]
        fn eight_bits_are_enough_for_a_cosine(
            a in prop::collection::vec(-1f32..1., 48),
            b in prop::collection::vec(-1f32..1., 48),
        ) {
            let (a, b) = (unit(&a), unit(&b));
            let exact: f32 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            let item = Packed::from_bytes(&Packed::new(&b).to_bytes()).unwrap();
            let all: ItemEmbeddings = [&item, &item].into_iter().collect();
            let scores = all.scores(&a);
            prop_assert_eq!(scores.len(), 2);
            prop_assert!((scores[1] - exact).abs() < 0.02, "{} {exact}", scores[1]);
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
