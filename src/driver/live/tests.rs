//! The driver with an engine that has no models and a guard that knows two words: enough for what
//! happens before a message is judged.

use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;

use super::*;
use crate::companion::ethics::{Offence, Scores};
use crate::driver::session::Begin;
use crate::engine::Guard;
use crate::engine::models::ModelStore;
use crate::messages::Lang;
use crate::store::{Conversation, Store};
use jiff::Timestamp;

/// "사랑해" is love, "시발" is hate, "고장" is an error.
struct Words;

impl Guard for Words {
    fn classify(&mut self, texts: &[String]) -> Result<Vec<Scores>, String> {
        if texts[0].contains("고장") {
            return Err("the guard is broken".to_owned());
        }
        let sure = |text: &str, word| if text.contains(word) { 0.99 } else { 0.01 };
        let score = |text: &String| {
            let (love, hate) = (sure(text, "사랑해"), sure(text, "시발"));
            Scores {
                love,
                hate,
                general: 1.0 - love.max(hate),
                ..Scores::default()
            }
        };
        Ok(texts.iter().map(score).collect())
    }
}

struct Stage {
    driver: Driver,
    events: UnboundedReceiver<Event>,
}

impl Stage {
    fn open(profile: &TempDir) -> Self {
        let pack = Arc::new(crate::testing::pack());
        let store = Store::open(profile.path(), Timestamp::now()).unwrap();
        let unfinished = store.unfinished().unwrap();
        let (driver, events) = Driver::new(Holding {
            pack: pack.clone(),
            options: Options::default(),
            setup: Setup {
                models: ModelStore {
                    folders: Vec::new(),
                    embedded: &[],
                },
                cache: None,
                pack: pack.clone(),
                writer: Box::new(Authored::new(pack, 1)),
                guard: Some(Box::new(Words)),
                talker: None,
            },
            recorder: Some(Recorder::new(store, None)),
            boundaries: Thresholds::default(),
            unfinished,
            messages: Messages::new(Lang::En),
        })
        .unwrap();
        Self { driver, events }
    }

    fn begun(profile: &TempDir) -> Self {
        let mut stage = Self::open(profile);
        let notices = stage.driver.begin(Begin::Fresh).unwrap();
        stage.settle(notices);
        assert_eq!(stage.driver.phase(), Phase::Waiting);
        stage
    }

    /// What is said until the learner may speak.
    fn settle(&mut self, mut notices: Vec<Notice>) -> Vec<Notice> {
        while !matches!(self.driver.phase(), Phase::Waiting | Phase::Ended(_)) {
            let event = self.events.blocking_recv().unwrap();
            notices.extend(self.driver.poll(event).unwrap());
        }
        notices.retain(|notice| {
            !matches!(
                notice,
                Notice::Loading { .. } | Notice::Ready { .. } | Notice::Draft(_)
            )
        });
        notices
    }

    fn say(&mut self, message: &str) -> Vec<Notice> {
        let notices = self.driver.submit(message.to_owned()).unwrap();
        self.settle(notices)
    }

    fn store(&self) -> &Store {
        self.driver.recorder.as_ref().unwrap().store()
    }
}

#[test]
fn a_warning_asks_the_question_again_and_a_block_ends_the_interview() {
    let profile = tempfile::tempdir().unwrap();
    let mut stage = Stage::begun(&profile);
    let asked = stage.driver.interview().question().unwrap().clone();

    let notices = stage.say("사랑해, 오로라");
    let [
        Notice::Sanctioned {
            offences,
            until: None,
            text,
        },
        Notice::Question {
            turn: 0, utterance, ..
        },
    ] = &notices[..]
    else {
        panic!("{notices:?}")
    };
    assert_eq!((offences, utterance), (&vec![Offence::Love], &asked));
    assert!(text.contains("warning"), "{text}");
    assert!(
        stage.driver.can_dispute(),
        "that is where an objection begins"
    );
    assert_eq!(stage.driver.dispute().unwrap(), [Notice::Objected]);

    let notices = stage.say("그래도 사랑해");
    let [
        Notice::Sanctioned { until: Some(_), .. },
        Notice::End { reason, .. },
    ] = &notices[..]
    else {
        panic!("{notices:?}")
    };
    assert_eq!(*reason, EndReason::Sanctioned);
    assert!(!stage.driver.was_refused());
    assert_eq!(
        stage.driver.object("진심인데".to_owned()).unwrap(),
        [Notice::Objected]
    );
    let log = stage.store().sanctions().unwrap();
    assert_eq!((log.len(), &*log[1].objections[0]), (2, "진심인데"));
    let end = stage.store().interviews().unwrap()[0].end.unwrap();
    assert_eq!(end.reason, EndReason::Sanctioned);
}

#[test]
fn who_speaks_of_dying_is_told_where_help_is_and_is_not_judged() {
    let profile = tempfile::tempdir().unwrap();
    let mut stage = Stage::begun(&profile);
    let notices = stage.say("시발 그냥 죽고 싶다");
    let [Notice::Problem(help), Notice::Question { turn: 0, .. }] = &notices[..] else {
        panic!("{notices:?}")
    };
    assert!(help.contains("109"), "{help}");
    assert!(stage.driver.running_block().unwrap().is_none());
}

#[test]
fn a_running_block_refuses_the_start_and_touches_nothing() {
    let profile = tempfile::tempdir().unwrap();
    drop(Stage::begun(&profile));
    let mut store = Store::open(profile.path(), Timestamp::now()).unwrap();
    let offences = [Offence::Hate];
    store
        .sanction(
            Timestamp::now(),
            Conversation::Companion,
            "시발",
            &offences,
            None,
        )
        .unwrap();

    let mut stage = Stage::open(&profile);
    let notices = stage.driver.begin(Begin::Fresh).unwrap();
    assert!(
        matches!(
            &notices[..],
            [
                Notice::Sanctioned { until: Some(_), .. },
                Notice::End { .. }
            ]
        ),
        "{notices:?}"
    );
    assert!(stage.driver.was_refused());
    assert!(stage.say("안녕").is_empty());
    assert!(
        stage.store().unfinished().unwrap().is_some(),
        "it can go on when the block is over"
    );

    store.lift(1, Timestamp::now()).unwrap();
    let mut stage = Stage::open(&profile);
    let notices = stage.driver.begin(Begin::Resume).unwrap();
    assert!(!matches!(notices[0], Notice::Sanctioned { .. }));
}

#[test]
fn a_block_in_another_window_counts_here_too() {
    let profile = tempfile::tempdir().unwrap();
    let mut stage = Stage::begun(&profile);
    let mut store = Store::open(profile.path(), Timestamp::now()).unwrap();
    store
        .sanction(
            Timestamp::now(),
            Conversation::Companion,
            "시발",
            &[Offence::Hate],
            None,
        )
        .unwrap();
    let notices = stage.say("안녕하세요");
    assert!(
        matches!(
            &notices[..],
            [Notice::Sanctioned { .. }, Notice::End { .. }]
        ),
        "{notices:?}"
    );
    assert_eq!(
        store.sanctions().unwrap().len(),
        1,
        "nothing new was committed"
    );
}

#[test]
fn what_is_slipped_in_is_read_and_the_original_is_logged() {
    let profile = tempfile::tempdir().unwrap();
    let mut stage = Stage::begun(&profile);
    let notices = stage.say("시1발 뭐야");
    assert!(
        matches!(&notices[0], Notice::Sanctioned { until: Some(_), .. }),
        "{notices:?}"
    );
    assert_eq!(
        stage.store().sanctions().unwrap()[0].message.as_deref(),
        Some("시1발 뭐야")
    );
}

#[test]
fn a_message_within_bounds_is_judged_and_one_that_is_taken_back_is_not() {
    let profile = tempfile::tempdir().unwrap();
    let mut stage = Stage::begun(&profile);
    // There are no models here, so judging fails; but it was asked for.
    let notices = stage.say("저는 준비됐어요");
    assert!(
        matches!(&notices[..], [Notice::Problem(..), ..]),
        "{notices:?}"
    );

    stage.driver.submit("시발".to_owned()).unwrap();
    assert_eq!(stage.driver.phase(), Phase::Judging);
    stage.driver.retract().unwrap();
    assert_eq!(stage.driver.phase(), Phase::Waiting);
    let broken = stage.say("고장 난 것 같아");
    assert!(
        broken
            .iter()
            .any(|notice| matches!(notice, Notice::Problem(text) if text.contains("broken"))),
        "{broken:?}"
    );
    assert!(stage.store().sanctions().unwrap().is_empty());
}
