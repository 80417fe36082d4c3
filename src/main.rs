//! The `ohlora` command.

mod shipped;

use std::process::ExitCode;

fn main() -> ExitCode {
    ohlora::cli::main(shipped::SHIPPED)
}
