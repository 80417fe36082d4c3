//! The engine: models and content joined.
//!
//! [`judge`] compares a message with the examples of its topic, [`selector`] ranks the topics that
//! the flow allows, [`dataset`] turns a pack into training data, [`calibrate`] and
//! [`evaluate`] measure. [`worker`] is the thread that owns the weights; a [`writer`] words replies.

pub mod calibrate;
pub mod companion;
pub mod dataset;
pub mod evaluate;
pub mod judge;
pub mod models;
pub mod prompt;
pub mod question_check;
pub mod replies;
pub mod selector;
pub mod server;
pub mod speaker;
pub mod voice;
pub mod worker;
pub mod writer;

pub use worker::{Announcer, Engine, Event, Request, RequestId, Setup};
pub use writer::Writer;
