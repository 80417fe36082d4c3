//! The loop: waits for whatever comes first, and draws at most thirty frames a second, none of them
//! without a change. Her face is a change when it moves: twenty times a second in an expression or a
//! blink, at rest a few times, and never without motion or out of sight.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use crossterm::event::Event;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::app::{App, Conversations};
use super::terminal::Canvas;
use super::update::Input;

/// Between two frames.
const FRAME: Duration = Duration::from_millis(33);
/// Between two steps of the spinner.
const SPIN: Duration = Duration::from_millis(100);

/// Where everything comes from.
#[derive(Debug)]
pub struct Sources<T, E> {
    /// Keys, pastes, resizes.
    pub terminal: T,
    /// What the engine sends.
    pub engine: UnboundedReceiver<E>,
    /// Numbers of the signals that end the program.
    pub signals: UnboundedReceiver<i32>,
}

/// How the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The learner left, or closed the terminal.
    Left,
    /// This signal came.
    Signal(i32),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Left => Self::SUCCESS,
            // As shells tell it.
            Exit::Signal(signal) => Self::from(u8::try_from(128 + signal).unwrap_or(u8::MAX)),
        }
    }
}

/// Runs until the learner leaves, the terminal is closed or a signal comes.
pub async fn drive<S: Conversations>(
    mut app: App<S>,
    canvas: &mut impl Canvas,
    mut sources: Sources<impl Stream<Item = io::Result<Event>> + Unpin, super::app::Event<S>>,
) -> io::Result<Exit> {
    let begun = Instant::now();
    let mut drawn = Duration::ZERO;
    app.input(Input::Resize(canvas.size()?));
    canvas.draw(app.state())?;
    app.start();

    let mut engine_open = true;
    let mut spin = interval(SPIN);
    spin.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut frame_due = false;
    let mut not_before = Instant::now();
    loop {
        let pending = app.take_pending();
        if pending.quit {
            return Ok(Exit::Left);
        }
        if pending.clear {
            canvas.clear()?;
        }
        frame_due |= pending.frame;
        let picture = app.next_picture(drawn);
        let picture_at = begun + picture.unwrap_or_default();
        tokio::select! {
            Some(signal) = sources.signals.recv() => return Ok(Exit::Signal(signal)),
            event = sources.terminal.next() => match event {
                Some(event) => {
                    app.at(begun.elapsed());
                    app.terminal(event?);
                }
                None => return Ok(Exit::Left),
            },
            event = sources.engine.recv(), if engine_open => match event {
                Some(event) => {
                    app.at(begun.elapsed());
                    app.engine(event);
                }
                None => {
                    engine_open = false;
                    app.engine_gone();
                }
            },
            _ = spin.tick(), if app.state().is_animated() => app.input(Input::Tick),
            () = sleep_until(picture_at), if picture.is_some() && !frame_due => frame_due = true,
            () = sleep_until(not_before), if frame_due => {
                drawn = begun.elapsed();
                app.at(drawn);
                canvas.draw(app.state())?;
                frame_due = false;
                not_before = Instant::now() + FRAME;
            }
        }
    }
}
