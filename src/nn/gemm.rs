//! Single-precision matrix products on slices, by `rten-gemm`.

use candle_core::{Error, Result};
use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_tensor::NdTensorView;

thread_local! {
    static F32: GemmExecutor = GemmExecutor::new();
}

/// A borrowed matrix: its elements and how to walk them.
#[derive(Clone, Copy)]
pub struct Mat<'a> {
    data: &'a [f32],
    shape: [usize; 2],
    strides: [usize; 2],
}

impl<'a> Mat<'a> {
    /// A row-major matrix.
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        Self::strided(data, rows, cols, cols)
    }

    /// A row-major matrix whose rows are `row_stride` elements apart.
    pub fn strided(data: &'a [f32], rows: usize, cols: usize, row_stride: usize) -> Self {
        Self {
            data,
            shape: [rows, cols],
            strides: [row_stride, 1],
        }
    }

    /// The same elements with rows and columns exchanged.
    pub fn t(self) -> Self {
        let ([rows, cols], [row, col]) = (self.shape, self.strides);
        Self {
            shape: [cols, rows],
            strides: [col, row],
            ..self
        }
    }

    fn view(self) -> Result<NdTensorView<'a, f32, 2>> {
        NdTensorView::from_slice_with_strides(self.shape, self.data, self.strides)
            .map_err(Error::wrap)
    }
}

/// `out = scale · a·b (+ bias on every row)`, with `out` row-major.
///
/// # Errors
/// When the shapes do not fit.
pub fn gemm(a: Mat, b: Mat, scale: f32, bias: Option<&[f32]>, out: &mut [f32]) -> Result<()> {
    let options = GemmOptions {
        alpha: scale,
        bias: bias.map(BiasVector::Row),
        ..GemmOptions::default()
    };
    product(a, b, options, out)
}

/// `out += a·b`, with `out` row-major.
///
/// # Errors
/// When the shapes do not fit.
pub fn gemm_onto(a: Mat, b: Mat, out: &mut [f32]) -> Result<()> {
    let options = GemmOptions {
        beta: 1.,
        ..GemmOptions::default()
    };
    product(a, b, options, out)
}

fn product(a: Mat, b: Mat, options: GemmOptions<f32, f32, f32>, out: &mut [f32]) -> Result<()> {
    let (a, b) = (a.view()?, b.view()?);
    let (a, b) = (GemmInputA::Unpacked(a), GemmInputB::Unpacked(b));
    F32.with(|executor| executor.gemm(out, a, b, options))
        .map_err(Error::wrap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposes_scales_and_adds_the_bias() {
        let a = [1., 2., 3., 4., 5., 6.]; // 2 × 3
        let w = [1., 0., 1., 0., 1., 0.]; // 2 × 3, used as its transpose
        let mut out = [0.; 4];
        gemm(
            Mat::new(&a, 2, 3),
            Mat::new(&w, 2, 3).t(),
            2.,
            Some(&[10., 20.]),
            &mut out,
        )
        .unwrap();
        assert_eq!(out, [18., 24., 30., 30.]);
        gemm_onto(Mat::new(&a, 2, 3), Mat::new(&w, 2, 3).t(), &mut out).unwrap();
        assert_eq!(out, [22., 26., 40., 35.]);
    }

    #[test]
    fn shapes_that_do_not_fit_are_an_error() {
        let a = [0.; 6];
        let mut out = [0.; 4];
        assert!(gemm(Mat::new(&a, 2, 3), Mat::new(&a, 2, 3), 1., None, &mut out).is_err());
    }
}
