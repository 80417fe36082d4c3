//! What an answer is worth: passes, failures, wrong ideas, hedges, pumps.

use super::*;

#[test]
fn one_message_can_earn_several_labels() {
    let mut talk = Talk::start(KINDS);
    let reply = talk.say(earns(&[AI, DL]));
    assert_eq!(reply.verdict.outcome, Outcome::Pass);
    assert_eq!(reply.verdict.labels, [AI, DL]);
    assert_eq!(reply.situation(), Situation::Partial);
    assert_eq!(talk.interview.remaining(), [ML]);
    assert_eq!(talk.say(earns(&[ML])).situation(), Situation::Pass);
    assert_eq!(talk.topic(), LOSSES);
}

#[test]
fn a_topic_with_several_parts_is_asked_as_a_whole_and_then_for_what_is_missing() {
    let mut talk = Talk::start(KINDS);
    assert_eq!(talk.interview.asked(), None);
    talk.say(earns(&[AI]));
    assert_eq!(talk.interview.asked(), Some(ML));
    assert_eq!(
        talk.interview.hint().as_deref(),
        Some("기계는 무엇을 보고 배울까?")
    );
}

#[test]
fn a_failure_narrows_the_question_to_the_first_missing_part() {
    let mut talk = Talk::start(KINDS);
    let reply = talk.say(fails());
    assert_eq!(reply.request.ask.as_deref(), Some(AI));
    assert_eq!(
        talk.interview.hint().as_deref(),
        Some("제일 바깥쪽 원이야.")
    );
}

#[test]
fn an_experience_is_told_part_by_part_and_the_judge_knows_which() {
    let mut talk = Talk::start(EXPERIENCE);
    assert_eq!(talk.interview.asked(), Some("기본 경험"));
    talk.say(earns(&["기본 경험"]));
    let effects = talk.interview.handle(Input::Message("결과는요".to_owned()));
    let [Effect::Judge(request)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(request.asked.as_deref(), Some("상세 경험"));
}

#[test]
fn a_misconception_is_a_failure_with_its_correction() {
    let mut talk = Talk::start(KINDS);
    let reply = talk.say(believes("딥러닝이 머신러닝을 포함"));
    assert_eq!(reply.verdict.outcome, Outcome::Misconception);
    assert_eq!(reply.situation(), Situation::Misconception);
    assert!(talk.said().contains("포함 관계가 거꾸로야."));
    assert_eq!(talk.interview.snapshot().failures, 1);
    assert_eq!(
        talk.report_of(KINDS).misconceptions[0].correction,
        "포함 관계가 거꾸로야."
    );
}

#[test]
fn a_misconception_beside_a_right_answer_keeps_the_answer() {
    let mut talk = Talk::start(KINDS);
    let mixed = Evidence {
        labels: vec![(AI.to_owned(), 0.8)],
        ..believes("딥러닝이 머신러닝을 포함")
    };
    let reply = talk.say(mixed);
    assert_eq!(reply.verdict.outcome, Outcome::Misconception);
    assert_eq!(reply.verdict.labels, [AI]);
    assert_eq!(talk.interview.remaining(), [ML, DL]);
    assert_eq!(talk.interview.snapshot().failures, 0);
}

#[test]
fn an_unclear_answer_is_pumped_twice_and_then_counts() {
    let mut talk = Talk::start(KINDS);
    for _ in 0..2 {
        let reply = talk.say(unclear());
        assert_eq!(reply.verdict.outcome, Outcome::Unclear);
        assert_eq!(talk.interview.snapshot().failures, 0);
    }
    let reply = talk.say(unclear());
    assert_eq!(reply.verdict.outcome, Outcome::Fail);
    assert_eq!(talk.interview.snapshot().failures, 1);
    assert_eq!(talk.say(unclear()).verdict.outcome, Outcome::Unclear);
}

#[test]
fn a_clear_answer_makes_the_interviewer_patient_again() {
    let mut talk = Talk::start(KINDS);
    for evidence in [unclear(), unclear(), earns(&[AI]), unclear(), unclear()] {
        talk.say(evidence);
    }
    assert_eq!(talk.interview.snapshot().failures, 0);
}

#[test]
fn the_third_failure_reveals_the_answer_and_moves_on() {
    let mut talk = Talk::start(MSE);
    assert_eq!(talk.say(fails()).situation(), Situation::FirstFailure);
    assert_eq!(talk.say(fails()).situation(), Situation::Fail);
    let reply = talk.say(fails());
    assert_eq!(reply.situation(), Situation::Reveal);
    assert_eq!(talk.topic(), BCE);
    assert!(talk.said().contains("차이를 제곱해서 평균 낸 값입니다."));
    let report = talk.report_of(MSE);
    assert_eq!(report.status, TopicStatus::Failed);
    assert_eq!(report.missed[0].label, MSE);
}

#[test]
fn the_number_of_failures_is_configured() {
    let options = Options {
        max_failures: 1,
        ..Options::default()
    };
    let mut talk = Talk::start_in(pack(), MSE, options);
    assert_eq!(talk.say(fails()).situation(), Situation::Reveal);
}

#[test]
fn only_what_is_missing_is_revealed() {
    let mut talk = Talk::start(KINDS);
    talk.say(earns(&[AI]));
    for _ in 0..3 {
        talk.say(fails());
    }
    assert!(!talk.said().contains("인공지능은 사람의"));
    assert!(talk.said().contains("머신러닝: 머신러닝은 규칙을"));
    let report = talk.report_of(KINDS);
    assert_eq!(report.earned, [AI]);
    let missed: Vec<_> = report.missed.iter().map(|m| m.label.as_str()).collect();
    assert_eq!(missed, [ML, DL]);
}

#[test]
fn a_question_about_a_term_is_explained_and_costs_nothing() {
    let mut talk = Talk::start(MSE);
    let reply = talk.say(wants(Intent::TermQuestion));
    assert_eq!(reply.verdict.outcome, Outcome::TermQuestion);
    assert_eq!(talk.topic(), MSE);
    assert_eq!(talk.interview.snapshot().failures, 0);
    assert!(talk.said().contains("이름을 풀어 봐."));
    assert!(
        !talk.said().contains("차이를 제곱해"),
        "the answer is not given away"
    );
}

#[test]
fn a_plain_i_dont_know_fails_and_is_praised_for_being_plain() {
    let mut talk = Talk::start(MSE);
    let reply = talk.say(wants(Intent::DontKnow));
    assert_eq!(reply.verdict.outcome, Outcome::Fail);
    assert!(reply.verdict.dont_know);
    assert_eq!(reply.situation(), Situation::DontKnow);
    assert_eq!(reply.verdict.coaching, None);
    assert_eq!(talk.interview.snapshot().failures, 1);
}

#[test]
fn right_content_with_a_hedge_passes_with_coaching() {
    let mut talk = Talk::start(MSE);
    let reply = talk.say(hedged(earns(&[MSE])));
    assert_eq!(reply.verdict.outcome, Outcome::Pass);
    let coaching = reply.verdict.coaching.unwrap();
    assert!(talk.said().contains(&coaching));
    assert_eq!(talk.interview.report().totals.hedged, 1);
}

#[test]
fn a_hedge_without_content_fails_with_coaching() {
    let mut talk = Talk::start(MSE);
    let reply = talk.say(hedged(unclear()));
    assert_eq!(reply.verdict.outcome, Outcome::Fail);
    assert!(reply.verdict.coaching.is_some());
}

#[test]
fn saying_again_what_was_earned_is_taken_gently_twice() {
    let mut talk = Talk::start(KINDS);
    talk.say(earns(&[AI]));
    for _ in 0..2 {
        let reply = talk.say(earns(&[AI]));
        assert_eq!(reply.verdict.outcome, Outcome::Fail);
        assert_eq!(reply.situation(), Situation::Partial);
        assert!(reply.verdict.labels.is_empty());
        assert_eq!(talk.interview.snapshot().failures, 0);
    }
    talk.say(earns(&[AI]));
    assert_eq!(talk.interview.snapshot().failures, 1);
}

#[test]
fn idle_talk_instead_of_an_answer_gets_a_smile_twice_before_it_counts() {
    let mut talk = Talk::start(MSE);
    for failures in [0, 0, 1] {
        let reply = talk.say(wants(Intent::ChitChat));
        assert_eq!(reply.verdict.outcome, Outcome::Fail);
        assert_eq!(reply.situation(), Situation::SmallTalk);
        assert_eq!(talk.interview.snapshot().failures, failures);
    }
}
