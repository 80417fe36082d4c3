//! The engine: models and content joined.
//!
//! [`judge`] compares a message with the examples of its topic, [`selector`] ranks the topics that
//! the flow allows, [`ethics`] tells which messages offend, [`memory`] finds what a message calls for,
//! [`dataset`] turns a pack into training data, [`calibrate`] and [`evaluate`] measure. [`worker`] is
//! the thread that owns the weights; a [`writer`] words replies, a [`guard`] scores messages before they
//! are answered, a [`talker`] answers as the companion. [`linear`] learns from a text's words
//! ([`grams`]) what an embedding blurs; [`fitted`] keeps what was learned.

pub mod calibrate;
pub mod companion;
pub mod dataset;
pub mod ethics;
pub mod evaluate;
pub mod eyes;
pub mod fitted;
pub mod grams;
pub mod guard;
pub mod judge;
pub mod linear;
pub mod logistic;
pub mod memory;
pub mod models;
pub mod pool;
pub mod prompt;
pub mod question_check;
pub mod replies;
pub mod selector;
pub mod server;
pub mod speaker;
pub mod talker;
mod threshold;
pub mod voice;
pub mod worker;
pub mod writer;

pub use guard::Guard;
pub use worker::{Announcer, Engine, Event, Request, RequestId, Setup};
pub use writer::Writer;
