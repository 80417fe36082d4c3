//! The portrait as geometry: which part of her stands at a point, whatever it is drawn with.
//!
//! The picture is two units high, `y` down, its middle at the origin. Her features lie on a sphere
//! that turns with her head, so that a turned face is narrower on its far side.

use crate::companion::expression::{Face, Scores};

/// A part of the portrait; lines are drawn where one meets another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Behind her.
    Backdrop,
    /// The hair that falls behind her shoulders.
    BackHair,
    /// Her hair.
    Hair,
    /// Where it shines.
    Shine,
    /// Between two strands.
    Strand,
    /// Her face.
    Skin,
    /// Where it lies in shadow.
    Shade,
    /// Her cheeks.
    Blush,
    /// Her eyebrows.
    Brow,
    /// The white of her eyes.
    White,
    /// The iris.
    Iris,
    /// The pupil.
    Pupil,
    /// A light in her eye.
    Glint,
    /// Her lashes.
    Lash,
    /// Her lips.
    Lip,
    /// Her mouth, open.
    Mouth,
    /// Her teeth.
    Teeth,
    /// Her tongue.
    Tongue,
    /// What she wears.
    Cloth,
    /// Its collar.
    Collar,
}

/// Half the distance of her eyes.
const EYE_X: f32 = 0.22;
const EYE_Y: f32 = 0.1;
const EYE_WIDTH: f32 = 0.145;
const MOUTH_Y: f32 = 0.345;
/// The sphere of her features, and that of her hair.
const HEAD: f32 = 0.58;
const HAIR: f32 = 0.66;
/// Radians that a score turns the head by.
const TURN: f32 = 0.34;

/// The portrait at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Picture {
    /// How far her eyes are open; 1 is as wide as they are long.
    open: f32,
    /// How far her eyebrows are up.
    brow: f32,
    /// How far her mouth is open, 0 to 1.
    mouth: f32,
    /// How far her head is turned, in radians.
    turn: f32,
    /// The width of a line: no thinner than what it is drawn with.
    line: f32,
}

impl Picture {
    /// The portrait of a face; `pixel` is the size of the smallest thing that can be drawn.
    pub fn new(face: &Face, pixel: f32) -> Self {
        let Scores { eyes, mouth, pose } = face.scores;
        Self {
            open: (0.52 + 0.66 * eyes).clamp(0.0, 1.3) * (1.0 - face.lids),
            brow: 0.07 * (eyes - 0.45),
            mouth: ((mouth - 0.62) / 0.98).clamp(0.0, 1.0),
            turn: TURN * pose,
            line: (0.9 * pixel).clamp(0.026, 0.07),
        }
    }

    /// What stands at a point.
    pub fn part(&self, x: f32, y: f32) -> Part {
        self.front_hair(x, y)
            .or_else(|| self.face(x, y))
            .or_else(|| self.body(x, y))
            .or_else(|| self.back_hair(x, y))
            .unwrap_or(Part::Backdrop)
    }

    /// Where a point of a sphere was before the head turned; none where it is out of sight.
    fn before_turn(&self, x: f32, radius: f32, share: f32) -> Option<f32> {
        let angle = (x / radius).clamp(-1.0, 1.0).asin() - share * self.turn;
        (angle.abs() < 1.5).then(|| radius * angle.sin())
    }

    /// The cap of hair with its fringe, and a lock on each side.
    fn front_hair(&self, x: f32, y: f32) -> Option<Part> {
        let middle = 0.04 * self.turn;
        let from_middle = x - middle;
        let crown = square(from_middle / 0.64) + square((y + 0.18) / 0.7);
        if y < 0.0 && crown < 1.0 {
            let before = self.before_turn(from_middle, HAIR, 0.8);
            let at = before.unwrap_or(from_middle);
            let from_parting = at - 0.13;
            let steep = if from_parting < 0.0 { 0.98 } else { 1.75 };
            let ripple = 0.025 * (16.0 * at).sin();
            let fringe = -0.52 + steep * from_parting.abs().powf(1.55) + ripple;
            if y < fringe {
                return Some(strands(at, y, from_parting));
            }
        }
        let side = from_middle - 0.2 * self.turn * HEAD;
        let inner = 0.45 + 0.035 * (4.5 * y).sin();
        let outer = 0.64 + 0.03 * (3.0 * y).sin();
        let lock = side.abs() > inner && from_middle.abs() < outer;
        if lock && y >= -0.2 && y < 0.72 - 0.6 * (from_middle.abs() - 0.5) {
            let strand = (side.abs() - inner) < self.line * 0.8;
            return Some(if strand { Part::Strand } else { Part::Hair });
        }
        None
    }

    /// The face with everything in it.
    fn face(&self, x: f32, y: f32) -> Option<Part> {
        let jaw = 0.02 * self.mouth;
        if x.abs() > 0.75 || !(-0.68..0.62).contains(&y) {
            return None;
        }
        let middle = self.turn * (0.07 + 0.08 * y.max(0.0));
        let half = if y < 0.05 {
            0.48 * (1.0 - square((y - 0.05) / 0.72)).max(0.0).sqrt()
        } else {
            let down = ((y - 0.05) / (0.54 + jaw)).clamp(0.0, 1.0);
            0.48 * (1.0 - down.powf(2.5)).powf(0.72)
        };
        if (x - middle).abs() >= half || y > 0.59 + jaw {
            return None;
        }
        let skin = if half - (x - middle).abs() < self.line * 0.7 && y > 0.2 {
            Part::Shade
        } else {
            Part::Skin
        };
        let Some(at) = self.before_turn(x, HEAD, 1.0) else {
            return Some(skin);
        };
        let feature = self
            .eye(at, y)
            .or_else(|| self.brow(at, y))
            .or_else(|| self.mouth(at, y));
        Some(feature.unwrap_or_else(|| cheeks(at, y, skin)))
    }

    fn eye(&self, at: f32, y: f32) -> Option<Part> {
        // Outwards is positive in both eyes.
        let across = at.abs() - EYE_X;
        let share = across / EYE_WIDTH;
        let arch = 1.0 - square(share);
        let down = y - EYE_Y;
        if share.abs() > 1.12 || !(-0.35..0.13).contains(&down) {
            return None;
        }
        let lower = 0.085 * arch.max(0.0);
        let upper = lower - 0.235 * self.open * arch.max(0.0).powf(0.75);
        let lash = self.line * (0.85 + 0.6 * share.max(0.0));
        if down < upper + 0.3 * lash && down > upper - lash {
            return Some(Part::Lash);
        }
        if arch <= 0.0 || down < upper || down > lower {
            return None;
        }
        // The eyes look where the head turns to.
        let gaze = 0.03 * self.turn * at.signum();
        let (across, down) = (across - gaze, down + 0.025);
        let round = square(across / 0.083) + square(down / 0.112);
        if square((across * at.signum() + 0.03) / 0.027) + square((down + 0.045) / 0.032) < 1.0 {
            return Some(Part::Glint);
        }
        if round > 1.0 {
            return Some(Part::White);
        }
        let pupil = square(across / 0.045) + square(down / 0.066) < 1.0;
        Some(if pupil { Part::Pupil } else { Part::Iris })
    }

    fn brow(&self, at: f32, y: f32) -> Option<Part> {
        let across = at.abs() - EYE_X - 0.005;
        if across.abs() > 0.12 || y > EYE_Y {
            return None;
        }
        let curve = EYE_Y - 0.275 - self.brow + 1.6 * square(across - 0.02);
        let near = (y - curve).abs() < self.line * 0.42;
        near.then_some(Part::Brow)
    }

    fn mouth(&self, at: f32, y: f32) -> Option<Part> {
        let wide = 0.13 + 0.035 * self.mouth;
        let share = at / wide;
        if share.abs() > 1.0 || y < 0.2 {
            return None;
        }
        let arch = 1.0 - square(share);
        // The corners are up.
        let upper = MOUTH_Y + 0.04 * arch;
        let height = 0.155 * self.mouth;
        let lower = upper + height * arch.powf(0.6);
        if height * arch > self.line * 0.6 && y > upper && y < lower {
            let tooth = y < upper + 0.26 * height && share.abs() < 0.8;
            let tongue =
                square(share / 0.62) + square((y - upper - height) / (0.45 * height)) < 1.0;
            return Some(match (tooth, tongue) {
                (true, _) => Part::Teeth,
                (_, true) => Part::Tongue,
                _ => Part::Mouth,
            });
        }
        let line = self.line * 0.55;
        (y > upper - line && y < lower + line).then_some(Part::Lip)
    }

    /// Neck, shoulders and what she wears.
    fn body(&self, x: f32, y: f32) -> Option<Part> {
        let neck = x - 0.05 * self.turn;
        let shoulder = 0.76 + 0.42 * square(x) + 0.5 * (x.abs() - 0.62).max(0.0);
        let neckline = 0.9 - 2.6 * square(neck);
        if y > shoulder && y > neckline {
            let collar = y < neckline.max(shoulder) + 1.6 * self.line && neck.abs() < 0.3;
            return Some(if collar { Part::Collar } else { Part::Cloth });
        }
        let flare = 0.15 + 0.6 * square((y - 0.62).max(0.0)) * 4.0;
        if y > 0.3 && neck.abs() < flare && y < neckline.max(shoulder) {
            return Some(if y < 0.68 { Part::Shade } else { Part::Skin });
        }
        None
    }

    fn back_hair(&self, x: f32, y: f32) -> Option<Part> {
        let middle = x + 0.03 * self.turn;
        let half = if y < -0.18 {
            0.68 * (1.0 - square((y + 0.18) / 0.72)).max(0.0).sqrt()
        } else {
            0.68 + 0.09 * ((y + 0.18) * 1.7).sin()
        };
        (middle.abs() < half).then_some(Part::BackHair)
    }
}

/// The fringe: strands that come from the parting, and a band of light over the crown.
fn strands(at: f32, y: f32, from_parting: f32) -> Part {
    let band = y + 0.56 - 0.5 * square(at);
    if band.abs() < 0.045 + 0.02 * (22.0 * at).sin() {
        return Part::Shine;
    }
    let flow = from_parting / (y + 1.0).max(0.15);
    if (9.0 * flow).sin() > 0.93 && y > -0.5 {
        return Part::Strand;
    }
    Part::Hair
}

/// Blush, and the shadow of the nose.
fn cheeks(at: f32, y: f32, skin: Part) -> Part {
    if square((at.abs() - 0.31) / 0.085) + square((y - 0.265) / 0.045) < 1.0 {
        return Part::Blush;
    }
    if at.abs() < 0.016 && (y - 0.245).abs() < 0.022 {
        return Part::Shade;
    }
    skin
}

fn square(x: f32) -> f32 {
    x * x
}
