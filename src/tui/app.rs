//! The screen at work: keys, engine events and time in; frames and requests to the interview out.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crossterm::event::{Event as TerminalEvent, EventStream, KeyEvent, MouseEventKind};
use ratatui::layout::Size;
use tokio::sync::mpsc::UnboundedReceiver;

use super::action::Action;
use super::event_loop::{Sources, drive};
use super::keymap::{Meaning, lookup};
use super::report_file;
use super::session::{Notice, ResumeOffer, Session};
use super::signals::Signals;
use super::state::{Snapshot, State, Tab};
use super::terminal::Screen;
use super::theme::Theme;
use super::update::{Command, Input, update};
use super::view;
use crate::driver::companionship::{Companionship, TalkNotice, TalkPhase};
use crate::messages::Messages;

/// Rows a notch of the mouse wheel moves.
const WHEEL: isize = 3;

/// What the screen has to know.
#[derive(Debug, Clone)]
pub struct TuiOptions {
    /// The interface's texts.
    pub messages: Messages,
    /// The colours.
    pub theme: Theme,
    /// Whether anything moves by itself.
    pub motion: bool,
    /// Whether her face is drawn, or told in words.
    pub pictures: bool,
    /// Whether the mouse is taken from the terminal, to scroll by its wheel.
    pub mouse: bool,
    /// The tab that is in sight first; the interview begins when its own is.
    pub tab: Tab,
    /// An unfinished interview to offer.
    pub resume: Option<ResumeOffer>,
    /// Where reports are saved.
    pub report_folder: PathBuf,
}

/// The screen could not go on.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// There is no terminal to draw on.
    #[error(
        "cannot use the terminal: {0}; run ohlora in a terminal, or `ohlora interview --plain`"
    )]
    NoTerminal(io::Error),
    /// The terminal failed.
    #[error(
        "the terminal failed: {0}; `ohlora interview --resume` goes on where the interview stopped"
    )]
    Terminal(io::Error),
}

/// Runs the screen until the learner leaves or a signal comes. `events` is what the engine sends.
///
/// The first frame is drawn before the session is asked for anything.
pub async fn run<S: Conversations>(
    session: S,
    events: UnboundedReceiver<Event<S>>,
    options: TuiOptions,
) -> Result<ExitCode, TuiError> {
    let (_listening, signals) = Signals::listen().map_err(TuiError::NoTerminal)?;
    let mut screen = Screen::open(options.mouse).map_err(TuiError::NoTerminal)?;
    let sources = Sources {
        terminal: EventStream::new(),
        engine: events,
        signals,
    };
    let app = App::new(session, options);
    let exit = drive(app, &mut screen, sources).await;
    exit.map(ExitCode::from).map_err(TuiError::Terminal)
}

/// Both conversations, on one engine.
pub trait Conversations: Session + Companionship<Event = <Self as Session>::Event> {}

impl<S: Session + Companionship<Event = <S as Session>::Event>> Conversations for S {}

/// What the engine of a session sends.
pub type Event<S> = <S as Session>::Event;

/// The state with both conversations behind it.
#[derive(Debug)]
pub struct App<S> {
    state: State,
    session: S,
    first: Tab,
    report_folder: PathBuf,
    pending: Pending,
}

/// What the next turn of the loop has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pending {
    /// The picture has changed.
    pub frame: bool,
    /// It has to be drawn whole.
    pub clear: bool,
    /// The learner leaves.
    pub quit: bool,
}

impl<S: Conversations> App<S> {
    /// The screen before anything has begun.
    pub fn new(session: S, options: TuiOptions) -> Self {
        let (now, later) = match options.tab {
            Tab::Interview => (options.resume, None),
            Tab::Companion => (None, options.resume),
        };
        let mut state = State::new(options.messages, options.theme, now);
        if later.is_some() {
            state.begins = Some(later);
        }
        state.motion = options.motion;
        state.pictures = options.pictures;
        Self {
            state,
            session,
            first: options.tab,
            report_folder: options.report_folder,
            pending: Pending::default(),
        }
    }

    /// So much time has passed since the screen was first shown.
    pub fn at(&mut self, now: Duration) {
        self.state.now = now;
    }

    /// When her face has to be drawn anew after it was drawn at a moment; never where it is not in
    /// sight or does not move.
    pub fn next_picture(&self, drawn: Duration) -> Option<Duration> {
        let moves = self.state.motion && view::shows_face(&self.state);
        moves.then(|| self.state.tab_face().next(drawn))
    }

    /// What is to be drawn.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What there is to do; asking takes it.
    pub fn take_pending(&mut self) -> Pending {
        std::mem::take(&mut self.pending)
    }

    /// Shows the first tab, whose conversation begins, unless the learner has to choose first whether to
    /// resume an interview.
    pub fn start(&mut self) {
        if self.state.popups.is_empty() {
            self.input(Input::Action(match self.first {
                Tab::Interview => Action::ShowInterview,
                Tab::Companion => Action::ShowCompanion,
            }));
        }
    }

    /// Takes what the terminal sent.
    pub fn terminal(&mut self, event: TerminalEvent) {
        match event {
            TerminalEvent::Key(key) => self.key(&key),
            TerminalEvent::Paste(text) => self.input(Input::Paste(text)),
            TerminalEvent::Resize(width, height) => {
                self.input(Input::Resize(Size::new(width, height)))
            }
            TerminalEvent::Mouse(mouse) => match mouse.kind {
                MouseEventKind::ScrollUp => self.input(Input::Scroll(-WHEEL)),
                MouseEventKind::ScrollDown => self.input(Input::Scroll(WHEEL)),
                _ => {}
            },
            TerminalEvent::FocusGained | TerminalEvent::FocusLost => {}
        }
    }

    fn key(&mut self, key: &KeyEvent) {
        match lookup(self.state.focus(), key) {
            Some(Meaning::Action(action)) => self.input(Input::Action(action)),
            Some(Meaning::Text(c)) => self.input(Input::Type(c)),
            None => {}
        }
    }

    /// Takes what the engine sent.
    pub fn engine(&mut self, event: Event<S>) {
        match self.session.hear(&event) {
            // The message could not be taken in: it is the learner's again.
            Err(error) if self.session.talk_phase() == TalkPhase::Waiting => {
                self.input(Input::TalkRefused(error.to_string()));
                self.take_talk(Ok(Vec::new()));
            }
            heard => self.take_talk(heard),
        }
        let outcome = self.session.poll(event);
        self.take(outcome);
    }

    /// The engine will send nothing more.
    pub fn engine_gone(&mut self) {
        let text = self.state.messages.get("tui.engine_gone").to_owned();
        self.input(Input::Notice(Notice::Problem(text)));
    }

    /// Changes the state and does what follows from it.
    pub fn input(&mut self, input: Input) {
        self.pending.frame = true;
        if let Some(command) = update(&mut self.state, input) {
            self.execute(command);
        }
    }

    fn execute(&mut self, command: Command) {
        let session = &mut self.session;
        let outcome = match command {
            Command::Begin(begin) => session.begin(begin),
            Command::Submit(message) => match session.submit(message) {
                Err(refused) => return self.input(Input::Refused(refused.to_string())),
                taken => taken,
            },
            Command::Retract => session.retract(),
            Command::Skip => session.skip(),
            Command::Dispute => session.dispute(),
            Command::Object(reason) => session.object(reason),
            Command::Cancel => session.cancel(),
            Command::Stop(reason) => session.stop(reason),
            Command::Report => {
                let report = session.report();
                return self.input(Input::Report(report));
            }
            Command::Save => return self.save(),
            Command::Redraw => {
                self.pending.clear = true;
                return;
            }
            Command::Quit => {
                self.pending.quit = true;
                return;
            }
            Command::Visit => {
                let noticed = session.visit();
                return self.take_talk(noticed);
            }
            Command::Say(message) => match session.say(message) {
                Err(refused) => {
                    self.input(Input::TalkRefused(refused.to_string()));
                    return self.take_talk(Ok(Vec::new()));
                }
                taken => return self.take_talk(taken),
            },
            Command::Hush => {
                let noticed = session.hush();
                return self.take_talk(noticed);
            }
            Command::Memories => return self.memories(),
            Command::Amend(id, item) => match session.amend(id, &item) {
                Ok(None) => return self.memories(),
                Ok(Some(replaced)) => {
                    self.memories();
                    return self.input(Input::Failed(replaced));
                }
                Err(error) => return self.input(Input::Failed(error.to_string())),
            },
            Command::Forget(id) => match session.forget(id) {
                Ok(()) => return self.memories(),
                Err(error) => return self.input(Input::Failed(error.to_string())),
            },
        };
        self.take(outcome);
    }

    fn memories(&mut self) {
        match self.session.memories() {
            Ok(items) => self.input(Input::Memories(items)),
            Err(error) => self.input(Input::Failed(error.to_string())),
        }
    }

    fn take_talk(&mut self, outcome: Result<Vec<TalkNotice>, <S as Companionship>::Error>) {
        match outcome {
            Ok(notices) => {
                for notice in notices {
                    self.input(Input::Talk(notice));
                }
            }
            Err(error) => self.input(Input::Failed(error.to_string())),
        }
        let phase = self.session.talk_phase();
        if phase != self.state.talk.phase {
            self.input(Input::TalkPhase(phase));
        }
    }

    fn take(&mut self, outcome: Result<Vec<Notice>, <S as Session>::Error>) {
        match outcome {
            Ok(notices) => {
                for notice in notices {
                    self.input(Input::Notice(notice));
                }
            }
            Err(error) => self.input(Input::Failed(error.to_string())),
        }
        let snapshot = Snapshot::of(&self.session);
        if snapshot != self.state.snapshot {
            self.input(Input::Snapshot(snapshot));
        }
    }

    fn save(&mut self) {
        let now = jiff::Zoned::now().datetime();
        let markdown = self.session.report_markdown();
        let saved = report_file::save(&self.report_folder, now, &markdown);
        self.input(Input::Saved(saved.map_err(|error| error.to_string())));
    }
}
