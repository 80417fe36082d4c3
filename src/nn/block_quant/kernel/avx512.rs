//! AVX-512 with VNNI: `vpdpbusd` multiplies four unsigned by four signed bytes in each lane and adds
//! them up in 32 bits. Weights are the unsigned ones, activations the signed, one quad for all lanes.

use std::arch::x86_64::*;

use super::super::activations::Row;
use super::super::format::{MIN_GROUP, SCALE_GROUP};
use super::super::panels::{BLOCK, Layout, ROWS};

const NIBBLES: u8 = Layout::Nibbles as u8;
const NIBBLES_FROM_MINIMUM: u8 = Layout::NibblesFromMinimum as u8;
const BYTES: u8 = Layout::Bytes as u8;
const BYTES_FINE: u8 = Layout::BytesFine as u8;

/// The kernel, where the machine has the instructions.
pub fn kernel() -> Option<super::Kernel> {
    let found = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vnni");
    found.then_some(product as super::Kernel)
}

fn product(layout: Layout, panel: &[u8], x: &[Row], out: &mut [f32]) {
    // SAFETY: `kernel` has asked the machine for the features.
    #[allow(unsafe_code)]
    unsafe {
        match layout {
            Layout::Nibbles => some_tokens::<NIBBLES>(panel, x, out),
            Layout::NibblesFromMinimum => some_tokens::<NIBBLES_FROM_MINIMUM>(panel, x, out),
            Layout::Bytes => some_tokens::<BYTES>(panel, x, out),
            Layout::BytesFine => some_tokens::<BYTES_FINE>(panel, x, out),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn some_tokens<const LAYOUT: u8>(panel: &[u8], x: &[Row], out: &mut [f32]) {
    match *x {
        [a] => tokens::<LAYOUT, 1>(panel, [a], out),
        [a, b] => tokens::<LAYOUT, 2>(panel, [a, b], out),
        [a, b, c] => tokens::<LAYOUT, 3>(panel, [a, b, c], out),
        [a, b, c, d] => tokens::<LAYOUT, 4>(panel, [a, b, c, d], out),
        _ => super::plain::product(layout::<LAYOUT>(), panel, x, out),
    }
}

const fn layout<const LAYOUT: u8>() -> Layout {
    match LAYOUT {
        NIBBLES => Layout::Nibbles,
        NIBBLES_FROM_MINIMUM => Layout::NibblesFromMinimum,
        BYTES => Layout::Bytes,
        _ => Layout::BytesFine,
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn load(bytes: &[u8]) -> __m512i {
    let bytes: &[u8; 64] = bytes.first_chunk().unwrap_or(&[0; 64]);
    // SAFETY: 64 bytes, wherever they lie.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_loadu_si512(bytes.as_ptr().cast())
    }
}

/// A half for each lane, in single precision.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn halves(bytes: &[u8]) -> __m512 {
    let bytes: &[u8; 32] = bytes.first_chunk().unwrap_or(&[0; 32]);
    // SAFETY: 32 bytes, wherever they lie.
    #[allow(unsafe_code)]
    unsafe {
        _mm512_cvtph_ps(_mm256_loadu_si256(bytes.as_ptr().cast()))
    }
}

/// Four activations in every lane.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn quad(values: &[i8]) -> __m512i {
    let quad: [i8; 4] = *values.first_chunk().unwrap_or(&[0; 4]);
    _mm512_set1_epi32(i32::from_le_bytes(quad.map(|value| value as u8)))
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn tokens<const LAYOUT: u8, const T: usize>(panel: &[u8], x: [Row; T], out: &mut [f32]) {
    let layout = const { layout::<LAYOUT>() };
    let mut sums = [_mm512_setzero_ps(); T];
    for (index, block) in panel.chunks_exact(layout.block_bytes()).enumerate() {
        let columns = x.map(|x| &x.values[index * BLOCK..(index + 1) * BLOCK]);
        let scales = x.map(|x| &x.scales[index * 2..index * 2 + 2]);
        let sums_of_x = x.map(|x| &x.sums[index * 4..index * 4 + 4]);
        for part in 0..BLOCK / layout.group() {
            let scale = halves(&block[part * ROWS * 2..]);
            let column = part * layout.group();
            let group = column / MIN_GROUP;
            let values = &block[layout.head_bytes() + group * layout.group_bytes()..];
            let sums_of_group = sums_of_x.map(|sums| match layout.group() == SCALE_GROUP {
                true => sums[part],
                false => sums[2 * part] + sums[2 * part + 1],
            });
            // What the kernel adds to each weight to make it unsigned is taken off beforehand.
            let offset = match layout {
                Layout::Nibbles => 8,
                Layout::NibblesFromMinimum => 0,
                Layout::Bytes | Layout::BytesFine => 128,
            };
            let mut even = sums_of_group.map(|sum| _mm512_set1_epi32(-offset * sum));
            let mut odd = [_mm512_setzero_si512(); T];
            if layout.nibbles() {
                let mask = _mm512_set1_epi8(0xf);
                for step in 0..4 {
                    let both = load(&values[step * 64..]);
                    let low = _mm512_and_si512(both, mask);
                    let high = _mm512_and_si512(_mm512_srli_epi16(both, 4), mask);
                    for token in 0..T {
                        let x = &columns[token][column + step * 4..];
                        even[token] = _mm512_dpbusd_epi32(even[token], low, quad(x));
                        odd[token] = _mm512_dpbusd_epi32(odd[token], high, quad(&x[16..]));
                    }
                }
            } else {
                let sign = _mm512_set1_epi8(i8::MIN);
                let first = column % MIN_GROUP / 4;
                for step in 0..layout.group() / 8 {
                    let at = first + 2 * step;
                    let low = _mm512_xor_si512(load(&values[at * 64..]), sign);
                    let high = _mm512_xor_si512(load(&values[(at + 1) * 64..]), sign);
                    for token in 0..T {
                        let x = &columns[token][column + step * 8..];
                        even[token] = _mm512_dpbusd_epi32(even[token], low, quad(x));
                        odd[token] = _mm512_dpbusd_epi32(odd[token], high, quad(&x[4..]));
                    }
                }
            }
            for token in 0..T {
                let dot = _mm512_cvtepi32_ps(_mm512_add_epi32(even[token], odd[token]));
                let both = _mm512_mul_ps(scale, _mm512_set1_ps(scales[token][group]));
                sums[token] = _mm512_fmadd_ps(dot, both, sums[token]);
            }
            if layout.minima() {
                let min = halves(&block[layout.scale_bytes() + part * ROWS * 2..]);
                for token in 0..T {
                    let sum = scales[token][group] * sums_of_group[token] as f32;
                    sums[token] = _mm512_fmadd_ps(min, _mm512_set1_ps(sum), sums[token]);
                }
            }
        }
    }
    for (out, sum) in out.chunks_exact_mut(ROWS).zip(sums) {
        // SAFETY: 16 floats.
        #[allow(unsafe_code)]
        unsafe {
            _mm512_storeu_ps(out.as_mut_ptr(), sum);
        }
    }
}
