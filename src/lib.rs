//! ohlora: a machine-learning interview in the terminal, held in Korean by local models.
//!
//! A turn is a value passing through three rooms: judge, select, write. The map:

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod content;
pub mod interview;
pub mod messages;
pub mod tui;
