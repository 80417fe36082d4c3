use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::companion::ethics::Offence;

/// What may happen next.
#[derive(Debug, Clone)]
enum Event {
    Message,
    Retract,
    Classified(bool),
    Sanctioned(bool),
    Unblock,
    Recalled,
    Replied,
    Extracted(u32),
    Summarised(u32),
    Expressed(u32),
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => Just(Event::Message),
        1 => Just(Event::Retract),
        4 => prop::bool::weighted(0.1).prop_map(Event::Classified),
        2 => prop::bool::weighted(0.2).prop_map(Event::Sanctioned),
        1 => Just(Event::Unblock),
        4 => Just(Event::Recalled),
        4 => Just(Event::Replied),
        3 => (1u32..6).prop_map(Event::Extracted),
        2 => (1u32..6).prop_map(Event::Summarised),
        2 => (1u32..6).prop_map(Event::Expressed),
        1 => Just(Event::Restart),
    ]
}

/// The memory of a turn, so that a loss can be told.
fn memory_of(turn: u32) -> Item {
    Item::new("번호", &turn.to_string()).unwrap()
}

fn input(event: &Event) -> Input {
    match event {
        Event::Message => Input::Message("안녕, 오늘은 어때?".into(), friday()),
        Event::Retract => Input::Retract,
        Event::Classified(bad) => {
            Input::Classified(vec![if *bad { hateful() } else { harmless() }])
        }
        Event::Sanctioned(block) => Input::Sanctioned(Sanctioned {
            offences: vec![Offence::Hate],
            until: block.then(|| "2026-11-21T06:00:00Z".parse().unwrap()),
        }),
        Event::Unblock => Input::Unblock,
        Event::Recalled => Input::Recalled(vec![scored(1, "[취미: 등산]", 0.7)]),
        Event::Replied => Input::Replied(says("좋지!")),
        Event::Extracted(turn) => Input::Extracted(*turn, Some(memory_of(*turn))),
        Event::Summarised(turn) => Input::Summarised(*turn, Some("짧게".into())),
        Event::Expressed(turn) => Input::Expressed(*turn, Some(expression::Expression::default())),
        Event::Restart => Input::Begin(friday()),
    }
}

proptest! {
    #[test]
    fn every_message_is_answered_once_and_every_memory_kept_once(events in prop::collection::vec(event(), 0..120)) {
        let mut companion = Companion::new(Options::default());
        let mut replies: BTreeMap<u32, u32> = BTreeMap::new();
        let mut kept: BTreeMap<u32, u32> = BTreeMap::new();
        let mut settled: BTreeMap<u32, u32> = BTreeMap::new();
        let mut note = |effects: Vec<Effect>| {
            for effect in effects {
                match effect {
                    Effect::Replied(trace) => *replies.entry(trace.turn).or_default() += 1,
                    Effect::Remember(turn, item) => {
                        assert_eq!(item, memory_of(turn));
                        *kept.entry(turn).or_default() += 1;
                    }
                    Effect::Settled(trace) => *settled.entry(trace.turn).or_default() += 1,
                    _ => {}
                }
            }
        };
        for event in &events {
            if let Event::Restart = event {
                // A kill: what is in the snapshot is all there is.
                let blocked = companion.phase() == Phase::Blocked;
                let saved = serde_json::to_string(&companion.snapshot()).unwrap();
                companion = Companion::resume(Options::default(), serde_json::from_str(&saved).unwrap());
                prop_assert!(!blocked || companion.phase() == Phase::Waiting, "the store knows of the block");
            }
            note(companion.handle(input(event)));
        }
        // Everything that is asked is answered in the end.
        for _ in 0..3 {
            for event in [Event::Restart, Event::Classified(false), Event::Sanctioned(false), Event::Unblock, Event::Recalled, Event::Replied] {
                note(companion.handle(input(&event)));
            }
        }
        for turn in 1..=companion.turn() {
            for event in [Event::Extracted(turn), Event::Summarised(turn), Event::Expressed(turn)] {
                note(companion.handle(input(&event)));
            }
        }
        prop_assert_eq!(companion.phase(), Phase::Waiting);
        prop_assert!(companion.is_settled());
        for counts in [&replies, &kept, &settled] {
            prop_assert!((1..=companion.turn()).all(|turn| counts.get(&turn) == Some(&1)), "{counts:?}");
            prop_assert_eq!(counts.len(), companion.turn() as usize);
        }
    }

    #[test]
    fn no_prompt_has_two_endings(message in "(\\(답변 시작\\)|\\(요약 종료\\)|[가-힣 ]|\\PC){1,60}", reply in "(\\(요약 시작\\)|[가-힣 ]){1,30}") {
        let mut companion = Companion::new(Options::default());
        send(&mut companion, &message);
        companion.handle(Input::Classified(Vec::new()));
        let mut effects = companion.handle(Input::Recalled(Vec::new()));
        effects.extend(companion.handle(Input::Replied(says(&reply))));
        for effect in effects {
            let prompt = match effect {
                Effect::Reply(request) => request.prompt,
                Effect::Extract(request) | Effect::Summarise(request) | Effect::Express(request) => request.prompt,
                _ => continue,
            };
            let endings = ["(답변 시작)", "(요약 시작)", "(표정 출력 시작)"];
            prop_assert_eq!(endings.iter().map(|ending| prompt.matches(ending).count()).sum::<usize>(), 1, "{}", prompt);
        }
    }
}
