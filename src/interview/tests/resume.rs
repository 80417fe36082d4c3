//! Killed at any moment, and back again.

use super::*;

/// The program dies: all that is left is the snapshot, as a file would hold it.
fn killed(interview: &Interview) -> Interview {
    let file = serde_json::to_string(&interview.snapshot()).unwrap();
    let snapshot = serde_json::from_str(&file).unwrap();
    Interview::resume(pack(), Options::default(), snapshot).unwrap()
}

#[test]
fn an_interview_that_waits_asks_its_question_again() {
    let mut talk = Talk::start(KINDS);
    talk.say(earns(&[AI]));
    let mut interview = killed(&talk.interview);
    assert_eq!(interview.phase(), Phase::Waiting);
    assert_eq!(interview.asked(), Some(ML));
    assert_eq!(interview.remaining(), [ML, DL]);
    let effects = interview.handle(Input::Begin);
    assert!(
        matches!(&effects[..], [Effect::Question { turn: 1, utterance, .. }]
        if utterance.text == talk.said())
    );
    assert_eq!(interview.handle(Input::Begin), [], "only once");
}

#[test]
fn the_learner_may_answer_without_hearing_it_again() {
    let talk = Talk::start(MSE);
    let mut interview = killed(&talk.interview);
    let effects = interview.handle(Input::Message("제곱 평균".to_owned()));
    assert!(matches!(&effects[..], [Effect::Judge(_)]));
}

#[test]
fn a_message_that_was_being_judged_is_sent_again() {
    let mut talk = Talk::start(MSE);
    talk.interview.handle(Input::Message("제곱".to_owned()));
    let interview = killed(&talk.interview);
    assert_eq!((interview.phase(), interview.turn()), (Phase::Waiting, 0));

    let mut talk = Talk::start(LOSSES);
    talk.interview.handle(Input::Message("MAE".to_owned()));
    talk.interview.handle(Input::Judged(earns(&[LOSSES])));
    assert_eq!(talk.interview.phase(), Phase::Selecting);
    let interview = killed(&talk.interview);
    assert_eq!((interview.phase(), interview.turn()), (Phase::Waiting, 0));
}

#[test]
fn a_reply_that_was_being_written_is_written_again() {
    let mut talk = Talk::start(MSE);
    talk.interview
        .handle(Input::Message("제곱 평균".to_owned()));
    let effects = talk.interview.handle(Input::Judged(earns(&[MSE])));
    let mut interview = killed(&talk.interview);
    assert_eq!(interview.phase(), Phase::Writing);
    assert_eq!(interview.handle(Input::Begin), effects[1..]);
    assert_eq!(interview.topic().title, BCE);
}

#[test]
fn a_stopped_interview_goes_on_and_a_finished_one_stays_finished() {
    let mut talk = Talk::start(KINDS);
    talk.interview.handle(Input::Stop(EndReason::Stopped));
    assert_eq!(talk.interview.snapshot().ended(), Some(EndReason::Stopped));
    assert_eq!(killed(&talk.interview).phase(), Phase::Waiting);

    let mut talk = Talk::start(LAST_WORDS);
    talk.say(earns(&[LAST_WORDS]));
    let finished = killed(&talk.interview);
    assert_eq!(finished.phase(), Phase::Ended(EndReason::Finished));
    assert_eq!(finished.question(), talk.interview.question());
}

#[test]
fn a_dispute_survives() {
    let mut talk = Talk::start(KINDS);
    talk.say(fails());
    let mut interview = killed(&talk.interview);
    assert!(interview.can_dispute());
    let effects = interview.handle(Input::Dispute);
    assert!(matches!(
        &effects[..],
        [Effect::Disputed { .. }, Effect::Write(_)]
    ));
}

#[test]
fn scores_that_are_no_numbers_do_not_spoil_the_file() {
    let mut talk = Talk::start(MSE);
    talk.say(Evidence {
        labels: vec![(MSE.to_owned(), f32::INFINITY)],
        ..saw(Class::Failure, f32::NAN)
    });
    killed(&talk.interview);
}

#[test]
fn a_snapshot_of_another_pack_is_refused() {
    let talk = Talk::start(MSE);
    let other = pack_with(|pack| pack.file.id = "other".to_owned());
    let error = Interview::resume(other, Options::default(), talk.interview.snapshot());
    assert_eq!(
        error.unwrap_err().to_string(),
        "the interview was held in the pack `small`, not in `other`; open that pack with --pack"
    );
}

#[test]
fn a_snapshot_whose_topic_or_label_is_gone_is_refused() {
    let mut talk = Talk::start(KINDS);
    talk.say(earns(&[AI]));
    let snapshot = talk.interview.snapshot();
    let renamed = pack_with(|pack| pack.topics[1].answers[0].label = "AI".to_owned());
    let error = Interview::resume(renamed, Options::default(), snapshot.clone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the interview can't go on: the pack `small` no longer holds the label `{AI}` of the \
             topic `{KINDS}`; restore it or start a new interview"
        )
    );
    let shorter = pack_with(|pack| drop(pack.topics.remove(1)));
    assert!(Interview::resume(shorter, Options::default(), snapshot).is_err());
}

#[test]
fn other_topics_may_change_meanwhile() {
    let talk = Talk::start(KINDS);
    let shorter = pack_with(|pack| drop(pack.topics.remove(0)));
    let interview = Interview::resume(shorter, Options::default(), talk.interview.snapshot());
    assert_eq!(interview.unwrap().topic().title, KINDS);
}
