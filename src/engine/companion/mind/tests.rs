//! Turns answered with the shipped exchanges, by a tiny encoder: what is near is told by n-grams then.

use std::sync::Arc;

use super::reply::filled;
use super::*;
use crate::content::Folder;
use crate::content::exchanges::Talk;
use crate::encoder::train::classify::{ClassifyConfig, Pupil};
use crate::engine::companion::models::Asked;
use crate::engine::companion::tuned::{Lessons, TunedFiles};
use crate::engine::voice::VoiceError;
use crate::interview::check_reply;
use crate::testing::model_files;

fn talk() -> Talk {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("content/companion-ko");
    let mut talk = Talk::load(&Folder(folder)).unwrap();
    // Enough to choose among, and quick to learn from.
    talk.exchanges.truncate(120);
    talk.statements.truncate(60);
    talk
}

fn mind() -> Mind {
    let base = model_files("tiny-bert");
    Mind::load(&base, None, &[], Arc::new(talk()), 7).unwrap()
}

fn ask(mind: &mut Mind, turn: u32, prompt: &str) -> Reply {
    let ask = Ask {
        turn,
        prompt,
        last: None,
    };
    mind.reply(&ask, &|_| false, &mut |_| true).unwrap()
}

#[test]
fn every_authored_reply_may_be_said() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("content/companion-ko");
    let talk = Talk::load(&Folder(folder)).unwrap();
    let persona = &talk.persona;
    let lists = persona.fallbacks.iter().chain(&persona.reactions);
    let own = lists.flat_map(|list| &list.replies);
    let about = persona.recalls.iter().chain(&persona.noted);
    let about = about
        .flat_map(|list| &list.replies)
        .map(|text| text.replace("{value}", "낚시"));
    let replies = talk.exchanges.iter().flat_map(|exchange| &exchange.replies);
    let refused: Vec<String> = own
        .chain(replies)
        .cloned()
        .chain(about)
        .filter_map(|text| {
            check_reply(&text, LANGUAGE)
                .err()
                .map(|fault| format!("{fault}: {text}"))
        })
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    for key in talk.keys() {
        assert!(
            !filled(&persona.recalls, (&key, "값")).is_empty(),
            "recall: {key}"
        );
        assert!(
            !filled(&persona.noted, (&key, "값")).is_empty(),
            "noted: {key}"
        );
    }
}

#[test]
fn the_same_is_not_said_twice_running_and_what_is_refused_never() {
    let mut mind = mind();
    let mut said = Vec::new();
    for turn in 0..12 {
        let reply = ask(&mut mind, turn, "굿모닝! (답변 시작)");
        assert!(!said.contains(&reply.text), "{}", reply.text);
        said.push(reply.text);
    }
    let ask = Ask {
        turn: 20,
        prompt: "안녕 (답변 시작)",
        last: None,
    };
    let no_waves = |text: &str| text.contains('!');
    let reply = mind.reply(&ask, &no_waves, &mut |_| true).unwrap();
    assert!(!reply.text.contains('!'), "{}", reply.text);
}

#[test]
fn what_is_remembered_is_made_use_of() {
    let mut mind = mind();
    let prompt = "[좋아하는 게임: 테트리스] 심심한데 뭐 하지 (답변 시작)";
    let reply = ask(&mut mind, 1, prompt);
    assert!(reply.text.contains("테트리스"), "{}", reply.text);
    assert!(!reply.fallback);
}

/// Says a text and notes what it read.
struct Fixed(&'static str);

impl HeadModel for Fixed {
    fn say(
        &mut self,
        _: &Asked<'_>,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Option<String>, VoiceError> {
        draft(self.0);
        Ok(Some(self.0.to_owned()))
    }
}

#[test]
fn a_model_in_a_role_comes_first_and_authored_words_stand_in_for_it() {
    let mut mind = mind();
    mind.give(
        Head::Reply,
        "kanana".into(),
        Box::new(Fixed("반가워, 오늘은 어땠어?")),
    );
    let reply = ask(&mut mind, 1, "안녕 (답변 시작)");
    assert_eq!((reply.writer.as_str(), reply.fallback), ("kanana", false));
    let again = ask(&mut mind, 2, "안녕 (답변 시작)");
    assert_eq!((again.writer.as_str(), again.fallback), (AUTHORED, true));
    mind.give(
        Head::Expression,
        "polyglot".into(),
        Box::new(Fixed("눈 작게, 입 보통, 고개 돌림 많이")),
    );
    let face = mind.expression(2, "안녕 (표정 출력 시작)");
    assert_eq!(face.to_string(), "눈 작게, 입 보통, 고개 돌림 많이");
    mind.give(
        Head::Memory,
        "polyglot".into(),
        Box::new(Fixed("[취미: 낚시]")),
    );
    let item = mind.memory(2, "나 낚시 좋아해 (요약 시작)");
    assert_eq!(item, Some(("취미".to_owned(), "낚시".to_owned())));
}

#[test]
fn face_and_summary_are_those_of_the_exchange_that_was_spoken() {
    let mut mind = mind();
    let exchange = mind.talk.exchanges[1].clone();
    let message = &exchange.messages[0];
    let reply = ask(&mut mind, 3, &format!("{message} (답변 시작)"));
    assert!(exchange.replies.contains(&reply.text), "{}", reply.text);
    let face = mind.expression(3, &format!("{} (표정 출력 시작)", reply.text));
    assert_eq!(face, mind.talk.persona.face(exchange.mood));
    let prompt = format!(
        "(사용자 질문) {message} (오로라 답변) {} (요약 시작)",
        reply.text
    );
    assert_eq!(mind.summary(3, &prompt), Some(exchange.summary));
}

#[test]
fn who_asks_for_the_day_is_told_it() {
    let mut mind = mind();
    let day = ask(
        &mut mind,
        1,
        "(지금은 일요일 저녁) 오늘 무슨 요일이야? (답변 시작)",
    );
    assert!(day.text.contains("일요일"), "{}", day.text);
    assert!(!day.fallback);
}

/// A classifier of the memory head that has learned nothing: all classes are equally likely to it.
fn without_opinion(calibration: &str) -> TunedFiles {
    let (base, talk) = (model_files("tiny-bert"), talk());
    let data = Lessons::of(Head::Memory, &talk).unwrap().data();
    let config = ClassifyConfig {
        from: 1,
        ..ClassifyConfig::default()
    };
    let pupil = Pupil::new(&base, &data, &config).unwrap();
    TunedFiles {
        name: "heads/memory".to_owned(),
        classifier: pupil.to_bytes(&base).unwrap(),
        calibration: calibration.into(),
    }
}

#[test]
fn a_classifier_without_an_opinion_changes_nothing() {
    let files = without_opinion(r#"{"trust": [1.0, 2.0], "against_nothing": 0.5}"#);
    let tuned = Tuned::load(Head::Memory, &model_files("tiny-bert"), &files).unwrap();
    let mut mind = mind();
    let messages = talk().statements.into_iter().map(|(_, message)| message);
    let messages: Vec<String> = messages.take(20).collect();
    let found = |mind: &mut Mind| -> Vec<_> {
        let prompts = messages.iter().map(|m| format!("{m} (요약 시작)"));
        prompts.map(|prompt| mind.memory(1, &prompt)).collect()
    };
    let before = found(&mut mind);
    assert!(before.iter().any(Option::is_some));
    mind.hear(tuned);
    assert_eq!(found(&mut mind), before);
}

#[test]
fn a_damaged_calibration_of_a_head_names_its_file() {
    let files = without_opinion("{}");
    let error = Tuned::load(Head::Memory, &model_files("tiny-bert"), &files).err();
    let error = error.unwrap().to_string();
    assert!(
        error.starts_with("heads/memory: calibration.json: missing field"),
        "{error}"
    );
}

#[test]
fn ways_of_saying_an_exchange_are_learned_together_or_not_at_all() {
    let talk = talk();
    for head in [Head::Memory, Head::Expression] {
        let data = Lessons::of(head, &talk).unwrap().data();
        let learned: Vec<&str> = data.texts.iter().map(|text| text.body.as_str()).collect();
        let mut held_out = 0;
        for exchange in &talk.exchanges {
            let known = |message: &String| learned.contains(&message.as_str());
            let all = exchange.messages.iter().filter(|m| known(m)).count();
            assert!(all == 0 || all == exchange.messages.len(), "{exchange:?}");
            held_out += usize::from(all == 0);
        }
        assert!((5..40).contains(&held_out), "{held_out} of 120");
    }
    assert!(Lessons::of(Head::Reply, &talk).is_none());
}
