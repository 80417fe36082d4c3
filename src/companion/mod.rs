//! The companion as a pure state machine: inputs in, effects out as data, no terminal, no tensors.
//!
//! A turn passes through four rooms: [`ethics`] (is it said within her boundaries? who is in
//! [`distress`] always is), [`clock`] (does
//! it ask for the time?), [`memory`] (does she remember something about it?), and the reply. What she
//! makes of it comes afterwards, while the learner reads: a memory, a summary, an [`expression`].
//!
//! [`machine`] holds the steps together, [`protocol`] is what goes in and comes out, [`prompt`] words
//! what the heads read, [`reply_check`] says what a reply must be, [`trace`] tells how it came about,
//! and [`snapshot`] is all that is remembered.

pub mod clock;
pub mod distress;
pub mod ethics;
pub mod expression;
pub mod machine;
pub mod memory;
pub mod prompt;
pub mod protocol;
pub mod reply_check;
pub mod snapshot;
pub mod spelling;
mod steps;
pub mod trace;

#[cfg(test)]
mod tests;

pub use machine::Companion;
pub use protocol::{Effect, Head, HeadRequest, Input, Options, Phase, ReplyRequest, Sanctioned};
pub use reply_check::{ReplyFault, check_companion_reply};
pub use snapshot::Snapshot;
pub use trace::Trace;
