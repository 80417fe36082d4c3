//! An embedding rounded to eight bits a dimension: a quarter of the size, and its cosines stay right to
//! four digits.

/// An embedding of a few bits a dimension and one scale.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Packed {
    scale: f32,
    values: Box<[i8]>,
}

/// How many bits a dimension has in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// Two dimensions a byte, for what ships: a cosine is off by a hundredth.
    Four,
    /// A dimension a byte.
    Eight,
}

impl Bits {
    fn largest(self) -> f32 {
        match self {
            Self::Four => 7.,
            Self::Eight => 127.,
        }
    }

    /// Bytes of a record: the scale, and the dimensions.
    pub(super) fn size(self, width: usize) -> usize {
        let values = match self {
            Self::Four => width.div_ceil(2),
            Self::Eight => width,
        };
        size_of::<f32>() + values
    }
}

/// Lanes in which a product is summed up.
const LANES: usize = 16;

impl Packed {
    /// Rounds an embedding.
    pub fn new(embedding: &[f32]) -> Self {
        Self::rounded(embedding.iter().copied(), Bits::Eight)
    }

    fn rounded(embedding: impl Iterator<Item = f32> + Clone, bits: Bits) -> Self {
        let largest = embedding.clone().fold(0f32, |most, v| most.max(v.abs()));
        let scale = largest / bits.largest();
        let unit = if scale > 0. { scale.recip() } else { 0. };
        Self {
            scale,
            values: embedding.map(|v| (v * unit).round() as i8).collect(),
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

    /// As bytes, eight bits a dimension: the scale, little-endian, then the dimensions.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_record(Bits::Eight)
    }

    /// From the bytes of [`Packed::to_bytes`]; `None` where they are none of these.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let width = bytes.len().checked_sub(size_of::<f32>())?;
        Self::from_record(bytes, width, Bits::Eight).filter(|packed| packed.width() > 0)
    }

    pub(super) fn to_record(&self, bits: Bits) -> Vec<u8> {
        let coarse;
        let packed = match bits {
            Bits::Eight => self,
            Bits::Four => {
                coarse = Self::rounded(self.dimensions(), bits);
                &coarse
            }
        };
        let bytes = packed.values.iter().map(|value| value.cast_unsigned());
        let bytes: Vec<u8> = match bits {
            Bits::Eight => bytes.collect(),
            Bits::Four => {
                let nibbles: Vec<u8> = bytes.map(|byte| byte & 0xf).collect();
                let pairs = nibbles.chunks(2);
                pairs
                    .map(|pair| pair[0] | pair.get(1).map_or(0, |high| high << 4))
                    .collect()
            }
        };
        let scale = packed.scale.to_le_bytes();
        scale.into_iter().chain(bytes).collect()
    }

    pub(super) fn from_record(record: &[u8], width: usize, bits: Bits) -> Option<Self> {
        let (scale, values) = record.split_first_chunk::<4>()?;
        let scale = f32::from_le_bytes(*scale);
        let signed = |nibble: u8| (nibble << 4).cast_signed() >> 4;
        let mut values: Vec<i8> = match bits {
            Bits::Eight => values.iter().map(|byte| byte.cast_signed()).collect(),
            Bits::Four => {
                let both = |byte: &u8| [signed(*byte), signed(byte >> 4)];
                values.iter().flat_map(both).collect()
            }
        };
        values.truncate(width);
        (scale.is_finite() && values.len() == width).then(|| Self {
            scale,
            values: values.into(),
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
            for (bits, error) in [(Bits::Eight, 0.01), (Bits::Four, 0.12)] {
                let record = packed.to_record(bits);
                prop_assert_eq!(record.len(), bits.size(45));
                let again = Packed::from_record(&record, 45, bits).unwrap();
                prop_assert!((again.cosine(&b) - exact).abs() < error);
            }
        }
    }

    #[test]
    fn what_is_no_record_is_none() {
        assert_eq!(Packed::from_bytes(b"abc"), None);
        assert_eq!(Packed::from_bytes(&[0; 4]), None);
        let nan = [&f32::NAN.to_le_bytes()[..], &[1]].concat();
        assert_eq!(Packed::from_bytes(&nan), None);
        let packed = Packed::new(&[0.5, -1., 0.]);
        assert_eq!(Packed::from_bytes(&packed.to_bytes()), Some(packed));
        assert_eq!(Packed::new(&[0., 0.]).cosine(&[1., 0.]), 0.);
    }
}
