//! Rounding a model to blocks, its adapter merged, for a folder of its own.
//!
//! Matrices become U8 tensors `[rows, blocks, bytes of a block]`, in the layout that GGUF gives these
//! blocks; norms and biases stay in f32. Blocks are of 32 weights, so that rows of 8064 are whole ones.
//! Embeddings and head, which decide which word comes next, keep eight bits, and so do the projections to
//! values: with shared heads they are a thirtieth of the weights, and rounding them moves the predictions
//! most (docs/performance.md).

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, serialize};

use super::adapter::Adapter;
use super::error::{DecoderError, FileError, Problem};
use super::files::ModelFiles;
use super::weights::{Storage, StoredTensor, Weights};
use crate::nn::block_quant::{BlockMatrix, BlockType};

/// Matrices that keep eight bits, by the end of their names.
const ENDS: [&str; 5] = [
    "embed_tokens.weight",
    "lm_head.weight",
    "embed_in.weight",
    "embed_out.weight",
    "v_proj.weight",
];

/// A tensor as it will be written.
struct Rounded {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Rounded {
    /// Not rounded at all.
    fn in_f32(values: &[f32], shape: Vec<usize>) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        Self {
            dtype: Dtype::F32,
            shape,
            bytes: bytes.collect(),
        }
    }
}

/// The contents of `model.safetensors`; `adapter` is the folder of one. `progress` is told how many
/// bytes of the model are done, of how many.
///
/// # Errors
/// When a file is missing or damaged, or the adapter belongs to another model.
pub fn quantize(
    files: &ModelFiles,
    adapter: Option<&Path>,
    kind: BlockType,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Vec<u8>, DecoderError> {
    let adapter = adapter.map(Adapter::open).transpose()?;
    let adapter = adapter.as_ref();
    let weights = Weights::from_safetensors(files)?;
    let mut names: Vec<&String> = weights.tensors.keys().collect();
    names.sort();
    let mut rounded = Vec::with_capacity(names.len());
    let size = |tensor: &StoredTensor| tensor.bytes.len() as u64;
    let (mut done, all) = (0, weights.tensors.values().map(size).sum());
    for name in names {
        let tensor = &weights.tensors[name];
        rounded.push((name.as_str(), round(&weights, name, tensor, adapter, kind)?));
        done += size(tensor);
        progress(done, all);
    }
    if let Some(adapter) = adapter {
        adapter.check_all_used()?;
    }
    let views = rounded.iter().map(|(name, tensor)| {
        let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes);
        view.map(|view| (*name, view))
    });
    let written = views
        .collect::<Result<Vec<_>, _>>()
        .and_then(|views| serialize(views, Some(HashMap::from([("format".into(), "pt".into())]))));
    Ok(written.map_err(|error| {
        let problem = Problem::Syntax(format!("safetensors: {error}"));
        FileError::new(files.path("model.safetensors"), "", problem)
    })?)
}

fn round(
    weights: &Weights,
    name: &str,
    tensor: &StoredTensor,
    adapter: Option<&Adapter>,
    kind: BlockType,
) -> Result<Rounded, DecoderError> {
    if let Storage::Other(_) = tensor.storage {
        // Buffers, such as positions: what needs them makes them anew.
        return Ok(Rounded {
            dtype: Dtype::U8,
            shape: vec![0],
            bytes: Vec::new(),
        });
    }
    let [rows, cols] = tensor.shape[..] else {
        let values = weights.vector(name, tensor.shape.iter().product())?;
        return Ok(Rounded::in_f32(&values, tensor.shape.clone()));
    };
    let mut values = weights.matrix(name, rows, cols)?.dequantize();
    if let (Some(adapter), Some(layer)) = (adapter, name.strip_suffix(".weight")) {
        adapter.merge(layer, rows, cols, &mut values)?;
    }
    let kind = match ENDS.iter().any(|end| name.ends_with(end)) {
        true => BlockType::Q8_0,
        false => kind,
    };
    if !cols.is_multiple_of(kind.weights()) {
        return Ok(Rounded::in_f32(&values, vec![rows, cols]));
    }
    let matrix = BlockMatrix::quantize(&values, rows, cols, kind)?;
    Ok(Rounded {
        dtype: Dtype::U8,
        shape: vec![rows, cols / kind.weights(), kind.bytes()],
        bytes: matrix.bytes().to_vec(),
    })
}

/// What a U8 tensor of this shape holds: the kind of its blocks, and its rows and columns.
pub(super) fn blocks(shape: &[usize]) -> Option<(BlockType, [usize; 2])> {
    let [rows, blocks, bytes] = shape[..] else {
        return None;
    };
    let kinds = [BlockType::Q4_0, BlockType::Q4_1, BlockType::Q8_0];
    let kind = kinds.into_iter().find(|kind| kind.bytes() == bytes)?;
    Some((kind, [rows, blocks.checked_mul(kind.weights())?]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decoder::{Decoder, KvCache, Precision};
    use crate::testing::model_folder;

    fn quantized(name: &str, adapter: Option<&Path>, kind: BlockType, to: &Path) -> ModelFiles {
        let folder = model_folder(name);
        let mut steps = Vec::new();
        let files = ModelFiles::at(&folder);
        let bytes = quantize(&files, adapter, kind, &mut |done, all| {
            steps.push((done, all));
        });
        assert_eq!(steps.last().map(|(done, all)| done == all), Some(true));
        for file in ["config.json", "tokenizer.json"] {
            std::fs::copy(folder.join(file), to.join(file)).unwrap();
        }
        std::fs::write(to.join("model.safetensors"), bytes.unwrap()).unwrap();
        ModelFiles::at(to)
    }

    fn logits(decoder: &Decoder) -> Vec<f32> {
        decoder.step(&[1, 5, 9, 2], &mut KvCache::new()).unwrap()
    }

    #[test]
    fn a_quantized_folder_speaks_as_the_model_rounded_at_load() {
        for name in ["tiny-llama", "tiny-neox"] {
            let to = tempfile::tempdir().unwrap();
            let files = quantized(name, None, BlockType::Q8_0, to.path());
            let stored = Decoder::load(&files, None, &Precision::Stored).unwrap();
            let original = ModelFiles::at(&model_folder(name));
            let precision = Precision::Blocks(BlockType::Q8_0);
            let rounded = Decoder::load(&original, None, &precision).unwrap();
            assert_eq!(logits(&stored), logits(&rounded), "{name}");
        }
    }

    #[test]
    fn the_adapter_is_in_the_weights_and_another_models_is_refused() {
        let adapter = model_folder("tiny-llama-adapter");
        let to = tempfile::tempdir().unwrap();
        let files = quantized("tiny-llama", Some(&adapter), BlockType::Q8_0, to.path());
        let stored = Decoder::load(&files, None, &Precision::Stored).unwrap();
        let original = ModelFiles::at(&model_folder("tiny-llama"));
        let precision = Precision::Blocks(BlockType::Q8_0);
        let merged = Decoder::load(&original, Some(&adapter), &precision).unwrap();
        assert_eq!(logits(&stored), logits(&merged));
        let bare = Decoder::load(&original, None, &precision).unwrap();
        assert_ne!(logits(&stored), logits(&bare));

        let foreign = model_folder("tiny-neox-adapter");
        let kind = BlockType::Q4_1;
        assert!(quantize(&original, Some(&foreign), kind, &mut |_, _| {}).is_err());
    }

    #[test]
    fn the_shape_of_blocks_tells_their_kind() {
        assert_eq!(blocks(&[3, 2, 18]), Some((BlockType::Q4_0, [3, 64])));
        assert_eq!(blocks(&[3, 2, 34]), Some((BlockType::Q8_0, [3, 64])));
        assert_eq!(blocks(&[3, 2, 19]), None);
        assert_eq!(blocks(&[3, 34]), None);
        assert_eq!(blocks(&[1, usize::MAX, 18]), None);
    }
}
