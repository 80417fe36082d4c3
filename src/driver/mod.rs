//! The driver: runs the effects of the interview machine on the engine, feeds the answers back, and
//! records what happened before anybody is told of it.
//!
//! The screen, `--plain` and `--json` all hold an interview through it.

mod boundary;
pub mod companionship;
mod live;
mod no_companion;
mod recorder;
pub mod session;

pub use live::{Driver, DriverError, Holding, Timing};
pub use recorder::Recorder;
