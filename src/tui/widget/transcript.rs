//! The conversation: who said what, how it was judged, and notes in between.

use crate::interview::{Outcome, Utterance, Verdict};
use crate::messages::Messages;
use crate::tui::session::{Speaker, Spoken};
use crate::tui::theme::Tone;

use super::pager::{Block, Pager, Paragraph};

const INDENT: u16 = 2;

/// What the screen knows about a judged message.
#[derive(Debug, Clone)]
pub struct Judgement<'a> {
    /// The decision.
    pub verdict: &'a Verdict,
    /// The next topic as people read it, where it is another one.
    pub next: Option<&'a str>,
    /// Milliseconds of the judge.
    pub judge_ms: f64,
    /// Milliseconds of the selector.
    pub select_ms: f64,
}

/// The conversation so far.
#[derive(Debug, Clone)]
pub struct Transcript {
    pager: Pager,
    /// The block of the reply that is being written.
    draft: Option<usize>,
    /// The block and the text of the message that is being judged.
    pending: Option<(usize, String)>,
    unseen: usize,
}

impl Default for Transcript {
    fn default() -> Self {
        Self {
            pager: Pager::following(),
            draft: None,
            pending: None,
            unseen: 0,
        }
    }
}

impl Transcript {
    /// What is read, and where the reader is.
    pub fn pager(&self) -> &Pager {
        &self.pager
    }

    /// Moves the reader.
    pub fn read(&mut self, go: impl FnOnce(&mut Pager)) {
        go(&mut self.pager);
        if self.pager.is_following() {
            self.unseen = 0;
        }
    }

    /// Blocks that arrived below while the learner was reading back.
    pub fn unseen(&self) -> usize {
        self.unseen
    }

    /// The learner's message; it can be taken back until it is judged.
    pub fn sent(&mut self, text: &str, messages: &Messages) {
        self.pager.follow();
        self.unseen = 0;
        self.pending = Some((self.pager.len(), text.to_owned()));
        self.push(spoken(Speaker::Learner, text, messages));
    }

    /// Takes back the message that is being judged.
    pub fn take_back(&mut self) -> Option<String> {
        let (block, text) = self.pending.take()?;
        self.pager.remove(block);
        if let Some(draft) = &mut self.draft
            && *draft > block
        {
            *draft -= 1;
        }
        Some(text)
    }

    /// The reply as far as it is written.
    pub fn draft(&mut self, text: &str, messages: &Messages) {
        let mut block = spoken(Speaker::Interviewer, text, messages);
        block.push(Paragraph::new(Tone::Dim, messages.get("tui.drafting")).indent(INDENT));
        match self.draft {
            Some(index) => self.pager.replace(index, block),
            None => {
                self.draft = Some(self.pager.len());
                self.push(block);
            }
        }
    }

    /// The reply, in the place of its draft.
    pub fn reply(&mut self, utterance: &Utterance, messages: &Messages) {
        let mut block = spoken(Speaker::Interviewer, &utterance.text, messages);
        if utterance.fallback {
            let note = Paragraph::new(Tone::Dim, messages.get("tui.fallback"));
            block.push(note.indent(INDENT));
        }
        match self.draft.take() {
            Some(index) => self.pager.replace(index, block),
            None => self.push(block),
        }
    }

    /// A reply that was begun stays unsaid.
    pub fn drop_draft(&mut self) {
        if let Some(index) = self.draft.take() {
            self.pager.remove(index);
            if let Some((pending, _)) = &mut self.pending
                && *pending > index
            {
                *pending -= 1;
            }
        }
    }

    /// The message that was sent gets no verdict; it can't be taken back any more.
    pub fn keep(&mut self) {
        self.pending = None;
    }

    /// How the message was judged.
    pub fn judged(&mut self, judgement: &Judgement<'_>, messages: &Messages) {
        self.pending = None;
        self.push(verdict(judgement, messages));
    }

    /// What was said in an earlier sitting.
    pub fn earlier(&mut self, said: &[Spoken], messages: &Messages) {
        for Spoken { by, text } in said {
            self.push(spoken(*by, text, messages));
        }
        self.note(Tone::Dim, "- ", messages.get("tui.resumed"));
    }

    /// A note of the program; the same one is not repeated at once.
    pub fn note(&mut self, tone: Tone, mark: &str, text: &str) {
        let note = Paragraph::new(tone, text).mark(mark);
        let last = self.pager.blocks().last().and_then(|block| block.last());
        if last.is_some_and(|last| last.text() == note.text()) {
            return;
        }
        self.push(vec![Paragraph::gap(), note]);
    }

    fn push(&mut self, block: Block) {
        if !self.pager.is_following() {
            self.unseen += 1;
        }
        self.pager.push(block);
    }
}

fn spoken(by: Speaker, text: &str, messages: &Messages) -> Block {
    let (tone, name) = match by {
        Speaker::Interviewer => (Tone::Accent, "tui.interviewer"),
        Speaker::Learner => (Tone::Learner, "tui.learner"),
    };
    vec![
        Paragraph::gap(),
        Paragraph::new(tone, messages.get(name)),
        Paragraph::new(Tone::Plain, text).indent(INDENT),
    ]
}

fn verdict(judgement: &Judgement<'_>, messages: &Messages) -> Block {
    let Judgement { verdict, .. } = judgement;
    let labels = verdict.labels.join(" · ");
    let line = |tone, mark: &str, text: &str| Paragraph::new(tone, text).mark(mark).indent(INDENT);
    let earned = |text: &str| line(Tone::Good, "✓ ", text);
    let mut block = match verdict.outcome {
        Outcome::Pass => vec![earned(
            &messages.fill("tui.verdict_pass", &[("labels", &labels)]),
        )],
        Outcome::Misconception => vec![line(
            Tone::Warn,
            "! ",
            &messages.fill(
                "tui.verdict_misconception",
                &[("labels", &verdict.misconceptions.join(" · "))],
            ),
        )],
        Outcome::Unclear => vec![line(Tone::Warn, "? ", messages.get("tui.verdict_unclear"))],
        Outcome::Fail if verdict.dont_know => {
            vec![line(
                Tone::Warn,
                "· ",
                messages.get("tui.verdict_dont_know"),
            )]
        }
        Outcome::Fail => vec![line(Tone::Bad, "! ", messages.get("tui.verdict_fail"))],
        Outcome::Skip => vec![line(Tone::Dim, "- ", messages.get("tui.verdict_skip"))],
        Outcome::TermQuestion => {
            vec![line(
                Tone::Dim,
                "? ",
                messages.get("tui.verdict_term_question"),
            )]
        }
        Outcome::SmallTalk => Vec::new(),
    };
    if verdict.outcome == Outcome::Misconception && !verdict.labels.is_empty() {
        block.push(earned(
            &messages.fill("tui.verdict_also", &[("labels", &labels)]),
        ));
    }
    if let Some(coaching) = &verdict.coaching {
        block.push(line(Tone::Warn, "! ", coaching));
    }
    let figures = messages.fill(
        "tui.verdict_figures",
        &[
            ("score", &format_args!("{:.0}", verdict.score * 100.0)),
            ("judge", &format_args!("{:.0}", judgement.judge_ms)),
            ("select", &format_args!("{:.0}", judgement.select_ms)),
        ],
    );
    let next = judgement.next.map_or_else(String::new, |next| {
        messages.fill("tui.verdict_next", &[("topic", &next)])
    });
    block.push(line(Tone::Dim, "  ", &[figures, next].concat()));
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Lang;

    fn texts(transcript: &Transcript) -> Vec<&str> {
        transcript
            .pager()
            .blocks()
            .iter()
            .flatten()
            .map(Paragraph::text)
            .filter(|text| !text.is_empty())
            .collect()
    }

    fn said(text: &str, fallback: bool) -> Utterance {
        Utterance {
            text: text.to_owned(),
            writer: "authored".to_owned(),
            fallback,
        }
    }

    #[test]
    fn a_draft_is_replaced_by_the_reply_and_a_fallback_says_so() {
        let messages = Messages::new(Lang::Ko);
        let mut transcript = Transcript::default();
        transcript.draft("한한", &messages);
        transcript.draft("한한한", &messages);
        assert_eq!(texts(&transcript), ["오로라", "한한한", "쓰는 중…"]);
        transcript.reply(&said("다음 질문이야.", true), &messages);
        let said = texts(&transcript);
        assert_eq!(said[1], "다음 질문이야.");
        assert_eq!(said.len(), 3, "{said:?}");
    }

    #[test]
    fn a_message_can_be_taken_back_once_and_only_before_its_verdict() {
        let messages = Messages::new(Lang::Ko);
        let mut transcript = Transcript::default();
        transcript.reply(&said("질문", false), &messages);
        transcript.sent("답", &messages);
        transcript.note(Tone::Dim, "- ", "그 사이의 알림");
        assert_eq!(transcript.take_back().as_deref(), Some("답"));
        assert_eq!(texts(&transcript), ["오로라", "질문", "그 사이의 알림"]);
        assert_eq!(transcript.take_back(), None);
    }

    #[test]
    fn the_same_note_is_not_repeated() {
        let mut transcript = Transcript::default();
        transcript.note(Tone::Warn, "? ", "힌트");
        transcript.note(Tone::Warn, "? ", "힌트");
        assert_eq!(texts(&transcript), ["힌트"]);
    }
}
