//! An app on a test terminal: press keys, let the engine speak, read the screen.

use std::path::PathBuf;

use crossterm::event::{Event as Terminal, KeyCode, KeyEvent, KeyModifiers};
use ratatui::backend::TestBackend;
use ratatui::buffer::CellWidth;
use ratatui::layout::Size;

use super::fake::{Asked, Event, Fake};
use crate::driver::companionship::{TalkNotice, TalkPhase};
use crate::messages::{Lang, Messages};
use crate::tui::TuiOptions;
use crate::tui::app::App;
use crate::tui::session::{Notice, Phase, ResumeOffer};
use crate::tui::state::{State, Tab};
use crate::tui::theme::{Depth, Theme, ThemeChoice};
use crate::tui::update::Input;
use crate::tui::view::view;

pub struct Stage {
    pub app: App<Fake>,
    pub asked: Asked,
    size: Size,
}

pub fn options(lang: Lang, resume: Option<ResumeOffer>) -> TuiOptions {
    TuiOptions {
        messages: Messages::new(lang),
        theme: Theme::new(ThemeChoice::Auto, None, None).with_depth(Depth::True),
        motion: true,
        pictures: true,
        mouse: false,
        tab: Tab::Interview,
        resume,
        report_folder: PathBuf::from("."),
    }
}

impl Stage {
    /// Nothing has begun.
    pub fn before(fake: Fake, options: TuiOptions) -> Self {
        let asked = Asked::clone(&fake.asked);
        let mut stage = Self {
            app: App::new(fake, options),
            asked,
            size: Size::default(),
        };
        stage.resize(100, 30);
        stage
    }

    /// Everything is loaded and the first question has been asked.
    pub fn ready() -> Self {
        Self::ready_with(Fake::default(), Lang::Ko)
    }

    pub fn ready_with(fake: Fake, lang: Lang) -> Self {
        let mut stage = Self::before(fake, options(lang, None));
        stage.app.start();
        let opening = super::fake::question(0, "안녕! 인공지능, 머신러닝, 딥러닝은 어떻게 달라?");
        stage.engine(Phase::Waiting, [Notice::Ready { ms: 1234.0 }, opening]);
        stage.asked.borrow_mut().clear();
        stage
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.size = Size::new(width, height);
        self.app.input(Input::Resize(self.size));
    }

    pub fn key(&mut self, code: KeyCode) {
        self.chord(KeyModifiers::NONE, code);
    }

    pub fn keys(&mut self, codes: impl IntoIterator<Item = KeyCode>) {
        for code in codes {
            self.key(code);
        }
    }

    pub fn ctrl(&mut self, letter: char) {
        self.chord(KeyModifiers::CONTROL, KeyCode::Char(letter));
    }

    pub fn chord(&mut self, modifiers: KeyModifiers, code: KeyCode) {
        self.app
            .terminal(Terminal::Key(KeyEvent::new(code, modifiers)));
    }

    pub fn type_text(&mut self, text: &str) {
        self.keys(text.chars().map(KeyCode::Char));
    }

    pub fn paste(&mut self, text: &str) {
        self.app.terminal(Terminal::Paste(text.into()));
    }

    /// Types an answer and sends it.
    pub fn answer(&mut self, text: &str) {
        self.type_text(text);
        self.key(KeyCode::Enter);
    }

    pub fn engine(&mut self, phase: Phase, notices: impl IntoIterator<Item = Notice>) {
        let notices = notices.into_iter().collect();
        self.app.engine(Event::Interview(phase, notices));
    }

    /// The companion speaks.
    pub fn talk(&mut self, phase: TalkPhase, notices: impl IntoIterator<Item = TalkNotice>) {
        let notices = notices.into_iter().collect();
        self.app.engine(Event::Talk(phase, notices));
    }

    pub fn state(&self) -> &State {
        self.app.state()
    }

    /// What was asked of the interview since last time.
    pub fn asked(&self) -> Vec<String> {
        self.asked.borrow_mut().drain(..).collect()
    }

    pub fn frame(&self) -> TestBackend {
        let backend = TestBackend::new(self.size.width, self.size.height);
        let mut terminal = ratatui::Terminal::new(backend).unwrap();
        terminal.draw(|frame| view(self.state(), frame)).unwrap();
        terminal.backend().clone()
    }

    /// The screen as a person reads it, a line a row.
    pub fn screen(&self) -> String {
        let frame = self.frame();
        let rows = frame.buffer().content.chunks(usize::from(self.size.width));
        rows.map(|cells| {
            let mut row = String::new();
            let mut hidden = 0;
            for cell in cells {
                if hidden == 0 {
                    row.push_str(cell.symbol());
                    hidden = cell.symbol().cell_width().max(1);
                }
                hidden -= 1;
            }
            row.truncate(row.trim_end().len());
            row + "\n"
        })
        .collect()
    }

    /// The cell of the cursor; it must be visible.
    pub fn cursor(&self) -> (u16, u16) {
        let frame = self.frame();
        assert!(frame.cursor_visible(), "the cursor is hidden");
        let position = frame.cursor_position();
        (position.x, position.y)
    }

    /// The text of the row the cursor is on, up to the cursor.
    pub fn before_cursor(&self) -> String {
        let frame = self.frame();
        let position = frame.cursor_position();
        (0..position.x)
            .map(|x| frame.buffer()[(x, position.y)].symbol())
            .collect::<String>()
            .split_whitespace()
            .collect()
    }

    #[track_caller]
    pub fn shows(&self, text: &str) {
        let screen = self.screen();
        assert!(screen.contains(text), "no {text:?} in\n{screen}");
    }

    #[track_caller]
    pub fn hides(&self, text: &str) {
        let screen = self.screen();
        assert!(!screen.contains(text), "{text:?} in\n{screen}");
    }
}
