//! The forward pass of BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019).

mod embeddings;
mod layer;
mod load;

use std::sync::Arc;

use candle_core::{Result, Tensor, Var};

use super::config::EncoderConfig;
use super::tokenizer::TextTokenizer;
use super::weights::Weights;
use super::{EncoderError, ModelFiles, Text};
use crate::nn::linear::Linear;
use embeddings::Embeddings;
use layer::{ATTENTION_NORM, Layer, OUTPUT_NORM};
pub use layer::{Adapters, Norm};
pub(super) use layer::{PARTS, layer_name, part_shape};
use load::Loader;

/// Tokens that go through the layers at once; longer lists of texts are split.
const BATCH_TOKENS: usize = 1024;

/// In what the linear layers compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Eight-bit weights and activations: fast, for inference.
    Int8,
    /// f32, exact; frozen.
    Float,
    /// f32, every layer weight and norm a variable. The embeddings stay frozen: their gradient would
    /// be dense over the whole vocabulary.
    Trainable,
    /// f32, frozen, with a LoRA adapter on every linear part of the layers from one on.
    Lora {
        /// Rank r; alpha is 2r.
        rank: usize,
        /// The first layer that has one.
        from: usize,
    },
}

/// A sentence encoder: tokenizer, embeddings and layers.
pub struct Encoder {
    /// Its configuration.
    pub config: EncoderConfig,
    tokenizer: TextTokenizer,
    embeddings: Arc<Embeddings>,
    layers: Vec<Layer>,
    variables: Vec<(String, Var)>,
}

/// Texts of a batch, one after the other.
struct Batch {
    ids: Vec<u32>,
    /// Where each text begins, and the end of the last.
    offsets: Arc<[usize]>,
}

impl Batch {
    fn new(texts: &[&[u32]]) -> Self {
        let mut offsets = vec![0];
        let mut ids = Vec::new();
        for text in texts {
            ids.extend_from_slice(text);
            offsets.push(ids.len());
        }
        Self {
            ids,
            offsets: offsets.into(),
        }
    }
}

impl Encoder {
    /// Loads a model; `base` lends the tensors and the tokenizer that it lacks.
    ///
    /// # Errors
    /// When a file is missing, cut or of another model.
    pub fn load(
        files: &ModelFiles,
        base: Option<&ModelFiles>,
        precision: Precision,
    ) -> std::result::Result<Self, EncoderError> {
        let config = EncoderConfig::parse(files)?;
        let tokenizer = TextTokenizer::load(files, base, &config)?;
        let weights = Weights::open(files, base)?;
        let mut loader = Loader {
            weights: &weights,
            config: &config,
            precision,
            variables: Vec::new(),
        };
        let embeddings = loader.embeddings()?.into();
        let layers = (0..config.num_hidden_layers)
            .map(|index| loader.layer(index))
            .collect::<std::result::Result<_, _>>()?;
        let variables = loader.variables;
        Ok(Self {
            tokenizer,
            embeddings,
            layers,
            variables,
            config,
        })
    }

    /// The same encoder with adapters beside its layers; the layers themselves stay in memory once.
    #[must_use]
    pub fn adapted(&self, adapters: &Adapters) -> Self {
        let layers = self.layers.iter().enumerate().map(|(index, layer)| {
            layer.adapted(|part| adapters.get(&layer_name(index, part)).cloned())
        });
        Self {
            config: self.config.clone(),
            tokenizer: self.tokenizer.clone(),
            embeddings: self.embeddings.clone(),
            layers: layers.collect(),
            variables: Vec::new(),
        }
    }

    /// The adapters that it was loaded with, by layer.
    pub fn adapters(&self) -> Adapters {
        let linears = self.linears();
        let found = linears.filter_map(|(name, linear)| match linear {
            Linear::Dense(dense) => Some((name, dense.lora.clone()?)),
            _ => None,
        });
        found.collect()
    }

    /// Trainable variables by name; empty unless loaded as such.
    pub fn variables(&self) -> &[(String, Var)] {
        &self.variables
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &TextTokenizer {
        &self.tokenizer
    }

    /// Hidden states [tokens, width] of token ids, and where each text begins.
    ///
    /// # Errors
    /// When an id is outside the vocabulary or a text longer than the positions.
    pub fn hidden_states(&self, texts: &[&[u32]]) -> Result<(Tensor, Arc<[usize]>)> {
        let batch = Batch::new(texts);
        let mut hidden = self.embeddings.forward(&batch, &self.config)?;
        for layer in &self.layers {
            hidden = layer.forward(&hidden, &batch.offsets, &self.config)?;
        }
        Ok((hidden, batch.offsets))
    }

    /// Mean-pooled embeddings [texts, width] of token ids, not normalised; differentiable where the
    /// layers are.
    ///
    /// # Errors
    /// As [`Encoder::hidden_states`].
    pub fn pooled(&self, texts: &[&[u32]]) -> Result<Tensor> {
        let (hidden, offsets) = self.hidden_states(texts)?;
        mean_pool(&hidden, &offsets)
    }

    /// Embeddings of length 1, [texts, width]; differentiable where the layers are.
    ///
    /// # Errors
    /// As [`Encoder::hidden_states`].
    pub fn normalized(&self, texts: &[&[u32]]) -> Result<Tensor> {
        let pooled = self.pooled(texts)?;
        let norm = pooled.sqr()?.sum_keepdim(1)?.sqrt()?.maximum(1e-9)?;
        pooled.broadcast_div(&norm)
    }

    /// Token ids of many texts.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn tokenize(&self, texts: &[Text]) -> std::result::Result<Vec<Vec<u32>>, EncoderError> {
        texts
            .iter()
            .map(|text| self.tokenizer.encode(text))
            .collect()
    }

    /// Embeddings of length 1, in the order of `texts`. Texts of like length share a batch.
    ///
    /// # Errors
    /// When the tokenizer or the forward pass fails.
    pub fn encode(&self, texts: &[Text]) -> std::result::Result<Vec<Vec<f32>>, EncoderError> {
        let ids = self.tokenize(texts)?;
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_by_key(|index| ids[*index].len());
        let mut embeddings = vec![Vec::new(); ids.len()];
        let mut rest = &order[..];
        while !rest.is_empty() {
            let mut tokens = 0;
            let fits = rest.iter().take_while(|index| {
                tokens += ids[**index].len();
                tokens <= BATCH_TOKENS
            });
            let (now, later) = rest.split_at(fits.count().max(1));
            let batch: Vec<&[u32]> = now.iter().map(|index| &ids[*index][..]).collect();
            let rows = self.normalized(&batch)?.to_vec2::<f32>()?;
            for (index, row) in now.iter().zip(rows) {
                embeddings[*index] = row;
            }
            rest = later;
        }
        Ok(embeddings)
    }

    /// The linear layers by their Hugging Face name, without `.weight`.
    pub fn linears(&self) -> impl Iterator<Item = (String, &Linear)> {
        self.layers.iter().enumerate().flat_map(|(index, layer)| {
            layer
                .linears()
                .map(move |(part, linear)| (layer_name(index, part), linear))
        })
    }

    /// The layer norms by their Hugging Face name, without `.weight` and `.bias`.
    pub fn norms(&self) -> impl Iterator<Item = (String, &Norm)> {
        let layers = self.layers.iter().enumerate().flat_map(|(index, layer)| {
            [
                (
                    format!("encoder.layer.{index}.{ATTENTION_NORM}"),
                    &layer.attention_norm,
                ),
                (
                    format!("encoder.layer.{index}.{OUTPUT_NORM}"),
                    &layer.output_norm,
                ),
            ]
        });
        std::iter::once(("embeddings.LayerNorm".to_owned(), &self.embeddings.norm)).chain(layers)
    }
}

/// Mean of each text's tokens, [texts, width].
fn mean_pool(hidden: &Tensor, offsets: &[usize]) -> Result<Tensor> {
    let (tokens, _) = hidden.dims2()?;
    let texts = offsets.len() - 1;
    let mut shares = vec![0f32; texts * tokens];
    for (text, pair) in offsets.windows(2).enumerate() {
        let share = 1. / (pair[1] - pair[0]).max(1) as f32;
        shares[text * tokens + pair[0]..text * tokens + pair[1]].fill(share);
    }
    Tensor::from_vec(shares, (texts, tokens), hidden.device())?.matmul(hidden)
}
