//! Builds a model from its files, in the precision asked for.

use std::path::Path;
use std::sync::Arc;

use candle_core::{Device, Tensor, Var};

use super::adapter::Adapter;
use super::config::{Architecture, DecoderConfig};
use super::error::{DecoderError, FileError, Problem};
use super::files::ModelFiles;
use super::gguf::Gguf;
use super::layer::{FeedForward, Layer, Norm, Projection};
use super::model::{Decoder, Embedding, LoraConfig, Precision};
use super::tokenizer::DecoderTokenizer;
use super::weights::Weights;
use crate::nn::block_quant::{BlockMatrix, BlockType};
use crate::nn::dropout::Dropout;
use crate::nn::linear::{Adapted, BlockLinear, Chosen, Dense, Linear, Lora};

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
        let (config, weights, tokenizer) = match files.gguf() {
            Some(path) => {
                let gguf = Gguf::open(path)?;
                let config = gguf.config()?;
                let tokenizer = gguf.tokenizer()?;
                let tokenizer = match tokenizer {
                    Some(tokenizer) => tokenizer.fit(path, &config)?,
                    None => DecoderTokenizer::from_json(files, &config)?,
                };
                refuse_changes(path, adapter.is_some(), precision)?;
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
            adapter,
            beside: Vec::new(),
            chosen: Chosen::default(),
            precision,
            variables: Vec::new(),
            dropout: match precision {
                Precision::Lora(lora) if lora.dropout > 0. => {
                    Some(Arc::new(Dropout::new(lora.dropout)))
                }
                _ => None,
            },
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
            Architecture::Llama => LLAMA,
            Architecture::GptNeoX => GPT_NEOX,
        };
        let (vocab, width) = (self.config.vocab_size, self.config.hidden_size);
        let (embedding, head) = self.ends(&names, vocab, width)?;
        let mut layers = Vec::new();
        for index in 0..self.config.num_hidden_layers {
            let name = format!("{}.{index}", names.layers);
            layers.push(match self.config.architecture {
                Architecture::Llama => self.llama_layer(&name)?,
                Architecture::GptNeoX => self.neox_layer(&name)?,
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
            (Embedding::Blocks(weight), true) => Linear::Blocks(BlockLinear::new(weight, None)),
        };
        Ok((embedding, head))
    }

    fn llama_layer(&mut self, name: &str) -> Loaded<Layer> {
        let c = self.config.clone();
        let (hidden, inner) = (c.hidden_size, c.intermediate_size);
        let (queries, keys) = (c.query_width(), c.key_value_width());
        let part = |part: &str| format!("{name}.{part}");
        let attention = |part: &str| format!("{name}.self_attn.{part}_proj");
        let mlp = |part: &str| format!("{name}.mlp.{part}_proj");
        Ok(Layer {
            attention_norm: self.norm(&part("input_layernorm"))?,
            projection: Projection::Separate {
                query: self.linear(&attention("q"), queries, hidden, c.attention_bias)?,
                key: self.linear(&attention("k"), keys, hidden, c.attention_bias)?,
                value: self.linear(&attention("v"), keys, hidden, c.attention_bias)?,
            },
            output: self.linear(&attention("o"), hidden, queries, c.attention_bias)?,
            feed_forward_norm: self.norm(&part("post_attention_layernorm"))?,
            feed_forward: FeedForward::Gated {
                gate: self.linear(&mlp("gate"), inner, hidden, c.mlp_bias)?,
                up: self.linear(&mlp("up"), inner, hidden, c.mlp_bias)?,
                down: self.linear(&mlp("down"), hidden, inner, c.mlp_bias)?,
            },
        })
    }

    fn neox_layer(&mut self, name: &str) -> Loaded<Layer> {
        let c = self.config.clone();
        let (hidden, inner, queries) = (c.hidden_size, c.intermediate_size, c.query_width());
        let part = |part: &str| format!("{name}.{part}");
        let fused = part("attention.query_key_value");
        let dense = part("attention.dense");
        Ok(Layer {
            attention_norm: self.norm(&part("input_layernorm"))?,
            projection: Projection::Fused(self.linear(
                &fused,
                3 * queries,
                hidden,
                c.attention_bias,
            )?),
            output: self.linear(&dense, hidden, queries, c.attention_bias)?,
            feed_forward_norm: self.norm(&part("post_attention_layernorm"))?,
            feed_forward: FeedForward::Plain {
                up: self.linear(&part("mlp.dense_h_to_4h"), inner, hidden, c.mlp_bias)?,
                down: self.linear(&part("mlp.dense_4h_to_h"), hidden, inner, c.mlp_bias)?,
            },
        })
    }

    fn norm(&mut self, name: &str) -> Loaded<Norm> {
        let architecture = self.config.architecture;
        let (width, eps) = (self.config.hidden_size, self.config.norm_eps);
        let mut vector = |part: &str| {
            let name = format!("{name}.{part}");
            let values = self.weights.vector(&name, width)?;
            self.tensor(name, values, &[width])
        };
        let weight = vector("weight")?;
        Ok(match architecture {
            Architecture::Llama => Norm::Rms { weight, eps },
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
            let name = format!("{name}.bias");
            let values = self.weights.vector(&name, outputs)?;
            Some(self.tensor(name, values, &[outputs])?)
        } else {
            None
        };
        let in_blocks = match self.precision {
            Precision::Stored => {
                stored.kind() != BlockType::F32 && !self.adapter.is_some_and(|a| a.has(name))
            }
            Precision::Blocks(kind) => inputs.is_multiple_of(kind.weights()),
            Precision::Float | Precision::Trainable | Precision::Lora(_) => false,
        };
        if in_blocks {
            let weight = self.blocks(name, stored)?;
            return Ok(Linear::Blocks(BlockLinear::new(&weight, bias)));
        }
        let values = self.merged(name, outputs, inputs)?;
        let weight = self.tensor(format!("{name}.weight"), values, &[outputs, inputs])?;
        let lora = match self.precision {
            Precision::Lora(lora)
                if lora.reaches(name) && name != GPT_NEOX.head && name != LLAMA.head =>
            {
                let scale = lora.alpha / lora.rank as f64;
                let (lora, variables) = Lora::variables(name, outputs, inputs, lora.rank, scale)?;
                self.variables.extend(variables);
                Some(Lora {
                    dropout: self.dropout.clone(),
                    ..lora
                })
            }
            _ => None,
        };
        Ok(Linear::Dense(Dense { weight, bias, lora }))
    }

    fn stored(&self, name: &str, rows: usize, cols: usize) -> Loaded<BlockMatrix> {
        let name = format!("{name}.weight");
        Ok(self.weights.matrix(&name, rows, cols)?)
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
        let Precision::Blocks(kind) = self.precision else {
            return Ok(stored);
        };
        let (rows, cols) = stored.dims();
        if stored.kind().is_quantized() && !self.adapter.is_some_and(|adapter| adapter.has(name)) {
            return Ok(stored);
        }
        Ok(BlockMatrix::quantize(
            &self.merged(name, rows, cols)?,
            rows,
            cols,
            *kind,
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

/// The rows of a GGUF file's queries and keys are in another order than those of an adapter.
fn refuse_changes(path: &Path, adapter: bool, precision: &Precision) -> Result<(), FileError> {
    let what = match precision {
        _ if adapter => "an adapter on a GGUF file",
        Precision::Trainable | Precision::Lora(_) => "training a GGUF file",
        _ => return Ok(()),
    };
    Err(FileError::new(path, "", Problem::Unsupported(what.into())))
}

impl LoraConfig {
    fn reaches(&self, name: &str) -> bool {
        let last = name.rsplit('.').next().unwrap_or(name);
        self.targets.is_empty() || self.targets.iter().any(|target| target == last)
    }
}
