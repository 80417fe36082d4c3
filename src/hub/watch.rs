//! How a download is followed from outside, and stopped.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Hears how far a download is. All numbers are bytes.
pub trait Watch {
    /// So much is to come in all.
    fn total(&mut self, bytes: u64);
    /// Work on this file begins.
    fn file(&mut self, name: &str);
    /// So much more of the total is here.
    fn advance(&mut self, bytes: u64);
    /// So much of it has to come again.
    fn rewind(&mut self, bytes: u64);
}

/// Nobody is watching.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Watch for Silent {
    fn total(&mut self, _: u64) {}
    fn file(&mut self, _: &str) {}
    fn advance(&mut self, _: u64) {}
    fn rewind(&mut self, _: u64) {}
}

/// Why something that was waited for did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    /// The user does not want to wait any more.
    Stopped,
    /// The time is up.
    Late,
}

/// How often the stop flag is looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// Waits for `work`, at most for `limit` and only while `stop` is down.
pub(super) async fn wait<T>(
    work: impl Future<Output = T>,
    limit: Duration,
    stop: &AtomicBool,
) -> Result<T, Gone> {
    let mut work = pin!(work);
    let mut late = pin!(tokio::time::sleep(limit));
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(Gone::Stopped);
        }
        tokio::select! {
            done = &mut work => return Ok(done),
            () = &mut late => return Err(Gone::Late),
            () = tokio::time::sleep(GLANCE) => {}
        }
    }
}
