//! What both conversations share: a message made safe, an utterance, the checks that every generated
//! text has to pass, words put into a sentence, and the look on her face.

pub mod expression;
pub mod message;
pub mod particle;
pub mod reply_check;
pub mod utterance;

pub use expression::{Expression, Eyes, FormError, Mouth, Pose};
pub use message::{Normalised, bare, normalise, sentences, strip_controls};
pub use reply_check::{Fault, check_reply};
pub use utterance::Utterance;
