//! The progress of a download or a check, on stderr and only on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

use super::printable;
use crate::hub::Watch;

/// A bar over all bytes, cleared when it is dropped.
pub(super) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template(
            "{bar:30} {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {eta}  {msg}",
        );
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self { bar }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Bar {
    fn total(&mut self, bytes: u64) {
        self.bar.set_length(bytes);
    }

    fn file(&mut self, name: &str) {
        self.bar.set_message(printable(name));
    }

    fn advance(&mut self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn rewind(&mut self, bytes: u64) {
        let position = self.bar.position().saturating_sub(bytes);
        self.bar.set_position(position);
    }
}
