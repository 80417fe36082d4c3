//! Two conversations that do what the test says and remember what they were asked.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::companion::ethics::Scores;
use crate::companion::memory::{Item, Scored};
use crate::companion::trace::EthicsTrace;
use crate::driver::companionship::*;
use crate::interview::{Candidate, Class, EndReason, Intent, Outcome, Utterance, Verdict};
use crate::tui::session::*;

/// What the fake was asked for, in order.
pub type Asked = Rc<RefCell<Vec<String>>>;

/// The engine's next event: what a conversation is doing from now on, and what it says.
#[derive(Debug, Clone)]
pub enum Event {
    /// The interview.
    Interview(Phase, Vec<Notice>),
    /// The companion.
    Talk(TalkPhase, Vec<TalkNotice>),
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(&'static str);

pub struct Fake {
    pub asked: Asked,
    pub phase: Phase,
    pub topic: usize,
    pub hint: Option<String>,
    pub can_dispute: bool,
    pub refuses: Option<&'static str>,
    pub talk: TalkPhase,
    pub earlier: Vec<Spoken>,
    pub remembers: Vec<Remembered>,
    /// What joins them once a turn has settled.
    pub learns: Option<Remembered>,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            asked: Asked::default(),
            phase: Phase::NotStarted,
            topic: 1,
            hint: Some("데이터와 층의 수를 떠올려 보세요.".into()),
            can_dispute: false,
            refuses: None,
            talk: TalkPhase::Waiting,
            earlier: Vec::new(),
            learns: None,
            remembers: vec![
                remembered(2, "[오늘 일정: 친구랑 카페 방문]", Some("오늘 밤")),
                remembered(1, "[좋아하는 가수: 아이유]", None),
            ],
        }
    }
}

impl Fake {
    fn ask(&mut self, what: String, phase: Phase) -> Result<Vec<Notice>, Refusal> {
        self.asked.borrow_mut().push(what);
        if let Some(reason) = self.refuses {
            return Err(Refusal(reason));
        }
        self.phase = phase;
        Ok(Vec::new())
    }
}

impl Session for Fake {
    type Event = Event;
    type Error = Refusal;

    fn begin(&mut self, begin: Begin) -> Result<Vec<Notice>, Refusal> {
        self.ask(format!("begin {begin:?}"), Phase::NotStarted)
    }

    fn submit(&mut self, message: String) -> Result<Vec<Notice>, Refusal> {
        self.ask(format!("submit {message}"), Phase::Judging)
    }

    fn retract(&mut self) -> Result<Vec<Notice>, Refusal> {
        self.ask("retract".into(), Phase::Waiting)
    }

    fn skip(&mut self) -> Result<Vec<Notice>, Refusal> {
        self.ask("skip".into(), Phase::Selecting)
    }

    fn dispute(&mut self) -> Result<Vec<Notice>, Refusal> {
        self.ask("dispute".into(), Phase::Waiting)
    }

    fn object(&mut self, reason: String) -> Result<Vec<Notice>, Refusal> {
        let phase = self.phase;
        self.ask(format!("object {reason}"), phase)?;
        Ok(vec![Notice::Objected])
    }

    fn cancel(&mut self) -> Result<Vec<Notice>, Refusal> {
        let phase = self.phase;
        self.ask("cancel".into(), phase)
    }

    fn stop(&mut self, reason: EndReason) -> Result<Vec<Notice>, Refusal> {
        self.ask(format!("stop {reason:?}"), Phase::Ended(reason))?;
        Ok(vec![end(reason)])
    }

    fn poll(&mut self, event: Event) -> Result<Vec<Notice>, Refusal> {
        let Event::Interview(phase, notices) = event else {
            return Ok(Vec::new());
        };
        self.phase = phase;
        Ok(notices)
    }

    fn phase(&self) -> Phase {
        self.phase
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }

    fn progress(&self) -> Vec<TopicProgress> {
        progress(self.topic)
    }

    fn can_dispute(&self) -> bool {
        self.can_dispute
    }

    fn report(&self) -> Report {
        report()
    }

    fn report_markdown(&self) -> String {
        "# 면접 결과\n".into()
    }
}

impl Companionship for Fake {
    type Event = Event;
    type Error = Refusal;

    fn visit(&mut self) -> Result<Vec<TalkNotice>, Refusal> {
        self.asked.borrow_mut().push("visit".into());
        Ok(vec![TalkNotice::Earlier(self.earlier.clone())])
    }

    fn say(&mut self, message: String) -> Result<Vec<TalkNotice>, Refusal> {
        let blocked = self.talk == TalkPhase::Blocked;
        self.asked.borrow_mut().push(format!("say {message}"));
        if let Some(reason) = self.refuses {
            return Err(Refusal(reason));
        }
        if blocked {
            return Ok(vec![TalkNotice::Objected("이의를 적어 두었어요.".into())]);
        }
        self.talk = TalkPhase::Classifying;
        Ok(Vec::new())
    }

    fn hush(&mut self) -> Result<Vec<TalkNotice>, Refusal> {
        self.asked.borrow_mut().push("hush".into());
        Ok(Vec::new())
    }

    fn hear(&mut self, event: &Event) -> Result<Vec<TalkNotice>, Refusal> {
        let Event::Talk(phase, notices) = event else {
            return Ok(Vec::new());
        };
        self.talk = *phase;
        if notices
            .iter()
            .any(|notice| matches!(notice, TalkNotice::Settled(_)))
        {
            self.remembers.splice(..0, self.learns.take());
        }
        Ok(notices.clone())
    }

    fn memories(&mut self) -> Result<Vec<Remembered>, Refusal> {
        Ok(self.remembers.clone())
    }

    fn amend(&mut self, id: i64, item: &str) -> Result<Option<String>, Refusal> {
        self.asked.borrow_mut().push(format!("amend {id} {item}"));
        if !item.starts_with('[') {
            return Err(Refusal("`[키: 값]` 꼴이 아니에요"));
        }
        for memory in &mut self.remembers {
            if memory.id == id {
                memory.item = item.to_owned();
            }
        }
        Ok(None)
    }

    fn forget(&mut self, id: i64) -> Result<(), Refusal> {
        self.asked.borrow_mut().push(format!("forget {id}"));
        self.remembers.retain(|memory| memory.id != id);
        Ok(())
    }

    fn talk_phase(&self) -> TalkPhase {
        self.talk
    }
}

pub fn remembered(id: i64, item: &str, until: Option<&str>) -> Remembered {
    Remembered {
        id,
        item: item.into(),
        since: "11월 20일".into(),
        until: until.map(str::to_owned),
    }
}

/// A reply that used a memory; what the heads find comes later.
pub fn trace(turn: u32, message: &str, text: &str) -> Trace {
    let item = |id, text: &str, score| Scored {
        id,
        item: Item::parse(text).unwrap(),
        score,
    };
    Trace {
        turn,
        message: message.into(),
        text: text.into(),
        prompt: format!("(오늘 일정 친구랑 카페 방문) {message} (답변 시작)"),
        time: Some("(지금은 금요일 저녁) ".into()),
        memory_used: Some("[오늘 일정: 친구랑 카페 방문]".into()),
        memory_scores: vec![
            item(2, "[오늘 일정: 친구랑 카페 방문]", 0.91),
            item(1, "[좋아하는 가수: 아이유]", 0.12),
        ],
        ethics: EthicsTrace {
            scores: Scores {
                love: 0.03,
                general: 0.96,
                ..Scores::default()
            },
            ..EthicsTrace::default()
        },
        writer: "retrieval".into(),
        ms: [("ethics".to_owned(), 8.2), ("reply".to_owned(), 41.0)].into(),
        ..Trace::default()
    }
}

/// The same with all that follows from it.
pub fn settled(trace: &Trace) -> Trace {
    Trace {
        memory_saved: Some("[기분: 신남]".into()),
        summary: Some("친구와 카페에 가서 신났다".into()),
        expression: Some(happy()),
        ..trace.clone()
    }
}

pub fn happy() -> Expression {
    Expression::parse("눈 크게, 입 크게, 고개 돌림 없음").unwrap()
}

pub fn said(text: &str) -> Utterance {
    Utterance {
        text: text.into(),
        writer: "authored".into(),
        fallback: false,
    }
}

pub fn question(turn: u32, text: &str) -> Notice {
    Notice::Question {
        turn,
        topic: TITLES[1].into(),
        utterance: said(text),
    }
}

pub fn end(reason: EndReason) -> Notice {
    Notice::End {
        reason,
        last_words: Some(said("오늘 이야기 즐거웠어. 수고했어!")),
        report: report(),
    }
}

/// A message that earned a label and hedged.
pub fn judged(turn: u32, message: &str) -> Notice {
    let candidate = |class, score| Candidate { class, score };
    Notice::Judged {
        turn,
        topic: TITLES[1].into(),
        message: message.into(),
        verdict: Verdict {
            outcome: Outcome::Pass,
            labels: vec!["머신러닝".into()],
            misconceptions: Vec::new(),
            score: 0.97,
            candidates: vec![
                candidate(Class::Labels(vec!["머신러닝".into()]), 0.97),
                candidate(
                    Class::Labels(vec!["머신러닝".into(), "딥러닝".into()]),
                    0.015,
                ),
                candidate(
                    Class::Misconception("딥러닝과 머신러닝은 같다".into()),
                    0.01,
                ),
                candidate(Class::Failure, 0.004),
                candidate(Class::Intent(Intent::DontKnow), 0.001),
            ],
            remaining: vec!["인공지능".into(), "딥러닝".into()],
            coaching: Some(
                "모르는 부분은 모른다고 말하고, 아는 것부터 또렷하게 말해 보세요.".into(),
            ),
            dont_know: false,
        },
        next: TITLES[1].into(),
        judge_ms: 9.1,
        select_ms: 8.7,
    }
}

const TITLES: [&str; 19] = [
    "면접 시작 인사",
    "인공지능, 머신러닝, 딥러닝 차이",
    "거대 언어 모델 정의",
    "Loss Function 정의",
    "Loss Function 예시",
    "MSE Loss 설명",
    "MSE Loss 용도",
    "확률 예측에서 MSE Loss 미 사용 이유",
    "BCE Loss 설명",
    "Multi-Class, Multi-Label 중 BCE 가 좋은 task",
    "Multi-Label 에서 CE + Softmax 적용 문제점",
    "Loss Function 관련 실무 경험",
    "MBTI / 좋아하는 아이돌",
    "잠시 휴식",
    "LLM Fine-Tuning 의 PEFT",
    "PEFT 방법 5가지",
    "LoRA",
    "LoRA 와 QLoRA 의 차이",
    "마지막 할 말",
];

pub fn progress(current: usize) -> Vec<TopicProgress> {
    let labels: &[(&str, LabelState)] = &[
        ("인공지능", LabelState::Open),
        ("머신러닝", LabelState::Earned),
        ("딥러닝", LabelState::Missed),
    ];
    TITLES
        .iter()
        .enumerate()
        .map(|(n, title)| TopicProgress {
            title: (*title).into(),
            display: title.replace(" 의", "의").replace(" 와", "와"),
            status: match n {
                n if n == current => TopicStatus::Current,
                n if n > current => TopicStatus::Open,
                4 => TopicStatus::Skipped,
                6 => TopicStatus::Failed,
                _ => TopicStatus::Done,
            },
            labels: labels
                .iter()
                .map(|(label, state)| LabelProgress {
                    label: (*label).into(),
                    state: *state,
                })
                .collect(),
        })
        .collect()
}

pub fn report() -> Report {
    let topic = |title: &str, status| TopicReport {
        title: title.into(),
        display_title: title.into(),
        judged: true,
        status,
        earned: Vec::new(),
        disputed: Vec::new(),
        missed: Vec::new(),
        open: Vec::new(),
        misconceptions: Vec::new(),
        turns: 0,
        skipped: false,
    };
    Report {
        pack: "머신러닝 면접 (한국어)".into(),
        topics: vec![
            TopicReport {
                earned: vec!["인공지능".into(), "머신러닝".into()],
                disputed: vec!["딥러닝".into()],
                turns: 3,
                ..topic(TITLES[1], TopicStatus::Done)
            },
            TopicReport {
                missed: vec![Missed {
                    label: "거대 언어 모델 정의".into(),
                    key_point: "많은 텍스트로 학습한 큰 신경망 언어 모델".into(),
                    model_answer: "아주 많은 텍스트로 다음 단어를 맞히도록 학습한, \
                        매개변수가 수십억 개인 신경망 언어 모델이에요."
                        .into(),
                }],
                misconceptions: vec![Correction {
                    label: "LLM은 인터넷을 검색해서 답한다".into(),
                    correction: "학습이 끝난 모델은 검색하지 않고 매개변수에 담긴 것으로 답해요."
                        .into(),
                }],
                turns: 3,
                ..topic(TITLES[2], TopicStatus::Failed)
            },
            TopicReport {
                skipped: true,
                ..topic(TITLES[3], TopicStatus::Skipped)
            },
            topic(TITLES[4], TopicStatus::Open),
            topic(TITLES[5], TopicStatus::Open),
        ],
        totals: Totals {
            topics: 3,
            passed: 1,
            labels: 5,
            earned: 2,
            disputed: 1,
            ..Totals::default()
        },
        advice: vec![Advice {
            key: "'거대 언어 모델 정의'의 모범 답안을 소리 내어 읽어 보세요.".into(),
            values: BTreeMap::new(),
        }],
    }
}

pub fn offer() -> ResumeOffer {
    ResumeOffer {
        when: "어제 17:30".into(),
        topic: "BCE Loss 설명".into(),
        turns: 12,
    }
}
