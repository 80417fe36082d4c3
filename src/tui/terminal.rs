//! The real terminal: taken on entry, given back on every way out.
//!
//! Dropping the [`Screen`], a panic on the thread that owns it, and a signal all end in
//! [`restore`]. A panic elsewhere (the engine's thread) is only logged: the screen is still in use,
//! and hears of it when the engine's channel closes.

use std::io::{self, BufWriter, Stdout, stdout};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::ThreadId;

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect, Size};

use super::state::State;
use super::view::view;

/// The thread that has the terminal.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);
static PANIC_HOOK: Once = Once::new();

/// Something that shows the state.
pub trait Canvas {
    /// Its size.
    fn size(&self) -> io::Result<Size>;
    /// Draws a frame.
    fn draw(&mut self, state: &State) -> io::Result<()>;
    /// Forgets what stands there, so that the next frame is drawn whole.
    fn clear(&mut self) -> io::Result<()>;
}

/// The terminal in raw mode, on its alternate screen.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Screen {
    /// Takes the terminal, and the mouse where asked for.
    pub fn open(mouse: bool) -> io::Result<Self> {
        PANIC_HOOK.call_once(install_panic_hook);
        enable_raw_mode()?;
        // From here on there is something to give back, even if the next step fails.
        set_owner(Some(std::thread::current().id()));
        let entered =
            execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste).and_then(|()| {
                if mouse {
                    execute!(stdout(), EnableMouseCapture)
                } else {
                    Ok(())
                }
            });
        let backend = CrosstermBackend::new(BufWriter::new(stdout()));
        let terminal = entered.and_then(|()| Terminal::new(backend));
        match terminal {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }
}

impl Canvas for Screen {
    fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    /// One synchronized update: a terminal that knows them never shows half a frame, nor the cursor
    /// on its way.
    fn draw(&mut self, state: &State) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| view(state, frame))?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Not by [`Terminal::clear`], which asks the terminal for its cursor and waits for the answer.
    fn clear(&mut self) -> io::Result<()> {
        let area = Rect::from((Position::ORIGIN, self.terminal.size()?));
        self.terminal.resize(area)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back, if it was taken. What fails here fails because the terminal is gone.
pub fn restore() {
    if set_owner(None).is_none() {
        return;
    }
    let _ = execute!(
        stdout(),
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
}

/// Sets the owner; returns the one before.
fn set_owner(owner: Option<ThreadId>) -> Option<ThreadId> {
    let mut current = OWNER.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut *current, owner)
}

fn owner() -> Option<ThreadId> {
    *OWNER.lock().unwrap_or_else(PoisonError::into_inner)
}

fn install_panic_hook() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| match owner() {
        Some(owner) if owner != std::thread::current().id() => {
            tracing::error!("{panic}");
        }
        _ => {
            restore();
            report(panic);
        }
    }));
}
