//! The forward pass of BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019).

use std::collections::HashMap;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor, Var};

use super::config::EncoderConfig;
use super::tokenizer::TextTokenizer;
use super::weights::{Table, Weights};
use super::{EncoderError, ModelFiles, Text};
use crate::nn::linear::{ADAPTER_SCALE, Dense, Linear, Lora};
use crate::nn::ops;
use crate::nn::quant::{PackedLinear, Q4_0_BLOCK, Q4_0_BYTES, dequantize_q4_0};

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

/// Word, position and type embeddings, looked up without a gradient, then normalised.
struct Embeddings {
    words: Table,
    positions: Vec<f32>,
    types: Vec<f32>,
    norm: Norm,
}

impl Embeddings {
    fn forward(&self, batch: &Batch, config: &EncoderConfig) -> Result<Tensor> {
        let width = config.hidden_size;
        let mut sum = Vec::with_capacity(batch.ids.len() * width);
        for pair in batch.offsets.windows(2) {
            for (place, id) in batch.ids[pair[0]..pair[1]].iter().enumerate() {
                let start = sum.len();
                self.word(*id as usize, width, &mut sum)?;
                let position = (config.first_position() + place) * width;
                let Some(position) = self.positions.get(position..position + width) else {
                    candle_core::bail!("a text of {} tokens is too long", pair[1] - pair[0]);
                };
                for ((sum, position), kind) in
                    sum[start..].iter_mut().zip(position).zip(&self.types)
                {
                    *sum += position + kind;
                }
            }
        }
        let sum = Tensor::from_vec(sum, (batch.ids.len(), width), &Device::Cpu)?;
        self.norm.forward(&sum, config.layer_norm_eps)
    }

    fn word(&self, id: usize, width: usize, out: &mut Vec<f32>) -> Result<()> {
        let row = match &self.words {
            Table::Dense(rows) => rows
                .get(id * width..(id + 1) * width)
                .map(|row| out.extend_from_slice(row)),
            Table::Q4(blocks) => {
                let bytes = width / Q4_0_BLOCK * Q4_0_BYTES;
                blocks
                    .get(id * bytes..(id + 1) * bytes)
                    .map(|row| dequantize_q4_0(row, out))
            }
        };
        row.ok_or_else(|| {
            candle_core::Error::Msg(format!("token id {id} is not in the vocabulary"))
        })
    }
}

/// Weight and bias of a layer norm.
#[derive(Clone)]
pub struct Norm {
    /// `[width]`.
    pub weight: Tensor,
    /// `[width]`.
    pub bias: Tensor,
}

impl Norm {
    fn forward(&self, x: &Tensor, eps: f64) -> Result<Tensor> {
        ops::layer_norm(x, &self.weight, &self.bias, eps)
    }
}

const QUERY: &str = "attention.self.query";
const KEY: &str = "attention.self.key";
const VALUE: &str = "attention.self.value";
const ATTENTION_OUTPUT: &str = "attention.output.dense";
const ATTENTION_NORM: &str = "attention.output.LayerNorm";
const INTERMEDIATE: &str = "intermediate.dense";
const OUTPUT: &str = "output.dense";
const OUTPUT_NORM: &str = "output.LayerNorm";

/// LoRA adapters by the name of the linear layer they stand beside, without `.weight`.
pub type Adapters = HashMap<String, Lora>;

/// The linear parts of a layer.
pub(super) const PARTS: [&str; 6] = [QUERY, KEY, VALUE, ATTENTION_OUTPUT, INTERMEDIATE, OUTPUT];

/// Hugging Face's name of a part of a layer.
pub(super) fn layer_name(index: usize, part: &str) -> String {
    format!("encoder.layer.{index}.{part}")
}

/// Outputs and inputs of a linear part.
pub(super) fn part_shape(config: &EncoderConfig, part: &str) -> (usize, usize) {
    let (width, inner) = (config.hidden_size, config.intermediate_size);
    match part {
        INTERMEDIATE => (inner, width),
        OUTPUT => (width, inner),
        _ => (width, width),
    }
}

/// A transformer layer, normalised after each residual.
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    attention_norm: Norm,
    intermediate: Linear,
    output: Linear,
    output_norm: Norm,
}

impl Layer {
    fn forward(
        &self,
        x: &Tensor,
        offsets: &Arc<[usize]>,
        config: &EncoderConfig,
    ) -> Result<Tensor> {
        let (heads, eps) = (config.num_attention_heads, config.layer_norm_eps);
        let context = ops::attention(
            &self.query.forward(x)?,
            &self.key.forward(x)?,
            &self.value.forward(x)?,
            ops::Heads::bidirectional(heads),
            offsets.clone(),
        )?;
        let attended = (self.attention_output.forward(&context)? + x)?;
        let x = self.attention_norm.forward(&attended, eps)?;
        let inner = ops::gelu(&self.intermediate.forward(&x)?)?;
        let output = (self.output.forward(&inner)? + &x)?;
        self.output_norm.forward(&output, eps)
    }

    fn adapted(&self, adapter: impl Fn(&'static str) -> Option<Lora>) -> Self {
        let beside = |part, linear: &Linear| match adapter(part) {
            Some(lora) => linear.clone().with(lora),
            None => linear.clone(),
        };
        Self {
            query: beside(QUERY, &self.query),
            key: beside(KEY, &self.key),
            value: beside(VALUE, &self.value),
            attention_output: beside(ATTENTION_OUTPUT, &self.attention_output),
            attention_norm: self.attention_norm.clone(),
            intermediate: beside(INTERMEDIATE, &self.intermediate),
            output: beside(OUTPUT, &self.output),
            output_norm: self.output_norm.clone(),
        }
    }

    fn linears(&self) -> impl Iterator<Item = (&'static str, &Linear)> {
        [
            (QUERY, &self.query),
            (KEY, &self.key),
            (VALUE, &self.value),
            (ATTENTION_OUTPUT, &self.attention_output),
            (INTERMEDIATE, &self.intermediate),
            (OUTPUT, &self.output),
        ]
        .into_iter()
    }
}

/// Builds the layers in the precision asked for, collecting the variables.
struct Loader<'a> {
    weights: &'a Weights<'a>,
    config: &'a EncoderConfig,
    precision: Precision,
    variables: Vec<(String, Var)>,
}

type Loaded<T> = std::result::Result<T, EncoderError>;

impl Loader<'_> {
    fn embeddings(&mut self) -> Loaded<Embeddings> {
        let (config, width) = (self.config, self.config.hidden_size);
        let name = |part: &str| format!("embeddings.{part}_embeddings.weight");
        let mut types = self
            .weights
            .floats(&name("token_type"), &[config.type_vocab_size, width])?;
        types.truncate(width);
        Ok(Embeddings {
            words: self
                .weights
                .table(&name("word"), config.vocab_size, width)?,
            positions: self
                .weights
                .floats(&name("position"), &[config.max_position_embeddings, width])?,
            types,
            norm: self.norm("embeddings.LayerNorm")?,
        })
    }

    fn layer(&mut self, index: usize) -> Loaded<Layer> {
        Ok(Layer {
            query: self.part(index, QUERY)?,
            key: self.part(index, KEY)?,
            value: self.part(index, VALUE)?,
            attention_output: self.part(index, ATTENTION_OUTPUT)?,
            attention_norm: self.norm(&layer_name(index, ATTENTION_NORM))?,
            intermediate: self.part(index, INTERMEDIATE)?,
            output: self.part(index, OUTPUT)?,
            output_norm: self.norm(&layer_name(index, OUTPUT_NORM))?,
        })
    }

    fn part(&mut self, layer: usize, part: &str) -> Loaded<Linear> {
        let (outputs, inputs) = part_shape(self.config, part);
        let name = layer_name(layer, part);
        let mut linear = self.linear(&name, outputs, inputs)?;
        if let (Linear::Dense(dense), Precision::Lora { rank, from }) =
            (&mut linear, self.precision)
            && layer >= from
        {
            dense.lora = Some(self.lora(&name, outputs, inputs, rank)?);
        }
        Ok(linear)
    }

    fn linear(&mut self, name: &str, outputs: usize, inputs: usize) -> Loaded<Linear> {
        let (weight_name, bias_name) = (format!("{name}.weight"), format!("{name}.bias"));
        let bias = self.weights.floats(&bias_name, &[outputs])?;
        if self.precision == Precision::Int8 {
            let weight = self.weights.int8(&weight_name, &[outputs, inputs])?;
            return Ok(Linear::Packed(PackedLinear::new(&weight, bias)?));
        }
        let weight = self.weights.floats(&weight_name, &[outputs, inputs])?;
        Ok(Linear::Dense(Dense {
            weight: self.tensor(weight_name, weight, &[outputs, inputs])?,
            bias: Some(self.tensor(bias_name, bias, &[outputs])?),
            lora: None,
        }))
    }

    fn norm(&mut self, name: &str) -> Loaded<Norm> {
        let width = self.config.hidden_size;
        let (weight_name, bias_name) = (format!("{name}.weight"), format!("{name}.bias"));
        let weight = self.weights.floats(&weight_name, &[width])?;
        let bias = self.weights.floats(&bias_name, &[width])?;
        Ok(Norm {
            weight: self.tensor(weight_name, weight, &[width])?,
            bias: self.tensor(bias_name, bias, &[width])?,
        })
    }

    /// A variable when the whole model is trained, a constant otherwise.
    fn tensor(&mut self, name: String, values: Vec<f32>, shape: &[usize]) -> Loaded<Tensor> {
        if self.precision != Precision::Trainable {
            return Ok(Tensor::from_vec(values, shape, &Device::Cpu)?);
        }
        let var = Var::from_vec(values, shape, &Device::Cpu)?;
        let tensor = var.as_tensor().clone();
        self.variables.push((name, var));
        Ok(tensor)
    }

    /// An adapter that starts as nothing.
    fn lora(&mut self, name: &str, outputs: usize, inputs: usize, rank: usize) -> Loaded<Lora> {
        let (lora, variables) = Lora::variables(name, outputs, inputs, rank, ADAPTER_SCALE)?;
        self.variables.extend(variables);
        Ok(lora)
    }
}
