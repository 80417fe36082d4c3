//! One message at a time: evidence in, verdict out.

use super::*;

fn verdict(title: &str, remaining: &[&str], evidence: &Evidence) -> Verdict {
    let remaining = strings(remaining);
    super::super::decide(
        &topic(title),
        None,
        &remaining,
        evidence,
        &Thresholds::default(),
    )
}

fn outcome(title: &str, evidence: &Evidence) -> Outcome {
    let topic = topic(title);
    let remaining: Vec<_> = topic.labels().collect();
    verdict(title, &remaining, evidence).outcome
}

#[test]
fn a_label_at_the_credit_threshold_passes() {
    let mut evidence = fails();
    evidence.labels = vec![(AI.to_owned(), 0.5), (ML.to_owned(), 0.49)];
    let verdict = verdict(KINDS, &[AI, ML, DL], &evidence);
    assert_eq!(verdict.outcome, Outcome::Pass);
    assert_eq!(verdict.labels, [AI]);
    assert_eq!(verdict.remaining, [ML, DL]);
}

#[test]
fn the_part_that_was_asked_for_comes_first() {
    let verdict = super::super::decide(
        &topic(KINDS),
        Some(DL),
        &strings(&[AI, ML, DL]),
        &earns(&[AI, DL]),
        &Thresholds::default(),
    );
    assert_eq!(verdict.labels, [DL, AI]);
}

#[test]
fn the_score_is_that_of_the_best_candidate() {
    let verdict = verdict(MSE, &[MSE], &earns(&[MSE]));
    assert_eq!(verdict.score, 0.95);
    assert_eq!(verdict.candidates.len(), 2);
}

#[test]
fn a_best_label_below_credit_is_unclear() {
    let evidence = saw(Class::Labels(strings(&[MSE])), 0.45);
    assert_eq!(outcome(MSE, &evidence), Outcome::Unclear);
}

#[test]
fn a_misconception_below_its_threshold_is_unclear_and_not_named() {
    let evidence = saw(
        Class::Misconception("딥러닝이 머신러닝을 포함".to_owned()),
        0.45,
    );
    let verdict = verdict(KINDS, &[AI], &evidence);
    assert_eq!(verdict.outcome, Outcome::Unclear);
    assert!(verdict.misconceptions.is_empty());
}

#[test]
fn a_misconception_of_another_topic_is_none() {
    let verdict = verdict(MSE, &[MSE], &believes("딥러닝이 머신러닝을 포함"));
    assert!(verdict.misconceptions.is_empty());
}

#[test]
fn an_intent_below_its_threshold_is_not_followed() {
    for intent in [Intent::Skip, Intent::TermQuestion] {
        let evidence = saw(Class::Intent(intent), 0.45);
        assert_eq!(outcome(MSE, &evidence), Outcome::Unclear);
    }
}

#[test]
fn an_answer_with_a_question_in_it_is_an_answer() {
    let evidence = Evidence {
        labels: vec![(MSE.to_owned(), 0.7)],
        ..wants(Intent::TermQuestion)
    };
    assert_eq!(outcome(MSE, &evidence), Outcome::Pass);
}

#[test]
fn a_complete_answer_that_asks_for_the_next_question_is_a_pass() {
    let evidence = Evidence {
        labels: vec![(MSE.to_owned(), 0.7)],
        ..wants(Intent::Skip)
    };
    assert_eq!(outcome(MSE, &evidence), Outcome::Pass);
}

#[test]
fn a_likely_i_dont_know_is_one_unless_it_hedges() {
    let likely = saw(Class::Intent(Intent::DontKnow), 0.45);
    assert!(verdict(MSE, &[MSE], &likely).dont_know);
    let hedged = verdict(MSE, &[MSE], &hedged(likely));
    assert_eq!(hedged.outcome, Outcome::Fail);
    assert!(!hedged.dont_know);
}

#[test]
fn a_hedge_around_something_doubtful_is_pumped() {
    let evidence = hedged(saw(Class::Labels(strings(&[MSE])), 0.45));
    assert_eq!(outcome(MSE, &evidence), Outcome::Unclear);
}

#[test]
fn between_the_questions_the_best_guess_is_good_enough() {
    let evidence = saw(Class::Labels(strings(&[REST])), 0.3);
    let verdict = verdict(REST, &[REST], &evidence);
    assert_eq!(verdict.outcome, Outcome::SmallTalk);
    assert_eq!(verdict.labels, [REST]);
}

#[test]
fn rest_and_last_words_are_never_a_skip_or_a_question() {
    for intent in [Intent::Skip, Intent::TermQuestion] {
        assert_eq!(outcome(REST, &wants(intent)), Outcome::SmallTalk);
        assert_eq!(outcome(LAST_WORDS, &wants(intent)), Outcome::SmallTalk);
    }
    assert_eq!(outcome(CHAT, &wants(Intent::Skip)), Outcome::Skip);
    assert_eq!(
        outcome(CHAT, &wants(Intent::TermQuestion)),
        Outcome::TermQuestion
    );
}

#[test]
fn no_evidence_is_unclear() {
    let nothing = Evidence {
        candidates: Vec::new(),
        labels: Vec::new(),
        hedged: false,
        variant: None,
    };
    let verdict = verdict(MSE, &[MSE], &nothing);
    assert_eq!((verdict.outcome, verdict.score), (Outcome::Unclear, 0.0));
}
