//! Sentence encoders (S-BERT, Reimers & Gurevych 2019): BERT and RoBERTa with mean pooling.
//!
//! One forward pass serves training and inference; what differs is the linear layers it meets, f32
//! variables or packed eight-bit weights. Texts of a batch lie one after the other without padding.
//! [`nearest`] turns embeddings into decisions: a class is represented by its examples, so that new
//! classes need no training.

pub mod cache;
pub mod centre;
pub mod classifier;
pub mod config;
pub mod error;
mod examples;
pub mod files;
pub mod metrics;
pub mod model;
pub mod nearest;
pub mod packed;
pub mod ridge;
mod shared;
#[cfg(test)]
mod tests;
pub mod tokenizer;
pub mod train;
pub mod weights;

pub use cache::EmbeddingCache;
pub use classifier::Classifier;
pub use config::EncoderConfig;
pub use error::EncoderError;
pub use examples::{ExampleFile, Series};
pub use files::{Bytes, ModelFiles};
pub use model::{Encoder, Precision};
pub use packed::{Bits, Packed};
pub use tokenizer::Text;

/// Cosine of two embeddings of length 1.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
