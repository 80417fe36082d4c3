//! The companion's tab: what it holds, what she says in it, and what the learner does there.

mod act;
pub mod memories;
mod notice;

pub(super) use act::{act_in_memories, act_in_tab, hush, take_back};
pub(super) use notice::{apply, lists_memories, phase, remembered};

use super::countenance::Countenance;
use super::widget::answer_box::AnswerBox;
use super::widget::transcript::Transcript;
use crate::driver::companionship::{TalkPhase, Trace};

/// Her blinks in this tab.
const SEED: u64 = 0x0b10;

/// The companion's tab.
#[derive(Debug, Clone)]
pub struct Talk {
    /// The conversation.
    pub transcript: Transcript,
    /// The message being written.
    pub answer: AnswerBox,
    /// What the conversation is doing.
    pub phase: TalkPhase,
    /// How the last reply came about, as far as it is known.
    pub trace: Option<Box<Trace>>,
    /// All that follows from that reply is there.
    pub settled: bool,
    /// Her face.
    pub face: Countenance,
    /// Until when nobody may speak, as people read it, where that was said.
    pub until: Option<String>,
    /// The tab was looked at.
    pub visited: bool,
    /// The learner asked to stop the reply.
    pub hushing: bool,
}

impl Default for Talk {
    fn default() -> Self {
        Self {
            transcript: Transcript::default(),
            answer: AnswerBox::default(),
            phase: TalkPhase::Waiting,
            trace: None,
            settled: true,
            face: Countenance::new(SEED),
            until: None,
            visited: false,
            hushing: false,
        }
    }
}

impl Talk {
    /// She is working on something that can be stopped.
    pub fn is_busy(&self) -> bool {
        matches!(
            self.phase,
            TalkPhase::Classifying
                | TalkPhase::Sanctioning
                | TalkPhase::Retrieving
                | TalkPhase::Replying
        )
    }
}
