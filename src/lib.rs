//! ohlora: a machine-learning interview in the terminal, held in Korean by local models.
//!
//! A turn is a value passing through three rooms: judge, select, write. The map:
//!
//! - [`content`]: question packs, loaded, checked and watched
//! - [`interview`]: the interview as a pure state machine, its authored words and its report
//! - [`companion`]: what is pure about the companion: how a message may be meant to be read
//! - [`nn`]: blocks both model families share
//! - [`encoder`]: S-BERTs: forward pass, training, classification by nearest examples
//! - [`decoder`]: causal language models: loading, forward pass, generation
//! - [`engine`]: models and content joined; the thread that owns the weights
//! - [`driver`]: runs the effects of an interview on the engine, and records them
//! - [`hub`]: models from a hub to the disk
//! - [`store`]: the learner's record
//! - [`tui`]: the terminal screen
//! - [`cli`]: the subcommands
//! - [`config`], [`messages`], [`paths`], [`fs`]: settings, texts, folders, safe writes

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod cli;
pub mod companion;
pub mod config;
pub mod content;
pub mod decoder;
pub mod driver;
pub mod encoder;
pub mod engine;
pub mod fs;
pub mod hub;
pub mod interview;
pub mod messages;
pub mod nn;
pub mod paths;
pub mod store;
#[cfg(test)]
mod testing;
pub mod tui;
