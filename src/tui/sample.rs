//! A long interview, to measure and to test drawing with.

use ratatui::layout::Size;

use super::session::{LabelProgress, LabelState};
use super::session::{Phase, Speaker, Spoken, TopicProgress, TopicStatus};
use super::state::State;
use super::theme::Theme;
use super::widget::candidates::Bar;
use crate::messages::Messages;

const SAID: &str = "머신러닝은 데이터에서 규칙을 스스로 찾는 방법이고, \
    deep learning은 그중에서 여러 층의 신경망을 쓰는 방법이에요.";

/// A state whose conversation takes at least this many rows in a terminal of this size.
pub fn long_interview(rows: usize, size: Size, messages: Messages) -> State {
    let mut state = State::new(messages, Theme::MONOCHROME, None);
    state.size = size;
    state.loading = None;
    state.snapshot.phase = Phase::Waiting;
    state.snapshot.progress = (1..=19).map(topic).collect();
    state.candidates = (1..=5u8)
        .map(|n| Bar {
            name: format!("후보 {n}"),
            score: 0.5 / f32::from(n),
        })
        .collect();
    // A message has a gap, a name and at least one row of text.
    let said: Vec<Spoken> = (0..rows.div_ceil(3))
        .map(|n| Spoken {
            by: if n % 2 == 0 {
                Speaker::Interviewer
            } else {
                Speaker::Learner
            },
            text: format!("{n} {SAID}"),
        })
        .collect();
    state.transcript.earlier(&said, &state.messages);
    state
}

fn topic(n: usize) -> TopicProgress {
    TopicProgress {
        title: format!("topic {n}"),
        display: format!("주제 {n}"),
        status: match n {
            1..9 => TopicStatus::Done,
            9 => TopicStatus::Current,
            _ => TopicStatus::Open,
        },
        labels: ["핵심 아이디어", "수식"]
            .map(|label| LabelProgress {
                label: label.to_owned(),
                state: LabelState::Open,
            })
            .into(),
    }
}
