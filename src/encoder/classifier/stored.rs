//! `classifier.safetensors`: the adapters of all layers stacked by part, and the softmax layer.
//!
//! `PART.lora_A` [layers, r, in] and `PART.lora_B` [layers, r, out] (transposed, since blocks lie in rows)
//! are U8, the last dimension in Q4_0 blocks of 18 bytes: a tenth of what is added to a layer is lost
//! with half of the bytes of I8. `softmax.weight` [classes, width] is I8 with a scale a row under
//! `softmax.weight_scale`; `softmax.bias` and `softmax.mean` are F32. The metadata name the classes, the
//! base, and the first layer with adapters; all above it have them.

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::{FILE, Learned, Softmax};
use crate::encoder::cache::fingerprint;
use crate::encoder::model::{Adapters, PARTS, layer_name, part_shape};
use crate::encoder::{EncoderConfig, EncoderError, ModelFiles};
use crate::nn::block_quant::{BlockMatrix, BlockType};
use crate::nn::linear::{ADAPTER_SCALE, Lora};
use crate::nn::quant::Int8Weight;

const CLASSES: &str = "classes";
const BASE: &str = "base";
const FROM: &str = "from";
const WEIGHT: &str = "softmax.weight";
const BIAS: &str = "softmax.bias";
const MEAN: &str = "softmax.mean";

const BLOCKS: BlockType = BlockType::Q4_0;

/// Names what a classifier was trained on.
fn base_of(files: &ModelFiles) -> String {
    let bytes = fingerprint(files, None);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn write(learned: &Learned<'_>) -> Result<Vec<u8>, EncoderError> {
    let refused = |reason: String| learned.base.malformed(FILE, reason);
    let config = EncoderConfig::parse(learned.base)?;
    let adapter = |layer, part| learned.adapters.get(&layer_name(layer, part));
    let mut layers = 0..config.num_hidden_layers;
    let from = layers
        .clone()
        .find(|layer| adapter(*layer, PARTS[0]).is_some());
    layers.start = from.unwrap_or_default();
    let mut tensors = Vec::new();
    for part in PARTS {
        let (mut a, mut b, mut rank) = (Vec::new(), Vec::new(), 0);
        for layer in layers.clone() {
            let missing = || refused(format!("{} has no adapter", layer_name(layer, part)));
            let lora = adapter(layer, part).ok_or_else(missing)?;
            rank = lora.a.dim(0)?;
            a.extend(lora.a.flatten_all()?.to_vec1::<f32>()?);
            b.extend(lora.b.t()?.flatten_all()?.to_vec1::<f32>()?);
        }
        let (outputs, inputs) = part_shape(&config, part);
        let rows = [layers.len(), rank];
        tensors.push(four_bits(&format!("{part}.lora_A"), &a, rows, inputs)?);
        tensors.push(four_bits(&format!("{part}.lora_B"), &b, rows, outputs)?);
    }
    let Softmax { mean, weight, bias } = learned.softmax;
    let rows: Vec<f32> = weight.flatten_all()?.to_vec1()?;
    tensors.extend(eight_bits(WEIGHT, &rows, weight.dims().to_vec()));
    tensors.push(floats(BIAS, &bias.to_vec1()?, bias.dims().to_vec()));
    tensors.push(floats(MEAN, &mean.to_vec1()?, mean.dims().to_vec()));
    let views = tensors.iter().map(|(name, dtype, shape, data)| {
        let view = TensorView::new(*dtype, shape.clone(), data);
        view.map(|view| (name.as_str(), view))
            .map_err(|error| refused(error.to_string()))
    });
    let classes = serde_json::to_string(learned.classes).map_err(|e| refused(e.to_string()))?;
    let metadata = HashMap::from([
        (CLASSES.to_owned(), classes),
        (BASE.to_owned(), base_of(learned.base)),
        (FROM.to_owned(), layers.start.to_string()),
    ]);
    safetensors::serialize(views.collect::<Result<Vec<_>, _>>()?, Some(metadata))
        .map_err(|error| refused(error.to_string()))
}

type Stored = (String, Dtype, Vec<usize>, Vec<u8>);

fn floats(name: &str, values: &[f32], shape: Vec<usize>) -> Stored {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes());
    (name.to_owned(), Dtype::F32, shape, bytes.collect())
}

fn four_bits(
    name: &str,
    values: &[f32],
    [layers, rank]: [usize; 2],
    width: usize,
) -> Result<Stored, EncoderError> {
    let rows = BlockMatrix::quantize(values, layers * rank, width, BLOCKS)?;
    let shape = vec![layers, rank, width / BLOCKS.weights(), BLOCKS.bytes()];
    Ok((name.to_owned(), Dtype::U8, shape, rows.bytes().to_vec()))
}

/// Rows of the last dimension, and their scales.
fn eight_bits(name: &str, values: &[f32], shape: Vec<usize>) -> [Stored; 2] {
    let width = shape.last().copied().unwrap_or(1).max(1);
    let rounded = Int8Weight::quantize(values, values.len() / width, width);
    let scales = floats(
        &format!("{name}_scale"),
        &rounded.scales,
        shape[..shape.len().saturating_sub(1)].to_vec(),
    );
    let values = rounded.values.iter().map(|value| *value as u8).collect();
    [(name.to_owned(), Dtype::I8, shape, values), scales]
}

/// Adapters, softmax layer and the names of the classes.
pub(super) fn read(
    base: &ModelFiles,
    config: &EncoderConfig,
    name: &str,
    bytes: &[u8],
) -> Result<(Adapters, Softmax, Vec<String>), EncoderError> {
    let reader = Reader::open(name, bytes)?;
    let of_base = reader.metadata(BASE)?;
    if of_base != base_of(base) {
        let reason = format!("it was trained on another base than {}", base.name);
        return Err(reader.malformed(reason));
    }
    let classes: Vec<String> = serde_json::from_str(reader.metadata(CLASSES)?)
        .map_err(|error| reader.malformed(format!("{CLASSES}: {error}")))?;
    let width = config.hidden_size;
    let from = reader.metadata(FROM)?.parse().ok();
    let layers =
        from.and_then(|from: usize| Some((from, config.num_hidden_layers.checked_sub(from)?)));
    let (from, layers) = layers.ok_or_else(|| reader.malformed(format!("`{FROM}` is no layer")))?;
    let mut adapters = Adapters::new();
    for part in PARTS {
        let (outputs, inputs) = part_shape(config, part);
        let (a_name, b_name) = (format!("{part}.lora_A"), format!("{part}.lora_B"));
        let rank = reader.rank(&a_name)?;
        let a = reader.four_bits(&a_name, [layers, rank], inputs)?;
        let b = reader.four_bits(&b_name, [layers, rank], outputs)?;
        for layer in 0..layers {
            let lora = Lora {
                a: a.get(layer)?.contiguous()?,
                b: b.get(layer)?.t()?.contiguous()?,
                scale: ADAPTER_SCALE,
                dropout: None,
            };
            adapters.insert(layer_name(from + layer, part), lora);
        }
    }
    let softmax = Softmax {
        mean: reader.floats(MEAN, &[width])?,
        weight: reader.eight_bits(WEIGHT, &[classes.len(), width])?,
        bias: reader.floats(BIAS, &[classes.len()])?,
    };
    Ok((adapters, softmax, classes))
}

/// A file that holds what it promises, or is refused.
struct Reader<'a> {
    name: &'a str,
    tensors: SafeTensors<'a>,
    metadata: HashMap<String, String>,
}

impl<'a> Reader<'a> {
    fn open(name: &'a str, bytes: &'a [u8]) -> Result<Self, EncoderError> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| malformed(name, e))?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| malformed(name, e))?;
        Ok(Self {
            name,
            tensors,
            metadata: header.metadata().clone().unwrap_or_default(),
        })
    }

    fn malformed(&self, reason: impl ToString) -> EncoderError {
        malformed(self.name, reason)
    }

    fn metadata(&self, key: &str) -> Result<&str, EncoderError> {
        let found = self.metadata.get(key).map(String::as_str);
        found.ok_or_else(|| self.malformed(format!("its metadata lack `{key}`")))
    }

    fn view(&self, tensor: &str, dtype: Dtype) -> Result<TensorView<'_>, EncoderError> {
        let view = self.tensors.tensor(tensor);
        let view = view.map_err(|error| self.malformed(format!("{tensor}: {error}")))?;
        if view.dtype() != dtype {
            let stored = view.dtype();
            return Err(self.malformed(format!("{tensor} is stored as {stored:?}")));
        }
        Ok(view)
    }

    fn shaped(
        &self,
        tensor: &str,
        dtype: Dtype,
        shape: &[usize],
    ) -> Result<TensorView<'_>, EncoderError> {
        let view = self.view(tensor, dtype)?;
        if view.shape() != shape {
            let reason = format!("{tensor} has shape {:?}, not {shape:?}", view.shape());
            return Err(self.malformed(reason));
        }
        Ok(view)
    }

    fn rank(&self, tensor: &str) -> Result<usize, EncoderError> {
        match self.view(tensor, Dtype::U8)?.shape() {
            [_, rank, ..] if *rank > 0 => Ok(*rank),
            shape => Err(self.malformed(format!("{tensor} has shape {shape:?}"))),
        }
    }

    fn floats(&self, tensor: &str, shape: &[usize]) -> Result<Tensor, EncoderError> {
        let view = self.shaped(tensor, Dtype::F32, shape)?;
        Ok(Tensor::from_slice(
            &numbers(view.data()),
            shape,
            &Device::Cpu,
        )?)
    }

    fn four_bits(
        &self,
        tensor: &str,
        [layers, rank]: [usize; 2],
        width: usize,
    ) -> Result<Tensor, EncoderError> {
        let shape = [layers, rank, width / BLOCKS.weights(), BLOCKS.bytes()];
        let view = self.shaped(tensor, Dtype::U8, &shape)?;
        let bytes = view.data().to_vec().into();
        let rows = BlockMatrix::new(BLOCKS, layers * rank, width, bytes)?.dequantize();
        Ok(Tensor::from_vec(rows, (layers, rank, width), &Device::Cpu)?)
    }

    fn eight_bits(&self, tensor: &str, shape: &[usize]) -> Result<Tensor, EncoderError> {
        let view = self.shaped(tensor, Dtype::I8, shape)?;
        let (width, rows) = shape.split_last().unwrap_or((&1, &[]));
        let scales = self.shaped(&format!("{tensor}_scale"), Dtype::F32, rows)?;
        let rounded = Int8Weight {
            values: view.data().iter().map(|byte| *byte as i8).collect(),
            scales: numbers(scales.data()),
            outputs: rows.iter().product(),
            inputs: *width,
        };
        Ok(Tensor::from_vec(rounded.dequantize(), shape, &Device::Cpu)?)
    }
}

fn numbers(bytes: &[u8]) -> Vec<f32> {
    let (words, _) = bytes.as_chunks();
    words.iter().map(|word| f32::from_le_bytes(*word)).collect()
}

fn malformed(name: &str, reason: impl ToString) -> EncoderError {
    EncoderError::Malformed {
        model: name.to_owned(),
        file: FILE,
        reason: reason.to_string(),
    }
}
