//! Tiny models, whole and damaged.

mod cache;
mod forward;
mod loading;
mod tokenizer;

use super::*;
