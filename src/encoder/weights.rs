//! Tensors of a safetensors file, whatever they are stored in.
//!
//! f32, f16 and bf16 as Hugging Face writes them; U8 tensors whose last dimension is 18 are rows of
//! Q4_0 blocks; an I8 matrix has its scales beside it, under `<name>_scale`.

use candle_core::{DType, Device, Tensor};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::{EncoderError, ModelFiles};
use crate::nn::bytes::SharedBytes;
use crate::nn::quant::{Int8Weight, Q4_0_BLOCK, Q4_0_BYTES, dequantize_q4_0};

const FILE: &str = "model.safetensors";

/// Prefixes under which checkpoints of a whole model keep the encoder.
const PREFIXES: [&str; 4] = ["", "roberta.", "bert.", "0.auto_model."];

/// The tensors of a model, with those of its base behind them.
pub struct Weights<'a> {
    files: &'a ModelFiles,
    tensors: SafeTensors<'a>,
    prefix: &'static str,
    base: Option<Box<Weights<'a>>>,
}

/// A word embedding table as it is stored.
#[derive(Debug, Clone)]
pub enum Table {
    /// f32 rows.
    Dense(Vec<f32>),
    /// Rows of Q4_0 blocks.
    Q4(SharedBytes),
}

impl<'a> Weights<'a> {
    /// Reads the header and checks that the file holds what it promises.
    ///
    /// # Errors
    /// When the file is cut, or no safetensors file at all.
    pub fn open(files: &'a ModelFiles, base: Option<&'a ModelFiles>) -> Result<Self, EncoderError> {
        let tensors = SafeTensors::deserialize(&files.weights)
            .map_err(|error| files.malformed(FILE, error))?;
        let prefix = PREFIXES
            .into_iter()
            .find(|prefix| {
                tensors
                    .tensor(&format!("{prefix}embeddings.LayerNorm.weight"))
                    .is_ok()
            })
            .unwrap_or_default();
        let base = match base {
            Some(base) => Some(Box::new(Self::open(base, None)?)),
            None => None,
        };
        Ok(Self {
            files,
            tensors,
            prefix,
            base,
        })
    }

    fn view(&self, name: &str) -> Result<(&ModelFiles, TensorView<'_>), EncoderError> {
        match self.tensors.tensor(&format!("{}{name}", self.prefix)) {
            Ok(view) => Ok((self.files, view)),
            Err(error) => match &self.base {
                Some(base) => base.view(name),
                None => Err(self.files.malformed(FILE, format!("{name}: {error}"))),
            },
        }
    }

    /// A tensor as f32 of the expected shape.
    ///
    /// # Errors
    /// When it is missing, or has another shape or an unknown type.
    pub fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EncoderError> {
        let (files, view) = self.view(name)?;
        if view.dtype() == Dtype::I8 {
            return Ok(self.int8(name, shape)?.dequantize());
        }
        let stored = logical_shape(&view);
        if stored != shape {
            let reason = format!("{name} has shape {stored:?}, not {shape:?}");
            return Err(files.malformed(FILE, reason));
        }
        match view.dtype() {
            Dtype::F32 | Dtype::F16 | Dtype::BF16 => {
                let dtype = match view.dtype() {
                    Dtype::F32 => DType::F32,
                    Dtype::F16 => DType::F16,
                    _ => DType::BF16,
                };
                let raw = Tensor::from_raw_buffer(view.data(), dtype, shape, &Device::Cpu)?;
                Ok(raw.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
            }
            Dtype::U8 if is_q4(&view) => {
                let mut values = Vec::with_capacity(shape.iter().product());
                dequantize_q4_0(view.data(), &mut values);
                Ok(values)
            }
            other => Err(files.malformed(FILE, format!("{name} is stored as {other:?}"))),
        }
    }

    /// A matrix [out, in] in eight bits: as stored, or rounded from what is stored.
    ///
    /// # Errors
    /// As [`Weights::floats`].
    pub fn int8(&self, name: &str, shape: &[usize]) -> Result<Int8Weight, EncoderError> {
        let (files, view) = self.view(name)?;
        let &[outputs, inputs] = shape else {
            return Err(files.malformed(FILE, format!("{name} is no matrix")));
        };
        if view.dtype() != Dtype::I8 {
            return Ok(Int8Weight::quantize(
                &self.floats(name, shape)?,
                outputs,
                inputs,
            ));
        }
        if view.shape() != shape {
            let reason = format!("{name} has shape {:?}, not {shape:?}", view.shape());
            return Err(files.malformed(FILE, reason));
        }
        Ok(Int8Weight {
            values: view.data().iter().map(|byte| *byte as i8).collect(),
            scales: self.floats(&format!("{name}_scale"), &[outputs])?,
            outputs,
            inputs,
        })
    }

    /// The word embeddings [rows, width], left in Q4_0 where they are.
    ///
    /// # Errors
    /// As [`Weights::floats`].
    pub fn table(&self, name: &str, rows: usize, width: usize) -> Result<Table, EncoderError> {
        let (files, view) = self.view(name)?;
        if !is_q4(&view) {
            return Ok(Table::Dense(self.floats(name, &[rows, width])?));
        }
        if logical_shape(&view) != [rows, width] {
            let reason = format!("{name} has {:?} rows, not {rows}", view.shape().first());
            return Err(files.malformed(FILE, reason));
        }
        let start = view.data().as_ptr() as usize - files.weights.as_ptr() as usize;
        let stored = files.weights.slice(start..start + view.data().len());
        let outside = || files.malformed(FILE, format!("{name} lies outside of the file"));
        Ok(Table::Q4(stored.ok_or_else(outside)?))
    }
}

fn is_q4(view: &TensorView) -> bool {
    view.dtype() == Dtype::U8 && view.shape().len() == 3 && view.shape()[2] == Q4_0_BYTES
}

fn logical_shape(view: &TensorView) -> Vec<usize> {
    match view.shape() {
        [rows, blocks, _] if is_q4(view) => vec![*rows, blocks * Q4_0_BLOCK],
        shape => shape.to_vec(),
    }
}
