//! Whole screens in four sizes and two languages.

use crossterm::event::KeyCode;

use super::fake::{Fake, end, judged, offer, question};
use super::stage::{Stage, options};
use crate::interview::EndReason;
use crate::messages::Lang;
use crate::tui::session::{Notice, Phase};

pub(super) const SIZES: [(u16, u16); 4] = [(100, 30), (80, 24), (40, 15), (20, 5)];

fn in_all_sizes(stage: &mut Stage) -> String {
    SIZES
        .into_iter()
        .map(|(width, height)| {
            stage.resize(width, height);
            format!("── {width}×{height}\n{}", stage.screen())
        })
        .collect()
}

pub(super) fn snapshot(name: &str, set: impl Fn(Lang) -> Stage) {
    for (lang, code) in [(Lang::Ko, "ko"), (Lang::En, "en")] {
        let screens = in_all_sizes(&mut set(lang));
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{name}_{code}"), screens);
        });
    }
}

fn after_a_turn(lang: Lang) -> Stage {
    let fake = Fake {
        can_dispute: true,
        ..Fake::default()
    };
    let mut stage = Stage::ready_with(fake, lang);
    let answer = "머신러닝은 데이터에서 규칙을 배우는 건데, 딥러닝은 잘 모르겠어요";
    stage.answer(answer);
    stage.engine(Phase::Writing, [judged(1, answer)]);
    stage.engine(
        Phase::Waiting,
        [question(
            1,
            "맞아, 잘 짚었어. 그럼 머신러닝하고 딥러닝은 뭐가 달라?",
        )],
    );
    stage
}

#[test]
fn loading() {
    snapshot("loading", |lang| {
        let mut stage = Stage::before(Fake::default(), options(lang, None));
        stage.app.start();
        let loading = Notice::Loading {
            done: 12,
            total: 40,
            what: "answer".into(),
        };
        stage.engine(Phase::NotStarted, [loading]);
        stage
    });
}

#[test]
fn waiting_for_an_answer() {
    snapshot("waiting", |lang| {
        let mut stage = after_a_turn(lang);
        stage.type_text("딥러닝은 머신러닝의 한 갈래고 신경망을 여러 층 쌓아요");
        stage
    });
}

#[test]
fn judging() {
    snapshot("judging", |lang| {
        let mut stage = after_a_turn(lang);
        stage.answer("층이 많아요");
        stage
    });
}

#[test]
fn writing() {
    snapshot("writing", |lang| {
        let mut stage = after_a_turn(lang);
        stage.answer("층이 많아요");
        stage.engine(Phase::Writing, [Notice::Draft("그렇지, 층이".into())]);
        stage
    });
}

#[test]
fn report() {
    snapshot("report", |lang| {
        let mut stage = after_a_turn(lang);
        let ended = Phase::Ended(EndReason::Finished);
        stage.engine(ended, [end(EndReason::Finished)]);
        stage
    });
}

#[test]
fn help() {
    snapshot("help", |lang| {
        let mut stage = after_a_turn(lang);
        stage.key(KeyCode::F(1));
        stage
    });
}

#[test]
fn menu() {
    snapshot("menu", |lang| {
        let mut stage = after_a_turn(lang);
        stage.keys([KeyCode::Esc, KeyCode::Down]);
        stage
    });
}

#[test]
fn resume() {
    snapshot("resume", |lang| {
        Stage::before(Fake::default(), options(lang, Some(offer())))
    });
}

#[test]
fn the_panel_alone() {
    snapshot("panel", |lang| {
        let mut stage = after_a_turn(lang);
        stage.resize(40, 15);
        stage.key(KeyCode::F(3));
        stage
    });
}
