//! The product of a row of weights with a row of activations, in integers.

use super::format::{MIN_GROUP, SCALE_GROUP, Unpacked};

/// Rows of activations in eight bits.
pub struct Activations {
    width: usize,
    values: Vec<i8>,
    /// One for each [`MIN_GROUP`] values.
    scales: Vec<f32>,
    /// Sum of each group, in the activations' own scale.
    sums: Vec<f32>,
}

/// One row of [`Activations`].
pub struct ActivationRow<'a> {
    values: &'a [i8],
    scales: &'a [f32],
    sums: &'a [f32],
}

impl Activations {
    /// Rounds rows of `width` values, a multiple of [`MIN_GROUP`].
    pub fn quantize(x: &[f32], width: usize) -> Self {
        let groups = x.len() / MIN_GROUP;
        let mut rows = Self {
            width,
            values: Vec::with_capacity(x.len()),
            scales: Vec::with_capacity(groups),
            sums: Vec::with_capacity(groups),
        };
        for group in x.chunks_exact(MIN_GROUP) {
            let largest = group.iter().fold(0f32, |max, value| max.max(value.abs()));
            let scale = largest / 127.;
            let inverse = if scale > 0. { 1. / scale } else { 0. };
            let start = rows.values.len();
            rows.values
                .extend(group.iter().map(|value| (value * inverse).round() as i8));
            let sum: i32 = rows.values[start..].iter().map(|v| i32::from(*v)).sum();
            rows.scales.push(scale);
            rows.sums.push(scale * sum as f32);
        }
        rows
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.width
    }

    /// One row.
    pub fn row(&self, index: usize) -> ActivationRow<'_> {
        let (width, groups) = (self.width, self.width / MIN_GROUP);
        ActivationRow {
            values: &self.values[index * width..(index + 1) * width],
            scales: &self.scales[index * groups..(index + 1) * groups],
            sums: &self.sums[index * groups..(index + 1) * groups],
        }
    }
}

/// A kernel.
pub type Dot = fn(&Unpacked, &ActivationRow) -> f32;

/// The fastest kernel this machine runs.
pub fn dot() -> Dot {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        return avx2::dot;
    }
    plain
}

/// For machines without a kernel of their own.
pub fn plain(weights: &Unpacked, x: &ActivationRow) -> f32 {
    let mut sum = 0f32;
    let groups = weights
        .values
        .chunks_exact(SCALE_GROUP)
        .zip(x.values.chunks_exact(SCALE_GROUP));
    for (index, (w, x_values)) in groups.enumerate() {
        let products = w.iter().zip(x_values);
        let dot: i32 = products.map(|(w, x)| i32::from(*w) * i32::from(*x)).sum();
        sum += dot as f32 * weights.scales[index] * x.scales[index / 2];
    }
    sum + minima(weights, x)
}

/// What the minima of the weights add.
fn minima(weights: &Unpacked, x: &ActivationRow) -> f32 {
    weights.mins.iter().zip(x.sums).map(|(m, s)| m * s).sum()
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    use super::{ActivationRow, MIN_GROUP, Unpacked, minima};

    /// Only handed out where the machine has AVX2 and FMA.
    pub fn dot(weights: &Unpacked, x: &ActivationRow) -> f32 {
        // SAFETY: `super::dot` has asked the machine for both features.
        #[allow(unsafe_code)]
        let sum = unsafe { products(weights, x) };
        sum + minima(weights, x)
    }

    /// Σ value · activation · both scales. `|w| · sign(x, w)` is what the unsigned-by-signed
    /// multiplication needs; pairs stay below 2¹⁵ since neither exceeds 128 and 127.
    #[target_feature(enable = "avx2,fma")]
    fn products(weights: &Unpacked, x: &ActivationRow) -> f32 {
        let groups = weights
            .values
            .chunks_exact(MIN_GROUP)
            .zip(x.values.chunks_exact(MIN_GROUP))
            .zip(weights.scales.chunks_exact(2).zip(x.scales));
        let ones = _mm256_set1_epi16(1);
        let mut sum = _mm256_setzero_ps();
        for ((w, x), (scales, x_scale)) in groups {
            // SAFETY: both slices are 32 bytes long.
            #[allow(unsafe_code)]
            let (w, x) = unsafe {
                (
                    _mm256_loadu_si256(w.as_ptr().cast()),
                    _mm256_loadu_si256(x.as_ptr().cast()),
                )
            };
            let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
            let quads = _mm256_cvtepi32_ps(_mm256_madd_epi16(pairs, ones));
            let scale = _mm256_set_m128(
                _mm_set1_ps(scales[1] * x_scale),
                _mm_set1_ps(scales[0] * x_scale),
            );
            sum = _mm256_fmadd_ps(quads, scale, sum);
        }
        let half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
        let pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
        _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)))
    }
}
