use super::*;
use crate::companion::ethics::Offence;
use crate::companion::expression::Expression;

#[test]
fn a_turn_goes_through_all_its_rooms() {
    let mut companion = Companion::new(Options::default());
    let effects = send(&mut companion, "오늘 뭐 하지?");
    let texts = vec!["오늘 뭐 하지?".into()];
    assert_eq!(effects, [Effect::Record, Effect::Classify(texts)]);
    assert_eq!(companion.phase(), Phase::Classifying);

    companion.timed(1, "ethics", 3.5);
    let effects = companion.handle(Input::Classified(vec![harmless()]));
    assert_eq!(
        effects,
        [
            Effect::Heard(1, "오늘 뭐 하지?".into()),
            Effect::Retrieve("오늘 뭐 하지?".into())
        ]
    );

    let known = vec![
        scored(3, "[생일: 3월 4일]", 0.1),
        scored(4, "[오늘 일정: 카페]", 0.9),
    ];
    let effects = companion.handle(Input::Recalled(known));
    let [Effect::Reply(request)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        request.prompt,
        "[오늘 일정: 카페] (지금은 금요일 오후) 오늘 뭐 하지? (답변 시작)"
    );

    let effects = companion.handle(Input::Replied(says("카페 간다며!")));
    let [
        Effect::Replied(trace),
        Effect::Express(face),
        Effect::Extract(memory),
        Effect::Summarise(summary),
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((trace.turn, &*trace.text), (1, "카페 간다며!"));
    assert_eq!(face.prompt, "카페 간다며! (표정 출력 시작)");
    assert_eq!(
        memory.prompt,
        "(지금은 금요일 오후) 오늘 뭐 하지? (요약 시작)"
    );
    assert_eq!(
        summary.prompt,
        "(사용자 질문) 오늘 뭐 하지? (오로라 답변) 카페 간다며! (요약 시작)"
    );
    assert_eq!(companion.phase(), Phase::Waiting, "the learner may go on");

    let expression = Expression::parse("눈 크게, 입 크게, 고개 돌림 없음").unwrap();
    let effects = companion.handle(Input::Expressed(1, Some(expression)));
    assert!(matches!(&effects[..], [Effect::Face(1, shown, _)] if *shown == expression));
    assert!(
        companion
            .handle(Input::Summarised(1, Some("카페 이야기".into())))
            .is_empty()
    );
    let item = Item::parse("[오늘 기분: 들뜸]").unwrap();
    let effects = companion.handle(Input::Extracted(1, Some(item.clone())));
    let [Effect::Remember(1, kept), Effect::Settled(trace)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(*kept, item);
    let json = serde_json::to_value(trace).unwrap();
    assert_eq!(json["memory_used"], "[오늘 일정: 카페]");
    assert_eq!(json["memory_saved"], "[오늘 기분: 들뜸]");
    assert_eq!(json["expression"]["eyes"], "크게");
    assert_eq!(json["ethics"]["categories"], serde_json::json!([]));
    assert_eq!(json["ethics"]["sanction"], serde_json::Value::Null);
    assert_eq!(json["ms"]["ethics"], 3.5);
    assert!(companion.is_settled());
}

#[test]
fn the_next_prompt_carries_the_summary_unless_a_memory_was_found() {
    let mut companion = Companion::new(Options::default());
    answer(&mut companion, "안녕", "안녕! 반가워");
    companion.handle(Input::Summarised(1, Some(" 서로\n인사함 ".into())));
    let (request, _) = answer(&mut companion, "뭐 해?", "쉬고 있어");
    assert_eq!(
        request.prompt,
        "(오로라 답변 요약) 서로 인사함 (사용자 질문) 뭐 해? (답변 시작)"
    );
    assert_eq!(request.last.as_deref(), Some("안녕! 반가워"));

    send(&mut companion, "심심해");
    companion.handle(Input::Classified(vec![harmless()]));
    let known = vec![scored(1, "[취미: 등산]", 0.59)];
    let effects = companion.handle(Input::Recalled(known));
    let [Effect::Reply(request)] = &effects[..] else {
        panic!()
    };
    assert!(
        request.prompt.starts_with("(오로라 답변 요약) 쉬고 있어 "),
        "below the threshold, and no summary yet: {}",
        request.prompt
    );
}

#[test]
fn who_speaks_of_dying_is_answered_whatever_the_classifier_finds() {
    let mut companion = Companion::new(Options::default());
    send(&mut companion, "나 같은 건 죽어야 해");
    let effects = companion.handle(Input::Classified(vec![hateful()]));
    assert!(
        matches!(&effects[..], [Effect::Heard(1, _), Effect::Retrieve(_)]),
        "{effects:?}"
    );
    assert_eq!(companion.phase(), Phase::Retrieving);
}

#[test]
fn an_offence_gets_a_warning_then_a_block_and_no_reply() {
    let mut companion = Companion::new(Options::default());
    let offence = |companion: &mut Companion, until: Option<&str>| {
        send(companion, "나쁜 말");
        let effects = companion.handle(Input::Classified(vec![hateful()]));
        assert_eq!(
            effects,
            [Effect::Sanction("나쁜 말".into(), vec![Offence::Hate])]
        );
        let sanctioned = Sanctioned {
            offences: vec![Offence::Hate],
            until: until.map(|until| until.parse().unwrap()),
        };
        companion.handle(Input::Sanctioned(sanctioned))
    };
    let effects = offence(&mut companion, None);
    let [Effect::Sanctioned(_, trace)] = &effects[..] else {
        panic!()
    };
    assert_eq!(trace.ethics.sanction.as_deref(), Some("warning"));
    assert_eq!(
        (companion.phase(), companion.turn()),
        (Phase::Waiting, 0),
        "it is no turn"
    );

    offence(&mut companion, Some("2026-11-21T06:00:00Z"));
    assert_eq!(companion.phase(), Phase::Blocked);
    assert!(send(&mut companion, "미안").is_empty());
    companion.handle(Input::Unblock);
    assert!(!send(&mut companion, "미안").is_empty());
}

#[test]
fn a_reading_that_offends_is_enough_and_is_shown() {
    let mut companion = Companion::new(Options::default());
    let effects = send(&mut companion, "시1발");
    let texts = vec!["시1발".into(), "시발".into()];
    assert_eq!(effects, [Effect::Record, Effect::Classify(texts)]);
    let effects = companion.handle(Input::Classified(vec![harmless(), hateful()]));
    assert_eq!(
        effects,
        [Effect::Sanction("시1발".into(), vec![Offence::Hate])],
        "the log has the original"
    );
    let sanctioned = Sanctioned {
        offences: vec![Offence::Hate],
        until: None,
    };
    let effects = companion.handle(Input::Sanctioned(sanctioned));
    let [Effect::Sanctioned(_, trace)] = &effects[..] else {
        panic!()
    };
    assert_eq!(trace.ethics.reading.as_deref(), Some("시발"));
}

#[test]
fn a_message_that_comes_while_heads_run_loses_no_memory() {
    let mut companion = Companion::new(Options::default());
    answer(&mut companion, "내일 병원 가", "조심히 다녀와");
    let effects = send(&mut companion, "그리고 배고파");
    assert_eq!(
        effects[0],
        Effect::Drop(1, vec![Head::Expression, Head::Summary])
    );
    assert!(matches!(effects[2], Effect::Classify(_)));

    assert!(
        companion
            .handle(Input::Expressed(1, Some(Expression::default())))
            .is_empty(),
        "dropped"
    );
    companion.handle(Input::Classified(vec![harmless()]));
    let item = Item::parse("[내일 일정: 병원]").unwrap();
    let effects = companion.handle(Input::Extracted(1, Some(item.clone())));
    let [Effect::Remember(1, kept), Effect::Settled(trace)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        (kept, &trace.dropped),
        (&item, &vec![Head::Expression, Head::Summary])
    );
    assert_eq!(companion.phase(), Phase::Retrieving, "the turn goes on");

    let effects = companion.handle(Input::Recalled(Vec::new()));
    let [Effect::Reply(request)] = &effects[..] else {
        panic!()
    };
    assert!(
        request.prompt.contains("(오로라 답변 요약) 조심히 다녀와 "),
        "her words stand in"
    );
}

#[test]
fn what_a_killed_program_owed_is_done_by_the_next() {
    let mut companion = Companion::new(Options::default());
    answer(&mut companion, "내 생일은 3월 4일이야", "기억할게!");
    companion.handle(Input::Expressed(1, None));
    send(&mut companion, "지금 뭐 해?");
    companion.handle(Input::Classified(vec![harmless()]));

    let saved = serde_json::to_string(&companion.snapshot()).unwrap();
    let mut companion =
        Companion::resume(Options::default(), serde_json::from_str(&saved).unwrap());
    assert_eq!(companion.phase(), Phase::Interrupted);
    assert!(send(&mut companion, "어?").is_empty());
    let effects = companion.handle(Input::Begin(friday()));
    let [Effect::Extract(memory), Effect::Retrieve(message)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((memory.turn, &**message), (1, "지금 뭐 해?"));
    let item = Item::parse("[생일: 3월 4일]").unwrap();
    let effects = companion.handle(Input::Extracted(1, Some(item)));
    assert!(matches!(effects[0], Effect::Remember(1, _)));
    let effects = companion.handle(Input::Recalled(Vec::new()));
    assert!(matches!(&effects[..], [Effect::Reply(request)] if request.turn == 2));
}

#[test]
fn a_message_that_came_before_the_guard_was_loaded_survives_a_kill() {
    let mut companion = Companion::new(Options::default());
    let effects = send(&mut companion, "안녕, 나 왔어");
    assert!(matches!(
        &effects[..],
        [Effect::Record, Effect::Classify(_)]
    ));

    let mut companion = Companion::resume(Options::default(), companion.snapshot());
    assert_eq!(companion.phase(), Phase::Interrupted);
    let effects = companion.handle(Input::Begin(friday()));
    assert!(matches!(&effects[..], [Effect::Classify(texts)] if texts[0] == "안녕, 나 왔어"));
    let effects = companion.handle(Input::Classified(vec![harmless()]));
    assert!(matches!(&effects[0], Effect::Heard(1, message) if message == "안녕, 나 왔어"));
    assert_eq!(companion.snapshot().received(), None);
}

#[test]
fn an_offence_that_was_recorded_is_not_owed_an_answer() {
    let mut companion = Companion::new(Options::default());
    send(&mut companion, "나쁜 말");
    let effects = companion.handle(Input::Classified(vec![hateful()]));
    assert!(matches!(&effects[..], [Effect::Sanction(..)]));
    assert!(!companion.snapshot().is_owed());
}

#[test]
fn a_message_can_be_taken_back_until_it_is_heard() {
    let mut companion = Companion::new(Options::default());
    send(&mut companion, "아니다");
    assert_eq!(companion.handle(Input::Retract), [Effect::Record]);
    assert!(!companion.snapshot().is_owed());
    assert_eq!((companion.phase(), companion.turn()), (Phase::Waiting, 0));
    assert!(
        companion
            .handle(Input::Classified(vec![hateful()]))
            .is_empty(),
        "too late"
    );
}

#[test]
fn an_empty_message_is_none_and_a_long_one_is_cut() {
    let mut companion = Companion::new(Options::default());
    assert!(send(&mut companion, " \n\u{1b}[2J ").is_empty());
    send(&mut companion, &"가나다 ".repeat(40_000));
    companion.handle(Input::Classified(Vec::new()));
    let Some(heard) = companion.snapshot().heard else {
        panic!()
    };
    assert!(heard.message.chars().count() <= crate::talk::message::MAX_CHARS);
}
