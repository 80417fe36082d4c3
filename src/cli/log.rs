//! Warnings go to `ohlora.log` in the cache folder: the screen belongs to the interview.

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::filter::LevelFilter;

/// Starts the log; it ends when the guard is dropped. Where no file can be written there is none.
pub(super) fn to_file(folder: &Path) -> Option<WorkerGuard> {
    std::fs::create_dir_all(folder).ok()?;
    let file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("ohlora.log"))
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let started = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::WARN)
        .with_ansi(false)
        .with_writer(writer)
        .try_init();
    started.ok().map(|()| guard)
}
