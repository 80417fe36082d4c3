//! Blocks that both model families share.
//!
//! candle holds the tensors and the autograd graph; the operations that take the time are our own
//! [`ops`], each with its forward and backward pass, so that training and inference run the same
//! code. Matrix products and vector maths come from the rten crates, which choose AVX-512, AVX2,
//! NEON or plain kernels at run time.

pub mod block_quant;
pub mod bytes;
pub mod checkpoint;
pub mod dropout;
pub mod gemm;
pub mod linear;
pub mod ops;
pub mod optim;
pub mod quant;
pub mod schedule;
pub mod team;
pub mod training_log;
