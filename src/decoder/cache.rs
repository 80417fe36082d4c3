//! Keys and values of the tokens read so far, so that each token is computed once.

use candle_core::{Result, Tensor};

use crate::nn::ops;

/// Keys and values of one text, layer by layer, and the tokens they belong to.
#[derive(Clone, Default)]
pub struct KvCache {
    ids: Vec<u32>,
    layers: Vec<LayerCache>,
}

/// Keys and values of one layer, [tokens, key-value width] each.
#[derive(Clone, Default)]
pub struct LayerCache {
    /// Turned by their positions.
    pub keys: Vec<f32>,
    /// As they are.
    pub values: Vec<f32>,
}

impl KvCache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tokens whose keys and values are held.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Forgets what does not begin `ids` as well, and the last token if all of them are held (its
    /// logits are wanted again); returns how many tokens need not be computed.
    pub fn keep_prefix(&mut self, ids: &[u32]) -> usize {
        let common = self.ids.iter().zip(ids).take_while(|(a, b)| a == b).count();
        let kept = common.min(ids.len().saturating_sub(1));
        self.ids.truncate(kept);
        kept
    }

    /// Makes room for `tokens` tokens in all, so that they are added without moving the others.
    pub fn reserve(&mut self, tokens: usize, layers: usize, width: usize) {
        self.layers.resize_with(layers, LayerCache::default);
        for layer in &mut self.layers {
            for store in [&mut layer.keys, &mut layer.values] {
                let missing = (tokens * width).saturating_sub(store.len());
                store.reserve(missing);
            }
        }
    }

    /// The layers, cut to the tokens held: a step that failed midway may have left more.
    pub(super) fn layers(&mut self, layers: usize, width: usize) -> &mut [LayerCache] {
        self.layers.resize_with(layers, LayerCache::default);
        let held = self.ids.len() * width;
        for layer in &mut self.layers {
            layer.keys.truncate(held);
            layer.values.truncate(held);
        }
        &mut self.layers
    }

    /// Counts tokens whose keys and values have been added to every layer.
    pub(super) fn added(&mut self, ids: &[u32]) {
        self.ids.extend_from_slice(ids);
    }
}

impl LayerCache {
    /// Adds the keys and values [n, width] of new tokens.
    pub(super) fn append(&mut self, keys: &Tensor, values: &Tensor) -> Result<()> {
        for (store, new) in [(&mut self.keys, keys), (&mut self.values, values)] {
            ops::with_elements(new, |new| {
                store.extend_from_slice(new);
                Ok(())
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_common_prefix_is_kept_but_for_the_last_token() {
        let mut cache = KvCache::new();
        cache.added(&[1, 2, 3, 4]);
        assert_eq!(cache.clone().keep_prefix(&[1, 2, 9, 4, 5]), 2);
        assert_eq!(cache.clone().keep_prefix(&[1, 2, 3, 4, 5]), 4);
        assert_eq!(cache.clone().keep_prefix(&[1, 2, 3, 4]), 3);
        assert_eq!(cache.clone().keep_prefix(&[7]), 0);
        assert_eq!(cache.keep_prefix(&[]), 0);
        assert!(cache.ids().is_empty());
    }
}
