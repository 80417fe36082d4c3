//! Training data of the selector's S-BERT: the flow simulated over the pack's answers.
//!
//! A message is put into the states in which it can be said: the labels open before it are drawn at
//! random, what it earns leaves them, and the flow says where that leads.

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::content::inputs::{next_candidates, next_input};
use crate::content::{Complete, NO_VARIANT, Pack, Topic, TopicKind};
use crate::encoder::Text;
use crate::encoder::train::TrainData;
use crate::interview::{Class, FlowDecision, Intent, allowed};

use super::answer::asked;
use super::classes::{TopicClass, classes};
use super::off_topic::OffTopic;
use super::{bucket, held_out};

/// One turn and where it led.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextRow {
    /// Title of the topic.
    pub topic: String,
    /// What the learner said, with the tag of the part asked for in an experience topic.
    pub message: String,
    /// Labels that remain after it.
    pub remaining: Vec<String>,
    /// Title of the topic that follows, or the pack's end.
    pub next: String,
}

/// States each message of a topic with several labels is put into.
const STATES: usize = 2;

/// An intent's example is said in one topic of this many; a wish to skip, which alone changes the
/// way, in every second; a greeting and readiness, which are said in a topic or two, in each.
const INTENT_SHARE: u64 = 5;
const SKIP_SHARE: u64 = 2;

/// The pack's texts less those held out, or those held out alone.
pub fn next_rows(pack: &Pack, seed: u64, kept: bool) -> Vec<NextRow> {
    let mut rng = StdRng::seed_from_u64(seed);
    let off_topic = OffTopic::new(pack);
    let mut rows = Vec::new();
    for (place, topic) in pack.topics.iter().enumerate() {
        for class in classes(topic, pack, &off_topic) {
            let intent = matches!(class.class, Class::Intent(_));
            let share = match class.class {
                Class::Intent(Intent::Skip) => SKIP_SHARE,
                Class::Intent(Intent::Greeting | Intent::Ready) => 1,
                _ => INTENT_SHARE,
            };
            for (index, message) in class.examples.iter().enumerate() {
                let turn = bucket(message, share) + place as u64;
                let here = turn.is_multiple_of(share);
                if held_out(message) != kept || (intent && !here) {
                    continue;
                }
                let states = if topic.answers.len() > 1 { STATES } else { 1 };
                for _ in 0..states {
                    rows.push(row(pack, topic, &class, index, &mut rng));
                }
            }
        }
    }
    rows.sort_by(|a, b| {
        (&a.topic, &a.message, &a.remaining).cmp(&(&b.topic, &b.message, &b.remaining))
    });
    rows.dedup();
    rows
}

/// The simulated rows against all topics and the end.
pub fn next_data(pack: &Pack, rows: &[NextRow]) -> TrainData {
    let candidates = next_candidates(pack);
    let similarity = rows.iter().flat_map(|row| {
        candidates
            .iter()
            .map(|title| f32::from(u8::from(*title == row.next)))
    });
    TrainData {
        inputs: rows
            .iter()
            .map(|row| next_input(&row.topic, &row.message, &row.remaining).into())
            .collect(),
        similarity: similarity.collect(),
        candidates: candidates.iter().map(|title| Text::from(*title)).collect(),
        groups: Vec::new(),
        drawn: None,
    }
}

fn row(pack: &Pack, topic: &Topic, class: &TopicClass, index: usize, rng: &mut StdRng) -> NextRow {
    let earned: &[String] = match &class.class {
        Class::Labels(labels) => labels,
        _ => &[],
    };
    let part = asked(topic, class, index);
    let mut open = open_before(topic, earned, part, rng);
    let changes = !matches!(
        topic.kind,
        TopicKind::Greeting | TopicKind::Rest | TopicKind::Closing
    );
    if changes && !earned.is_empty() {
        open.retain(|label| !earned.contains(label));
        if topic.complete == Complete::Any {
            open.clear();
        }
    }
    let message = class.examples[index];
    let decision = decision(topic, class, &open, message);
    let mut next = allowed(pack, topic, &open, decision);
    NextRow {
        topic: topic.title.clone(),
        message: part.map_or_else(|| message.to_owned(), |part| format!("[{part}] {message}")),
        remaining: open,
        // The flow leaves one topic where the decision is known; the default stands last.
        next: next.pop().unwrap_or_else(|| pack.file.end.clone()),
    }
}

/// Labels open before the message: those it earns, and each other one or not. An experience is told
/// part by part, so that the part asked for is the first that is open.
fn open_before(
    topic: &Topic,
    earned: &[String],
    part: Option<&str>,
    rng: &mut StdRng,
) -> Vec<String> {
    let labels: Vec<&str> = topic.labels().collect();
    if let Some(part) = part {
        let first = labels.iter().position(|label| *label == part).unwrap_or(0);
        return labels[first..]
            .iter()
            .map(|label| (*label).to_owned())
            .collect();
    }
    let single = topic.complete == Complete::Any;
    let mut open: Vec<String> = labels
        .iter()
        .filter(|label| single || earned.iter().any(|e| e == **label) || rng.random_bool(0.6))
        .map(|label| (*label).to_owned())
        .collect();
    if open.is_empty() {
        open.extend(labels.choose(rng).map(|label| (*label).to_owned()));
    }
    open
}

fn decision<'a>(
    topic: &'a Topic,
    class: &TopicClass,
    open: &[String],
    message: &str,
) -> FlowDecision<'a> {
    let leaves = topic.next.iter().any(|next| next.when == "failed");
    match (&class.class, topic.kind) {
        (Class::Intent(Intent::Skip), _) => FlowDecision::Failed,
        (Class::Intent(Intent::Ready), TopicKind::Greeting | TopicKind::Rest)
        | (Class::Labels(_), TopicKind::Greeting | TopicKind::Rest | TopicKind::Closing) => {
            FlowDecision::Done { variant: None }
        }
        (Class::Labels(_), _) if open.is_empty() => FlowDecision::Done {
            variant: Some(variant_of(topic, message).unwrap_or(NO_VARIANT)),
        },
        (Class::Labels(_) | Class::Intent(Intent::TermQuestion), _) => FlowDecision::Stay,
        _ if leaves => FlowDecision::Failed,
        _ => FlowDecision::Stay,
    }
}

/// The variant among whose examples the message stands.
fn variant_of<'a>(topic: &'a Topic, message: &str) -> Option<&'a str> {
    let variants = topic.answers.iter().flat_map(|answer| &answer.variants);
    variants
        .filter(|variant| variant.examples.iter().any(|example| example == message))
        .map(|variant| variant.id.as_str())
        .next()
}
