//! How the interview moves: branches, skips, and where the selector has a say.

use super::*;

#[test]
fn a_whole_interview_visits_every_topic_and_ends() {
    let mut talk = Talk::start(GREETING);
    talk.say(earns(&[GREETING]));
    talk.say(earns(&[AI, ML]));
    talk.say(earns(&[DL]));
    let named_mse = Evidence {
        variant: Some("squared_error".to_owned()),
        ..earns(&[LOSSES])
    };
    talk.say(named_mse);
    talk.say(earns(&[MSE]));
    talk.say(earns(&["수식"]));
    talk.say(earns(&["기본 경험"]));
    talk.say(earns(&["상세 경험"]));
    talk.say(earns(&["MBTI"]));
    talk.say(earns(&[REST]));
    let last = talk.say(earns(&[LAST_WORDS]));

    assert_eq!(last.next, END);
    assert_eq!(talk.interview.phase(), Phase::Ended(EndReason::Finished));
    let report = last.ended.unwrap();
    assert_eq!((report.totals.topics, report.totals.passed), (5, 5));
    assert_eq!(report.totals.missed, 0);
    assert!(
        talk.interview
            .progress()
            .iter()
            .all(|topic| topic.status == TopicStatus::Done)
    );
}

#[test]
fn one_label_is_enough_where_any_completes() {
    let mut talk = Talk::start(BCE);
    let reply = talk.say(earns(&["수식"]));
    assert_eq!(reply.situation(), Situation::Pass);
    assert!(reply.verdict.remaining.is_empty());
    assert_eq!(talk.topic(), EXPERIENCE);
}

#[test]
fn the_topic_branches_by_the_variant_that_was_named() {
    let named_mse = Evidence {
        variant: Some("squared_error".to_owned()),
        ..earns(&[LOSSES])
    };
    let reply = Talk::start(LOSSES).say(named_mse);
    assert_eq!(reply.next, MSE);
    assert_eq!(reply.select, None, "one way on needs no selector");
}

#[test]
fn the_selector_ranks_where_the_variant_is_unknown() {
    let mut talk = Talk::start(LOSSES);
    talk.choice = Some(BCE.to_owned());
    let reply = talk.say(earns(&[LOSSES]));
    assert_eq!(reply.select.unwrap().allowed, [MSE, BCE]);
    assert_eq!(talk.topic(), BCE);
}

#[test]
fn a_selector_can_neither_jump_nor_end_the_interview() {
    let mut talk = Talk::start(LOSSES);
    talk.choice = Some(END.to_owned());
    assert_eq!(talk.say(earns(&[LOSSES])).next, BCE);
}

#[test]
fn one_failure_follows_a_failed_way_on() {
    let mut talk = Talk::start(EXPERIENCE);
    let reply = talk.say(fails());
    assert_eq!(reply.situation(), Situation::Reveal);
    assert_eq!(talk.topic(), REST);
}

#[test]
fn a_skip_in_words_moves_on_at_once() {
    let mut talk = Talk::start(KINDS);
    let reply = talk.say(wants(Intent::Skip));
    assert_eq!(reply.verdict.outcome, Outcome::Skip);
    assert_eq!(reply.situation(), Situation::Skip);
    assert_eq!(talk.topic(), LOSSES);
    let report = talk.report_of(KINDS);
    assert!(report.skipped);
    assert_eq!(report.missed.len(), 3);
}

#[test]
fn the_skip_key_needs_no_judge_and_works_on_every_topic() {
    for (title, next) in [
        (GREETING, KINDS),
        (KINDS, LOSSES),
        (LOSSES, BCE),
        (EXPERIENCE, REST),
        (CHAT, REST),
        (REST, LAST_WORDS),
        (LAST_WORDS, END),
    ] {
        let reply = Talk::start(title).press_skip();
        assert_eq!(reply.verdict.outcome, Outcome::Skip);
        assert_eq!(reply.next, next, "{title}");
    }
}

#[test]
fn a_skip_keeps_what_the_same_message_earned() {
    let mut talk = Talk::start(KINDS);
    let both = Evidence {
        labels: vec![(AI.to_owned(), 0.8)],
        ..wants(Intent::Skip)
    };
    assert_eq!(talk.say(both).verdict.outcome, Outcome::Skip);
    assert_eq!(talk.report_of(KINDS).earned, [AI]);
}

#[test]
fn the_remaining_list_is_refilled_whenever_the_topic_changes() {
    let mut talk = Talk::start(KINDS);
    talk.say(earns(&[AI]));
    talk.press_skip();
    assert_eq!(talk.interview.remaining(), [LOSSES]);
    talk.press_skip();
    assert_eq!(talk.interview.remaining(), ["핵심 아이디어", "수식"]);
}

#[test]
fn progress_shows_the_current_topic_and_its_labels() {
    let mut talk = Talk::start(KINDS);
    talk.say(earns(&[AI]));
    let progress = talk.interview.progress();
    assert_eq!(progress[1].status, TopicStatus::Current);
    let states: Vec<_> = progress[1].labels.iter().map(|label| label.state).collect();
    assert_eq!(
        states,
        [LabelState::Earned, LabelState::Open, LabelState::Open]
    );
    talk.press_skip();
    let progress = talk.interview.progress();
    assert_eq!(progress[1].status, TopicStatus::Skipped);
    assert_eq!(progress[1].labels[1].state, LabelState::Missed);
    assert_eq!(progress[2].status, TopicStatus::Current);
}
