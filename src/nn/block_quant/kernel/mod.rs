//! The product of a panel with some rows of activations, in integers; the fastest that the machine
//! runs.
//!
//! Every kernel adds up the same integers. Within a group of columns they are exact; between groups
//! one rounds as many tokens as one, so that a prompt gives the same numbers token by token as at once.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod plain;

use super::activations::Row;
use super::panels::Layout;

/// Multiplies a panel with at most [`TOKENS`](super::panels::TOKENS) rows of activations; `out` is
/// [tokens, [`ROWS`](super::panels::ROWS)].
pub type Kernel = fn(Layout, panel: &[u8], x: &[Row], out: &mut [f32]);

/// All kernels that this machine runs, the fastest first, with their names.
pub fn all() -> Vec<(&'static str, Kernel)> {
    let mut kernels: Vec<(&'static str, Kernel)> = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        kernels.extend(avx512::kernel().map(|kernel| ("AVX-512 VNNI", kernel)));
        kernels.extend(avx2::kernel().map(|kernel| ("AVX2", kernel)));
    }
    kernels.push(("plain", plain::product));
    kernels
}

/// The fastest kernel that this machine runs.
pub fn of_this_machine() -> Kernel {
    static FASTEST: std::sync::OnceLock<Kernel> = std::sync::OnceLock::new();
    *FASTEST.get_or_init(|| all().first().map_or(plain::product, |(_, kernel)| *kernel))
}
