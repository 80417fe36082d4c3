//! A terminal for a program: keys go in, the screen can be read.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use unicode_width::UnicodeWidthStr;
use vt100::{Parser, Screen};

use super::common::Home;

/// A judged turn on a busy machine, with every example of its topic still to be embedded.
const PATIENCE: Duration = Duration::from_secs(120);

pub const COLUMNS: u16 = 100;
pub const ROWS: u16 = 30;

/// Keys as an xterm sends them.
pub mod key {
    pub const ENTER: &str = "\r";
    pub const ESC: &str = "\x1b";
    pub const UP: &str = "\x1b[A";
    pub const DOWN: &str = "\x1b[B";
    pub const LEFT: &str = "\x1b[D";
    pub const BACKSPACE: &str = "\x7f";
    pub const F1: &str = "\x1bOP";
    pub const F2: &str = "\x1bOQ";
    pub const F3: &str = "\x1bOR";
    pub const F4: &str = "\x1bOS";
    pub const F7: &str = "\x1b[18~";
    pub const F9: &str = "\x1b[20~";
    pub const CTRL_C: &str = "\x03";
    pub const CTRL_L: &str = "\x0c";
}

/// A terminal with the program running in it.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    writer: Mutex<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    display: Arc<(Mutex<Parser>, Condvar)>,
    modes: String,
}

impl Terminal {
    /// Runs `ohlora` with these arguments, its messages in Korean.
    pub fn start(home: &Home, arguments: &[&str]) -> Self {
        let pair = native_pty_system().openpty(size(COLUMNS, ROWS)).unwrap();
        let modes = modes(&*pair.master);
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_ohlora"));
        command.env_clear();
        for (name, value) in home.environment() {
            command.env(name, value);
        }
        command.cwd(home.path());
        command.args(["--lang", "ko", "--profile"]);
        command.arg(home.profile());
        command.args(arguments);
        let child = pair.slave.spawn_command(command).unwrap();

        let parser = Parser::new(cells(ROWS), cells(COLUMNS), 0);
        let terminal = Self {
            writer: Mutex::new(pair.master.take_writer().unwrap()),
            display: Arc::new((Mutex::new(parser), Condvar::new())),
            child,
            modes,
            master: pair.master,
        };
        terminal.listen();
        terminal
    }

    /// Shows what the program writes, until it has ended.
    fn listen(&self) {
        let mut reader = self.master.try_clone_reader().unwrap();
        let display = self.display.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                // A test that has failed looks no more.
                let Ok(mut parser) = display.0.lock() else {
                    return;
                };
                parser.process(&bytes[..count]);
                drop(parser);
                display.1.notify_all();
            }
        });
    }

    /// Presses keys, or types a text.
    pub fn press(&self, keys: &str) {
        let mut writer = self.writer.lock().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Pastes a text, as a terminal with bracketed paste does.
    pub fn paste(&self, text: &str) {
        self.press(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Waits until the screen is as described; shows what it was if that never happens.
    pub fn wait_until(&self, what: &str, holds: impl Fn(&Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut parser = self.display.0.lock().unwrap();
        while !holds(parser.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "no {what} on the screen:\n{}",
                drawn(&parser)
            );
            parser = self.display.1.wait_timeout(parser, left).unwrap().0;
        }
    }

    /// Waits for a text that stands on one row.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(text, |screen| screen.contents().contains(text));
    }

    /// Waits until a text is gone.
    pub fn wait_for_no(&self, text: &str) {
        let what = format!("screen without {text}");
        self.wait_until(&what, |screen| !screen.contents().contains(text));
    }

    /// Waits until the answer box holds this text before its caret, and the cursor stands in the
    /// cell after it.
    pub fn wait_for_caret_after(&self, text: &str) {
        let what = format!("caret after {text:?}");
        let box_before = format!("> {text}");
        self.wait_until(&what, |screen| {
            let (row, column) = screen.cursor_position();
            let before = screen.rows(0, column).nth(usize::from(row));
            let stands = before.is_some_and(|before| before.trim_end() == box_before.trim_end());
            stands && usize::from(column) == box_before.width() && !screen.hide_cursor()
        });
    }

    /// The rows as they are drawn.
    pub fn rows(&self) -> Vec<String> {
        let parser = self.lock();
        let (_, columns) = parser.screen().size();
        parser.screen().rows(0, columns.get()).collect()
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let mut parser = self.lock();
        parser.set_size(cells(rows), cells(columns));
        drop(parser);
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// Sends a signal by the shell's `kill`.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -s {name} {}", self.child.process_id().unwrap());
        let status = std::process::Command::new("sh")
            .args(["-c", &kill])
            .status();
        assert!(status.unwrap().success());
    }

    /// Waits for the end of the program; the terminal is as it was before. Returns the exit code.
    pub fn wait_for_end(mut self) -> u32 {
        self.wait_until("end of the alternate screen", |screen| {
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        });
        let status = self.child.wait().unwrap();
        assert_eq!(modes(&*self.master), self.modes, "raw mode is left");
        status.exit_code()
    }

    fn lock(&self) -> MutexGuard<'_, Parser> {
        self.display.0.lock().unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How the terminal treats what is typed: echo, line editing, signals.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

fn drawn(parser: &Parser) -> String {
    parser.screen().contents()
}

fn cells(count: u16) -> std::num::NonZeroU16 {
    count.try_into().unwrap()
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        ..PtySize::default()
    }
}
