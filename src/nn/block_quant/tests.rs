//! Formats against their own definition, products against the product in f32.

use candle_core::Device;
use proptest::prelude::*;

use super::activations::Activations;
use super::*;
use crate::nn::ops::check;
use crate::nn::quant::dequantize_q4_0;

const QUANTIZED: [BlockType; 5] = [
    BlockType::Q4_0,
    BlockType::Q4_1,
    BlockType::Q8_0,
    BlockType::Q4K,
    BlockType::Q6K,
];

/// A matrix of random blocks whose scales are small numbers.
fn random(kind: BlockType, rows: usize, cols: usize, seed: u32) -> BlockMatrix {
    let size = rows * kind.row_bytes(cols).unwrap();
    let noise = check::values(size, seed);
    let mut bytes: Vec<u8> = noise.iter().map(|v| (v * 128. + 128.) as u8).collect();
    let halves: &[usize] = match kind {
        BlockType::Q4_1 | BlockType::Q4K => &[0, 2],
        BlockType::Q6K => &[208],
        _ => &[0],
    };
    for block in bytes.chunks_exact_mut(kind.bytes()) {
        for at in halves {
            let scale = 0.01 + f32::from(block[*at]) / 25_600.;
            block[*at..at + 2].copy_from_slice(&half::f16::from_f32(scale).to_le_bytes());
        }
    }
    BlockMatrix::new(kind, rows, cols, bytes.into()).unwrap()
}

fn exact(matrix: &BlockMatrix, x: &Tensor) -> Tensor {
    let weights = Tensor::from_vec(matrix.dequantize(), matrix.dims(), &Device::Cpu).unwrap();
    ops::linear(x, &weights, None).unwrap()
}

/// Largest difference, relative to the largest value.
fn difference(a: &Tensor, b: &Tensor) -> f32 {
    let max = |t: Tensor| {
        let largest = t.abs().unwrap().max_all().unwrap();
        largest.to_scalar::<f32>().unwrap()
    };
    max((a - b).unwrap()) / max(b.clone())
}

#[test]
fn products_stay_close_to_those_in_f32() {
    let x = check::var(&[3, 512], 5).as_tensor().clone();
    for kind in QUANTIZED {
        let matrix = random(kind, 70, 512, 6);
        let packed = PackedMatrix::pack(&matrix).unwrap();
        let difference = difference(&packed.forward(&x).unwrap(), &exact(&matrix, &x));
        assert!(difference < 0.02, "{kind:?}: {difference}");
    }
    let values = check::values(70 * 512, 7);
    for kind in [BlockType::F16, BlockType::BF16] {
        let matrix = BlockMatrix::quantize(&values, 70, 512, kind).unwrap();
        let difference = difference(&matrix.forward(&x).unwrap(), &exact(&matrix, &x));
        assert!(difference < 1e-5, "{kind:?}: {difference}");
    }
}

#[test]
fn one_token_gives_the_same_numbers_as_many() {
    let x = check::var(&[3, 512], 5).as_tensor().clone();
    for kind in QUANTIZED {
        let matrix = PackedMatrix::pack(&random(kind, 70, 512, 6)).unwrap();
        let together = matrix.forward(&x).unwrap().to_vec2::<f32>().unwrap();
        for (index, row) in together.iter().enumerate() {
            let alone = matrix.forward(&x.narrow(0, index, 1).unwrap()).unwrap();
            assert_eq!(&alone.to_vec2::<f32>().unwrap()[0], row);
        }
    }
}

#[test]
fn all_kernels_of_this_machine_agree() {
    // Widths and heights that fill no block, panel or group of tokens.
    let x = check::values(6 * 288, 5);
    for kind in QUANTIZED {
        let cols = if kind.weights() == 256 { 256 } else { 288 };
        let x = Activations::quantize(&x[..6 * cols], cols);
        let packed = PackedMatrix::pack(&random(kind, 21, cols, 6)).unwrap();
        let kernels = kernel::all();
        let products = kernels
            .iter()
            .map(|(_, kernel)| packed.product(&x, *kernel));
        let products: Vec<Vec<f32>> = products.collect();
        let plain = products.last().unwrap();
        let largest = plain.iter().fold(0f32, |max, value| max.max(value.abs()));
        for (product, (name, _)) in products.iter().zip(&kernels) {
            for (a, b) in product.iter().zip(plain) {
                assert!(
                    (a - b).abs() < 1e-5 * largest,
                    "{kind:?}, {name}: {a} and {b}"
                );
            }
        }
    }
}

#[test]
fn several_matrices_at_once_give_what_each_gives() {
    let x = check::var(&[5, 64], 1).as_tensor().clone();
    let matrices = [
        (BlockType::Q4_0, 40),
        (BlockType::Q8_0, 7),
        (BlockType::Q4_1, 16),
    ];
    let matrices =
        matrices.map(|(kind, rows)| PackedMatrix::pack(&random(kind, rows, 64, 2)).unwrap());
    let [a, b, c] = &matrices;
    let together = PackedMatrix::forward_each([a, b, c], &x).unwrap();
    for (matrix, together) in matrices.iter().zip(together) {
        let alone = matrix.forward(&x).unwrap();
        assert_eq!(
            alone.to_vec2::<f32>().unwrap(),
            together.to_vec2::<f32>().unwrap()
        );
    }
    let narrow = check::var(&[5, 32], 1);
    assert!(PackedMatrix::forward_each([a, b, c], &narrow).is_err());
}

#[test]
fn rounding_errs_by_half_a_step_at_most() {
    let values = check::values(4 * 64, 8);
    for (kind, steps) in [
        (BlockType::Q4_0, 8.),
        (BlockType::Q4_1, 14.),
        (BlockType::Q8_0, 126.),
    ] {
        let matrix = BlockMatrix::quantize(&values, 4, 64, kind).unwrap();
        let worst = matrix.dequantize().into_iter().zip(&values);
        let worst = worst.map(|(a, b)| (a - b).abs()).fold(0., f32::max);
        // The largest positive weight of Q4_0 may lie a whole step beyond the last value.
        let limit = if kind == BlockType::Q4_0 { 1. } else { 0.51 };
        let range = if kind == BlockType::Q4_1 { 2. } else { 1. };
        assert!(worst <= limit * range / steps, "{kind:?}: {worst}");
    }
}

#[test]
fn q4_0_is_what_the_encoder_reads_as_well() {
    let matrix = random(BlockType::Q4_0, 2, 64, 9);
    let mut theirs = Vec::new();
    dequantize_q4_0(&matrix.bytes, &mut theirs);
    assert_eq!(matrix.dequantize(), theirs);
}

#[test]
fn blocks_of_256_follow_the_layout_of_ggml() {
    let mut block = vec![0u8; 144];
    block[..2].copy_from_slice(&half::f16::from_f32(0.5).to_le_bytes());
    block[2..4].copy_from_slice(&half::f16::from_f32(0.25).to_le_bytes());
    (block[4], block[8]) = (3 | 2 << 6, 5 | 1 << 6); // group 0, and the upper bits of group 4
    block[12] = 7 | 9 << 4; // lower bits of group 4
    (block[16], block[80]) = (0x2f, 0x0b); // weights 0 and 32, weight 128
    let mut weights = Vec::new();
    format::dequantize(BlockType::Q4K, &block, &mut weights);
    assert_eq!(weights.len(), 256);
    assert_eq!(weights[0], 0.5 * 3. * 15. - 0.25 * 5.);
    assert_eq!(weights[128], 0.5 * 39. * 11. - 0.25 * 25.);

    let mut block = vec![0u8; 210];
    block[208..].copy_from_slice(&half::f16::from_f32(0.5).to_le_bytes());
    (block[192], block[198]) = (2, 0xff); // scales of weights 0..16 and 96..112
    (block[0], block[128]) = (0x5a, 0b11); // weights 0 and 64
    block[32] = 0x70; // weight 96
    let mut weights = Vec::new();
    format::dequantize(BlockType::Q6K, &block, &mut weights);
    assert_eq!(weights[0], 0.5 * 2. * (0x3a - 32) as f32);
    assert_eq!(weights[96], -0.5 * (7 - 32) as f32);
}

#[test]
fn sizes_that_do_not_fit_are_errors() {
    let new = |kind, rows, cols, bytes: usize| {
        BlockMatrix::new(kind, rows, cols, vec![0u8; bytes].into()).is_ok()
    };
    assert!(new(BlockType::Q4_0, 2, 32, 36));
    assert!(!new(BlockType::Q4_0, 2, 33, 36));
    assert!(!new(BlockType::Q4_0, 2, 32, 35));
    assert!(!new(BlockType::Q8_0, usize::MAX, 32, 34));
    assert!(!new(BlockType::F32, 0, 4, 0));
    assert!(BlockMatrix::quantize(&[0.; 33], 1, 33, BlockType::Q8_0).is_err());
    assert!(BlockMatrix::quantize(&[0.; 256], 1, 256, BlockType::Q4K).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_bytes_are_a_matrix(bytes in prop::collection::vec(any::<u8>(), 420)) {
        let matrix = BlockMatrix::new(BlockType::Q6K, 2, 256, bytes.clone().into()).unwrap();
        prop_assert_eq!(matrix.dequantize().len(), 512);
        let matrix = BlockMatrix::new(BlockType::Q4K, 2, 256, bytes[..288].to_vec().into()).unwrap();
        let x = Tensor::ones((1, 256), candle_core::DType::F32, &Device::Cpu).unwrap();
        let product = matrix.forward(&x).unwrap();
        prop_assert_eq!(product.dims(), &[1, 2]);
    }
}
