//! AVX2: a panel in two halves of eight rows. Unsigned and signed bytes are multiplied and added in
//! pairs of 16 bits; with four-bit weights the eight pairs of a group fit without overflow
//! (8 · 2 · 15 · 127 = 30,480).

use std::arch::x86_64::*;

use super::super::activations::Row;
use super::super::format::{MIN_GROUP, SCALE_GROUP};
use super::super::panels::{BLOCK, Layout, ROWS};

/// Rows of half a panel.
const HALF: usize = ROWS / 2;

/// The kernel, where the machine has the instructions.
pub fn kernel() -> Option<super::Kernel> {
    let found = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("f16c");
    found.then_some(product as super::Kernel)
}

fn product(layout: Layout, panel: &[u8], x: &[Row], out: &mut [f32]) {
    // SAFETY: `kernel` has asked the machine for the features.
    #[allow(unsafe_code)]
    unsafe {
        match *x {
            [a] => tokens(layout, panel, [a], out),
            [a, b] => tokens(layout, panel, [a, b], out),
            [a, b, c] => tokens(layout, panel, [a, b, c], out),
            [a, b, c, d] => tokens(layout, panel, [a, b, c, d], out),
            _ => super::plain::product(layout, panel, x, out),
        }
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
fn load(bytes: &[u8]) -> __m256i {
    let bytes: &[u8; 32] = bytes.first_chunk().unwrap_or(&[0; 32]);
    // SAFETY: 32 bytes, wherever they lie.
    #[allow(unsafe_code)]
    unsafe {
        _mm256_loadu_si256(bytes.as_ptr().cast())
    }
}

/// A half for each lane, in single precision.
#[target_feature(enable = "avx2,fma,f16c")]
fn halves(bytes: &[u8]) -> __m256 {
    let bytes: &[u8; 16] = bytes.first_chunk().unwrap_or(&[0; 16]);
    // SAFETY: 16 bytes, wherever they lie.
    #[allow(unsafe_code)]
    unsafe {
        _mm256_cvtph_ps(_mm_loadu_si128(bytes.as_ptr().cast()))
    }
}

/// Four activations in every lane.
#[target_feature(enable = "avx2,fma,f16c")]
fn quad(values: &[i8]) -> __m256i {
    let quad: [i8; 4] = *values.first_chunk().unwrap_or(&[0; 4]);
    _mm256_set1_epi32(i32::from_le_bytes(quad.map(|value| value as u8)))
}

#[target_feature(enable = "avx2,fma,f16c")]
fn tokens<const T: usize>(layout: Layout, panel: &[u8], x: [Row; T], out: &mut [f32]) {
    for half in 0..2 {
        let sums = half_panel(layout, panel, x, half);
        for (out, sum) in out.chunks_exact_mut(ROWS).zip(sums) {
            let out = &mut out[half * HALF..][..HALF];
            // SAFETY: 8 floats.
            #[allow(unsafe_code)]
            unsafe {
                _mm256_storeu_ps(out.as_mut_ptr(), sum);
            }
        }
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
fn half_panel<const T: usize>(
    layout: Layout,
    panel: &[u8],
    x: [Row; T],
    half: usize,
) -> [__m256; T] {
    let mut sums = [_mm256_setzero_ps(); T];
    for (index, block) in panel.chunks_exact(layout.block_bytes()).enumerate() {
        let scales = x.map(|x| &x.scales[index * 2..index * 2 + 2]);
        let sums_of_x = x.map(|x| &x.sums[index * 4..index * 4 + 4]);
        for part in 0..BLOCK / layout.group() {
            let scale = halves(&block[(part * ROWS + half * HALF) * 2..]);
            let column = part * layout.group();
            let group = column / MIN_GROUP;
            let values = &block[layout.head_bytes() + group * layout.group_bytes() + half * 32..];
            let columns = x.map(|x| &x.values[index * BLOCK + column..][..layout.group()]);
            let sums_of_group = sums_of_x.map(|sums| match layout.group() == SCALE_GROUP {
                true => sums[part],
                false => sums[2 * part] + sums[2 * part + 1],
            });
            let dots = match layout.nibbles() {
                true => nibble_dots(values, columns),
                false => byte_dots(&values[column % MIN_GROUP / 4 * 64..], columns),
            };
            for token in 0..T {
                let offset = match layout {
                    Layout::Nibbles => 8 * sums_of_group[token],
                    _ => 0,
                };
                let dot = _mm256_sub_epi32(dots[token], _mm256_set1_epi32(offset));
                let both = _mm256_mul_ps(scale, _mm256_set1_ps(scales[token][group]));
                sums[token] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot), both, sums[token]);
            }
            if layout.minima() {
                let min = layout.scale_bytes() + (part * ROWS + half * HALF) * 2;
                let min = halves(&block[min..]);
                for token in 0..T {
                    let sum = scales[token][group] * sums_of_group[token] as f32;
                    sums[token] = _mm256_fmadd_ps(min, _mm256_set1_ps(sum), sums[token]);
                }
            }
        }
    }
    sums
}

#[target_feature(enable = "avx2,fma,f16c")]
fn nibble_dots<const T: usize>(values: &[u8], x: [&[i8]; T]) -> [__m256i; T] {
    let mask = _mm256_set1_epi8(0xf);
    let mut pairs = [_mm256_setzero_si256(); T];
    for step in 0..4 {
        let both = load(&values[step * 64..]);
        let low = _mm256_and_si256(both, mask);
        let high = _mm256_and_si256(_mm256_srli_epi16(both, 4), mask);
        for token in 0..T {
            let x = &x[token][step * 4..];
            let products = _mm256_add_epi16(
                _mm256_maddubs_epi16(low, quad(x)),
                _mm256_maddubs_epi16(high, quad(&x[16..])),
            );
            pairs[token] = _mm256_add_epi16(pairs[token], products);
        }
    }
    pairs.map(|pairs| _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
}

/// `|w| · sign(x, w)` is what the unsigned-by-signed multiplication needs; pairs stay below 2¹⁵ since
/// neither exceeds 128 and 127.
#[target_feature(enable = "avx2,fma,f16c")]
fn byte_dots<const T: usize>(values: &[u8], x: [&[i8]; T]) -> [__m256i; T] {
    let ones = _mm256_set1_epi16(1);
    let mut sums = [_mm256_setzero_si256(); T];
    for step in 0..x.first().map_or(0, |x| x.len() / 4) {
        let w = load(&values[step * 64..]);
        for token in 0..T {
            let x = _mm256_sign_epi8(quad(&x[token][step * 4..]), w);
            let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), x);
            sums[token] = _mm256_add_epi32(sums[token], _mm256_madd_epi16(pairs, ones));
        }
    }
    sums
}
