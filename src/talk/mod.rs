//! What both conversations share: a message made safe, an utterance, and the checks that every
//! generated text has to pass.

pub mod message;
pub mod reply_check;
pub mod utterance;

pub use message::{Normalised, normalise, strip_controls};
pub use reply_check::{Fault, check_reply};
pub use utterance::Utterance;
