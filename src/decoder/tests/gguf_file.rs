//! Writes GGUF files for the tests: a tiny model as a converter would store it, and parts gone wrong.

use super::*;
use crate::decoder::gguf::{gemma2_name, ggml_name};
use crate::decoder::rope::{Rope, Scaling};
use crate::decoder::weights::Weights;

/// A GGUF file in parts, to be changed before it is put together.
#[derive(Clone)]
pub struct GgufFile {
    pub version: u32,
    pub metadata: Vec<(String, Vec<u8>)>,
    pub tensors: Vec<Tensor>,
    /// Instead of the true counts of tensors and metadata.
    pub counts: Option<(u64, u64)>,
}

#[derive(Clone)]
pub struct Tensor {
    pub name: String,
    pub dims: Vec<u64>,
    pub kind: u32,
    /// Instead of the next free place.
    pub offset: Option<u64>,
    pub bytes: Vec<u8>,
}

pub fn text(value: &str) -> Vec<u8> {
    let mut bytes = 8u32.to_le_bytes().to_vec();
    bytes.extend(plain_text(value));
    bytes
}

pub fn number(value: u32) -> Vec<u8> {
    [4u32.to_le_bytes(), value.to_le_bytes()].concat()
}

pub fn float(value: f32) -> Vec<u8> {
    [6u32.to_le_bytes(), value.to_le_bytes()].concat()
}

/// An array of a kind that claims to hold `count` values.
pub fn array(kind: u32, count: u64, bytes: Vec<u8>) -> Vec<u8> {
    let mut array = [9u32.to_le_bytes(), kind.to_le_bytes()].concat();
    array.extend(count.to_le_bytes());
    array.extend(bytes);
    array
}

fn plain_text(value: &str) -> Vec<u8> {
    let mut bytes = (value.len() as u64).to_le_bytes().to_vec();
    bytes.extend(value.as_bytes());
    bytes
}

fn texts(values: &[String]) -> Vec<u8> {
    let bytes = values.iter().flat_map(|value| plain_text(value)).collect();
    array(8, values.len() as u64, bytes)
}

impl GgufFile {
    /// `tiny-llama` as llama.cpp's converter stores it: queries and keys in another order, rope
    /// scaling as a tensor of factors, the tokenizer in the metadata.
    pub fn tiny_llama() -> Self {
        Self::converted("tiny-llama")
    }

    /// `tiny-gemma2` as the converter stores it: in the order it has, the norms with the one added.
    pub fn tiny_gemma2() -> Self {
        Self::converted("tiny-gemma2")
    }

    fn converted(model: &str) -> Self {
        let source = files(model);
        let gemma = model == "tiny-gemma2";
        let family = if gemma { "gemma2" } else { "llama" };
        let name_of = if gemma { gemma2_name } else { ggml_name };
        let config = DecoderConfig::from_hugging_face(&source).unwrap();
        let weights = Weights::from_safetensors(&source).unwrap();
        let mut names: Vec<&String> = weights.tensors.keys().collect();
        names.sort();
        let mut tensors: Vec<Tensor> = names
            .into_iter()
            .map(|name| {
                let tensor = &weights.tensors[name];
                let row = 4 * tensor.shape.last().unwrap();
                let mut bytes = tensor.bytes.to_vec();
                if gemma && tensor.shape.len() == 1 {
                    let values = weights.vector(name, tensor.shape[0]).unwrap();
                    bytes = values.iter().flat_map(|v| (v + 1.).to_le_bytes()).collect();
                } else if !gemma && (name.contains("q_proj") || name.contains("k_proj")) {
                    bytes = neighbours(&bytes, row, config.head_dim);
                }
                let dims = tensor.shape.iter().rev().map(|dim| *dim as u64);
                Tensor {
                    name: name_of(name),
                    dims: dims.collect(),
                    kind: 0,
                    offset: None,
                    bytes,
                }
            })
            .collect();
        let plain = Rope {
            scaling: Scaling::None,
            ..config.rope.clone()
        };
        let frequencies = plain.frequencies().into_iter();
        let factors = frequencies.zip(config.rope.frequencies());
        let factors: Vec<u8> = factors.flat_map(|(p, s)| (p / s).to_le_bytes()).collect();
        if !gemma {
            tensors.push(Tensor {
                name: "rope_freqs.weight".into(),
                dims: vec![factors.len() as u64 / 4],
                kind: 0,
                offset: None,
                bytes: factors,
            });
        }
        let mut metadata = vec![
            ("general.architecture".to_owned(), text(family)),
            (
                format!("{family}.rope.freq_base"),
                float(config.rope.theta as f32),
            ),
            (
                format!("{family}.attention.layer_norm_rms_epsilon"),
                float(config.norm_eps as f32),
            ),
        ];
        for (key, value) in [
            ("block_count", config.num_hidden_layers),
            ("context_length", config.max_position_embeddings),
            ("embedding_length", config.hidden_size),
            ("feed_forward_length", config.intermediate_size),
            ("attention.head_count", config.num_attention_heads),
            ("attention.head_count_kv", config.num_key_value_heads),
            ("attention.key_length", config.head_dim),
            ("attention.value_length", config.head_dim),
            ("rope.dimension_count", config.head_dim),
        ] {
            metadata.push((format!("{family}.{key}"), number(value as u32)));
        }
        if let (Some(window), Some(attention), Some(logits)) = (
            config.sliding_window,
            config.attention_soft_cap,
            config.logit_soft_cap,
        ) {
            let mut add = |key: &str, value| metadata.push((format!("gemma2.{key}"), value));
            add("attention.sliding_window", number(window as u32));
            add("attn_logit_softcapping", float(attention as f32));
            add("final_logit_softcapping", float(logits as f32));
        }
        metadata.extend(tokenizer(&source));
        Self {
            version: 3,
            metadata,
            tensors,
            counts: None,
        }
    }

    /// Replaces a value of the metadata, or adds it.
    pub fn with(mut self, key: &str, value: Vec<u8>) -> Self {
        self.metadata.retain(|(name, _)| name != key);
        self.metadata.push((key.to_owned(), value));
        self
    }

    pub fn without(mut self, key: &str) -> Self {
        self.metadata.retain(|(name, _)| name != key);
        self.tensors.retain(|tensor| tensor.name != key);
        self
    }

    pub fn tensor(&mut self, name: &str) -> &mut Tensor {
        let mut tensors = self.tensors.iter_mut();
        tensors.find(|tensor| tensor.name == name).unwrap()
    }

    /// The bytes of the file; where the tensors' bytes begin.
    pub fn bytes(&self) -> (Vec<u8>, usize) {
        let mut file = b"GGUF".to_vec();
        file.extend(self.version.to_le_bytes());
        let counts = (self.tensors.len() as u64, self.metadata.len() as u64);
        let (tensors, entries) = self.counts.unwrap_or(counts);
        file.extend(tensors.to_le_bytes());
        file.extend(entries.to_le_bytes());
        for (key, value) in &self.metadata {
            file.extend(plain_text(key));
            file.extend(value);
        }
        let mut data = Vec::new();
        for tensor in &self.tensors {
            data.resize(data.len().next_multiple_of(32), 0);
            file.extend(plain_text(&tensor.name));
            file.extend((tensor.dims.len() as u32).to_le_bytes());
            file.extend(tensor.dims.iter().flat_map(|dim| dim.to_le_bytes()));
            file.extend(tensor.kind.to_le_bytes());
            let offset = tensor.offset.unwrap_or(data.len() as u64);
            file.extend(offset.to_le_bytes());
            data.extend(&tensor.bytes);
        }
        file.resize(file.len().next_multiple_of(32), 0);
        let start = file.len();
        file.extend(data);
        (file, start)
    }
}

/// Rows of each head in the order of neighbouring pairs.
fn neighbours(bytes: &[u8], row: usize, head_dim: usize) -> Vec<u8> {
    let rows: Vec<&[u8]> = bytes.chunks_exact(row).collect();
    let order = (0..rows.len()).map(|new| {
        let (head, place) = (new / head_dim, new % head_dim);
        head * head_dim + place % 2 * head_dim / 2 + place / 2
    });
    order.flat_map(|old| rows[old].to_vec()).collect()
}

/// The metadata of a `tokenizer.json`.
fn tokenizer(source: &ModelFiles) -> Vec<(String, Vec<u8>)> {
    let json: serde_json::Value = source.json("tokenizer.json").unwrap().unwrap();
    let mut tokens: Vec<(u64, String)> = json["model"]["vocab"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(token, id)| (id.as_u64().unwrap(), token.clone()))
        .collect();
    tokens.sort();
    let tokens: Vec<String> = tokens.into_iter().map(|(_, token)| token).collect();
    let merges: Vec<String> = json["model"]["merges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| {
            let part = |i: usize| pair[i].as_str().unwrap().to_owned();
            format!("{} {}", part(0), part(1))
        })
        .collect();
    let types = (0..tokens.len()).map(|id| if id < 2 { 3i32 } else { 1 });
    let types: Vec<u8> = types.flat_map(i32::to_le_bytes).collect();
    let entries = [
        ("model", text("gpt2")),
        ("pre", text("gpt-2")),
        ("token_type", array(5, tokens.len() as u64, types)),
        ("tokens", texts(&tokens)),
        ("merges", texts(&merges)),
        ("bos_token_id", number(0)),
        ("eos_token_id", number(1)),
    ];
    let entries = entries.into_iter();
    entries
        .map(|(key, value)| (format!("tokenizer.ggml.{key}"), value))
        .collect()
}
