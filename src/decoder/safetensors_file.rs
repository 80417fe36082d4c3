//! safetensors: one file, or several with `model.safetensors.index.json`.

use std::collections::{BTreeSet, HashMap};

use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::error::{FileError, Problem};
use super::files::ModelFiles;
use super::quantize::blocks;
use super::weights::{Storage, StoredTensor, Weights};
use crate::nn::block_quant::BlockType;
use crate::nn::bytes::SharedBytes;

const SINGLE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

#[derive(Deserialize)]
struct Index {
    weight_map: HashMap<String, String>,
}

impl Weights {
    /// The tensors of a model folder.
    ///
    /// # Errors
    /// When a file is missing, cut or no safetensors file.
    pub fn from_safetensors(files: &ModelFiles) -> Result<Self, FileError> {
        if let Some(bytes) = files.get(SINGLE)? {
            return Self::read(files, [(SINGLE.to_owned(), bytes)]);
        }
        let Some(index) = files.json::<Index>(INDEX)? else {
            return Err(FileError::new(files.path(SINGLE), "", Problem::Missing));
        };
        let shards: BTreeSet<String> = index.weight_map.into_values().collect();
        let shards = shards.into_iter().map(|name| {
            // A name that leads out of the folder is none of this model.
            if name.contains(['/', '\\', ':']) || !name.ends_with(".safetensors") {
                let problem = Problem::Unexpected {
                    expected: "the name of a .safetensors file".into(),
                    found: name.chars().take(80).collect(),
                };
                return Err(FileError::new(files.path(INDEX), "weight_map", problem));
            }
            let bytes = files.require(&name)?;
            Ok((name, bytes))
        });
        let shards = shards.collect::<Result<Vec<_>, _>>()?;
        Self::read(files, shards)
    }

    /// The tensors of some safetensors files of a model.
    ///
    /// # Errors
    /// When one is cut or of another format, or two hold the same tensor.
    pub fn read(
        files: &ModelFiles,
        shards: impl IntoIterator<Item = (String, SharedBytes)>,
    ) -> Result<Self, FileError> {
        let mut weights = Self {
            tensors: HashMap::new(),
            files: Vec::new(),
            rename: str::to_owned,
        };
        for (name, bytes) in shards {
            let path = files.path(&name);
            let (start, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| {
                let what = Problem::Syntax(format!("safetensors: {error}"));
                FileError::new(&path, "", what)
            })?;
            let start = start + 8; // the length of the header
            for (tensor, info) in metadata.tensors() {
                let (from, to) = info.data_offsets;
                let place = from.checked_add(start).zip(to.checked_add(start));
                let Some(part) = place.and_then(|(from, to)| bytes.slice(from..to)) else {
                    return Err(FileError::new(&path, tensor, Problem::Cut));
                };
                let (storage, shape) = storage(info.dtype, &info.shape);
                let stored = StoredTensor {
                    storage,
                    shape,
                    bytes: part,
                    file: weights.files.len(),
                };
                if let Some(other) = weights.tensors.insert(tensor.clone(), stored) {
                    let other = weights.files.get(other.file).unwrap_or(&path);
                    let problem = Problem::Overlap(other.display().to_string());
                    return Err(FileError::new(&path, tensor, problem));
                }
            }
            weights.files.push(path);
        }
        Ok(weights)
    }
}

/// How a tensor is stored, and its shape in weights.
fn storage(dtype: Dtype, shape: &[usize]) -> (Storage, Vec<usize>) {
    let storage = match dtype {
        Dtype::F32 => Storage::Known(BlockType::F32),
        Dtype::F16 => Storage::Known(BlockType::F16),
        Dtype::BF16 => Storage::Known(BlockType::BF16),
        Dtype::U8 => match blocks(shape) {
            Some((kind, shape)) => return (Storage::Known(kind), shape.to_vec()),
            None => Storage::Other("U8".to_owned()),
        },
        other => Storage::Other(format!("{other:?}")),
    };
    (storage, shape.to_vec())
}
