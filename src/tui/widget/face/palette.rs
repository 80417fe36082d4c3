//! The portrait's colours. What is behind her belongs to the terminal's background, so that the
//! picture neither glares on a dark one nor is a hole in a light one.

use super::cells::Rgb;
use super::picture::Part;
use crate::tui::theme::Ground;

/// The first of the 216 colours that terminals of 256 have in a cube, and the levels of its sides.
const CUBE: u8 = 16;
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The colour of a part.
pub fn color(part: Part, ground: Ground) -> Rgb {
    match part {
        Part::Backdrop => match ground {
            Ground::Dark => [58, 48, 84],
            Ground::Light => [236, 226, 246],
            Ground::Unknown => [128, 116, 164],
        },
        Part::BackHair => [196, 142, 58],
        Part::Hair => [236, 188, 88],
        Part::Shine => [255, 228, 158],
        Part::Strand => [206, 152, 62],
        Part::Skin => [255, 226, 204],
        Part::Shade => [232, 182, 158],
        Part::Blush => [250, 176, 162],
        Part::Brow => [150, 98, 44],
        Part::White => [252, 252, 255],
        Part::Iris => [70, 132, 214],
        Part::Pupil => [28, 44, 92],
        Part::Glint => [255, 255, 255],
        Part::Lash => [70, 40, 36],
        Part::Lip => [206, 92, 96],
        Part::Mouth => [126, 36, 48],
        Part::Teeth => [250, 246, 242],
        Part::Tongue => [226, 112, 118],
        Part::Cloth => [118, 86, 178],
        Part::Collar => [238, 232, 250],
    }
}

/// The closest colour of the cube.
pub fn nearest(rgb: Rgb) -> u8 {
    rgb.iter().fold(0, |index, channel| {
        let off = |level: &u8| level.abs_diff(*channel);
        let level = (0..6).min_by_key(|n| off(&LEVELS[usize::from(*n)]));
        index * 6 + level.unwrap_or(0)
    }) + CUBE
}
