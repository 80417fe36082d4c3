//! The interview told in small stories; `pack.toml` beside this file is the pack they play in.

mod answers;
mod authored;
mod beginning;
mod decide;
mod dispute;
mod flow;
mod inputs;
mod properties;
mod report;
mod resume;
mod ways;

use std::sync::Arc;

use serde::Deserialize;

use super::*;
use crate::content::{Intents, Pack, PackFile, Topic};

const GREETING: &str = "면접 시작 인사";
const KINDS: &str = "인공지능, 머신러닝, 딥러닝 차이";
const LOSSES: &str = "Loss Function 예시";
const MSE: &str = "MSE Loss 설명";
const BCE: &str = "BCE Loss 설명";
const EXPERIENCE: &str = "Loss Function 관련 실무 경험";
const CHAT: &str = "MBTI / 좋아하는 아이돌";
const REST: &str = "잠시 휴식";
const LAST_WORDS: &str = "마지막 할 말";
const END: &str = "면접 종료";

const AI: &str = "인공지능";
const ML: &str = "머신러닝";
const DL: &str = "딥러닝";

/// A whole pack in one file, for the tests.
#[derive(Deserialize)]
struct Everything {
    file: PackFile,
    intents: Intents,
    topic: Vec<Topic>,
}

fn pack() -> Arc<Pack> {
    let everything: Everything = toml::from_str(include_str!("pack.toml")).unwrap();
    Arc::new(Pack {
        file: everything.file,
        topics: everything.topic,
        intents: everything.intents,
    })
}

/// The pack with something changed.
fn pack_with(change: impl FnOnce(&mut Pack)) -> Arc<Pack> {
    let mut pack = pack();
    change(Arc::get_mut(&mut pack).unwrap());
    pack
}

fn topic(title: &str) -> Topic {
    pack().topic(title).unwrap().1.clone()
}

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}

/// What the judge would see in a message.
fn saw(class: Class, score: f32) -> Evidence {
    let labels = match &class {
        Class::Labels(labels) => labels.iter().map(|label| (label.clone(), score)).collect(),
        _ => Vec::new(),
    };
    Evidence {
        candidates: vec![
            Candidate { class, score },
            Candidate {
                class: Class::Intent(Intent::Greeting),
                score: 1.0 - score,
            },
        ],
        labels,
        hedged: false,
        variant: None,
    }
}

fn earns(labels: &[&str]) -> Evidence {
    saw(Class::Labels(strings(labels)), 0.95)
}

fn fails() -> Evidence {
    saw(Class::Failure, 0.9)
}

fn wants(intent: Intent) -> Evidence {
    saw(Class::Intent(intent), 0.9)
}

fn believes(misconception: &str) -> Evidence {
    saw(Class::Misconception(misconception.to_owned()), 0.9)
}

fn unclear() -> Evidence {
    saw(Class::Failure, 0.3)
}

fn hedged(evidence: Evidence) -> Evidence {
    Evidence {
        hedged: true,
        ..evidence
    }
}

/// What a message led to.
#[derive(Debug, Clone)]
struct Reply {
    verdict: Verdict,
    next: String,
    request: WriteRequest,
    /// What the selector was asked, if it was.
    select: Option<SelectRequest>,
    /// The report, if the interview ended.
    ended: Option<Report>,
}

/// An interview with its driver: the judge sees what the test says, the selector takes what the
/// test says or the first title, the writer is the authored one.
struct Talk {
    interview: Interview,
    writer: Authored,
    choice: Option<String>,
}

impl Talk {
    fn start(title: &str) -> Self {
        Self::start_in(pack(), title, Options::default())
    }

    fn start_in(pack: Arc<Pack>, title: &str, options: Options) -> Self {
        let options = Options {
            start_topic: Some(title.to_owned()),
            ..options
        };
        let mut talk = Self {
            writer: Authored::new(Arc::clone(&pack), options.seed),
            interview: Interview::new(pack, options).unwrap(),
            choice: None,
        };
        talk.begin();
        talk
    }

    fn begin(&mut self) -> Vec<Effect> {
        let effects = self.interview.handle(Input::Begin);
        self.run(effects, None)
    }

    /// Runs effects until the learner's turn, and returns those that tell something.
    fn run(&mut self, mut effects: Vec<Effect>, mut evidence: Option<Evidence>) -> Vec<Effect> {
        let mut told = Vec::new();
        while !effects.is_empty() {
            let mut more = Vec::new();
            for effect in effects {
                let answer = match &effect {
                    Effect::Judge(_) => Some(Input::Judged(evidence.take().unwrap())),
                    Effect::Select(request) => Some(Input::Selected(
                        self.choice.clone().unwrap_or(request.allowed[0].clone()),
                    )),
                    Effect::Write(request) => Some(Input::Written(self.writer.write(request))),
                    _ => None,
                };
                told.push(effect);
                more.extend(answer.map_or_else(Vec::new, |input| self.interview.handle(input)));
            }
            effects = more;
        }
        told
    }

    /// The learner says something, and the judge sees this in it.
    fn say(&mut self, evidence: Evidence) -> Reply {
        let effects = self.interview.handle(Input::Message("대답".to_owned()));
        let told = self.run(effects, Some(evidence));
        Reply::of(&told)
    }

    fn press_skip(&mut self) -> Reply {
        let effects = self.interview.handle(Input::SkipKey);
        let told = self.run(effects, None);
        Reply::of(&told)
    }

    fn topic(&self) -> &str {
        &self.interview.topic().title
    }

    fn said(&self) -> &str {
        &self.interview.question().unwrap().text
    }

    fn report_of(&self, title: &str) -> TopicReport {
        let report = self.interview.report();
        let found = report.topics.into_iter().find(|topic| topic.title == title);
        found.unwrap()
    }
}

impl Reply {
    fn of(told: &[Effect]) -> Self {
        let find = |wanted: fn(&Effect) -> bool| told.iter().find(|effect| wanted(effect));
        let Some(Effect::Judged { verdict, next, .. }) =
            find(|effect| matches!(effect, Effect::Judged { .. }))
        else {
            panic!("no verdict in {told:?}");
        };
        let Some(Effect::Write(request)) = find(|effect| matches!(effect, Effect::Write(_))) else {
            panic!("no reply in {told:?}");
        };
        Self {
            verdict: verdict.clone(),
            next: next.clone(),
            request: request.clone(),
            select: told.iter().find_map(|effect| match effect {
                Effect::Select(request) => Some(request.clone()),
                _ => None,
            }),
            ended: told.iter().find_map(|effect| match effect {
                Effect::End { report, .. } => Some(report.clone()),
                _ => None,
            }),
        }
    }

    fn situation(&self) -> Situation {
        self.request.situation
    }
}
