//! The loop itself, with a scripted terminal.

use std::io;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use futures_util::{Stream, StreamExt, stream};
use ratatui::layout::Size;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::fake::{self, Asked, Fake};
use super::stage::options;
use crate::companion::expression::draw;
use crate::driver::companionship::{TalkNotice, TalkPhase};
use crate::messages::Lang;
use crate::tui::app::{App, TuiOptions};
use crate::tui::event_loop::{Exit, Sources, drive};
use crate::tui::session::Phase;
use crate::tui::state::State;
use crate::tui::terminal::Canvas;

/// Counts frames and keeps what the last one showed.
#[derive(Default)]
struct Counter {
    frames: usize,
    asked_at_first_frame: Option<usize>,
    asked: Asked,
}

impl Canvas for Counter {
    fn size(&self) -> io::Result<Size> {
        Ok(Size::new(80, 24))
    }

    fn draw(&mut self, _: &State) -> io::Result<()> {
        self.frames += 1;
        let asked = self.asked.borrow().len();
        self.asked_at_first_frame.get_or_insert(asked);
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> io::Result<Event> {
    Ok(Event::Key(KeyEvent::new(code, modifiers)))
}

fn ctrl_c() -> io::Result<Event> {
    key(KeyCode::Char('c'), KeyModifiers::CONTROL)
}

/// Runs the loop on a scripted terminal; returns how it ended, and the frames.
fn run(
    terminal: impl Stream<Item = io::Result<Event>> + Unpin,
    script: impl FnOnce(UnboundedSender<fake::Event>, UnboundedSender<i32>),
) -> (io::Result<Exit>, Counter) {
    let fake = Fake::default();
    let mut canvas = Counter {
        asked: Asked::clone(&fake.asked),
        ..Counter::default()
    };
    let (sender, events) = unbounded_channel();
    let (signal, signals) = unbounded_channel();
    script(sender, signal);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let outcome = runtime.block_on(async {
        let sources = Sources {
            terminal,
            engine: events,
            signals,
        };
        drive(
            App::new(fake, options(Lang::Ko, None)),
            &mut canvas,
            sources,
        )
        .await
    });
    (outcome, canvas)
}

/// The script, and then silence.
fn silence_after(events: Vec<io::Result<Event>>) -> impl Stream<Item = io::Result<Event>> + Unpin {
    stream::iter(events).chain(stream::pending())
}

#[test]
fn the_first_frame_comes_before_the_first_request() {
    let (outcome, canvas) = run(silence_after(vec![ctrl_c(), ctrl_c()]), |_, _| {});
    assert_eq!(outcome.unwrap(), Exit::Left);
    assert_eq!(canvas.asked_at_first_frame, Some(0));
    assert_eq!(*canvas.asked.borrow(), ["begin Fresh"]);
}

#[test]
fn a_flood_of_keys_is_drawn_in_few_frames() {
    let mut script: Vec<_> = (0..5_000)
        .map(|_| key(KeyCode::Char('가'), KeyModifiers::NONE))
        .collect();
    script.extend([ctrl_c(), ctrl_c()]);
    let (outcome, canvas) = run(silence_after(script), |_, _| {});
    assert_eq!(outcome.unwrap(), Exit::Left);
    assert!(canvas.frames < 1_000, "{} frames", canvas.frames);
}

#[test]
fn nothing_is_drawn_while_nothing_changes() {
    let quiet = stream::once(Box::pin(async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        ctrl_c()
    }));
    let script = quiet.chain(stream::iter([ctrl_c()]));
    let (sender_kept, canvas) = {
        let mut kept = None;
        let (outcome, canvas) = run(script, |sender, _| {
            let ready = crate::tui::session::Notice::Ready { ms: 1.0 };
            let ready = fake::Event::Interview(Phase::Waiting, vec![ready]);
            sender.send(ready).unwrap();
            kept = Some(sender);
        });
        assert_eq!(outcome.unwrap(), Exit::Left);
        (kept, canvas)
    };
    drop(sender_kept);
    assert!(canvas.frames <= 4, "{} frames", canvas.frames);
}

#[test]
fn a_closed_terminal_ends_the_loop() {
    let (outcome, _) = run(stream::iter([]), |_, _| {});
    assert_eq!(outcome.unwrap(), Exit::Left);
}

#[test]
fn a_broken_terminal_is_an_error() {
    let broken = vec![Err(io::Error::other("gone"))];
    let (outcome, _) = run(silence_after(broken), |_, _| {});
    assert_eq!(outcome.unwrap_err().to_string(), "gone");
}

#[test]
fn a_signal_ends_the_loop_and_is_told() {
    let (outcome, _) = run(stream::pending(), |_, signal| signal.send(15).unwrap());
    assert_eq!(outcome.unwrap(), Exit::Signal(15));
}

#[test]
fn an_engine_that_is_gone_is_told_and_does_not_keep_the_loop_busy() {
    let quiet = stream::once(Box::pin(async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        ctrl_c()
    }));
    let (outcome, canvas) = run(quiet.chain(stream::iter([ctrl_c()])), |_, _| {});
    assert_eq!(outcome.unwrap(), Exit::Left);
    // The spinner of the loading models turns; nothing else does.
    assert!(canvas.frames < 12, "{} frames", canvas.frames);
}

/// Runs the loop for a while, with or without motion, and counts the frames.
fn frames_in_a_second(motion: bool, expression: bool) -> usize {
    let quiet = stream::once(Box::pin(async {
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        ctrl_c()
    }));
    let f8 = key(KeyCode::F(8), KeyModifiers::NONE);
    let terminal = stream::iter([f8])
        .chain(quiet)
        .chain(stream::iter([ctrl_c()]));
    let (sender, events) = unbounded_channel();
    let (_signal, signals) = unbounded_channel();
    let ready = crate::tui::session::Notice::Ready { ms: 1.0 };
    sender
        .send(fake::Event::Interview(Phase::Waiting, vec![ready]))
        .unwrap();
    if expression {
        let face = TalkNotice::Face(fake::happy(), draw(fake::happy(), 1));
        sender
            .send(fake::Event::Talk(TalkPhase::Waiting, vec![face]))
            .unwrap();
    }
    let options = TuiOptions {
        motion,
        ..options(Lang::Ko, None)
    };
    let mut canvas = Counter::default();
    let sources = Sources {
        terminal,
        engine: events,
        signals,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let app = App::new(Fake::default(), options);
    let exit = runtime.block_on(drive(app, &mut canvas, sources));
    assert_eq!(exit.unwrap(), Exit::Left);
    canvas.frames
}

#[test]
fn her_face_is_drawn_as_often_as_it_moves_and_no_more() {
    let still = frames_in_a_second(false, true);
    assert!(still <= 6, "{still} frames of a still face");
    let resting = frames_in_a_second(true, false);
    assert!(resting <= 16, "{resting} frames at rest");
    let moving = frames_in_a_second(true, true);
    assert!(moving > still && moving <= 30, "{moving} frames");
}
