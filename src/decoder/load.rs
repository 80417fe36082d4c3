//! Builds a model from its files, in the precision asked for.

use std::sync::Arc;

use candle_core::{Device, Tensor, Var};

use super::adapter::Adapter;
use super::config::{Architecture, DecoderConfig};
use super::error::DecoderError;
use super::files::ModelFiles;
use super::gguf::{Gguf, HuggingFaceOrder};
use super::guesses::Guesses;
use super::layer::{FeedForward, Gate, Layer, Norm, Projection};
use super::model::{Decoder, Embedding, LoraConfig, Precision};
use super::tokenizer::DecoderTokenizer;
use super::weights::Weights;
use crate::nn::block_quant::{BlockMatrix, BlockType};
use crate::nn::dropout::Dropout;
use crate::nn::linear::{Adapted, BlockLinear, Chosen, Dense, Linear, Lora};

/// What embeddings and head of a frozen base in blocks are rounded to, as `models quantize` does.
const ENDS: BlockType = BlockType::Q8_0;

type Loaded<T> = Result<T, DecoderError>;

/// Where the parts of a family are in its files.
struct Names {
    embedding: &'static str,
    layers: &'static str,
    norm: &'static str,
    head: &'static str,
}

const LLAMA: Names = Names {
    embedding: "model.embed_tokens",
    layers: "model.layers",
    norm: "model.norm",
    head: "lm_head",
};

const GPT_NEOX: Names = Names {
    embedding: "gpt_neox.embed_in",
    layers: "gpt_neox.layers",
    norm: "gpt_neox.final_layer_norm",
    head: "embed_out",
};

/// A model in the making.
pub struct Loader<'a> {
    config: DecoderConfig,
    tokenizer: DecoderTokenizer,
    weights: Weights,
    /// Of the rows of queries and keys, where the file has another.
    order: Option<HuggingFaceOrder>,
    adapter: Option<&'a Adapter>,
    /// Those that are not merged, by name.
    beside: Vec<(String, Adapter)>,
    chosen: Chosen,
    precision: &'a Precision,
    variables: Vec<(String, Var)>,
    dropout: Option<Arc<Dropout>>,
}

impl<'a> Loader<'a> {
    /// Opens the files; the weights are not read yet.
    ///
    /// # Errors
    /// When a file is missing, damaged or of a model that is not built here.
    pub fn open(
        files: &ModelFiles,
        adapter: Option<&'a Adapter>,
        precision: &'a Precision,
    ) -> Loaded<Self> {
        let mut order = None;
        let (config, weights, tokenizer) = match files.gguf() {
            Some(path) => {
                let gguf = Gguf::open(path)?;
                let mut config = gguf.config()?;
                let tokenizer = gguf.tokenizer()?;
                let tokenizer = match tokenizer {
                    Some(tokenizer) => tokenizer.fit(path, &config)?,
                    None => DecoderTokenizer::from_json(files, &config)?,
                };
                let adapter = adapter.is_some();
                order = HuggingFaceOrder::needed(path, &mut config, adapter, precision)?;
                (config, gguf.weights, tokenizer)
            }
            None => {
                let config = DecoderConfig::from_hugging_face(files)?;
                let weights = Weights::from_safetensors(files)?;
                let tokenizer = DecoderTokenizer::from_json(files, &config)?;
                (config, weights, tokenizer)
            }
        };
        Ok(Self {
            config,
            tokenizer,
            weights,
            order,
            adapter,
            beside: Vec::new(),
            chosen: Chosen::default(),
            precision,
            variables: Vec::new(),
            dropout: precision
                .lora()
                .filter(|lora| lora.dropout > 0.)
                .map(|lora| Arc::new(Dropout::new(lora.dropout))),
        })
    }

    /// Lets adapters, by name, stay beside the model's layers.
    pub fn with(mut self, beside: Vec<(String, Adapter)>) -> Self {
        self.beside = beside;
        self
    }

    /// Reads the weights.
    ///
    /// # Errors
    /// When a tensor is missing or of another shape, or the adapter belongs to another model.
    pub fn decoder(mut self) -> Loaded<Decoder> {
        let names = match self.config.architecture {
            Architecture::Llama | Architecture::Gemma2 => LLAMA,
            Architecture::GptNeoX => GPT_NEOX,
        };
        let (vocab, width) = (self.config.vocab_size, self.config.hidden_size);
        let (embedding, head) = self.ends(&names, vocab, width)?;
        let mut layers = Vec::new();
        for index in 0..self.config.num_hidden_layers {
            let name = format!("{}.{index}", names.layers);
            layers.push(match self.config.architecture {
                Architecture::Llama | Architecture::Gemma2 => self.llama_layer(&name, index)?,
                Architecture::GptNeoX => self.neox_layer(&name, index)?,
            });
        }
        let norm = self.norm(names.norm)?;
        if let Some(adapter) = self.adapter {
            adapter.check_all_used()?;
        }
        for (_, adapter) in &self.beside {
            adapter.check_all_used()?;
        }
        Ok(Decoder {
            frequencies: self.config.rope.frequencies(),
            config: self.config,
            tokenizer: self.tokenizer,
            embedding,
            layers,
            norm,
            head,
            guesses: Guesses::default(),
            variables: self.variables,
            dropout: self.dropout,
            adapters: self.beside.into_iter().map(|(name, _)| name).collect(),
            chosen: self.chosen,
        })
    }

    /// The embeddings and the head, which may be one matrix.
    fn ends(&mut self, names: &Names, vocab: usize, width: usize) -> Loaded<(Embedding, Linear)> {
        let name = names.embedding;
        let tied = self.config.tie_word_embeddings;
        let stored = self.stored(name, vocab, width)?;
        let dense = match self.precision {
            Precision::Stored => stored.kind() == BlockType::F32 && tied,
            Precision::Blocks(kind) => !width.is_multiple_of(kind.weights()),
            Precision::QLora { .. } => !width.is_multiple_of(ENDS.weights()),
            Precision::Float | Precision::Trainable | Precision::Lora(_) => true,
        };
        let embedding = if dense {
            let values = self.merged(name, vocab, width)?;
            Embedding::Dense(self.tensor(format!("{name}.weight"), values, &[vocab, width])?)
        } else {
            Embedding::Blocks(self.blocks(name, stored)?)
        };
        let head = match (&embedding, tied) {
            (_, false) => self.linear(names.head, vocab, width, false)?,
            (Embedding::Dense(weight), true) => Linear::Dense(Dense {
                weight: weight.clone(),
                bias: None,
                lora: None,
            }),
            (Embedding::Blocks(weight), true) => {
                Linear::Blocks(self.block_linear(weight, None, None))
            }
        };
        Ok((embedding, head))
    }

    /// Of Llama, or of Gemma 2, which has the same parts by the same names and two norms more.
    fn llama_layer(&mut self, name: &str, index: usize) -> Loaded<Layer> {
        let c = self.config.clone();
        let (hidden, inner) = (c.hidden_size, c.intermediate_size);
        let (queries, keys) = (c.query_width(), c.key_value_width());
        let part = |part: &str| format!("{name}.{part}");
        let attention = |part: &str| format!("{name}.self_attn.{part}_proj");
        let mlp = |part: &str| format!("{name}.mlp.{part}_proj");
        let gemma = c.architecture == Architecture::Gemma2;
        let (activation, before) = match gemma {
            true => (Gate::Gelu, "pre_feedforward_layernorm"),
            false => (Gate::Silu, "post_attention_layernorm"),
        };
        let mut after = |name: &str| gemma.then(|| self.norm(&part(name))).transpose();
        let attention_output_norm = after("post_attention_layernorm")?;
        let feed_forward_output_norm = after("post_feedforward_layernorm")?;
        Ok(Layer {
            heads: c.heads(index),
            attention_norm: self.norm(&part("input_layernorm"))?,
            projection: Projection::Separate {
                query: self.linear(&attention("q"), queries, hidden, c.attention_bias)?,
                key: self.linear(&attention("k"), keys, hidden, c.attention_bias)?,
                value: self.linear(&attention("v"), keys, hidden, c.attention_bias)?,
            },
            output: self.linear(&attention("o"), hidden, queries, c.attention_bias)?,
            attention_output_norm,
            feed_forward_norm: self.norm(&part(before))?,
            feed_forward: FeedForward::Gated {
                activation,
                gate: self.linear(&mlp("gate"), inner, hidden, c.mlp_bias)?,
                up: self.linear(&mlp("up"), inner, hidden, c.mlp_bias)?,
                down: self.linear(&mlp("down"), hidden, inner, c.mlp_bias)?,
            },
            feed_forward_output_norm,
        })
    }

    fn neox_layer(&mut self, name: &str, index: usize) -> Loaded<Layer> {
        let c = self.config.clone();
        let (hidden, inner, queries) = (c.hidden_size, c.intermediate_size, c.query_width());
        let part = |part: &str| format!("{name}.{part}");
        let fused = part("attention.query_key_value");
        let dense = part("attention.dense");
        Ok(Layer {
            heads: c.heads(index),
            attention_norm: self.norm(&part("input_layernorm"))?,
            projection: Projection::Fused(self.linear(
                &fused,
                3 * queries,
                hidden,
                c.attention_bias,
            )?),
            output: self.linear(&dense, hidden, queries, c.attention_bias)?,
            attention_output_norm: None,
            feed_forward_norm: self.norm(&part("post_attention_layernorm"))?,
            feed_forward: FeedForward::Plain {
                up: self.linear(&part("mlp.dense_h_to_4h"), inner, hidden, c.mlp_bias)?,
                down: self.linear(&part("mlp.dense_4h_to_h"), hidden, inner, c.mlp_bias)?,
            },
            feed_forward_output_norm: None,
        })
    }

    fn norm(&mut self, name: &str) -> Loaded<Norm> {
        let architecture = self.config.architecture;
        let plus_one = self.config.norm_plus_one;
        let (width, eps) = (self.config.hidden_size, self.config.norm_eps);
        let mut vector = |part: &str| {
            let name = format!("{name}.{part}");
            let values = self.weights.vector(&name, width)?;
            self.tensor(name, values, &[width])
        };
        let weight = vector("weight")?;
        Ok(match architecture {
            Architecture::Llama | Architecture::Gemma2 => Norm::Rms {
                weight,
                eps,
                plus_one,
            },
            Architecture::GptNeoX => Norm::Layer {
                bias: vector("bias")?,
                weight,
                eps,
            },
        })
    }

    fn linear(&mut self, name: &str, outputs: usize, inputs: usize, bias: bool) -> Loaded<Linear> {
        let base = self.bare(name, outputs, inputs, bias)?;
        let beside = self.beside.iter();
        let beside = beside.map(|(_, adapter)| adapter.beside(name, outputs, inputs));
        let beside = beside.collect::<Result<Vec<_>, _>>()?;
        if beside.iter().all(Option::is_none) {
            return Ok(base);
        }
        Ok(Linear::Adapted(Box::new(Adapted {
            base,
            beside,
            chosen: self.chosen.clone(),
        })))
    }

    fn bare(&mut self, name: &str, outputs: usize, inputs: usize, bias: bool) -> Loaded<Linear> {
        let stored = self.stored(name, outputs, inputs)?;
        let bias = if bias {
            let values = self.weights.vector(&format!("{name}.bias"), outputs)?;
            let values = match self.order {
                Some(order) => order.vector(name, values),
                None => values,
            };
            let name = format!("{name}.bias");
            Some(self.tensor(name, values, &[outputs])?)
        } else {
            None
        };
        let in_blocks = match self.precision {
            Precision::Stored => {
                stored.kind() != BlockType::F32 && !self.adapter.is_some_and(|a| a.has(name))
            }
            Precision::Blocks(kind) | Precision::QLora { kind, .. } => {
                inputs.is_multiple_of(kind.weights())
            }
            Precision::Float | Precision::Trainable | Precision::Lora(_) => false,
        };
        let lora = self.lora(name, outputs, inputs)?;
        if in_blocks {
            let weight = self.blocks(name, stored)?;
            return Ok(Linear::Blocks(self.block_linear(&weight, bias, lora)));
        }
        let values = self.merged(name, outputs, inputs)?;
        let weight = self.tensor(format!("{name}.weight"), values, &[outputs, inputs])?;
        Ok(Linear::Dense(Dense { weight, bias, lora }))
    }

    /// The adapter of a layer that is to be trained, where it gets one.
    fn lora(&mut self, name: &str, outputs: usize, inputs: usize) -> Loaded<Option<Lora>> {
        let Some(lora) = self.precision.lora() else {
            return Ok(None);
        };
        if !lora.reaches(name) || is_head(name) {
            return Ok(None);
        }
        let scale = lora.alpha / lora.rank as f64;
        let (lora, variables) = Lora::variables(name, outputs, inputs, lora.rank, scale)?;
        self.variables.extend(variables);
        Ok(Some(Lora {
            dropout: self.dropout.clone(),
            ..lora
        }))
    }

    fn block_linear(
        &self,
        weight: &BlockMatrix,
        bias: Option<Tensor>,
        lora: Option<Lora>,
    ) -> BlockLinear {
        match self.precision.lora() {
            Some(_) => BlockLinear::frozen(weight, bias, lora),
            None => BlockLinear::new(weight, bias),
        }
    }

    fn stored(&self, name: &str, rows: usize, cols: usize) -> Loaded<BlockMatrix> {
        let stored = self.weights.matrix(&format!("{name}.weight"), rows, cols)?;
        match self.order {
            Some(order) => Ok(order.matrix(name, stored)?),
            None => Ok(stored),
        }
    }

    /// The weights in f32, the adapter's part added.
    fn merged(&self, name: &str, rows: usize, cols: usize) -> Loaded<Vec<f32>> {
        let mut values = self.stored(name, rows, cols)?.dequantize();
        if let Some(adapter) = self.adapter {
            adapter.merge(name, rows, cols, &mut values)?;
        }
        Ok(values)
    }

    /// The weights in blocks: as stored where they are rounded already and stay as they are, or rounded
    /// once the adapter is merged.
    fn blocks(&self, name: &str, stored: BlockMatrix) -> Loaded<BlockMatrix> {
        let kind = match self.precision {
            Precision::Blocks(kind) => *kind,
            Precision::QLora { .. } if is_end(name) => ENDS,
            Precision::QLora { kind, .. } => *kind,
            _ => return Ok(stored),
        };
        let (rows, cols) = stored.dims();
        if stored.kind().is_quantized() && !self.adapter.is_some_and(|adapter| adapter.has(name)) {
            return Ok(stored);
        }
        Ok(BlockMatrix::quantize(
            &self.merged(name, rows, cols)?,
            rows,
            cols,
            kind,
        )?)
    }

    /// A tensor, which is a variable where everything is trained.
    fn tensor(&mut self, name: String, values: Vec<f32>, shape: &[usize]) -> Loaded<Tensor> {
        if *self.precision != Precision::Trainable {
            return Ok(Tensor::from_vec(values, shape, &Device::Cpu)?);
        }
        let var = Var::from_vec(values, shape, &Device::Cpu)?;
        let tensor = var.as_tensor().clone();
        self.variables.push((name, var));
        Ok(tensor)
    }
}

/// Whether a matrix makes logits.
fn is_head(name: &str) -> bool {
    [LLAMA.head, GPT_NEOX.head].contains(&name)
}

/// Whether a matrix is the embeddings or the head.
fn is_end(name: &str) -> bool {
    is_head(name) || [LLAMA.embedding, GPT_NEOX.embedding].contains(&name)
}

impl LoraConfig {
    fn reaches(&self, name: &str) -> bool {
        let last = name.rsplit('.').next().unwrap_or(name);
        self.targets.is_empty() || self.targets.iter().any(|target| target == last)
    }
}
