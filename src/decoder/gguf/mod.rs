//! GGUF files: a header, metadata, the list of tensors, and their bytes, in one file.
//!
//! The layout is that of ggml's `docs/gguf.md`, versions 2 and 3, little endian. Nothing in a file is
//! believed: every count, length and offset is compared with the bytes that are there before
//! anything is allocated for it.

mod config;
mod cursor;
mod order;
mod tokenizer;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::error::{FileError, Problem};
use super::weights::{Storage, StoredTensor, Weights};
use crate::nn::block_quant::BlockType;
use crate::nn::bytes::SharedBytes;
use cursor::{Cursor, Value};
pub use order::HuggingFaceOrder;

const MAGIC: &[u8] = b"GGUF";
const MAX_DIMENSIONS: u32 = 4;
const DEFAULT_ALIGNMENT: u64 = 32;
const MAX_ALIGNMENT: u64 = 1 << 20;

/// What a GGUF file says about a model, and where its tensors are.
pub struct Gguf {
    /// The file.
    pub path: PathBuf,
    bytes: SharedBytes,
    metadata: HashMap<String, Value>,
    /// Its tensors, by Hugging Face's names.
    pub weights: Weights,
}

/// A tensor as the list describes it, its place not yet checked.
struct Described {
    name: String,
    /// Innermost dimension first.
    dims: Vec<u64>,
    kind: u32,
    offset: u64,
}

impl Gguf {
    /// Maps a file and reads all but its tensors.
    ///
    /// # Errors
    /// When it is missing, of another format, cut, or its parts overlap or lie outside it.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let bytes = SharedBytes::map(path).map_err(|error| {
            let problem = match error.kind() {
                std::io::ErrorKind::NotFound => Problem::Missing,
                _ => Problem::Io(error),
            };
            FileError::new(path, "", problem)
        })?;
        Self::parse(path, &bytes)
    }

    /// Reads a file that is in memory; `path` is what errors call it.
    ///
    /// # Errors
    /// As [`Gguf::open`].
    pub fn parse(path: &Path, bytes: &SharedBytes) -> Result<Self, FileError> {
        if !bytes.starts_with(MAGIC) {
            return Err(FileError::new(path, "", Problem::Format("GGUF")));
        }
        let mut cursor = Cursor::new(path, bytes, MAGIC.len());
        let version = cursor.u32("version")?;
        if !(2..=3).contains(&version) {
            return Err(FileError::new(path, "", Problem::Version(version)));
        }
        let tensors = cursor.u64("tensor_count")?;
        let entries = cursor.u64("metadata_kv_count")?;
        let mut metadata = HashMap::new();
        for _ in 0..entries {
            let key = cursor.text("metadata key")?;
            let value = cursor.value(&key)?;
            if metadata.contains_key(&key) {
                let problem = Problem::Overlap("an entry of the same name".into());
                return Err(FileError::new(path, key, problem));
            }
            metadata.insert(key, value);
        }
        let described = (0..tensors)
            .map(|_| describe(&mut cursor))
            .collect::<Result<Vec<_>, _>>()?;
        let start = data_start(path, &metadata, cursor.position())?;
        let tensors = place(path, bytes, described, start)?;
        let rename = match metadata.get("general.architecture") {
            Some(Value::Text(name)) if name == "gemma2" => gemma2_name,
            _ => ggml_name,
        };
        Ok(Self {
            path: path.to_owned(),
            bytes: bytes.clone(),
            metadata,
            weights: Weights {
                tensors,
                files: vec![path.to_owned()],
                rename,
            },
        })
    }
}

fn describe(cursor: &mut Cursor) -> Result<Described, FileError> {
    let name = cursor.text("tensor name")?;
    let count = cursor.u32(&name)?;
    if count > MAX_DIMENSIONS {
        return Err(cursor.unexpected(&name, "up to 4 dimensions", count));
    }
    let dims = (0..count)
        .map(|_| cursor.u64(&name))
        .collect::<Result<_, _>>()?;
    Ok(Described {
        dims,
        kind: cursor.u32(&name)?,
        offset: cursor.u64(&name)?,
        name,
    })
}

/// Where the tensors' bytes begin: the next multiple of the alignment.
fn data_start(
    path: &Path,
    metadata: &HashMap<String, Value>,
    end: usize,
) -> Result<(u64, u64), FileError> {
    const KEY: &str = "general.alignment";
    let alignment = match metadata.get(KEY) {
        None => DEFAULT_ALIGNMENT,
        Some(value) => value.unsigned().unwrap_or(0),
    };
    if !alignment.is_power_of_two() || alignment > MAX_ALIGNMENT {
        let problem = Problem::Unexpected {
            expected: format!("a power of two up to {MAX_ALIGNMENT}"),
            found: alignment.to_string(),
        };
        return Err(FileError::new(path, KEY, problem));
    }
    Ok(((end as u64).next_multiple_of(alignment), alignment))
}

/// Finds each tensor's bytes; no two share any.
fn place(
    path: &Path,
    bytes: &SharedBytes,
    described: Vec<Described>,
    (start, alignment): (u64, u64),
) -> Result<HashMap<String, StoredTensor>, FileError> {
    let mut tensors = HashMap::new();
    let mut ranges = Vec::new();
    for Described {
        name,
        dims,
        kind,
        offset,
    } in described
    {
        let cut = || FileError::new(path, &name, Problem::Cut);
        if offset % alignment != 0 {
            let problem = Problem::Unexpected {
                expected: format!("an offset that {alignment} divides"),
                found: offset.to_string(),
            };
            return Err(FileError::new(path, &name, problem));
        }
        let from = start.checked_add(offset).ok_or_else(cut)?;
        let from = usize::try_from(from).map_err(|_| cut())?;
        let shape = dims.iter().rev().map(|dim| usize::try_from(*dim));
        let shape: Vec<usize> = shape.collect::<Result<_, _>>().map_err(|_| cut())?;
        let storage = storage(kind);
        let size = match &storage {
            Storage::Known(kind) => size(*kind, &shape).ok_or_else(|| {
                let problem = Problem::Unexpected {
                    expected: format!("a shape that divides into blocks of {kind:?}"),
                    found: format!("shape {shape:?}"),
                };
                FileError::new(path, &name, problem)
            })?,
            Storage::Other(_) => 0,
        };
        let to = from.checked_add(size).ok_or_else(cut)?;
        let part = bytes.slice(from..to).ok_or_else(cut)?;
        if size > 0 {
            ranges.push((from, to, name.clone()));
        }
        let stored = StoredTensor {
            storage,
            shape,
            bytes: part,
            file: 0,
        };
        if tensors.insert(name.clone(), stored).is_some() {
            let problem = Problem::Overlap("a tensor of the same name".into());
            return Err(FileError::new(path, name, problem));
        }
    }
    ranges.sort_unstable();
    for pair in ranges.windows(2) {
        if pair[0].1 > pair[1].0 {
            let problem = Problem::Overlap(pair[1].2.clone());
            return Err(FileError::new(path, &pair[0].2, problem));
        }
    }
    Ok(tensors)
}

/// Bytes of a tensor; none where they are no whole blocks, or too many to count.
fn size(kind: BlockType, shape: &[usize]) -> Option<usize> {
    let (cols, rows) = shape.split_last()?;
    let rows = rows.iter().try_fold(1usize, |n, dim| n.checked_mul(*dim))?;
    kind.row_bytes(*cols)?.checked_mul(rows)
}

/// The numbers of ggml's types.
fn storage(kind: u32) -> Storage {
    Storage::Known(match kind {
        0 => BlockType::F32,
        1 => BlockType::F16,
        2 => BlockType::Q4_0,
        3 => BlockType::Q4_1,
        8 => BlockType::Q8_0,
        12 => BlockType::Q4K,
        14 => BlockType::Q6K,
        30 => BlockType::BF16,
        other => return Storage::Other(format!("ggml type {other}")),
    })
}

/// Parts of a layer: Hugging Face's name and ggml's.
const PARTS: [(&str, &str); 9] = [
    ("input_layernorm", "attn_norm"),
    ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"),
    ("self_attn.o_proj", "attn_output"),
    ("post_attention_layernorm", "ffn_norm"),
    ("mlp.gate_proj", "ffn_gate"),
    ("mlp.up_proj", "ffn_up"),
    ("mlp.down_proj", "ffn_down"),
];

/// As [`PARTS`], of Gemma 2, whose norms stand before and after each part of a layer; the first match
/// holds.
const GEMMA2_NORMS: [(&str, &str); 3] = [
    ("post_attention_layernorm", "post_attention_norm"),
    ("pre_feedforward_layernorm", "ffn_norm"),
    ("post_feedforward_layernorm", "post_ffw_norm"),
];

/// ggml's name of a Llama tensor.
pub(super) fn ggml_name(name: &str) -> String {
    renamed(name, &[])
}

/// ggml's name of a Gemma 2 tensor.
pub(super) fn gemma2_name(name: &str) -> String {
    renamed(name, &GEMMA2_NORMS)
}

fn renamed(name: &str, norms: &[(&str, &str)]) -> String {
    for (theirs, ours) in [
        ("model.embed_tokens", "token_embd"),
        ("model.norm", "output_norm"),
        ("lm_head", "output"),
    ] {
        if let Some(rest) = name.strip_prefix(theirs) {
            return format!("{ours}{rest}");
        }
    }
    let layer = name.strip_prefix("model.layers.");
    let Some((index, part)) = layer.and_then(|rest| rest.split_once('.')) else {
        return name.to_owned();
    };
    let known = norms
        .iter()
        .chain(&PARTS)
        .find_map(|(theirs, ours)| part.strip_prefix(theirs).map(|rest| (ours, rest)));
    match known {
        Some((ours, rest)) => format!("blk.{index}.{ours}{rest}"),
        None => name.to_owned(),
    }
}
