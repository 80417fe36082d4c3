//! How to improve: what to do next, read off the report, the most useful first.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::content::{Pack, TopicKind};

use super::progress::TopicStatus;
use super::report::{Advice, Missed, TopicReport, Totals};

/// A topic with more than one missing part is named at most this often.
const MAX_PARTS: usize = 3;

/// A tag is singled out when at least so many of its labels were missed.
const MIN_MISSED_OF_TAG: usize = 2;

pub(super) fn advice(
    pack: &Pack,
    topics: &[TopicReport],
    totals: &Totals,
    finished: bool,
) -> Vec<Advice> {
    let visited = || {
        topics
            .iter()
            .filter(|topic| topic.judged && topic.turns > 0)
    };
    let is_experience = |topic: &TopicReport| {
        pack.topic(&topic.title)
            .is_some_and(|(_, topic)| topic.kind == TopicKind::Experience)
    };
    let mut lines = Vec::new();
    let clean = totals.missed == 0 && totals.misconceptions == 0 && totals.disputed == 0;
    if finished && clean && totals.topics > 0 {
        lines.push(line("perfect", &[]));
    }

    let misled = names(visited().filter(|topic| !topic.misconceptions.is_empty()));
    if !misled.is_empty() {
        lines.push(line("misconceptions", &[("topics", &misled)]));
    }
    if let Some((tag, missed, all)) = weakest_tag(pack, topics) {
        let values: [(&str, &dyn Display); 3] = [("tag", &tag), ("missed", &missed), ("all", &all)];
        lines.push(line("tag", &values));
    }
    let (halves, blanks): (Vec<_>, Vec<_>) = visited()
        .filter(|topic| topic.status == TopicStatus::Failed && !is_experience(topic))
        .partition(|topic| !topic.earned.is_empty() || !topic.disputed.is_empty());
    for topic in halves.into_iter().take(MAX_PARTS) {
        let labels = quoted(
            topic
                .missed
                .iter()
                .map(|Missed { label, .. }| label.as_str()),
        );
        let values: [(&str, &dyn Display); 2] =
            [("topic", &topic.display_title), ("labels", &labels)];
        lines.push(line("parts", &values));
    }
    let blanks = names(blanks.into_iter());
    if !blanks.is_empty() {
        lines.push(line("missed", &[("topics", &blanks)]));
    }
    let skipped = names(visited().filter(|topic| topic.skipped));
    if !skipped.is_empty() {
        lines.push(line("skipped", &[("topics", &skipped)]));
    }
    if visited().any(|topic| is_experience(topic) && !topic.missed.is_empty()) {
        lines.push(line("experience", &[]));
    }
    for (name, count) in [
        ("hedged", totals.hedged),
        ("unclear", totals.unclear),
        ("dont_know", totals.dont_know),
    ] {
        if count > 0 {
            lines.push(line(name, &[("count", &count)]));
        }
    }
    if totals.disputed > 0 {
        lines.push(line("disputed", &[("count", &totals.disputed)]));
    }
    let weak = visited().find(|topic| !topic.missed.is_empty() || !topic.misconceptions.is_empty());
    if let Some(topic) = weak {
        lines.push(line("again", &[("title", &topic.title)]));
    }
    let left = topics
        .iter()
        .filter(|topic| topic.judged && topic.status == TopicStatus::Open)
        .count();
    if !finished && left > 0 {
        lines.push(line("unfinished", &[("count", &left)]));
    }
    lines
}

/// The tag of which most labels were missed, with how many of how many: at least half of them.
fn weakest_tag(pack: &Pack, topics: &[TopicReport]) -> Option<(String, usize, usize)> {
    let mut tags: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for report in topics
        .iter()
        .filter(|topic| topic.judged && topic.turns > 0)
    {
        let Some((_, topic)) = pack.topic(&report.title) else {
            continue;
        };
        for tag in &topic.tags {
            let (missed, all) = tags.entry(tag).or_default();
            *missed += report.missed.len();
            *all += topic.answers.len();
        }
    }
    tags.into_iter()
        .filter(|(_, (missed, all))| *missed >= MIN_MISSED_OF_TAG && missed * 2 >= *all)
        .max_by_key(|(_, (missed, all))| (*missed, std::cmp::Reverse(*all)))
        .map(|(tag, (missed, all))| (tag.to_owned(), missed, all))
}

fn line(name: &str, values: &[(&str, &dyn Display)]) -> Advice {
    Advice {
        key: format!("interview.advice_{name}"),
        values: values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.to_string()))
            .collect(),
    }
}

fn names<'a>(topics: impl Iterator<Item = &'a TopicReport>) -> String {
    quoted(topics.map(|topic| topic.display_title.as_str()))
}

/// Titles hold commas, so each stands in quotation marks.
fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = names.map(|name| format!("‘{name}’")).collect();
    quoted.join(", ")
}
