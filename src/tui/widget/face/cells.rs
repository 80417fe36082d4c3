//! Pixels as characters: four to a cell, in the two colours that come closest.

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// A cell of the terminal: a character, its colour and the one behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quad {
    /// What is drawn.
    pub symbol: &'static str,
    /// Its colour.
    pub front: Rgb,
    /// The colour behind it.
    pub back: Rgb,
}

/// By the pixels in front: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
const QUADRANTS: [&str; 16] = [
    " ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█",
];

/// Colours that differ by less than this in all are one.
const SAME: i32 = 24;

impl Quad {
    /// The cell that comes closest to four pixels: upper left, upper right, lower left, lower right.
    pub fn closest(pixels: [Rgb; 4]) -> Self {
        let (front, back) = farthest(&pixels);
        if distance(pixels[front], pixels[back]) < SAME {
            let mean = mean(pixels.iter().copied());
            return Self {
                symbol: QUADRANTS[0],
                front: mean,
                back: mean,
            };
        }
        let is_front =
            pixels.map(|pixel| distance(pixel, pixels[front]) < distance(pixel, pixels[back]));
        let side = |wanted: bool| {
            let pixels = pixels.iter().zip(is_front);
            mean(pixels.filter_map(|(pixel, front)| (front == wanted).then_some(*pixel)))
        };
        let index = (0..4)
            .filter(|n| is_front[*n])
            .map(|n| 1 << n)
            .sum::<usize>();
        Self {
            symbol: QUADRANTS[index],
            front: side(true),
            back: side(false),
        }
    }
}

/// The two pixels that differ most.
fn farthest(pixels: &[Rgb; 4]) -> (usize, usize) {
    const PAIRS: [(usize, usize); 6] = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
    let apart = |(one, other): &(usize, usize)| distance(pixels[*one], pixels[*other]);
    PAIRS.into_iter().max_by_key(apart).unwrap_or((0, 1))
}

fn distance(one: Rgb, other: Rgb) -> i32 {
    one.iter()
        .zip(other)
        .map(|(a, b)| (i32::from(*a) - i32::from(b)).abs())
        .sum()
}

/// The mean of some colours; black of none.
pub fn mean(colors: impl Iterator<Item = Rgb>) -> Rgb {
    let (mut sum, mut count) = ([0u32; 3], 0);
    for color in colors {
        for (sum, channel) in sum.iter_mut().zip(color) {
            *sum += u32::from(channel);
        }
        count += 1;
    }
    sum.map(|sum| u8::try_from((sum + count / 2) / count.max(1)).unwrap_or(u8::MAX))
}
