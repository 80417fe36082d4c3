//! The first words, and the talk between the questions.

use super::*;

#[test]
fn the_interview_opens_with_the_first_topic() {
    let mut interview = Interview::new(pack(), Options::default()).unwrap();
    assert_eq!(interview.phase(), Phase::NotStarted);
    let effects = interview.handle(Input::Begin);
    let [Effect::Write(request)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(request.situation, Situation::Opening);
    assert_eq!((request.next.as_str(), request.turn), (GREETING, 0));
    assert_eq!(interview.phase(), Phase::Writing);
    let opening = Utterance {
        text: "안녕!".to_owned(),
        writer: "authored".to_owned(),
        fallback: false,
    };
    let effects = interview.handle(Input::Written(opening.clone()));
    assert_eq!(
        effects,
        [Effect::Question {
            turn: 0,
            topic: GREETING.to_owned(),
            utterance: opening,
        }]
    );
    assert_eq!(interview.phase(), Phase::Waiting);
}

#[test]
fn an_unknown_start_topic_names_titles_that_look_like_it() {
    let options = Options {
        start_topic: Some("mse 설명".to_owned()),
        ..Options::default()
    };
    let error = Interview::new(pack(), options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the pack `small` has no topic `mse 설명`; did you mean `MSE Loss 설명`?"
    );
}

#[test]
fn a_start_topic_may_be_named_as_people_read_it() {
    assert_eq!(Talk::start("Loss Function의 예").topic(), LOSSES);
}

#[test]
fn a_pack_without_topics_is_refused() {
    let empty = pack_with(|pack| pack.topics.clear());
    let error = Interview::new(empty, Options::default()).unwrap_err();
    assert!(matches!(error, InterviewError::NoTopics { .. }));
}

#[test]
fn a_plain_greeting_waits_for_the_learner_but_not_more_than_twice() {
    let mut talk = Talk::start(GREETING);
    for _ in 0..2 {
        let reply = talk.say(wants(Intent::Greeting));
        assert_eq!(reply.verdict.outcome, Outcome::SmallTalk);
        assert_eq!(reply.situation(), Situation::GreetingWait);
        assert_eq!(talk.topic(), GREETING);
    }
    let reply = talk.say(wants(Intent::Greeting));
    assert_eq!(reply.situation(), Situation::GreetingDone);
    assert_eq!(talk.topic(), KINDS);
}

#[test]
fn a_learner_who_wants_to_begin_is_not_held_up() {
    for ready in [
        earns(&[GREETING]),
        wants(Intent::Ready),
        wants(Intent::Skip),
    ] {
        let mut talk = Talk::start(GREETING);
        let reply = talk.say(ready);
        assert_eq!(reply.verdict.outcome, Outcome::SmallTalk);
        assert_eq!(talk.topic(), KINDS);
    }
}

#[test]
fn not_yet_keeps_a_greeting_and_a_rest_as_long_as_it_is_said() {
    for (title, situation) in [(GREETING, Situation::GreetingWait), (REST, Situation::Rest)] {
        let mut talk = Talk::start(title);
        for _ in 0..5 {
            assert_eq!(talk.say(fails()).situation(), situation);
            assert_eq!(talk.topic(), title);
        }
        talk.say(wants(Intent::Ready));
        assert_ne!(talk.topic(), title);
    }
}

#[test]
fn small_talk_rest_and_last_words_end_with_one_message() {
    for (title, label, next) in [
        (CHAT, "좋아하는 아이돌", REST),
        (REST, REST, LAST_WORDS),
        (LAST_WORDS, LAST_WORDS, END),
    ] {
        let reply = Talk::start(title).say(earns(&[label]));
        assert_eq!(reply.verdict.outcome, Outcome::SmallTalk);
        assert_eq!(reply.next, next);
    }
}

#[test]
fn idle_talk_keeps_small_talk_rest_and_last_words_twice_at_most() {
    for title in [CHAT, REST, LAST_WORDS] {
        let mut talk = Talk::start(title);
        assert_eq!(talk.say(wants(Intent::ChitChat)).next, title);
        assert_eq!(talk.say(wants(Intent::ChitChat)).next, title);
        assert_ne!(talk.say(wants(Intent::ChitChat)).next, title);
    }
}

#[test]
fn having_nothing_more_to_say_ends_the_interview() {
    let reply = Talk::start(LAST_WORDS).say(wants(Intent::DontKnow));
    assert_eq!(reply.situation(), Situation::Closing);
    assert_eq!(reply.next, END);
}

#[test]
fn greeting_and_rest_change_nothing_and_small_talk_clears_the_list() {
    let greeting = Talk::start(GREETING).say(earns(&[GREETING]));
    assert_eq!(greeting.verdict.remaining, [GREETING]);
    let chat = Talk::start(CHAT).say(earns(&["MBTI"]));
    assert!(chat.verdict.remaining.is_empty());
}
