//! Signals that end the program, heard while the terminal is taken.

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Signals {
    received: UnboundedReceiver<i32>,
    #[cfg(unix)]
    handle: signal_hook::iterator::Handle,
}

impl Signals {
    /// The next signal that asks the program to end.
    pub async fn next(&mut self) -> i32 {
        match self.received.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::time::Duration;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    use super::{Signals, unbounded_channel};
    use crate::tui::terminal::restore;

    /// The screen has this long to end in good order.
    const GRACE: Duration = Duration::from_secs(2);

    impl Signals {
        /// Begins to listen.
        pub fn listen() -> io::Result<Self> {
            let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGINT])?;
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
            Ok(Self { received, handle })
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
    pub fn listen() -> std::io::Result<Self> {
        let (_, received) = unbounded_channel();
        Ok(Self { received })
    }
}
