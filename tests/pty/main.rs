//! The real program in a real terminal: Korean is typed, the screen is read.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod companion;
mod interview;
mod terminal;
