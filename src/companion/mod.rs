//! The companion as a pure state machine: inputs in, effects out as data, no terminal, no tensors.
//!
//! A turn passes through four rooms: [`ethics`] (is it said within her boundaries?), [`clock`] (does
//! it ask for the time?), [`memory`] (does she remember something about it?), and the reply. What she
//! makes of it comes afterwards, while the learner reads: a memory, a summary, an [`expression`].

pub mod clock;
pub mod ethics;
pub mod expression;
pub mod memory;
