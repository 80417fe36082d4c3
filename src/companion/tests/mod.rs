//! The companion told in small stories, and properties of the whole machine.

mod properties;
mod stories;

use jiff::civil::DateTime;

use super::*;
use crate::companion::memory::{Item, Scored};
use crate::talk::Utterance;

/// A Friday afternoon.
fn friday() -> DateTime {
    "2026-11-20T15:00:00".parse().unwrap()
}

fn says(text: &str) -> Utterance {
    Utterance {
        text: text.to_owned(),
        writer: "nano".to_owned(),
        fallback: false,
    }
}

fn scored(id: i64, text: &str, score: f32) -> Scored {
    let item = Item::parse(text).unwrap();
    Scored { id, item, score }
}

fn hateful() -> ethics::Scores {
    ethics::Scores {
        hate: 0.99,
        ..ethics::Scores::default()
    }
}

fn harmless() -> ethics::Scores {
    ethics::Scores {
        general: 0.99,
        ..ethics::Scores::default()
    }
}

fn send(companion: &mut Companion, text: &str) -> Vec<Effect> {
    companion.handle(Input::Message(text.to_owned(), friday()))
}

/// A message with no offence and no memory, up to the reply.
fn answer(companion: &mut Companion, text: &str, reply: &str) -> (ReplyRequest, Vec<Effect>) {
    send(companion, text);
    companion.handle(Input::Classified(vec![harmless()]));
    let effects = companion.handle(Input::Recalled(Vec::new()));
    let [Effect::Reply(request)] = &effects[..] else {
        panic!("{effects:?}")
    };
    let request = request.clone();
    (request, companion.handle(Input::Replied(says(reply))))
}
