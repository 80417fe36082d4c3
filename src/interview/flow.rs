//! The flow graph: which topics may follow. The selector only ranks what stands here, so that it
//! can neither end the interview early nor jump at random.

use crate::content::{Complete, Pack, Topic, TopicKind};

/// What is known about the way on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowDecision<'a> {
    /// The topic goes on.
    Stay,
    /// The topic is done, with this variant where one was recognised.
    Done {
        /// Identifier of the variant; [`NO_VARIANT`](crate::content::NO_VARIANT) takes the default.
        variant: Option<&'a str>,
    },
    /// The topic is left undone: failed too often, or skipped.
    Failed,
    /// Only the remaining labels are known, as in the rows on which the selector is evaluated.
    Unknown,
}

/// Titles of the topics that may follow `topic` (or the pack's end), the default last, never empty.
///
/// `remaining` are the labels still open after the message; only [`FlowDecision::Unknown`] looks at
/// them.
pub fn allowed(
    pack: &Pack,
    topic: &Topic,
    remaining: &[String],
    decision: FlowDecision,
) -> Vec<String> {
    let targets = match decision {
        FlowDecision::Stay => vec![topic.title.as_str()],
        FlowDecision::Failed => vec![failed_target(pack, topic)],
        FlowDecision::Unknown if !remaining.is_empty() => {
            vec![topic.title.as_str(), failed_target(pack, topic)]
        }
        FlowDecision::Done { variant: Some(id) } => {
            vec![variant_target(pack, topic, id).unwrap_or_else(|| default_target(pack, topic))]
        }
        FlowDecision::Done { variant: None } | FlowDecision::Unknown => {
            let mut targets = variant_targets(pack, topic);
            targets.push(default_target(pack, topic));
            targets
        }
    };
    let mut unique: Vec<String> = Vec::with_capacity(targets.len());
    for target in targets {
        if !unique.iter().any(|title| title == target) {
            unique.push(target.to_owned());
        }
    }
    unique
}

/// Whether answers are judged here, or one message that does what the topic is for is enough.
pub(super) fn is_judged(topic: &Topic) -> bool {
    matches!(topic.kind, TopicKind::Question | TopicKind::Experience)
}

/// Whether one failure is enough to leave the topic.
pub(super) fn leaves_on_failure(pack: &Pack, topic: &Topic) -> bool {
    target(pack, topic, "failed").is_some()
}

/// The part of the topic to ask for, or `None` for the topic as a whole: a topic is first asked as
/// a whole, then for the first part that is missing; an experience is always told part by part.
pub(super) fn part(topic: &Topic, remaining: &[String], failed_before: bool) -> Option<String> {
    let parts = topic.answers.len();
    let narrowed = failed_before || remaining.len() < parts;
    let by_parts = match topic.kind {
        TopicKind::Experience => true,
        TopicKind::Question => parts > 1 && topic.complete == Complete::All && narrowed,
        _ => false,
    };
    remaining.first().filter(|_| by_parts).cloned()
}

fn failed_target<'a>(pack: &'a Pack, topic: &'a Topic) -> &'a str {
    target(pack, topic, "failed").unwrap_or_else(|| default_target(pack, topic))
}

fn variant_target<'a>(pack: &Pack, topic: &'a Topic, id: &str) -> Option<&'a str> {
    target(pack, topic, &format!("variant:{id}"))
}

fn variant_targets<'a>(pack: &Pack, topic: &'a Topic) -> Vec<&'a str> {
    topic
        .next
        .iter()
        .filter(|next| next.when.starts_with("variant:") && exists(pack, &next.to))
        .map(|next| next.to.as_str())
        .collect()
}

/// The `default` entry; without a usable one, the topic that follows in the pack, or its end.
fn default_target<'a>(pack: &'a Pack, topic: &'a Topic) -> &'a str {
    target(pack, topic, "default").unwrap_or_else(|| {
        pack.topic(&topic.title)
            .and_then(|(index, _)| pack.topics.get(index + 1))
            .map_or(pack.file.end.as_str(), |following| &following.title)
    })
}

fn target<'a>(pack: &Pack, topic: &'a Topic, when: &str) -> Option<&'a str> {
    topic
        .next
        .iter()
        .find(|next| next.when == when && exists(pack, &next.to))
        .map(|next| next.to.as_str())
}

fn exists(pack: &Pack, title: &str) -> bool {
    title == pack.file.end || pack.topic(title).is_some()
}
