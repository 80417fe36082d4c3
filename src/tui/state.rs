//! Everything the screen shows. The view only reads it; only [`update`](super::update) changes it.

use std::time::Duration;

use ratatui::layout::Size;

use super::choice::Choice;
use super::countenance::Countenance;
use super::keymap::Context;
use super::reaction::Reaction;
use super::session::{Phase, ResumeOffer, Session, TopicProgress, TopicStatus};
use super::talk::Talk;
use super::talk::memories::MemoryList;
use super::theme::{Theme, Tone};
use super::widget::answer_box::AnswerBox;
use super::widget::candidates::Bar;
use super::widget::pager::Pager;
use super::widget::transcript::Transcript;
use crate::companion::expression::draw;
use crate::interview::EndReason;
use crate::messages::Messages;

/// The interviewer's blinks.
const SEED: u64 = 0x0a1;

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
    /// The interview has not begun, and begins when it is shown: what there is to resume then.
    pub begins: Option<Option<ResumeOffer>>,
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
    /// Whether her face is drawn, or told in words.
    pub pictures: bool,
    /// The tab in sight.
    pub tab: Tab,
    /// Something has arrived on the other one.
    pub unread: bool,
    /// The companion's tab.
    pub talk: Talk,
    /// The interviewer's face.
    pub face: Countenance,
    /// Time since the screen was first shown.
    pub now: Duration,
}

/// One of the two conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// The interview.
    #[default]
    Interview,
    /// The companion.
    Companion,
}

impl Tab {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Interview => Self::Companion,
            Self::Companion => Self::Interview,
        }
    }
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
    /// How a reply came about.
    Trace(Pager),
    /// What she remembers.
    Memories(MemoryList),
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
        let begins = resume.is_none().then_some(None);
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
            begins,
            loading: Some(Loading::default()),
            snapshot: Snapshot::default(),
            candidates: Vec::new(),
            turn: 0,
            toast: None,
            ended: None,
            cancelling: false,
            tick: 0,
            motion: true,
            pictures: true,
            tab: Tab::default(),
            unread: false,
            talk: Talk::default(),
            face: Countenance::new(SEED),
            now: Duration::ZERO,
        }
    }

    /// Where keys go.
    pub fn focus(&self) -> Context {
        match self.popups.last() {
            Some(Popup::Choice(_)) => Context::Choice,
            Some(Popup::Memories(list)) if list.editing.is_none() => Context::List,
            Some(Popup::Memories(_)) => Context::Answer,
            Some(Popup::Help(_) | Popup::Trace(_)) => Context::Page,
            None if self.shows_report() => Context::Page,
            None => Context::Answer,
        }
    }

    /// The report is in sight, or would be without a popup.
    pub fn shows_report(&self) -> bool {
        self.tab == Tab::Interview && self.report.is_some()
    }

    /// The box at the bottom of the tab in sight.
    pub fn tab_box(&self) -> &AnswerBox {
        match self.tab {
            Tab::Interview => &self.answer,
            Tab::Companion => &self.talk.answer,
        }
    }

    /// The box that takes what is typed.
    pub fn focused_box(&mut self) -> Option<&mut AnswerBox> {
        if self.focus() != Context::Answer {
            return None;
        }
        let over = !self.takes_text();
        match (self.popups.last_mut(), self.tab) {
            (Some(Popup::Memories(list)), _) => list.editing.as_deref_mut(),
            (_, Tab::Interview) if over => None,
            (_, Tab::Interview) => Some(&mut self.answer),
            (_, Tab::Companion) => Some(&mut self.talk.answer),
        }
    }

    /// The conversation in sight.
    pub fn tab_transcript(&self) -> &Transcript {
        match self.tab {
            Tab::Interview => &self.transcript,
            Tab::Companion => &self.talk.transcript,
        }
    }

    /// The face in sight.
    pub fn tab_face(&self) -> &Countenance {
        match self.tab {
            Tab::Interview => &self.face,
            Tab::Companion => &self.talk.face,
        }
    }

    /// Something has arrived on a tab.
    pub fn arrived(&mut self, tab: Tab) {
        self.unread |= tab != self.tab;
    }

    /// The interviewer's face takes something.
    pub fn react(&mut self, reaction: Reaction) {
        let expression = reaction.expression();
        let scores = draw(expression, u64::from(self.turn));
        self.face.express(expression, scores, self.now);
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
        let busy = match self.tab {
            Tab::Interview => self.is_busy(),
            Tab::Companion => self.talk.is_busy(),
        };
        self.motion && (busy || self.loading.is_some())
    }

    /// Says a word in the status line.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.toast = Some(Toast {
            tone,
            text: text.into(),
        });
    }
}
