//! Everything the screen shows. The view only reads it; only [`update`](super::update) changes it.

use ratatui::layout::Size;

use super::choice::Choice;
use super::keymap::Context;
use super::session::{Phase, ResumeOffer, Session, TopicProgress, TopicStatus};
use super::theme::{Theme, Tone};
use super::widget::answer_box::AnswerBox;
use super::widget::candidates::Bar;
use super::widget::pager::Pager;
use super::widget::transcript::Transcript;
use crate::interview::EndReason;
use crate::messages::Messages;

/// The state of the screen.
#[derive(Debug, Clone)]
pub struct State {
    /// The interface's texts.
    pub messages: Messages,
    /// The colours.
    pub theme: Theme,
    /// Size of the terminal.
    pub size: Size,
    /// The conversation.
    pub transcript: Transcript,
    /// The answer being written.
    pub answer: AnswerBox,
    /// Whether the progress panel is wanted.
    pub panel: Panel,
    /// The report, where it is open.
    pub report: Option<Pager>,
    /// What lies above the screen, the last one on top.
    pub popups: Vec<Popup>,
    /// What is being loaded.
    pub loading: Option<Loading>,
    /// What the interview last said of itself.
    pub snapshot: Snapshot,
    /// The judge's candidates for the last message, best first.
    pub candidates: Vec<Bar>,
    /// Number of the turn.
    pub turn: u32,
    /// A word to the learner in the status line, until the next key.
    pub toast: Option<Toast>,
    /// Why the interview ended.
    pub ended: Option<EndReason>,
    /// The learner asked to stop what is being generated.
    pub cancelling: bool,
    /// Steps of the spinner.
    pub tick: u64,
    /// Whether anything moves by itself.
    pub motion: bool,
}

/// Whether the progress panel is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Panel {
    /// Where there is room beside the conversation.
    #[default]
    Auto,
    /// Always; without room, in the place of the conversation.
    Shown,
    /// Never.
    Hidden,
}

/// Something above the screen that has the focus.
#[derive(Debug, Clone)]
pub enum Popup {
    /// The keys.
    Help(Pager),
    /// A list of choices.
    Choice(Choice),
}

/// How far loading is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loading {
    /// In percent, where it is known.
    pub percent: Option<u8>,
    /// What is being loaded.
    pub what: String,
}

/// A short message in the status line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// How it is meant.
    pub tone: Tone,
    /// The text.
    pub text: String,
}

/// What an interview says of itself at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// What it is doing.
    pub phase: Phase,
    /// A hint for what is asked.
    pub hint: Option<String>,
    /// Every topic, in order.
    pub progress: Vec<TopicProgress>,
    /// The last verdict can be disputed.
    pub can_dispute: bool,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            phase: Phase::NotStarted,
            hint: None,
            progress: Vec::new(),
            can_dispute: false,
        }
    }
}

impl Snapshot {
    /// Asks the interview.
    pub fn of(session: &impl Session) -> Self {
        Self {
            phase: session.phase(),
            hint: session.hint(),
            progress: session.progress(),
            can_dispute: session.can_dispute(),
        }
    }

    /// The current topic's number, from 1, and the topic.
    pub fn current(&self) -> Option<(usize, &TopicProgress)> {
        (1..)
            .zip(&self.progress)
            .find(|(_, topic)| topic.status == TopicStatus::Current)
    }

    /// What people read for an exact title.
    pub fn display<'a>(&'a self, title: &'a str) -> &'a str {
        self.progress
            .iter()
            .find(|topic| topic.title == title)
            .map_or(title, |topic| &topic.display)
    }
}

impl State {
    /// The first picture: nothing is loaded, and an unfinished interview may be offered.
    pub fn new(messages: Messages, theme: Theme, resume: Option<ResumeOffer>) -> Self {
        let resume = resume.map(|offer| Popup::Choice(Choice::resume(offer)));
        Self {
            messages,
            theme,
            size: Size::new(80, 24),
            transcript: Transcript::default(),
            answer: AnswerBox::default(),
            panel: Panel::default(),
            report: None,
            popups: resume.into_iter().collect(),
            loading: Some(Loading::default()),
            snapshot: Snapshot::default(),
            candidates: Vec::new(),
            turn: 0,
            toast: None,
            ended: None,
            cancelling: false,
            tick: 0,
            motion: true,
        }
    }

    /// Where keys go.
    pub fn focus(&self) -> Context {
        match (self.popups.last(), &self.report) {
            (Some(Popup::Choice(_)), _) => Context::Choice,
            (Some(Popup::Help(_)), _) | (None, Some(_)) => Context::Page,
            (None, None) => Context::Answer,
        }
    }

    /// The interview is working on something that can be stopped.
    pub fn is_busy(&self) -> bool {
        matches!(
            self.snapshot.phase,
            Phase::Judging | Phase::Selecting | Phase::Writing
        )
    }

    /// There is something to write: an answer, or after a sanction an objection.
    pub fn takes_text(&self) -> bool {
        matches!(self.ended, None | Some(EndReason::Sanctioned))
    }

    /// The spinner turns.
    pub fn is_animated(&self) -> bool {
        self.motion && (self.is_busy() || self.loading.is_some())
    }

    /// Says a word in the status line.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.toast = Some(Toast {
            tone,
            text: text.into(),
        });
    }
}
