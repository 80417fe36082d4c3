//! The engine: models and content joined.
//!
//! [`judge`] compares a message with the examples of its topic, [`selector`] ranks the topics that
//! the flow allows, [`dataset`] turns a pack into training data and [`evaluate`] measures both.

pub mod calibrate;
pub mod dataset;
pub mod evaluate;
pub mod judge;
pub mod models;
pub mod selector;
