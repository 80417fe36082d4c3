//! What the authored writer says.

use super::*;
use crate::content::Term;

fn request(situation: Situation, topic: &str, next: &str) -> WriteRequest {
    WriteRequest {
        situation,
        topic: topic.to_owned(),
        message: "대답".to_owned(),
        labels: Vec::new(),
        misconceptions: Vec::new(),
        remaining: Vec::new(),
        coaching: None,
        next: next.to_owned(),
        ask: None,
        turn: 1,
    }
}

fn written(request: &WriteRequest) -> String {
    Authored::new(pack(), 0).write(request).text
}

fn starts_with_one_of(text: &str, wordings: &[String]) -> bool {
    wordings.iter().any(|wording| text.starts_with(wording))
}

fn ends_with_one_of(text: &str, wordings: &[String]) -> bool {
    wordings.iter().any(|wording| text.ends_with(wording))
}

#[test]
fn a_reply_reacts_and_asks() {
    let text = written(&request(Situation::Pass, KINDS, LOSSES));
    assert!(
        starts_with_one_of(&text, &pack().intents.reactions.pass),
        "{text}"
    );
    assert!(ends_with_one_of(&text, &topic(LOSSES).questions), "{text}");
}

/// The test pack with words for its first loss, and a term.
fn richer_pack() -> Arc<Pack> {
    let mut pack = Pack::clone(&pack());
    let (place, _) = pack.topic(MSE).unwrap();
    let topic = &mut pack.topics[place];
    topic.answers[0].praise = strings(&["제곱의 평균, 맞아!"]);
    topic.terms.push(Term {
        names: strings(&["오차", "error"]),
        explanations: strings(&["오차는 예측과 정답의 차이야."]),
    });
    Arc::new(pack)
}

#[test]
fn a_right_answer_is_praised_in_its_own_words_where_there_are_any() {
    let pack = richer_pack();
    let (_, topic) = pack.topic(MSE).unwrap();
    let label = topic.answers[0].label.clone();
    let request = WriteRequest {
        labels: vec![label.clone()],
        ..request(Situation::Pass, MSE, LOSSES)
    };
    let text = Authored::new(pack.clone(), 0).write(&request).text;
    assert!(text.starts_with("제곱의 평균, 맞아!"), "{text}");
    let several = WriteRequest {
        labels: vec![label.clone(), label],
        ..request
    };
    let text = Authored::new(pack, 0).write(&several).text;
    assert!(!text.starts_with("제곱의 평균"), "{text}");
}

#[test]
fn a_term_that_is_asked_about_is_explained_in_place_of_the_hint() {
    let pack = richer_pack();
    let (_, topic) = pack.topic(MSE).unwrap();
    let remaining: Vec<String> = topic.labels().map(str::to_owned).collect();
    let asked = |message: &str| {
        let request = WriteRequest {
            message: message.to_owned(),
            remaining: remaining.clone(),
            ..request(Situation::TermQuestion, MSE, MSE)
        };
        Authored::new(pack.clone(), 0).write(&request).text
    };
    let text = asked("Error가 뭐예요?");
    assert!(text.contains("오차는 예측과 정답의 차이야."), "{text}");
    assert!(!asked("그게 뭔데요?").contains("오차는 예측과"));
}

#[test]
fn it_signs_as_authored() {
    let utterance = Authored::new(pack(), 0).write(&request(Situation::Pass, KINDS, LOSSES));
    assert_eq!(
        (utterance.writer.as_str(), utterance.fallback),
        ("authored", false)
    );
}

#[test]
fn the_opening_greets_and_a_later_start_asks_at_once() {
    let greeting = written(&request(Situation::Opening, GREETING, GREETING));
    assert!(pack().intents.opening.contains(&greeting), "{greeting}");
    let later = written(&request(Situation::Opening, MSE, MSE));
    assert!(
        starts_with_one_of(&later, &pack().intents.opening),
        "{later}"
    );
    assert!(ends_with_one_of(&later, &topic(MSE).questions), "{later}");
}

#[test]
fn a_partial_pass_names_what_remains_and_asks_for_the_part() {
    let request = WriteRequest {
        remaining: strings(&[ML, DL]),
        ask: Some(ML.to_owned()),
        ..request(Situation::Partial, KINDS, KINDS)
    };
    let texts: Vec<_> = (0..20)
        .map(|seed| Authored::new(pack(), seed).write(&request).text)
        .collect();
    assert!(
        texts
            .iter()
            .any(|text| text.contains("머신러닝, 딥러닝 이야기가"))
    );
    for text in texts {
        assert!(
            ends_with_one_of(&text, &topic(KINDS).answers[1].questions),
            "{text}"
        );
        assert!(!text.contains('{'), "{text}");
    }
}

#[test]
fn the_first_failure_gives_the_hint_of_the_part_asked_for() {
    let request = WriteRequest {
        remaining: strings(&[ML, DL]),
        ask: Some(ML.to_owned()),
        ..request(Situation::FirstFailure, KINDS, KINDS)
    };
    assert!(written(&request).contains("\n기계는 무엇을 보고 배울까?\n"));
}

#[test]
fn no_hint_is_promised_where_there_is_none() {
    let pack = pack_with(|pack| pack.topics[3].answers[0].hint.clear());
    let request = WriteRequest {
        remaining: strings(&[MSE]),
        ..request(Situation::FirstFailure, MSE, MSE)
    };
    let text = Authored::new(Arc::clone(&pack), 0).write(&request).text;
    assert!(
        starts_with_one_of(&text, &pack.intents.reactions.fail),
        "{text}"
    );
}

#[test]
fn a_hint_is_given_once_and_for_a_term_always() {
    let mut writer = Authored::new(pack(), 0);
    let mut hints = |situation| {
        let request = WriteRequest {
            remaining: strings(&[MSE]),
            ..request(situation, MSE, MSE)
        };
        writer.write(&request).text.contains("이름을 풀어 봐.")
    };
    assert!(hints(Situation::DontKnow));
    assert!(!hints(Situation::Fail));
    assert!(hints(Situation::TermQuestion));
}

#[test]
fn an_experience_that_is_missing_is_shown_by_one_example() {
    let request = WriteRequest {
        remaining: strings(&["기본 경험", "상세 경험"]),
        ..request(Situation::Reveal, EXPERIENCE, REST)
    };
    let text = written(&request);
    assert!(
        text.contains("\n문의 분류 프로젝트에서 Focal Loss를 썼습니다.\n"),
        "{text}"
    );
    assert!(
        !starts_with_one_of(&text, &pack().intents.reactions.reveal),
        "{text}"
    );
    assert!(!text.contains("gamma"), "{text}");
}

#[test]
fn an_unclear_answer_gets_the_pump_alone() {
    let text = written(&request(Situation::Unclear, MSE, MSE));
    assert!(pack().intents.pump.contains(&text), "{text}");
}

#[test]
fn a_rest_that_goes_on_is_not_hurried() {
    let text = written(&request(Situation::Rest, REST, REST));
    assert!(
        !starts_with_one_of(&text, &pack().intents.reactions.rest),
        "{text}"
    );
    assert!(!ends_with_one_of(&text, &topic(REST).questions), "{text}");
}

#[test]
fn the_last_words_are_answered_without_another_question() {
    let text = written(&request(Situation::Closing, LAST_WORDS, END));
    assert!(pack().intents.reactions.closing.contains(&text), "{text}");
    let other = written(&request(Situation::Pass, MSE, END));
    assert!(
        ends_with_one_of(&other, &pack().intents.reactions.closing),
        "{other}"
    );
}

#[test]
fn the_same_seed_says_the_same_and_another_one_does_not() {
    let told = |seed| {
        let mut writer = Authored::new(pack(), seed);
        (0..20)
            .map(|turn| {
                let request = WriteRequest {
                    turn,
                    ..request(Situation::Pass, KINDS, LOSSES)
                };
                writer.write(&request).text
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(told(7), told(7));
    assert_ne!(told(7), told(8));
}

/// What of a list the text holds.
fn used<'a>(text: &str, wordings: &'a [String]) -> Vec<&'a String> {
    wordings
        .iter()
        .filter(|wording| text.contains(*wording))
        .collect()
}

#[test]
fn no_reaction_and_no_question_is_said_twice_running() {
    for seed in 0..30 {
        let mut writer = Authored::new(pack(), seed);
        let mut before = (Vec::new(), Vec::new());
        let (fails, questions) = (pack().intents.reactions.fail.clone(), topic(MSE).questions);
        for turn in 1..20 {
            let request = WriteRequest {
                turn,
                ..request(Situation::Fail, MSE, MSE)
            };
            let text = writer.write(&request).text;
            let now = (used(&text, &fails), used(&text, &questions));
            assert_ne!(now.0, before.0, "seed {seed}, turn {turn}: {text}");
            assert_ne!(now.1, before.1, "seed {seed}, turn {turn}: {text}");
            before = now;
        }
    }
}

#[test]
fn a_resumed_interview_does_not_repeat_its_last_question() {
    for seed in 0..20 {
        let mut writer = Authored::new(pack(), seed);
        writer.remember("어서 와, 오로라야! MSE는 어떤 loss야?");
        let text = writer.write(&request(Situation::Fail, MSE, MSE)).text;
        assert!(text.ends_with("MSE를 설명해 줘."), "{text}");
    }
}

#[test]
fn a_pack_that_leaves_its_lists_empty_still_speaks_its_language() {
    let bare = pack_with(|pack| {
        pack.intents = Intents::default();
        pack.topics[3].questions.clear();
    });
    for situation in [
        Situation::Opening,
        Situation::Pass,
        Situation::Partial,
        Situation::FirstFailure,
        Situation::Fail,
        Situation::DontKnow,
        Situation::Misconception,
        Situation::Unclear,
        Situation::Reveal,
        Situation::Skip,
        Situation::TermQuestion,
        Situation::GreetingWait,
        Situation::GreetingDone,
        Situation::SmallTalk,
        Situation::Rest,
        Situation::Closing,
        Situation::Dispute,
    ] {
        let mut writer = Authored::new(Arc::clone(&bare), 3);
        let request = request(situation, MSE, MSE);
        let first = writer.write(&request).text;
        let second = writer.write(&request).text;
        for text in [&first, &second] {
            assert!(
                text.contains(|c| ('가'..='힣').contains(&c)),
                "{situation:?}: {text}"
            );
            assert!(!text.contains('{'), "{situation:?}: {text}");
        }
        assert_ne!(first, second, "{situation:?}");
    }
    let english = pack_with(|pack| {
        pack.file.language = "en".to_owned();
        pack.intents = Intents::default();
    });
    let text = Authored::new(english, 3)
        .write(&request(Situation::GreetingWait, GREETING, GREETING))
        .text;
    assert!(text.is_ascii(), "{text}");
}
