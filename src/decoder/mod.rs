//! Causal language models: Llama, Gemma 2 and GPT-NeoX, from Hugging Face's folders or GGUF files.
//!
//! One forward pass serves training and inference; what differs is the linear layers it meets (f32,
//! f32 with an adapter, blocks as the file stores them) and whether keys and values come from a
//! cache. [`Decoder::generate`] is the loop around it.

mod adapter;
mod cache;
pub mod config;
mod constrained;
pub mod error;
mod files;
pub mod form;
mod generate;
mod gguf;
mod guesses;
mod hf_config;
mod layer;
mod load;
mod model;
mod quantize;
mod rope;
mod safetensors_file;
mod sampling;
mod stop;
#[cfg(test)]
mod tests;
mod tokenizer;
pub mod train;
mod weights;

pub use cache::KvCache;
pub use config::DecoderConfig;
pub use constrained::{Formed, Pieces};
pub use error::DecoderError;
pub use files::ModelFiles;
pub use form::Form;
pub use generate::{Finish, GenerateOptions, Generated};
pub use model::{Decoder, LoraConfig, Precision};
pub use quantize::quantize;
pub use sampling::Sampling;
pub use tokenizer::DecoderTokenizer;
