//! What is remembered, ready to be compared with messages.

use super::echo::Echo;
use super::embeddings::ItemEmbeddings;
use super::keys::KeyId;
use crate::encoder::Packed;

/// Items: their embeddings, and where combinations have their key, its number and what is like them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Items {
    keys: Vec<Option<(KeyId, Echo)>>,
    embeddings: ItemEmbeddings,
}

/// One item.
pub(super) struct Placed {
    pub(super) key: Option<(KeyId, Echo)>,
    pub(super) embedding: Packed,
}

impl FromIterator<Placed> for Items {
    fn from_iter<I: IntoIterator<Item = Placed>>(placed: I) -> Self {
        let mut items = Self::default();
        for item in placed {
            items.keys.push(item.key);
            items.embeddings.push(&item.embedding);
        }
        items
    }
}

impl Items {
    pub(super) fn keys(&self) -> &[Option<(KeyId, Echo)>] {
        &self.keys
    }

    /// Cosine of a message's embedding with every item, in one pass.
    pub(super) fn cosines(&self, message: &[f32]) -> Vec<f32> {
        self.embeddings.scores(message)
    }
}
