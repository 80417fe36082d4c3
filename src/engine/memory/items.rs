//! What is remembered, ready to be compared with messages.

use super::embeddings::{ItemEmbedding, ItemEmbeddings};
use super::keys::KeyId;

/// Items by the number of their key, where it is known, and their embedding.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Items {
    keys: Vec<Option<KeyId>>,
    embeddings: ItemEmbeddings,
}

impl Items {
    pub(super) fn push(&mut self, key: Option<KeyId>, embedding: &ItemEmbedding) {
        self.keys.push(key);
        self.embeddings.push(embedding);
    }

    pub(super) fn keys(&self) -> &[Option<KeyId>] {
        &self.keys
    }

    /// Cosine of a message's embedding with every item, in one pass.
    pub(super) fn cosines(&self, message: &[f32]) -> Vec<f32> {
        self.embeddings.scores(message)
    }
}
