//! Whatever happens, in whatever order.

use proptest::prelude::*;

use super::*;

/// A class as an index, resolved against the topic at hand.
fn class(topic: &Topic, pick: usize) -> Class {
    let labels: Vec<String> = topic.labels().map(str::to_owned).collect();
    let intents = [
        Intent::Ready,
        Intent::Skip,
        Intent::DontKnow,
        Intent::TermQuestion,
        Intent::Greeting,
        Intent::ChitChat,
    ];
    match pick % 10 {
        0 | 1 => Class::Labels(vec![labels[pick % labels.len()].clone()]),
        2 => Class::Labels(labels),
        3 => match topic.misconceptions.first() {
            Some(misconception) => Class::Misconception(misconception.label.clone()),
            None => Class::Failure,
        },
        4 => Class::Failure,
        _ => Class::Intent(intents[pick % intents.len()]),
    }
}

fn evidence(topic: &Topic, picks: &[usize], scores: &[f32], hedged: bool) -> Evidence {
    Evidence {
        candidates: picks
            .iter()
            .zip(scores)
            .map(|(&pick, &score)| Candidate {
                class: class(topic, pick),
                score,
            })
            .collect(),
        labels: topic
            .labels()
            .zip(scores.iter().rev())
            .map(|(label, &score)| (label.to_owned(), score))
            .collect(),
        hedged,
        variant: scores
            .first()
            .filter(|score| **score > 0.5)
            .map(|_| "squared_error".to_owned()),
    }
}

/// Evidence without its topic.
fn sight() -> impl Strategy<Value = (Vec<usize>, Vec<f32>, bool)> {
    let score = prop_oneof![9 => 0.0f32..1.0, 1 => Just(f32::NAN)];
    (
        prop::collection::vec(0usize..100, 0..4),
        prop::collection::vec(score, 4),
        any::<bool>(),
    )
}

#[derive(Debug, Clone)]
enum Event {
    Begin,
    Message(String),
    Skip,
    Judged((Vec<usize>, Vec<f32>, bool)),
    Selected(usize),
    Written(String),
    Dispute,
    Retract,
    Stop,
    Kill,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => Just(Event::Begin),
        6 => ".{0,12}".prop_map(Event::Message),
        1 => Just(Event::Skip),
        6 => sight().prop_map(Event::Judged),
        3 => (0usize..12).prop_map(Event::Selected),
        8 => ".{0,12}".prop_map(Event::Written),
        2 => Just(Event::Dispute),
        1 => Just(Event::Retract),
        1 => Just(Event::Kill),
        1 => prop::strategy::Union::new_weighted(vec![(1, Just(Event::Stop)), (30, Just(Event::Retract))]),
    ]
}

fn input(interview: &Interview, event: Event) -> Option<Input> {
    let titles = [
        GREETING,
        KINDS,
        LOSSES,
        MSE,
        BCE,
        EXPERIENCE,
        CHAT,
        REST,
        LAST_WORDS,
        END,
        "없는 주제",
        "",
    ];
    Some(match event {
        Event::Begin => Input::Begin,
        Event::Message(message) => Input::Message(message),
        Event::Skip => Input::SkipKey,
        Event::Judged((picks, scores, hedged)) => {
            Input::Judged(evidence(interview.topic(), &picks, &scores, hedged))
        }
        Event::Selected(index) => Input::Selected(titles[index].to_owned()),
        Event::Written(text) => Input::Written(Utterance {
            text,
            writer: "nano".to_owned(),
            fallback: false,
        }),
        Event::Dispute => Input::Dispute,
        Event::Retract => Input::Retract,
        Event::Stop => Input::Stop(EndReason::Stopped),
        Event::Kill => return None,
    })
}

proptest! {
    /// No order of inputs breaks the machine, and only its last topic or a stop ends it.
    #[test]
    fn nothing_breaks_it_and_nothing_ends_it_early(events in prop::collection::vec(event(), 0..120)) {
        let mut interview = Interview::new(pack(), Options::default()).unwrap();
        for event in events {
            let stops = matches!(event, Event::Stop);
            let Some(input) = input(&interview, event) else {
                let file = serde_json::to_string(&interview.snapshot()).unwrap();
                let snapshot = serde_json::from_str(&file).unwrap();
                interview = Interview::resume(pack(), Options::default(), snapshot).unwrap();
                continue;
            };
            let before = interview.phase();
            let effects = interview.handle(input);

            let topic = interview.topic().clone();
            let is_label = |label: &String| topic.answer(label).is_some();
            prop_assert!(interview.remaining().iter().all(is_label));
            prop_assert!(interview.asked().is_none_or(|asked| interview.remaining().iter().any(|l| l == asked)
                || topic.title == LAST_WORDS));
            let ends = matches!(effects.last(), Some(Effect::End { .. }));
            prop_assert_eq!(ends, !matches!(before, Phase::Ended(_)) && matches!(interview.phase(), Phase::Ended(_)));
            if ends && !stops {
                prop_assert_eq!(interview.phase(), Phase::Ended(EndReason::Finished));
                prop_assert_eq!(topic.title, LAST_WORDS);
            }
            for label in interview.progress().iter().flat_map(|topic| &topic.labels) {
                prop_assert!(!label.label.is_empty());
            }
            interview.report();
            interview.hint();
        }
    }

    /// Every message yields exactly one verdict and exactly one question or the end.
    #[test]
    fn every_message_is_judged_once_and_answered_once(
        seed in any::<u64>(),
        sights in prop::collection::vec((sight(), 0usize..12), 1..60),
    ) {
        let options = Options { seed, ..Options::default() };
        let mut talk = Talk::start_in(pack(), GREETING, options);
        for ((picks, scores, hedged), key) in sights {
            if talk.interview.phase() != Phase::Waiting {
                break;
            }
            let turn = talk.interview.turn();
            let seen = evidence(talk.interview.topic(), &picks, &scores, hedged);
            let first = match key {
                0 => talk.interview.handle(Input::SkipKey),
                _ => talk.interview.handle(Input::Message("답".to_owned())),
            };
            let told = talk.run(first, Some(seen));
            let count = |wanted: fn(&Effect) -> bool| told.iter().filter(|e| wanted(e)).count();
            prop_assert_eq!(count(|e| matches!(e, Effect::Judged { .. })), 1);
            prop_assert_eq!(
                count(|e| matches!(e, Effect::Question { .. } | Effect::End { .. })),
                1
            );
            prop_assert_eq!(talk.interview.turn(), turn + 1);
            prop_assert!(!talk.said().is_empty());
        }
    }

    /// Whoever always fails still reaches the end.
    #[test]
    fn an_interview_of_failures_comes_to_its_end(pick in prop_oneof![Just(Intent::DontKnow), Just(Intent::ChitChat)]) {
        let mut talk = Talk::start(GREETING);
        for _ in 0..80 {
            if talk.interview.phase() == Phase::Waiting {
                talk.say(wants(pick));
            }
        }
        prop_assert_eq!(talk.interview.phase(), Phase::Ended(EndReason::Finished));
    }
}
