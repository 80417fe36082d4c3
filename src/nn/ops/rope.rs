//! Rotary position embedding (Su et al. 2021): each pair of a head's values turns by an angle that
//! grows with the position.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::{elements, for_each_part, gradient, with_elements};

/// Rows a thread takes at once.
const ROWS: usize = 16;

/// Which two values of a head make a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairs {
    /// Value `i` and value `i + rotary/2`: Hugging Face's layout.
    Halves,
    /// Values `2i` and `2i + 1`: the layout of a GGUF file of the Llama family.
    Neighbours,
}

/// The angles of some rows: cosine and sine of each pair.
#[derive(Debug)]
pub struct Rotation {
    /// [rows, pairs].
    cos: Vec<f32>,
    /// [rows, pairs].
    sin: Vec<f32>,
    /// Pairs of a head that turn; the values after them stay as they are.
    pairs: usize,
    layout: Pairs,
}

impl Rotation {
    /// Angles `position · frequency` for each row's position.
    pub fn new(frequencies: &[f32], layout: Pairs, positions: impl Iterator<Item = usize>) -> Self {
        let angles: Vec<f32> = positions
            .flat_map(|position| frequencies.iter().map(move |f| f * position as f32))
            .collect();
        Self {
            cos: angles.iter().map(|angle| angle.cos()).collect(),
            sin: angles.iter().map(|angle| angle.sin()).collect(),
            pairs: frequencies.len(),
            layout,
        }
    }

    /// Turns the heads of each row in place; backwards where `direction` is −1.
    fn turn(&self, values: &mut [f32], width: usize, head_dim: usize, direction: f32) {
        let pairs = self.pairs;
        for_each_part(values, ROWS * width, |part, rows| {
            for (row, values) in rows.chunks_exact_mut(width).enumerate() {
                let first = (part * ROWS + row) * pairs;
                let cos = &self.cos[first..first + pairs];
                let sin = &self.sin[first..first + pairs];
                for head in values.chunks_exact_mut(head_dim) {
                    for i in 0..pairs {
                        let (a, b) = match self.layout {
                            Pairs::Halves => (i, i + pairs),
                            Pairs::Neighbours => (2 * i, 2 * i + 1),
                        };
                        let (x, y, sin) = (head[a], head[b], direction * sin[i]);
                        head[a] = x * cos[i] - y * sin;
                        head[b] = y * cos[i] + x * sin;
                    }
                }
            }
        });
    }
}

/// Turns the heads of `x` [n, heads · head_dim]; `rotation` holds the angles of its n rows.
///
/// # Errors
/// When the rotation is of another number of rows, or wider than a head.
pub fn rope(x: &Tensor, head_dim: usize, rotation: &Arc<Rotation>) -> Result<Tensor> {
    let (rows, width) = x.dims2()?;
    if head_dim == 0 || width % head_dim != 0 || 2 * rotation.pairs > head_dim {
        candle_core::bail!("rotation of heads of {head_dim} in a width of {width}");
    }
    if rotation.cos.len() != rows * rotation.pairs {
        candle_core::bail!("the rotation is not one of {rows} rows");
    }
    let rotation = rotation.clone();
    x.contiguous()?.apply_op1(Rope { head_dim, rotation })
}

struct Rope {
    head_dim: usize,
    rotation: Arc<Rotation>,
}

impl CustomOp1 for Rope {
    fn name(&self) -> &'static str {
        "rope"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (_, width) = layout.shape().dims2()?;
        let mut y = elements(x, layout)?.to_vec();
        self.rotation.turn(&mut y, width, self.head_dim, 1.);
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    /// A rotation's gradient is the rotation back.
    fn bwd(&self, x: &Tensor, _y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let (_, width) = x.dims2()?;
        let mut dx = with_elements(dy, |dy| Ok(dy.to_vec()))?;
        self.rotation.turn(&mut dx, width, self.head_dim, -1.);
        gradient(dx, x).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    fn rotation(layout: Pairs) -> Arc<Rotation> {
        Arc::new(Rotation::new(&[1., 0.3], layout, [0, 1, 7].into_iter()))
    }

    #[test]
    fn gradients_agree_with_differences() {
        for layout in [Pairs::Halves, Pairs::Neighbours] {
            let rotation = rotation(layout);
            check::gradients(&[check::var(&[3, 12], 1)], |v| rope(&v[0], 6, &rotation));
        }
    }

    #[test]
    fn position_zero_and_values_beyond_the_pairs_stay() {
        let x = check::var(&[3, 6], 1);
        let before = x.to_vec2::<f32>().unwrap();
        let after = rope(&x, 6, &rotation(Pairs::Halves)).unwrap();
        let after = after.to_vec2::<f32>().unwrap();
        assert_eq!(before[0], after[0]);
        assert_eq!(before[2][4..], after[2][4..]);
        assert_ne!(before[2][..4], after[2][..4]);
    }

    #[test]
    fn a_rotation_of_other_rows_or_wider_than_a_head_is_an_error() {
        let x = check::var(&[2, 6], 1);
        assert!(rope(&x, 6, &rotation(Pairs::Halves)).is_err());
        let x = check::var(&[3, 6], 1);
        assert!(rope(&x, 3, &rotation(Pairs::Halves)).is_err());
    }
}
