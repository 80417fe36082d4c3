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

/// What a walk through a panel reads: pointers that move on together, since a bounds check or a call
/// for each group of columns costs as much as the products.
#[derive(Clone, Copy)]
struct Columns {
    values: *const i8,
    scales: *const f32,
    sums: *const i32,
}

impl Columns {
    /// Four activations in every lane.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    #[allow(unsafe_code)]
    unsafe fn quad(self, at: usize) -> __m512i {
        // SAFETY: the caller stays within the row.
        unsafe { _mm512_set1_epi32(self.values.add(at).cast::<i32>().read_unaligned()) }
    }

    /// Moves on by a block.
    #[inline(always)]
    fn next(&mut self) {
        self.values = self.values.wrapping_add(BLOCK);
        self.scales = self.scales.wrapping_add(BLOCK / MIN_GROUP);
        self.sums = self.sums.wrapping_add(BLOCK / SCALE_GROUP);
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[allow(unsafe_code)]
unsafe fn load(bytes: *const u8) -> __m512i {
    // SAFETY: 64 bytes of a block, as the caller says.
    unsafe { _mm512_loadu_si512(bytes.cast()) }
}

/// A half for each lane, in single precision.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[allow(unsafe_code)]
unsafe fn halves(bytes: *const u8) -> __m512 {
    // SAFETY: 32 bytes of a block's head, as the caller says.
    unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(bytes.cast())) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn tokens<const LAYOUT: u8, const T: usize>(panel: &[u8], x: [Row; T], out: &mut [f32]) {
    let layout = const { layout::<LAYOUT>() };
    let blocks = panel.len() / layout.block_bytes();
    let mut columns = [Columns {
        values: std::ptr::null(),
        scales: std::ptr::null(),
        sums: std::ptr::null(),
    }; T];
    for (columns, x) in columns.iter_mut().zip(x) {
        let whole = x.values.len() >= blocks * BLOCK
            && x.scales.len() >= blocks * BLOCK / MIN_GROUP
            && x.sums.len() >= blocks * BLOCK / SCALE_GROUP;
        assert!(
            whole && out.len() >= T * ROWS,
            "a row shorter than the panel"
        );
        *columns = Columns {
            values: x.values.as_ptr(),
            scales: x.scales.as_ptr(),
            sums: x.sums.as_ptr(),
        };
    }
    let mut sums = [_mm512_setzero_ps(); T];
    let mut block = panel.as_ptr();
    for _ in 0..blocks {
        // SAFETY: `block` is one of the panel's, and each row has as many as the panel, as asserted.
        #[allow(unsafe_code)]
        unsafe {
            add_block::<LAYOUT, T>(block, &columns, &mut sums);
        }
        block = block.wrapping_add(layout.block_bytes());
        for columns in &mut columns {
            columns.next();
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

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[allow(unsafe_code)]
unsafe fn add_block<const LAYOUT: u8, const T: usize>(
    block: *const u8,
    x: &[Columns; T],
    sums: &mut [__m512; T],
) {
    let layout = const { layout::<LAYOUT>() };
    // What is added to each weight to make it unsigned is taken off beforehand.
    let offset = match layout {
        Layout::Nibbles => 8,
        Layout::NibblesFromMinimum => 0,
        Layout::Bytes | Layout::BytesFine => 128,
    };
    let (mask, sign) = (_mm512_set1_epi8(0xf), _mm512_set1_epi8(i8::MIN));
    // SAFETY: all offsets lie within the block, and within the same columns of the rows.
    unsafe {
        for part in 0..BLOCK / layout.group() {
            let scale = halves(block.add(part * ROWS * 2));
            let column = part * layout.group();
            let group = column / MIN_GROUP;
            let values = block.add(layout.head_bytes() + group * layout.group_bytes());
            let mut sums_of_x = [0i32; T];
            let mut even = [_mm512_setzero_si512(); T];
            let mut odd = [_mm512_setzero_si512(); T];
            for token in 0..T {
                sums_of_x[token] = match layout.group() == SCALE_GROUP {
                    true => *x[token].sums.add(part),
                    false => *x[token].sums.add(2 * part) + *x[token].sums.add(2 * part + 1),
                };
                even[token] = _mm512_set1_epi32(-offset * sums_of_x[token]);
            }
            if layout.nibbles() {
                for step in 0..4 {
                    let both = load(values.add(step * 64));
                    let low = _mm512_and_si512(both, mask);
                    let high = _mm512_and_si512(_mm512_srli_epi16(both, 4), mask);
                    let at = column + step * 4;
                    for token in 0..T {
                        even[token] = _mm512_dpbusd_epi32(even[token], low, x[token].quad(at));
                        odd[token] = _mm512_dpbusd_epi32(odd[token], high, x[token].quad(at + 16));
                    }
                }
            } else {
                let values = values.add(column % MIN_GROUP / 4 * 64);
                for step in 0..layout.group() / 8 {
                    let low = _mm512_xor_si512(load(values.add(step * 128)), sign);
                    let high = _mm512_xor_si512(load(values.add(step * 128 + 64)), sign);
                    let at = column + step * 8;
                    for token in 0..T {
                        even[token] = _mm512_dpbusd_epi32(even[token], low, x[token].quad(at));
                        odd[token] = _mm512_dpbusd_epi32(odd[token], high, x[token].quad(at + 4));
                    }
                }
            }
            for token in 0..T {
                let scale_of_x = _mm512_set1_ps(*x[token].scales.add(group));
                let dot = _mm512_cvtepi32_ps(_mm512_add_epi32(even[token], odd[token]));
                sums[token] = _mm512_fmadd_ps(dot, _mm512_mul_ps(scale, scale_of_x), sums[token]);
            }
            if layout.minima() {
                let min = halves(block.add(layout.scale_bytes() + part * ROWS * 2));
                for token in 0..T {
                    let sum = *x[token].scales.add(group) * sums_of_x[token] as f32;
                    sums[token] = _mm512_fmadd_ps(min, _mm512_set1_ps(sum), sums[token]);
                }
            }
        }
    }
}
