//! Training data from a CSV of interview rows, anyone's.

use std::collections::HashMap;

use crate::content::Pack;
use crate::content::csv::InterviewRow;
use crate::content::inputs::{answer_candidates, answer_input, next_candidates, next_input};
use crate::encoder::Text;
use crate::encoder::train::{Group, TrainData};

/// Rows against the pack's labels (or topics, where `next`) and any others that the rows name.
pub fn rows_data(pack: &Pack, rows: &[InterviewRow], next: bool) -> TrainData {
    let mut candidates: Vec<String> = if next {
        next_candidates(pack)
            .into_iter()
            .map(str::to_owned)
            .collect()
    } else {
        answer_candidates(pack)
            .into_iter()
            .map(str::to_owned)
            .collect()
    };
    let targets: Vec<Vec<usize>> = rows
        .iter()
        .map(|row| {
            let gold = if next { &row.next } else { &row.answered };
            let parts: Vec<&str> = gold.split(", ").collect();
            // A title may hold a comma; only where it is no candidate is it a list.
            let known = |name: &str| candidates.iter().any(|candidate| candidate == name);
            let names = if !known(gold) && parts.iter().all(|part| known(part)) {
                parts
            } else {
                vec![gold.as_str()]
            };
            names
                .into_iter()
                .map(|name| place(&mut candidates, name))
                .collect()
        })
        .collect();
    let width = candidates.len();
    let mut similarity = vec![0f32; rows.len() * width];
    for (row, targets) in targets.iter().enumerate() {
        for target in targets {
            similarity[row * width + target] = 1.;
        }
    }
    let inputs = rows.iter().map(|row| match next {
        true => next_input(&row.topic, &row.input, &row.remaining).into(),
        false => answer_input(&row.topic, None, &row.input).into(),
    });
    TrainData {
        inputs: inputs.collect(),
        candidates: candidates
            .iter()
            .map(|name| Text::from(name.as_str()))
            .collect(),
        similarity,
        groups: if next { Vec::new() } else { groups(rows) },
        drawn: None,
    }
}

fn place(candidates: &mut Vec<String>, name: &str) -> usize {
    match candidates.iter().position(|candidate| candidate == name) {
        Some(place) => place,
        None => {
            candidates.push(name.to_owned());
            candidates.len() - 1
        }
    }
}

/// Rows of one topic with the same answer are of one class.
fn groups(rows: &[InterviewRow]) -> Vec<Group> {
    let mut topics: HashMap<&str, usize> = HashMap::new();
    let mut classes: HashMap<(&str, &str), usize> = HashMap::new();
    rows.iter()
        .map(|row| {
            let (known_topics, known_classes) = (topics.len(), classes.len());
            Group {
                topic: *topics.entry(&row.topic).or_insert(known_topics),
                class: *classes
                    .entry((&row.topic, &row.answered))
                    .or_insert(known_classes),
            }
        })
        .collect()
}
