//! Which topics may follow.

use super::*;

fn ways(title: &str, remaining: &[&str], decision: FlowDecision) -> Vec<String> {
    allowed(&pack(), &topic(title), &strings(remaining), decision)
}

#[test]
fn a_topic_that_goes_on_allows_itself() {
    assert_eq!(ways(KINDS, &[ML], FlowDecision::Stay), [KINDS]);
}

#[test]
fn a_named_variant_allows_its_target_alone() {
    let variant = Some("squared_error");
    assert_eq!(ways(LOSSES, &[], FlowDecision::Done { variant }), [MSE]);
}

#[test]
fn a_variant_without_an_entry_takes_the_default() {
    let variant = Some("hinge");
    assert_eq!(ways(LOSSES, &[], FlowDecision::Done { variant }), [BCE]);
}

#[test]
fn an_unknown_variant_allows_every_target_with_the_default_last() {
    let variant = None;
    assert_eq!(
        ways(LOSSES, &[], FlowDecision::Done { variant }),
        [MSE, BCE]
    );
}

#[test]
fn failure_follows_failed_or_else_the_default() {
    assert_eq!(
        ways(EXPERIENCE, &["상세 경험"], FlowDecision::Failed),
        [REST]
    );
    assert_eq!(ways(LOSSES, &[LOSSES], FlowDecision::Failed), [BCE]);
}

#[test]
fn with_the_remaining_list_alone_both_staying_and_giving_up_are_possible() {
    let unknown = FlowDecision::Unknown;
    assert_eq!(ways(KINDS, &[ML], unknown), [KINDS, LOSSES]);
    assert_eq!(
        ways(EXPERIENCE, &["상세 경험"], unknown),
        [EXPERIENCE, REST]
    );
    assert_eq!(ways(EXPERIENCE, &[], unknown), [CHAT]);
    assert_eq!(ways(LOSSES, &[], unknown), [MSE, BCE]);
    assert_eq!(ways(LAST_WORDS, &[LAST_WORDS], unknown), [LAST_WORDS, END]);
}

#[test]
fn a_target_that_does_not_exist_is_passed_over_for_the_following_topic() {
    let broken = pack_with(|pack| pack.topics[1].next[0].to = "없는 주제".to_owned());
    let (_, topic) = broken.topic(KINDS).unwrap();
    let done = FlowDecision::Done { variant: None };
    assert_eq!(allowed(&broken, topic, &[], done), [LOSSES]);
    let endless = pack_with(|pack| pack.topics[8].next.clear());
    let (_, topic) = endless.topic(LAST_WORDS).unwrap();
    assert_eq!(allowed(&endless, topic, &[], done), [END]);
}
