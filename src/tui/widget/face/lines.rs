//! The portrait in lines, for terminals without the colours: dots where one part meets another.

use super::picture::Part;

/// The first of the 256 braille patterns.
const BLANK: u32 = 0x2800;
/// The bits of a pattern: columns, then rows.
const DOTS: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// Parts between which there is no line.
#[derive(PartialEq, Eq)]
enum Region {
    Behind,
    Hair,
    Skin,
    White,
    Iris,
    Body,
    /// Drawn itself.
    Ink,
}

/// The pattern of a cell; `part` says what stands at a place within it, 0 to 1 across and down.
pub fn braille(part: impl Fn(f32, f32) -> Part) -> char {
    let (across, down) = (0.5, 0.25);
    let region = |column: usize, row: usize| {
        let x = (column as f32 + 0.5) * across;
        let y = (row as f32 + 0.5) * down;
        region(part(x, y))
    };
    let mut pattern = BLANK;
    for (column, dots) in DOTS.iter().enumerate() {
        for (row, dot) in dots.iter().enumerate() {
            let here = region(column, row);
            let edge = || here != region(column + 1, row) || here != region(column, row + 1);
            if here == Region::Ink || edge() {
                pattern |= dot;
            }
        }
    }
    char::from_u32(pattern).unwrap_or(' ')
}

fn region(part: Part) -> Region {
    match part {
        Part::Backdrop => Region::Behind,
        Part::BackHair | Part::Hair | Part::Shine => Region::Hair,
        Part::Skin | Part::Shade | Part::Blush | Part::Teeth | Part::Tongue => Region::Skin,
        Part::White | Part::Glint => Region::White,
        Part::Iris => Region::Iris,
        Part::Cloth | Part::Collar => Region::Body,
        Part::Strand | Part::Brow | Part::Pupil | Part::Lash | Part::Lip | Part::Mouth => {
            Region::Ink
        }
    }
}
