//! What she remembers, as the engine scores it.

use std::sync::Arc;

use super::{Talk, TalkError};
use crate::companion::Input;
use crate::companion::memory::Scored;
use crate::driver::companionship::TalkNotice;
use crate::engine::talker::{Embedded, Remembering, Shelf};

impl Talk {
    /// What she remembers now; read again only where it may have changed.
    pub(super) fn fill_shelf(&mut self) -> Result<(), TalkError> {
        let local = self.now().local;
        let Some(store) = &mut self.store else {
            return Ok(());
        };
        let hour = local
            .with()
            .minute(0)
            .second(0)
            .subsec_nanosecond(0)
            .build();
        let read = store.version().and_then(|version| {
            let state = (version, hour.unwrap_or(local));
            if self.shelved == Some(state) {
                return Ok(None);
            }
            Ok(Some((state, store.memories(local)?)))
        });
        let Some((state, memories)) = read.map_err(|error| self.failed(error))? else {
            return Ok(());
        };
        let items = memories.into_iter().map(|memory| Remembering {
            id: memory.kept.id,
            item: memory.kept.item,
            embedding: memory.embedding,
        });
        self.shelf = Arc::new(Shelf {
            generation: self.shelf.generation + 1,
            items: items.collect(),
        });
        self.shelved = Some(state);
        Ok(())
    }

    pub(super) fn recalled(
        &mut self,
        scores: &[f32],
        embedded: &Embedded,
    ) -> Result<Vec<TalkNotice>, TalkError> {
        if let Some(store) = self.store.as_mut().filter(|_| !embedded.items.is_empty()) {
            // Without them the next start embeds again; nothing is lost.
            if let Err(error) = store.embed_memories(&embedded.fingerprint, &embedded.items) {
                tracing::warn!(%error, "embeddings of memories not kept");
            }
        }
        let scored = self.shelf.items.iter().zip(scores);
        let scored = scored.map(|(remembering, score)| Scored {
            id: remembering.id,
            item: remembering.item.clone(),
            score: *score,
        });
        let scored = scored.collect();
        self.input(Input::Recalled(scored))
    }
}
