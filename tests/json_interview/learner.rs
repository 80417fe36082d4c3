//! A learner who knows the pack by heart.

use std::collections::HashMap;
use std::path::Path;

use ohlora::content::{Folder, Pack, Topic, TopicKind, load};
use serde_json::Value;

/// The pack in the repository.
pub fn pack() -> Pack {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    load(&Folder(root.join("content/ml-interview-ko"))).unwrap()
}

/// Answers from the pack's own model answers, then from its examples.
pub struct Learner {
    pack: Pack,
    /// Messages sent so far for a topic and label.
    sent: HashMap<(String, String), usize>,
}

impl Learner {
    pub fn new(pack: Pack) -> Self {
        Self {
            pack,
            sent: HashMap::new(),
        }
    }

    /// What to say to a question about `title`, while these labels are open.
    pub fn answer(&mut self, title: &str, open: &[String]) -> String {
        let (_, topic) = self.pack.topic(title).expect("a topic of the pack");
        let label = open.first().expect("something to answer");
        let key = (title.to_owned(), label.clone());
        let sent = self.sent.entry(key).or_default();
        let message = messages(&self.pack, topic, label)
            .nth(*sent)
            .expect("an answer that has not been tried");
        *sent += 1;
        message.replace('\\', "\\\\").replace('\n', "\\n")
    }

    /// The labels open at the start of a topic.
    pub fn labels(&self, title: &str) -> Vec<String> {
        let topic = self.pack.topic(title).map(|(_, topic)| topic);
        let labels = topic.into_iter().flat_map(Topic::labels);
        labels.map(str::to_owned).collect()
    }
}

fn messages<'a>(pack: &'a Pack, topic: &'a Topic, label: &str) -> impl Iterator<Item = &'a str> {
    let answer = topic.answer(label).expect("a label of the topic");
    let judged = matches!(topic.kind, TopicKind::Question | TopicKind::Experience);
    let first = match topic.kind {
        TopicKind::Greeting | TopicKind::Rest => pack.intents.ready.first(),
        _ => judged.then_some(&answer.model_answer),
    };
    let first = first.filter(|text| !text.is_empty());
    first
        .into_iter()
        .chain(&answer.examples)
        .map(String::as_str)
}

/// The strings of a JSON array.
pub fn strings(value: &Value) -> Vec<String> {
    let items = value.as_array().expect("a list");
    let strings = items.iter().map(|item| item.as_str().expect("a string"));
    strings.map(str::to_owned).collect()
}
