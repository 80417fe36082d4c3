//! A causal language model: token ids in, logits of the next token out.

use std::path::Path;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor, Var};

use super::adapter::Adapter;
use super::cache::KvCache;
use super::config::DecoderConfig;
use super::error::DecoderError;
use super::files::ModelFiles;
use super::guesses::Guesses;
use super::layer::{Layer, Norm, Reach};
use super::load::Loader;
use super::tokenizer::DecoderTokenizer;
use crate::nn::block_quant::{BlockMatrix, BlockType};
use crate::nn::dropout::Dropout;
use crate::nn::linear::{Chosen, Linear};
use crate::nn::ops::{self, Rotation};

/// In what the weights are held.
#[derive(Debug, Clone, PartialEq)]
pub enum Precision {
    /// As the file stores them, f32 where an adapter was merged; for inference.
    Stored,
    /// Rounded to blocks at load, f32 where a width is no whole number of blocks; for inference.
    Blocks(BlockType),
    /// f32, frozen.
    Float,
    /// f32, every weight a variable, the embeddings as well.
    Trainable,
    /// f32, frozen, with an adapter to train on linear layers.
    Lora(LoraConfig),
    /// Frozen in blocks, with an adapter to train on linear layers (QLoRA, Dettmers et al. 2023). What
    /// is stored in blocks stays so; embeddings and head are rounded to eight bits, and f32 where a
    /// width is no whole number of blocks.
    QLora {
        /// What the other matrices are rounded to.
        kind: BlockType,
        /// The adapter.
        lora: LoraConfig,
    },
}

impl Precision {
    /// The adapter that is trained.
    pub fn lora(&self) -> Option<&LoraConfig> {
        match self {
            Self::Lora(lora) | Self::QLora { lora, .. } => Some(lora),
            Self::Stored | Self::Blocks(_) | Self::Float | Self::Trainable => None,
        }
    }
}

/// An adapter to train.
#[derive(Debug, Clone, PartialEq)]
pub struct LoraConfig {
    /// Rank r.
    pub rank: usize,
    /// The adapter's output is multiplied by alpha / r.
    pub alpha: f64,
    /// Share of the adapter's inputs that is left out while it is trained.
    pub dropout: f32,
    /// Last parts of the names of the layers that get one (`q_proj`, `query_key_value`, …); all
    /// linear layers but the head where it is empty.
    pub targets: Vec<String>,
}

/// The embeddings, one row a token.
pub enum Embedding {
    /// f32; trainable where it is a variable.
    Dense(Tensor),
    /// As the file stores them, widened row by row.
    Blocks(BlockMatrix),
}

/// A causal language model with its tokenizer.
pub struct Decoder {
    /// Its configuration.
    pub config: DecoderConfig,
    /// Its tokenizer.
    pub tokenizer: DecoderTokenizer,
    pub(super) embedding: Embedding,
    pub(super) layers: Vec<Layer>,
    pub(super) norm: Norm,
    pub(super) head: Linear,
    pub(super) frequencies: Vec<f32>,
    /// What replies are likely to repeat; nothing at first.
    pub(super) guesses: Guesses,
    pub(super) variables: Vec<(String, Var)>,
    /// On, while an adapter is trained.
    pub(super) dropout: Option<Arc<Dropout>>,
    /// Names of the adapters beside the layers.
    pub(super) adapters: Vec<String>,
    pub(super) chosen: Chosen,
}

impl Decoder {
    /// Loads a model; an adapter is merged into its weights.
    ///
    /// # Errors
    /// When a file is missing, damaged or of another model.
    pub fn load(
        files: &ModelFiles,
        adapter: Option<&Path>,
        precision: &Precision,
    ) -> std::result::Result<Self, DecoderError> {
        let adapter = adapter.map(Adapter::open).transpose()?;
        Loader::open(files, adapter.as_ref(), precision)?.decoder()
    }

    /// Loads a model with several adapters, by name, that share its weights: they are not merged, and
    /// none speaks before it is chosen ([`Decoder::choose`]).
    ///
    /// # Errors
    /// As [`Decoder::load`]; an adapter for embeddings or head that are one matrix has no place here.
    pub fn load_with(
        files: &ModelFiles,
        adapters: Vec<(String, ModelFiles)>,
        precision: &Precision,
    ) -> std::result::Result<Self, DecoderError> {
        let adapters = adapters
            .into_iter()
            .map(|(name, files)| Ok((name, Adapter::of(files)?)))
            .collect::<std::result::Result<Vec<_>, DecoderError>>()?;
        Loader::open(files, None, precision)?
            .with(adapters)
            .decoder()
    }

    /// Names of the adapters that can be chosen.
    pub fn adapters(&self) -> &[String] {
        &self.adapters
    }

    /// Lets the adapter of this name speak from now on, or the bare model; whether there is one. What
    /// a [`KvCache`] holds was read with the adapter chosen then: each needs a cache of its own.
    pub fn choose(&self, adapter: Option<&str>) -> bool {
        let place = adapter.map(|name| self.adapters.iter().position(|known| known == name));
        self.chosen.set(place.flatten());
        place != Some(None)
    }

    /// Trainable variables by the name of their tensor in Hugging Face's files; empty unless loaded
    /// as such.
    pub fn variables(&self) -> &[(String, Var)] {
        &self.variables
    }

    /// Hidden states [tokens, hidden] of texts that lie one after the other, before the head;
    /// differentiable where the layers are. The offsets say where each text begins.
    ///
    /// # Errors
    /// When an id is outside the vocabulary.
    pub fn hidden_states(&self, texts: &[&[u32]]) -> Result<(Tensor, Arc<[usize]>)> {
        let mut offsets = vec![0];
        for text in texts {
            offsets.push(offsets.last().copied().unwrap_or(0) + text.len());
        }
        let offsets: Arc<[usize]> = offsets.into();
        let positions = texts.iter().flat_map(|text| 0..text.len());
        let rotation = self.rotation(positions);
        let mut hidden = self.embed(&texts.concat())?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden, &rotation, Reach::Texts(&offsets), &self.config)?;
        }
        Ok((self.norm.forward(&hidden)?, offsets))
    }

    /// Logits [n, vocab] of hidden states [n, hidden].
    ///
    /// # Errors
    /// When the widths differ.
    pub fn head(&self, hidden: &Tensor) -> Result<Tensor> {
        let logits = self.head.forward(hidden)?;
        match self.config.logit_soft_cap {
            Some(cap) => ops::soft_cap(&logits, cap as f32),
            None => Ok(logits),
        }
    }

    /// Reads more tokens of the text in the cache; returns the logits `[vocab]` of the token after
    /// them. No gradient flows.
    ///
    /// # Errors
    /// When there are no tokens, or an id is outside the vocabulary; the cache is as it was.
    pub fn step(&self, ids: &[u32], cache: &mut KvCache) -> Result<Vec<f32>> {
        self.last_logits(&self.read(ids, cache)?)
    }

    /// As [`Decoder::step`], with a look before each layer at whether to go on; none where not.
    ///
    /// # Errors
    /// As [`Decoder::step`].
    pub fn step_while(
        &self,
        ids: &[u32],
        cache: &mut KvCache,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<f32>>> {
        let hidden = self.read_while(ids, cache, go_on)?;
        hidden.map(|hidden| self.last_logits(&hidden)).transpose()
    }

    fn last_logits(&self, hidden: &Tensor) -> Result<Vec<f32>> {
        let last = hidden.dim(0)?.saturating_sub(1);
        self.head(&hidden.narrow(0, last, 1)?)?
            .flatten_all()?
            .to_vec1()
    }

    /// As [`Decoder::step`], without logits: the hidden states [tokens, hidden].
    ///
    /// # Errors
    /// As [`Decoder::step`].
    pub fn read(&self, ids: &[u32], cache: &mut KvCache) -> Result<Tensor> {
        match self.read_while(ids, cache, &mut || true)? {
            Some(hidden) => Ok(hidden),
            None => candle_core::bail!("nobody was there to read on"),
        }
    }

    /// As [`Decoder::read`], with a look before each layer at whether to go on; none where not, and the
    /// cache is as it was.
    ///
    /// # Errors
    /// As [`Decoder::step`].
    pub fn read_while(
        &self,
        ids: &[u32],
        cache: &mut KvCache,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Tensor>> {
        let (past, width) = (cache.ids().len(), self.config.key_value_width());
        let rotation = self.rotation(past..past + ids.len());
        let mut hidden = self.embed(ids)?;
        let caches = cache.layers(self.layers.len(), width);
        for (layer, cache) in self.layers.iter().zip(caches) {
            if !go_on() {
                return Ok(None);
            }
            hidden = layer.forward(&hidden, &rotation, Reach::Cache(cache), &self.config)?;
        }
        cache.added(ids);
        self.norm.forward(&hidden).map(Some)
    }

    /// Makes room in a cache for `tokens` tokens.
    pub fn reserve(&self, cache: &mut KvCache, tokens: usize) {
        cache.reserve(tokens, self.layers.len(), self.config.key_value_width());
    }

    fn rotation(&self, positions: impl Iterator<Item = usize>) -> Arc<Rotation> {
        let pairs = self.config.rope.pairs;
        Arc::new(Rotation::new(&self.frequencies, pairs, positions))
    }

    fn embed(&self, ids: &[u32]) -> Result<Tensor> {
        if ids.is_empty() {
            candle_core::bail!("there are no tokens to read");
        }
        let width = self.config.hidden_size;
        if let Some(id) = ids
            .iter()
            .find(|id| **id as usize >= self.config.vocab_size)
        {
            candle_core::bail!("token id {id} is not in the vocabulary");
        }
        let embedded = match &self.embedding {
            Embedding::Dense(rows) => rows.index_select(&Tensor::new(ids, &Device::Cpu)?, 0)?,
            Embedding::Blocks(rows) => {
                let mut values = Vec::with_capacity(ids.len() * width);
                for id in ids {
                    rows.dequantize_row(*id as usize, &mut values)?;
                }
                Tensor::from_vec(values, (ids.len(), width), &Device::Cpu)?
            }
        };
        match self.config.embedding_scale() {
            1. => Ok(embedded),
            scale => embedded * scale,
        }
    }
}
