//! The companion: what is pure about it. No terminal, no file, no tensor.

pub mod spelling;
