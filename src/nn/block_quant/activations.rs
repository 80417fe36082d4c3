//! Rows of activations in eight bits, as the kernels take them.

use super::format::{MIN_GROUP, SCALE_GROUP};
use super::panels::BLOCK;

/// Rows of activations in eight bits, each filled up with zeros to whole blocks.
pub struct Activations {
    rows: usize,
    width: usize,
    values: Vec<i8>,
    /// One for each [`MIN_GROUP`] values.
    scales: Vec<f32>,
    /// Sums of [`SCALE_GROUP`] values.
    sums: Vec<i32>,
}

/// One row of [`Activations`].
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Eight bits each.
    pub values: &'a [i8],
    /// One for each [`MIN_GROUP`] values.
    pub scales: &'a [f32],
    /// Sums of [`SCALE_GROUP`] values.
    pub sums: &'a [i32],
}

impl Activations {
    /// Rounds rows of `width` values.
    pub fn quantize(x: &[f32], width: usize) -> Self {
        let (rows, padded) = (x.len() / width, width.next_multiple_of(BLOCK));
        let mut all = Self {
            rows,
            width: padded,
            values: vec![0; rows * padded],
            scales: vec![0.; rows * padded / MIN_GROUP],
            sums: vec![0; rows * padded / SCALE_GROUP],
        };
        let scales = all.scales.chunks_exact_mut(padded / MIN_GROUP);
        let sums = all.sums.chunks_exact_mut(padded / SCALE_GROUP);
        let rounded = all.values.chunks_exact_mut(padded).zip(scales.zip(sums));
        for (x, (values, (scales, sums))) in x.chunks_exact(width).zip(rounded) {
            round_row(x, values, scales, sums);
        }
        all
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// One row.
    pub fn row(&self, index: usize) -> Row<'_> {
        fn part<T>(all: &[T], index: usize, len: usize) -> &[T] {
            &all[index * len..(index + 1) * len]
        }
        Row {
            values: part(&self.values, index, self.width),
            scales: part(&self.scales, index, self.width / MIN_GROUP),
            sums: part(&self.sums, index, self.width / SCALE_GROUP),
        }
    }
}

fn round_row(x: &[f32], values: &mut [i8], scales: &mut [f32], sums: &mut [i32]) {
    let groups = x.chunks(MIN_GROUP).zip(values.chunks_exact_mut(MIN_GROUP));
    for ((x, values), scale) in groups.zip(scales) {
        *scale = largest(x) / 127.;
        let inverse = if *scale > 0. { 1. / *scale } else { 0. };
        for (value, x) in values.iter_mut().zip(x) {
            // In a sum with 1.5 · 2²³ the last bits are those of the nearest integer.
            *value = (x * inverse + 12_582_912.).to_bits() as i8;
        }
    }
    for (values, sum) in values.chunks_exact(SCALE_GROUP).zip(sums) {
        *sum = values.iter().map(|value| i32::from(*value)).sum();
    }
}

/// The largest magnitude; in lanes, since a compiler may not change the order of a fold.
fn largest(x: &[f32]) -> f32 {
    let mut lanes = [0f32; 8];
    for x in x.chunks(lanes.len()) {
        for (lane, value) in lanes.iter_mut().zip(x) {
            let value = value.abs();
            *lane = if value > *lane { value } else { *lane };
        }
    }
    lanes.into_iter().fold(0., f32::max)
}
