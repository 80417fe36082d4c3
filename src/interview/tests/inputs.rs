//! What is typed, taken back, stopped or out of place.

use super::*;

#[test]
fn an_empty_message_is_unclear_and_troubles_no_judge() {
    let mut talk = Talk::start(MSE);
    let effects = talk
        .interview
        .handle(Input::Message(" \u{1b}[2J\r\n".to_owned()));
    let reply = Reply::of(&talk.run(effects, None));
    assert_eq!(reply.verdict.outcome, Outcome::Unclear);
}

#[test]
fn the_judge_reads_the_message_normalised() {
    let mut talk = Talk::start(MSE);
    let typed = "\u{1112}\u{1161}\u{11ab}\u{1b}[31m 글\r\n";
    let effects = talk.interview.handle(Input::Message(typed.to_owned()));
    let [Effect::Judge(request)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(request.message, "한 글");
}

#[test]
fn what_a_model_says_is_stripped_of_control_sequences() {
    let mut interview = Interview::new(pack(), Options::default()).unwrap();
    interview.handle(Input::Begin);
    interview.handle(Input::Written(Utterance {
        text: "안\u{1b}[31m녕\u{7}".to_owned(),
        writer: "kanana".to_owned(),
        fallback: false,
    }));
    assert_eq!(interview.question().unwrap().text, "안녕");
}

#[test]
fn a_message_can_be_taken_back_before_it_is_judged() {
    let mut talk = Talk::start(MSE);
    let before = talk.interview.snapshot();
    talk.interview.handle(Input::Message("아".to_owned()));
    assert_eq!(talk.interview.phase(), Phase::Judging);
    assert_eq!(talk.interview.handle(Input::Retract), []);
    assert_eq!(talk.interview.phase(), Phase::Waiting);
    assert_eq!(talk.interview.snapshot(), before);
}

#[test]
fn a_message_can_be_taken_back_while_the_selector_thinks() {
    let mut talk = Talk::start(LOSSES);
    let before = talk.interview.snapshot();
    talk.interview.handle(Input::Message("MAE".to_owned()));
    talk.interview.handle(Input::Judged(earns(&[LOSSES])));
    assert_eq!(talk.interview.phase(), Phase::Selecting);
    talk.interview.handle(Input::Retract);
    assert_eq!(talk.interview.phase(), Phase::Waiting);
    assert_eq!(talk.interview.snapshot(), before);
}

#[test]
fn the_interview_can_be_stopped_at_any_moment_with_a_report() {
    let mut talk = Talk::start(KINDS);
    talk.say(earns(&[AI]));
    talk.interview.handle(Input::Message("음".to_owned()));
    let effects = talk.interview.handle(Input::Stop(EndReason::Stopped));
    let [Effect::End { reason, report }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(*reason, EndReason::Stopped);
    let topic = &report.topics[1];
    assert_eq!(topic.status, TopicStatus::Open);
    assert_eq!(
        (topic.earned.as_slice(), topic.open.as_slice()),
        (&strings(&[AI])[..], &strings(&[ML, DL])[..])
    );
    assert!(topic.missed.is_empty(), "what was not asked is not missed");
    assert_eq!(talk.interview.handle(Input::SkipKey), []);
}

#[test]
fn inputs_that_do_not_fit_the_phase_are_ignored() {
    let mut interview = Interview::new(pack(), Options::default()).unwrap();
    for input in [
        Input::Message("안녕".to_owned()),
        Input::SkipKey,
        Input::Judged(fails()),
        Input::Selected(END.to_owned()),
        Input::Dispute,
        Input::Retract,
    ] {
        assert_eq!(interview.handle(input), []);
    }
    assert_eq!(interview.phase(), Phase::NotStarted);
    let mut talk = Talk::start(MSE);
    assert_eq!(talk.interview.handle(Input::Begin), []);
}
