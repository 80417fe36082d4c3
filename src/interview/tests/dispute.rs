//! "My answer is right."

use super::*;

impl Talk {
    fn dispute(&mut self) -> Vec<Effect> {
        let effects = self.interview.handle(Input::Dispute);
        self.run(effects, None)
    }
}

fn almost(labels: &[(&str, f32)]) -> Evidence {
    Evidence {
        labels: labels
            .iter()
            .map(|&(label, p)| (label.to_owned(), p))
            .collect(),
        ..fails()
    }
}

#[test]
fn the_likeliest_open_label_is_credited_and_the_interview_goes_on() {
    let mut talk = Talk::start(KINDS);
    talk.say(almost(&[(AI, 0.1), (ML, 0.4), (DL, 0.2)]));
    assert!(talk.interview.can_dispute());
    let told = talk.dispute();

    let [
        Effect::Disputed {
            turn,
            topic,
            label,
            message,
        },
        Effect::Write(request),
        Effect::Question { .. },
    ] = told.as_slice()
    else {
        panic!("{told:?}");
    };
    assert_eq!(
        (*turn, topic.as_str(), label.as_str(), message.as_str()),
        (1, KINDS, ML, "대답")
    );
    assert_eq!(request.situation, Situation::Dispute);
    assert_eq!(request.ask.as_deref(), Some(AI));
    assert_eq!(talk.interview.remaining(), [AI, DL]);
    assert_eq!(
        talk.interview.snapshot().failures,
        0,
        "the failure is taken back"
    );
    assert_eq!(talk.report_of(KINDS).disputed, [ML]);
    assert_eq!(
        talk.interview.progress()[1].labels[1].state,
        LabelState::Disputed
    );
}

#[test]
fn the_last_open_label_completes_the_topic() {
    let mut talk = Talk::start(MSE);
    talk.say(fails());
    talk.dispute();
    assert_eq!(talk.topic(), BCE);
    assert_eq!(talk.report_of(MSE).status, TopicStatus::Done);
}

#[test]
fn where_the_topic_branches_the_selector_is_asked() {
    let mut talk = Talk::start(LOSSES);
    talk.say(unclear());
    let told = talk.dispute();
    assert!(matches!(&told[0], Effect::Select(request) if request.allowed == [MSE, BCE]));
    assert!(matches!(&told[1], Effect::Disputed { .. }));
    assert_eq!(talk.topic(), MSE);
}

#[test]
fn after_a_reveal_only_the_record_changes_and_the_question_is_asked_again() {
    let mut talk = Talk::start(MSE);
    for _ in 0..3 {
        talk.say(fails());
    }
    assert_eq!(talk.topic(), BCE);
    let told = talk.dispute();
    assert!(matches!(&told[1], Effect::Write(request)
        if request.topic == MSE && request.next == BCE && request.situation == Situation::Dispute));
    assert!(matches!(&told[2], Effect::Question { turn: 3, topic, .. } if topic == BCE));
    assert_eq!(talk.interview.remaining().len(), 2);
    let report = talk.report_of(MSE);
    assert_eq!((report.status, report.missed.len()), (TopicStatus::Done, 0));
    assert_eq!(report.disputed, [MSE]);
}

#[test]
fn one_disputed_label_is_enough_where_any_completes() {
    let mut talk = Talk::start(BCE);
    for _ in 0..3 {
        talk.say(fails());
    }
    talk.dispute();
    let report = talk.report_of(BCE);
    assert_eq!((report.status, report.missed.len()), (TopicStatus::Done, 0));
}

#[test]
fn a_verdict_is_disputed_once() {
    let mut talk = Talk::start(KINDS);
    talk.say(fails());
    talk.dispute();
    assert!(!talk.interview.can_dispute());
    assert_eq!(talk.dispute(), []);
}

#[test]
fn there_is_nothing_to_dispute_in_a_full_pass_a_skip_key_or_small_talk() {
    let mut talk = Talk::start(GREETING);
    assert!(!talk.interview.can_dispute());
    talk.say(wants(Intent::Greeting));
    assert!(!talk.interview.can_dispute());
    talk.press_skip();
    talk.say(earns(&[AI, ML, DL]));
    assert!(!talk.interview.can_dispute());
    talk.press_skip();
    assert!(!talk.interview.can_dispute());
}

#[test]
fn a_misconception_stays_on_record_for_the_instructor() {
    let mut talk = Talk::start(KINDS);
    talk.say(believes("머신러닝은 사람이 짠 규칙"));
    talk.dispute();
    let report = talk.report_of(KINDS);
    assert_eq!(report.disputed.len(), 1);
    assert_eq!(report.misconceptions.len(), 1);
}
