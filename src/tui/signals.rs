//! Signals that end the program, heard while the terminal is taken.

use std::io;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    handle: signal_hook::iterator::Handle,
}

#[cfg(unix)]
mod unix {
    use std::time::Duration;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator;

    use super::{Signals, UnboundedReceiver, io, unbounded_channel};
    use crate::tui::terminal::restore;

    /// The screen has this long to end in good order.
    const GRACE: Duration = Duration::from_secs(2);

    impl Signals {
        /// Begins to listen; the channel brings the number of each signal.
        pub fn listen() -> io::Result<(Self, UnboundedReceiver<i32>)> {
            let mut signals = iterator::Signals::new([SIGTERM, SIGHUP, SIGINT])?;
            let handle = signals.handle();
            let (sender, received) = unbounded_channel();
            std::thread::Builder::new()
                .name("signals".to_owned())
                .spawn(move || {
                    for signal in signals.forever() {
                        if sender.send(signal).is_err() {
                            return;
                        }
                        std::thread::sleep(GRACE);
                        if !sender.is_closed() {
                            restore();
                            std::process::exit(128 + signal);
                        }
                    }
                })?;
            Ok((Self { handle }, received))
        }
    }

    impl Drop for Signals {
        fn drop(&mut self) {
            self.handle.close();
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Where there are no signals, none come.
    pub fn listen() -> io::Result<(Self, UnboundedReceiver<i32>)> {
        let (_, received) = unbounded_channel();
        Ok((Self {}, received))
    }
}
