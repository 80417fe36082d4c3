//! Her face: three labels from the expression head, the scores that they stand for, and how the face
//! moves between them.

pub mod motion;
pub mod scores;

pub use motion::{FRAME, Face, Motion};
pub use scores::{Scores, draw};

pub use crate::talk::expression::{Expression, Eyes, FormError, Mouth, Pose};
