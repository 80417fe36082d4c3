//! The `ohlora` command.

mod shipped;

use std::process::ExitCode;

/// Training allocates and frees the same large tensors at every step; the system's allocator hands
/// them back to the kernel each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    keep_candle_to_one_thread();
    ohlora::cli::main(shipped::SHIPPED)
}

/// candle's thread pool spins between operations and takes the cores from rayon, which runs all the
/// heavy work; what is left for it (adding gradients) is bound by memory anyway.
fn keep_candle_to_one_thread() {
    const VARIABLE: &str = "CANDLE_NUM_THREADS";
    if std::env::var_os(VARIABLE).is_none() {
        // SAFETY: the first thing the program does; no other thread reads the environment yet.
        #[allow(unsafe_code)]
        unsafe {
            std::env::set_var(VARIABLE, "1");
        }
    }
}
