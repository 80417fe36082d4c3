//! An embedding rounded to eight bits a dimension: a quarter of the size, and its cosines stay right to
//! four digits. In a file it may have fewer.

/// An embedding of a few bits a dimension and one scale.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Packed {
    scale: f32,
    values: Box<[i8]>,
}

/// How many bits a dimension has in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// Four dimensions a byte, of what an embedding differs by from the mean of its file: embeddings
    /// of texts have much in common, so this is about as exact as twice the bits without.
    Two,
    /// Two dimensions a byte: a cosine is off by a hundredth.
    Four,
    /// A dimension a byte.
    Eight,
}

impl Bits {
    fn count(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// Bytes of a record: the scale, and the dimensions.
    pub(super) fn size(self, width: usize) -> usize {
        size_of::<f32>() + (width * self.count()).div_ceil(8)
    }

    /// Dimensions of the mean that a file holds.
    pub(super) fn mean(self, width: usize) -> usize {
        match self {
            Self::Two => width,
            Self::Four | Self::Eight => 0,
        }
    }

    /// What stands for a whole number in a file, in the lowest bits.
    fn code(self, value: i8) -> u8 {
        match self {
            Self::Two => ((value + 3) / 2).cast_unsigned(),
            Self::Four => value.cast_unsigned() & 0xf,
            Self::Eight => value.cast_unsigned(),
        }
    }

    fn value(self, code: u8) -> i8 {
        match self {
            Self::Two => 2 * (code & 3).cast_signed() - 3,
            Self::Four => (code << 4).cast_signed() >> 4,
            Self::Eight => code.cast_signed(),
        }
    }
}

/// Lanes in which a product is summed up.
const LANES: usize = 16;

impl Packed {
    /// Rounds an embedding.
    pub fn new(embedding: &[f32]) -> Self {
        Self::linear(embedding.iter().copied(), 127.)
    }

    /// Rounded to whole numbers, the farthest dimension being `largest`.
    fn linear(embedding: impl Iterator<Item = f32> + Clone, largest: f32) -> Self {
        let farthest = embedding.clone().fold(0f32, |most, v| most.max(v.abs()));
        let scale = farthest / largest;
        let unit = if scale > 0. { scale.recip() } else { 0. };
        Self {
            scale,
            values: embedding.map(|v| (v * unit).round() as i8).collect(),
        }
    }

    /// Rounded to -3, -1, 1 and 3, their step the best for values spread normally (Max 1960).
    fn coarse(embedding: impl Iterator<Item = f32> + Clone) -> Self {
        const STEP: f32 = 0.996;
        let square: f32 = embedding.clone().map(|v| v * v).sum();
        let step = STEP * (square / embedding.clone().count().max(1) as f32).sqrt();
        let unit = if step > 0. { step.recip() } else { 0. };
        let level = |v: f32| (2. * (v * unit).floor() + 1.).clamp(-3., 3.);
        Self {
            scale: step / 2.,
            values: embedding.map(|v| level(v) as i8).collect(),
        }
    }

    /// Dimensions.
    pub fn width(&self) -> usize {
        self.values.len()
    }

    /// The dimensions in whole numbers.
    pub fn values(&self) -> &[i8] {
        &self.values
    }

    /// What one of the whole numbers stands for.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// The embedding, as it was rounded.
    pub fn embedding(&self) -> Vec<f32> {
        self.dimensions().collect()
    }

    fn dimensions(&self) -> impl Iterator<Item = f32> + Clone {
        self.values.iter().map(|v| f32::from(*v) * self.scale)
    }

    /// Cosine with an embedding, both of length 1.
    pub fn cosine(&self, other: &[f32]) -> f32 {
        let (values, others) = (self.values.chunks_exact(LANES), other.chunks_exact(LANES));
        let rest = values.remainder().iter().zip(others.remainder());
        let rest: f32 = rest.map(|(a, b)| f32::from(*a) * b).sum();
        let mut sums = [0f32; LANES];
        for (values, others) in values.zip(others) {
            for ((sum, value), other) in sums.iter_mut().zip(values).zip(others) {
                *sum += f32::from(*value) * other;
            }
        }
        (sums.iter().sum::<f32>() + rest) * self.scale
    }

    /// The scale, little-endian, then the dimensions; `mean` counts with two bits only.
    pub(super) fn to_record(&self, bits: Bits, mean: &[f32]) -> Vec<u8> {
        let packed = match bits {
            Bits::Eight => self,
            Bits::Four => &Self::linear(self.dimensions(), 7.),
            Bits::Two => &Self::coarse(self.dimensions().zip(mean).map(|(x, mean)| x - mean)),
        };
        let bytes = packed.values.chunks(8 / bits.count()).map(|values| {
            let codes = values.iter().map(|value| bits.code(*value));
            codes.rev().fold(0u8, |byte, code| {
                byte.unbounded_shl(bits.count() as u32) | code
            })
        });
        let scale = packed.scale.to_le_bytes();
        scale.into_iter().chain(bytes).collect()
    }

    pub(super) fn from_record(
        record: &[u8],
        width: usize,
        bits: Bits,
        mean: &[f32],
    ) -> Option<Self> {
        let (scale, values) = record.split_first_chunk::<4>()?;
        let scale = f32::from_le_bytes(*scale);
        let values = values.iter().flat_map(|byte| {
            let places = (0..8).step_by(bits.count());
            places.map(move |place| bits.value(byte >> place))
        });
        let values: Vec<i8> = values.take(width).collect();
        (scale.is_finite() && values.len() == width).then(|| {
            let values = values.into();
            let packed = Self { scale, values };
            match bits {
                Bits::Two => {
                    let whole = packed.dimensions().zip(mean).map(|(x, mean)| x + mean);
                    Self::linear(whole, 127.)
                }
                Bits::Four | Bits::Eight => packed,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::cosine;
    use super::*;
    use proptest::prelude::*;

    fn unit(values: &[f32]) -> Vec<f32> {
        let length = values.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-9);
        values.iter().map(|v| v / length).collect()
    }

    proptest! {
        #[test]
        fn a_cosine_survives_the_rounding(
            a in prop::collection::vec(-1f32..1., 45),
            b in prop::collection::vec(-1f32..1., 45),
        ) {
            let (a, b) = (unit(&a), unit(&b));
            let exact = cosine(&a, &b);
            let packed = Packed::new(&a);
            prop_assert!((packed.cosine(&b) - exact).abs() < 0.01);
            for (bits, error) in [(Bits::Eight, 0.01), (Bits::Four, 0.12), (Bits::Two, 0.4)] {
                let record = packed.to_record(bits, &[0.; 45]);
                prop_assert_eq!(record.len(), bits.size(45));
                let again = Packed::from_record(&record, 45, bits, &[0.; 45]).unwrap();
                prop_assert!((again.cosine(&b) - exact).abs() < error);
            }
        }

        #[test]
        fn what_embeddings_have_in_common_costs_no_bits(
            mean in prop::collection::vec(-1f32..1., 45),
            own in prop::collection::vec(-1f32..1., 45),
            other in prop::collection::vec(-1f32..1., 45),
        ) {
            let mean = unit(&mean);
            let near = |own: &[f32]| {
                let sum = mean.iter().zip(unit(own)).map(|(mean, own)| mean + own / 5.);
                unit(&sum.collect::<Vec<_>>())
            };
            let (own, other) = (near(&own), near(&other));
            let record = Packed::new(&own).to_record(Bits::Two, &mean);
            let again = Packed::from_record(&record, 45, Bits::Two, &mean).unwrap();
            prop_assert!((again.cosine(&other) - cosine(&own, &other)).abs() < 0.05);
        }
    }

    #[test]
    fn what_is_no_record_is_none() {
        let read = |record: &[u8]| Packed::from_record(record, 3, Bits::Eight, &[]);
        assert_eq!(read(b"abc"), None);
        assert_eq!(read(&[0; 6]), None);
        let nan = [&f32::NAN.to_le_bytes()[..], &[1, 2, 3]].concat();
        assert_eq!(read(&nan), None);
        let packed = Packed::new(&[0.5, -1., 0.]);
        assert_eq!(read(&packed.to_record(Bits::Eight, &[])), Some(packed));
        assert_eq!(Packed::new(&[0., 0.]).cosine(&[1., 0.]), 0.);
    }
}
