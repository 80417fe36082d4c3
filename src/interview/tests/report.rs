//! What stands in the report in the end.

use super::*;
use crate::messages::{Lang, Messages};

/// An interview in which about everything happens.
fn eventful() -> Talk {
    let mut talk = Talk::start(GREETING);
    talk.say(earns(&[GREETING]));
    talk.say(hedged(earns(&[AI])));
    talk.say(believes("딥러닝이 머신러닝을 포함"));
    talk.say(unclear());
    talk.say(wants(Intent::DontKnow));
    talk.say(fails());
    talk.say(earns(&[LOSSES]));
    talk.press_skip();
    talk.say(fails());
    let disputed = talk.interview.handle(Input::Dispute);
    talk.run(disputed, None);
    talk.say(fails());
    talk.say(earns(&[REST]));
    talk.say(earns(&[LAST_WORDS]));
    talk
}

#[test]
fn an_eventful_interview_in_korean() {
    let report = eventful().interview.report();
    insta::assert_snapshot!(markdown(&report, &Messages::new(Lang::Ko)));
}

#[test]
fn an_eventful_interview_in_english() {
    let report = eventful().interview.report();
    insta::assert_snapshot!(markdown(&report, &Messages::new(Lang::En)));
}

#[test]
fn a_perfect_interview() {
    let mut talk = Talk::start(MSE);
    talk.say(earns(&[MSE]));
    talk.say(earns(&["수식"]));
    talk.say(earns(&["기본 경험", "상세 경험"]));
    for _ in 0..3 {
        talk.press_skip();
    }
    let report = talk.interview.report();
    assert_eq!(report.advice.len(), 1);
    insta::assert_snapshot!(markdown(&report, &Messages::new(Lang::Ko)));
}

#[test]
fn an_interview_that_was_stopped() {
    let mut talk = Talk::start(KINDS);
    talk.say(earns(&[AI]));
    talk.interview.handle(Input::Stop(EndReason::Stopped));
    insta::assert_snapshot!(markdown(&talk.interview.report(), &Messages::new(Lang::Ko)));
}

#[test]
fn the_report_is_json_as_the_contract_has_it() {
    let report = eventful().interview.report();
    let json = serde_json::to_value(&report).unwrap();
    let topic = &json["topics"][1];
    assert_eq!(topic["title"], KINDS);
    assert_eq!(topic["earned"], serde_json::json!([AI]));
    assert_eq!(topic["missed"][0]["label"], ML);
    assert_eq!(topic["turns"], 5);
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
}

#[test]
fn the_advice_on_what_was_skipped_leaves_small_talk_out() {
    let mut talk = Talk::start(CHAT);
    talk.press_skip();
    assert_eq!(talk.interview.report().totals.skipped, 0);
    assert!(talk.report_of(CHAT).missed.is_empty());
}
