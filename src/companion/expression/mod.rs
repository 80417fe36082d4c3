//! Her face: three labels from the expression head, the scores that they stand for, and how the face
//! moves between them.

pub mod labels;
pub mod motion;
pub mod scores;

pub use labels::{Expression, Eyes, FormError, Mouth, Pose};
pub use motion::{FRAME, Face, Motion};
pub use scores::{Scores, draw};
