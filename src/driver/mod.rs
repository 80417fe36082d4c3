//! The driver: runs the effects of the interview machine on the engine, feeds the answers back, and
//! records what happened before anybody is told of it.
//!
//! The screen, `--plain` and `--json` all hold an interview through it.

mod both;
mod boundary;
pub mod companionship;
mod live;
mod recorder;
pub mod session;
mod talk;

pub use both::Both;
pub use live::{Driver, DriverError, Holding, Timing};
pub use recorder::Recorder;
pub use talk::{Clock, Talk, TalkError, reply_json};
