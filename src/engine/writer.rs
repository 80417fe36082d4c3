//! Who words the interviewer's replies.

use std::sync::Arc;

use crate::content::Pack;
use crate::interview::{Authored, Utterance, WriteRequest};

/// Words a reply. A language model shows its words as they come; the authored writer has them at
/// once.
pub trait Writer: Send {
    /// Writes one reply; `draft` is given the whole text so far, as often as it grows, and answers
    /// whether to go on.
    fn write(&mut self, request: &WriteRequest, draft: &mut dyn FnMut(&str) -> bool) -> Utterance;

    /// Learns of a reply given earlier, so as not to repeat it.
    fn remember(&mut self, text: &str);

    /// Words replies out of an edited pack from now on.
    fn change_pack(&mut self, pack: Arc<Pack>);
}

impl Writer for Authored {
    fn write(&mut self, request: &WriteRequest, _draft: &mut dyn FnMut(&str) -> bool) -> Utterance {
        Authored::write(self, request)
    }

    fn remember(&mut self, text: &str) {
        Authored::remember(self, text);
    }

    fn change_pack(&mut self, pack: Arc<Pack>) {
        Authored::change_pack(self, pack);
    }
}
