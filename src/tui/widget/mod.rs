//! The pieces of the screen, a file each.

pub mod answer_box;
pub mod candidates;
pub mod face;
pub mod pager;
pub mod progress;
pub mod status;
pub mod transcript;
pub mod wrap;
