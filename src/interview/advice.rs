//! How to improve: what to do next, read off the report, the most useful first.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::content::{Pack, TopicKind};

use super::progress::TopicStatus;
use super::report::{Advice, TopicReport, Totals};

/// So many topics are named in a line, and so many lines are given to half-known topics: advice is
/// to be followed, not to be read.
const MAX_TOPICS: usize = 3;

/// A tag is singled out when at least so many of its labels were missed.
const MIN_MISSED_OF_TAG: usize = 2;

/// The lines for a report; `current` is the topic an unfinished interview stands at.
pub(super) fn advice(
    pack: &Pack,
    topics: &[TopicReport],
    totals: &Totals,
    current: Option<&str>,
) -> Vec<Advice> {
    let mut lines = Vec::new();
    let clean = totals.missed == 0 && totals.misconceptions == 0 && totals.disputed == 0;
    if current.is_none() && clean && totals.topics > 0 {
        lines.push(line("perfect", &[]));
    }
    lines.extend(on_content(pack, topics));
    lines.extend(on_manner(totals));
    lines.extend(on_going_on(topics, current));
    lines
}

/// What to learn.
fn on_content(pack: &Pack, topics: &[TopicReport]) -> Vec<Advice> {
    let visited = || topics.iter().filter(|topic| topic.was_judged());
    let is_experience = |topic: &TopicReport| {
        pack.topic(&topic.title)
            .is_some_and(|(_, topic)| topic.kind == TopicKind::Experience)
    };
    let about = |name, topics: &str| {
        let some = !topics.is_empty();
        some.then(|| line(name, &[("topics", &topics)]))
    };
    let misled = names(visited().filter(|topic| !topic.misconceptions.is_empty()));
    let (halves, blanks): (Vec<_>, Vec<_>) = visited()
        .filter(|topic| topic.status == TopicStatus::Failed && !is_experience(topic))
        .partition(|topic| topic.credited() > 0);
    let skipped = names(visited().filter(|topic| topic.skipped));
    let untold = visited().any(|topic| is_experience(topic) && !topic.missed.is_empty());

    let mut lines = Vec::new();
    lines.extend(about("misconceptions", &misled));
    lines.extend(weakest_tag(pack, topics).map(|(tag, missed, all)| {
        line("tag", &[("tag", &tag), ("missed", &missed), ("all", &all)])
    }));
    lines.extend(halves.into_iter().take(MAX_TOPICS).map(half_known));
    lines.extend(about("missed", &names(blanks.into_iter())));
    lines.extend(about("skipped", &skipped));
    lines.extend(untold.then(|| line("experience", &[])));
    lines
}

fn half_known(topic: &TopicReport) -> Advice {
    let credited = topic.earned.iter().chain(&topic.disputed);
    let missed = topic.missed.iter().map(|missed| missed.label.as_str());
    line(
        "parts",
        &[
            ("topic", &topic.display_title),
            ("earned", &quoted(credited.map(String::as_str))),
            ("labels", &quoted(missed)),
        ],
    )
}

/// How to speak.
fn on_manner(totals: &Totals) -> Vec<Advice> {
    [
        ("hedged", totals.hedged),
        ("unclear", totals.unclear),
        ("dont_know", totals.dont_know),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(name, count)| line(name, &[("count", &count)]))
    .chain((totals.disputed > 0).then(|| line("disputed", &[("count", &totals.disputed)])))
    .collect()
}

/// Where to go on.
fn on_going_on(topics: &[TopicReport], current: Option<&str>) -> Vec<Advice> {
    let weak = topics.iter().find(|topic| {
        topic.was_judged() && !(topic.missed.is_empty() && topic.misconceptions.is_empty())
    });
    let left = topics
        .iter()
        .skip_while(|topic| current != Some(topic.title.as_str()))
        .filter(|topic| topic.judged && topic.status == TopicStatus::Open)
        .count();
    weak.map(|topic| line("again", &[("title", &topic.title)]))
        .into_iter()
        .chain((left > 0).then(|| line("unfinished", &[("count", &left)])))
        .collect()
}

/// The tag of which most labels were missed, with how many of how many: at least half of them.
fn weakest_tag(pack: &Pack, topics: &[TopicReport]) -> Option<(String, usize, usize)> {
    let mut tags: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for report in topics.iter().filter(|topic| topic.was_judged()) {
        let Some((_, topic)) = pack.topic(&report.title) else {
            continue;
        };
        for tag in &topic.tags {
            let (missed, all) = tags.entry(tag).or_default();
            *missed += report.missed.len();
            *all += report.labels();
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
    let titles: Vec<_> = topics.map(|topic| topic.display_title.as_str()).collect();
    let named = quoted(titles.iter().take(MAX_TOPICS).copied());
    if titles.len() > MAX_TOPICS {
        format!("{named}, …")
    } else {
        named
    }
}

/// Titles hold commas, so each stands in quotation marks.
fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = names.map(|name| format!("‘{name}’")).collect();
    quoted.join(", ")
}
