//! The interview as a pure state machine.

pub mod types;
pub use types::*;
