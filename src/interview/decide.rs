//! From evidence to a verdict: what one message is taken for (contract, "Judging").
//!
//! Nothing here remembers earlier messages but the labels they earned; what a verdict means for
//! the course of the topic stands in `turn.rs`.

use crate::content::{Complete, Topic, TopicKind};

use super::flow::is_judged;
use super::types::{Class, Evidence, Intent, Outcome, Thresholds, Verdict};

/// Decides what a message is taken for.
///
/// `asked` is the part that was asked for: where the message earns it among others, it stands
/// first in `labels`. `remaining` are the labels still open before the message. Advice
/// (`coaching`) is worded by the interview, and is `None` here.
pub fn decide(
    topic: &Topic,
    asked: Option<&str>,
    remaining: &[String],
    evidence: &Evidence,
    thresholds: &Thresholds,
) -> Verdict {
    let reading = Reading {
        topic,
        remaining,
        evidence,
        thresholds,
    };
    let mut labels = reading.earned();
    labels.sort_by_key(|label| asked != Some(label.as_str()));
    let misconceptions = reading.misconceptions();
    let after = reading.remaining_after(&labels);
    let outcome = if is_judged(topic) {
        reading.outcome(&labels, &misconceptions, &after)
    } else {
        reading.small_talk(&labels)
    };
    Verdict {
        outcome,
        dont_know: outcome == Outcome::Fail && reading.dont_know(),
        labels,
        misconceptions,
        score: reading.best().map_or(0.0, |(_, score)| score),
        candidates: evidence.candidates.clone(),
        remaining: after,
        coaching: None,
    }
}

/// One message's evidence, read in the light of its topic.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) topic: &'a Topic,
    pub(super) remaining: &'a [String],
    pub(super) evidence: &'a Evidence,
    pub(super) thresholds: &'a Thresholds,
}

impl Reading<'_> {
    fn outcome(&self, labels: &[String], misconceptions: &[String], after: &[String]) -> Outcome {
        if self.wants(Intent::Skip) && !after.is_empty() {
            Outcome::Skip
        } else if !misconceptions.is_empty() {
            Outcome::Misconception
        } else if !labels.is_empty() {
            Outcome::Pass
        } else if self.wants(Intent::TermQuestion) {
            Outcome::TermQuestion
        } else if self.wants(Intent::DontKnow) || self.repeats() {
            Outcome::Fail
        } else if self.is_doubtful() {
            Outcome::Unclear
        } else {
            Outcome::Fail
        }
    }

    /// Greeting and small talk can be asked about, small talk can be skipped; everything else that
    /// is said between the questions is taken for what the topic is for, or for idle talk.
    fn small_talk(&self, labels: &[String]) -> Outcome {
        let talks = self.topic.kind == TopicKind::SmallTalk;
        let greets = self.topic.kind == TopicKind::Greeting;
        if !labels.is_empty() {
            Outcome::SmallTalk
        } else if talks && self.wants(Intent::Skip) {
            Outcome::Skip
        } else if (talks || greets) && self.wants(Intent::TermQuestion) {
            Outcome::TermQuestion
        } else {
            Outcome::SmallTalk
        }
    }

    /// Labels still open that the message earns. Where nothing is graded, the best candidate is
    /// good enough.
    fn earned(&self) -> Vec<String> {
        let likeliest: &[String] = match self.best() {
            Some((Class::Labels(labels), _)) if !is_judged(self.topic) => labels,
            _ => &[],
        };
        self.remaining
            .iter()
            .filter(|label| self.is_credited(label) || likeliest.contains(label))
            .cloned()
            .collect()
    }

    fn remaining_after(&self, labels: &[String]) -> Vec<String> {
        let changes = is_judged(self.topic) || self.topic.kind == TopicKind::SmallTalk;
        if labels.is_empty() || !changes {
            return self.remaining.to_vec();
        }
        if self.topic.complete == Complete::Any || self.topic.kind == TopicKind::SmallTalk {
            return Vec::new();
        }
        self.remaining
            .iter()
            .filter(|label| !labels.contains(label))
            .cloned()
            .collect()
    }

    fn misconceptions(&self) -> Vec<String> {
        self.evidence
            .candidates
            .iter()
            .filter(|candidate| candidate.score >= self.thresholds.misconception)
            .filter_map(|candidate| match &candidate.class {
                Class::Misconception(label) => Some(label),
                _ => None,
            })
            .filter(|label| self.topic.misconceptions.iter().any(|m| m.label == **label))
            .cloned()
            .collect()
    }

    /// The message holds what was said before, and nothing new.
    pub(super) fn repeats(&self) -> bool {
        self.topic
            .labels()
            .any(|label| self.is_credited(label) && !self.is_open(label))
    }

    /// Not sure enough to call it a failure: no candidate stands out, or the one that does is
    /// worth something and stays below its threshold. A hedge around nothing is a failure.
    fn is_doubtful(&self) -> bool {
        let Some((best, score)) = self.best() else {
            return true;
        };
        match best {
            Class::Labels(_) | Class::Misconception(_) => true,
            Class::Intent(Intent::Skip | Intent::TermQuestion) => true,
            _ => score < self.thresholds.sure && !self.evidence.hedged,
        }
    }

    fn dont_know(&self) -> bool {
        self.wants(Intent::DontKnow) || (self.leans_to(Intent::DontKnow) && !self.evidence.hedged)
    }

    /// The intent is sure enough to be followed.
    pub(super) fn wants(&self, intent: Intent) -> bool {
        self.evidence.candidates.iter().any(|candidate| {
            candidate.class == Class::Intent(intent) && candidate.score >= self.thresholds.intent
        })
    }

    /// The intent is followed, or is at least the best guess.
    pub(super) fn leans_to(&self, intent: Intent) -> bool {
        self.wants(intent)
            || matches!(self.best(), Some((Class::Intent(best), _)) if *best == intent)
    }

    /// The best guess is that the message earns nothing, and it is a good guess.
    pub(super) fn is_failure(&self) -> bool {
        matches!(self.best(), Some((Class::Failure, score)) if score >= self.thresholds.sure)
    }

    fn is_credited(&self, label: &str) -> bool {
        self.evidence
            .labels
            .iter()
            .any(|(name, score)| name == label && *score >= self.thresholds.credit)
    }

    fn is_open(&self, label: &str) -> bool {
        self.remaining.iter().any(|open| open == label)
    }

    fn best(&self) -> Option<(&Class, f32)> {
        self.evidence
            .candidates
            .first()
            .map(|candidate| (&candidate.class, candidate.score))
    }
}
