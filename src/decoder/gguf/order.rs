//! The order of a Llama's queries and keys: a GGUF file has the pairs that rope turns side by side,
//! Hugging Face has them half a head apart.
//!
//! An adapter is in Hugging Face's order, whether it is merged or trained. Where there is one, the rows
//! are brought back to that order at load; without one nothing is moved, and the rotation follows the
//! file. Only whole rows move, so any kind of blocks can be brought back.

use std::path::Path;

use crate::decoder::config::DecoderConfig;
use crate::decoder::error::{FileError, Problem};
use crate::decoder::model::Precision;
use crate::nn::block_quant::BlockMatrix;
use crate::nn::ops::Pairs;

/// Brings queries and keys back to Hugging Face's order.
#[derive(Debug, Clone, Copy)]
pub struct HuggingFaceOrder {
    head_dim: usize,
}

impl HuggingFaceOrder {
    /// What has to be brought back before an adapter is merged or trained, where anything has; the
    /// configuration then turns halves. `path` is the GGUF file.
    ///
    /// # Errors
    /// When all weights are to be trained, which no GGUF file is written from, or heads turn in part.
    pub fn needed(
        path: &Path,
        config: &mut DecoderConfig,
        adapter: bool,
        precision: &Precision,
    ) -> Result<Option<Self>, FileError> {
        let unsupported = |what: &str| FileError::new(path, "", Problem::Unsupported(what.into()));
        if *precision == Precision::Trainable {
            return Err(unsupported("training every weight of a GGUF file"));
        }
        let changed = adapter || precision.lora().is_some();
        if !changed || config.rope.pairs == Pairs::Halves {
            return Ok(None);
        }
        if config.rope.dim != config.head_dim {
            let what = "an adapter on a GGUF file whose heads turn in part";
            return Err(unsupported(what));
        }
        config.rope.pairs = Pairs::Halves;
        Ok(Some(Self {
            head_dim: config.head_dim,
        }))
    }

    /// Where the file has a row.
    fn place(self, row: usize) -> usize {
        let (start, within) = (row - row % self.head_dim, row % self.head_dim);
        let half = self.head_dim / 2;
        start + 2 * (within % half) + within / half
    }

    /// A matrix of queries or keys, its rows brought back; any other as it is.
    ///
    /// # Errors
    /// When the rows are no whole heads.
    pub fn matrix(self, name: &str, stored: BlockMatrix) -> candle_core::Result<BlockMatrix> {
        if !is_moved(name) {
            return Ok(stored);
        }
        let (rows, cols) = stored.dims();
        if !rows.is_multiple_of(self.head_dim) {
            candle_core::bail!("{rows} rows are no heads of {}", self.head_dim);
        }
        let size = stored.bytes().len() / rows;
        let mut bytes = Vec::with_capacity(stored.bytes().len());
        for row in 0..rows {
            let start = self.place(row) * size;
            bytes.extend_from_slice(&stored.bytes()[start..start + size]);
        }
        BlockMatrix::new(stored.kind(), rows, cols, bytes.into())
    }

    /// A bias of queries or keys, brought back; any other as it is.
    pub fn vector(self, name: &str, stored: Vec<f32>) -> Vec<f32> {
        if !is_moved(name) {
            return stored;
        }
        let place = |row| stored.get(self.place(row)).copied();
        (0..stored.len()).filter_map(place).collect()
    }
}

/// Whether a layer's outputs are in another order.
fn is_moved(name: &str) -> bool {
    [".q_proj", ".k_proj"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::block_quant::BlockType;
    use crate::nn::ops::check;

    #[test]
    fn rows_of_any_blocks_come_back_and_other_layers_stay() {
        let order = HuggingFaceOrder { head_dim: 6 };
        let (rows, cols) = (12, 32);
        let matrix =
            BlockMatrix::quantize(&check::values(rows * cols, 1), rows, cols, BlockType::Q4_1);
        let matrix = matrix.unwrap();
        let row = |matrix: &BlockMatrix, index| {
            let mut row = Vec::new();
            matrix.dequantize_row(index, &mut row).unwrap();
            row
        };
        let back = order
            .matrix("model.layers.0.self_attn.q_proj", matrix.clone())
            .unwrap();
        // Pairs (0, 1), (2, 3), (4, 5) of a head become (0, 3), (1, 4), (2, 5).
        let places = [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11];
        for (index, place) in places.into_iter().enumerate() {
            assert_eq!(row(&back, index), row(&matrix, place), "{index}");
        }
        let bias: Vec<f32> = (0..12u8).map(f32::from).collect();
        let moved = order.vector("a.k_proj", bias.clone());
        assert_eq!(moved, places.map(|place| place as f32));
        assert_eq!(order.vector("a.v_proj", bias.clone()), bias);
        let same = order.matrix("a.o_proj", matrix.clone()).unwrap();
        assert_eq!(same.bytes(), matrix.bytes());
    }

    #[test]
    fn rows_that_are_no_whole_heads_are_an_error() {
        let matrix = BlockMatrix::quantize(&[0.; 3 * 32], 3, 32, BlockType::Q8_0).unwrap();
        let order = HuggingFaceOrder { head_dim: 4 };
        assert!(order.matrix("a.q_proj", matrix).is_err());
    }
}
