//! Who words the interviewer's replies.

use std::sync::Arc;

use crate::content::Pack;
use crate::interview::{Authored, Utterance, WriteRequest};

/// Words a reply. A language model shows its words as they come; the authored writer has them at
/// once.
pub trait Writer: Send {
    /// Loads what it needs, on the engine's thread; what goes wrong is said to the learner, and the
    /// writer goes on without it.
    ///
    /// # Errors
    /// What happened and what to do, in one sentence.
    fn load(&mut self) -> Result<(), String> {
        Ok(())
    }

    /// What [`Writer::load`] loads, where it takes a while.
    fn model(&self) -> Option<&str> {
        None
    }

    /// Writes one reply; `draft` is given the whole text so far, as often as it grows, and answers
    /// whether to go on.
    fn write(&mut self, request: &WriteRequest, draft: &mut dyn FnMut(&str) -> bool) -> Utterance;

    /// Learns of a reply given earlier, so as not to repeat it.
    fn remember(&mut self, text: &str);

    /// Takes its words from an edited pack.
    fn use_pack(&mut self, pack: Arc<Pack>);
}

impl Writer for Authored {
    fn write(&mut self, request: &WriteRequest, _draft: &mut dyn FnMut(&str) -> bool) -> Utterance {
        Authored::write(self, request)
    }

    fn remember(&mut self, text: &str) {
        Authored::remember(self, text);
    }

    fn use_pack(&mut self, pack: Arc<Pack>) {
        Authored::use_pack(self, pack);
    }
}
