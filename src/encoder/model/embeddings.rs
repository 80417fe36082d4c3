//! What a token is before the first layer: its word, its place and its type, added up and normalised.

use candle_core::{Device, Result, Tensor};

use super::Batch;
use super::layer::Norm;
use crate::encoder::config::EncoderConfig;
use crate::encoder::weights::Table;
use crate::nn::quant::{Q4_0_BLOCK, Q4_0_BYTES, dequantize_q4_0};

/// Word, position and type embeddings, looked up without a gradient, then normalised.
pub(super) struct Embeddings {
    pub words: Table,
    /// [positions, width].
    pub positions: Vec<f32>,
    /// `[width]`, of the first type.
    pub types: Vec<f32>,
    pub norm: Norm,
}

impl Embeddings {
    /// [tokens, width].
    pub fn forward(&self, batch: &Batch, config: &EncoderConfig) -> Result<Tensor> {
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
