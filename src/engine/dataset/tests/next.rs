//! The flow, simulated.

use std::collections::HashSet;

use super::*;
use crate::interview::{FlowDecision, allowed};

/// All rows, held out or not.
fn all(pack: &Pack) -> Vec<NextRow> {
    let mut rows = next_rows(pack, 1, false);
    rows.extend(next_rows(pack, 1, true));
    rows
}

/// Where a topic's rows with this message lead, and what remains then.
fn ways<'a>(rows: &'a [NextRow], topic: &str, message: &str) -> HashSet<(&'a str, Vec<&'a str>)> {
    let said = |row: &&NextRow| row.topic == topic && row.message.starts_with(message);
    let ways: HashSet<_> = rows
        .iter()
        .filter(said)
        .map(|row| {
            let remaining = row.remaining.iter().map(String::as_str).collect();
            (row.next.as_str(), remaining)
        })
        .collect();
    assert!(!ways.is_empty(), "{topic} -> {message}");
    ways
}

/// Where they lead, whatever remains.
fn targets<'a>(rows: &'a [NextRow], topic: &str, message: &str) -> Vec<&'a str> {
    let mut targets: Vec<&str> = ways(rows, topic, message)
        .into_iter()
        .map(|(next, _)| next)
        .collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

#[test]
fn a_topic_stays_until_all_its_labels_are_earned() {
    let rows = all(&pack());
    for (next, remaining) in ways(&rows, LEARNING, "loss") {
        let expected = if remaining.is_empty() {
            LOSSES
        } else {
            LEARNING
        };
        assert_eq!(next, expected);
        assert!(!remaining.contains(&"손실"));
    }
    let both = ways(&rows, LEARNING, "손실 함수, 기울기");
    assert_eq!(both, HashSet::from([(LOSSES, vec![])]));
}

#[test]
fn what_earns_nothing_stays() {
    let rows = all(&pack());
    for message in ["regular", "데이터를 edit"] {
        assert_eq!(targets(&rows, LEARNING, message), [LEARNING]);
        assert!(
            ways(&rows, LEARNING, message)
                .iter()
                .all(|(_, left)| !left.is_empty())
        );
    }
}

#[test]
fn a_branch_follows_the_variant_that_was_named() {
    let rows = all(&pack());
    for named in ["mean squared", "mse", "root mean"] {
        assert_eq!(
            ways(&rows, LOSSES, named),
            HashSet::from([(REGULAR, vec![])])
        );
    }
    for other in ["cross", "triangle"] {
        assert_eq!(
            ways(&rows, LOSSES, other),
            HashSet::from([(EXPERIENCE, vec![])])
        );
    }
}

#[test]
fn a_skip_leaves_as_a_failure_does() {
    let rows = all(&pack_of_many_intents());
    assert_eq!(targets(&rows, LEARNING, "skip"), [LOSSES]);
    assert_eq!(targets(&rows, LOSSES, "skip"), [EXPERIENCE]);
    assert_eq!(targets(&rows, EXPERIENCE, "[train] skip"), [REST]);
    assert_eq!(targets(&rows, CHAT, "skip"), [REST]);
}

#[test]
fn an_experience_is_told_part_by_part_and_left_at_the_first_failure() {
    let rows = all(&pack_of_many_intents());
    assert_eq!(
        ways(&rows, EXPERIENCE, "[train] train a 모델"),
        HashSet::from([(EXPERIENCE, vec!["loss"]), (CHAT, vec![])]),
        "the second is the combined answer"
    );
    assert_eq!(
        ways(&rows, EXPERIENCE, "[loss] error less"),
        HashSet::from([(CHAT, vec![])])
    );
    for (part, remaining) in [("train", vec!["train", "loss"]), ("loss", vec!["loss"])] {
        for message in ["n", "dont_know", "chit_chat"] {
            let said = format!("[{part}] {message}");
            assert_eq!(
                ways(&rows, EXPERIENCE, &said),
                HashSet::from([(REST, remaining.clone())]),
                "{said}"
            );
        }
        let asks = format!("[{part}] term_question");
        assert_eq!(targets(&rows, EXPERIENCE, &asks), [EXPERIENCE]);
    }
}

#[test]
fn a_greeting_stays_until_the_learner_is_ready() {
    let rows = all(&pack_of_many_intents());
    assert_eq!(targets(&rows, GREETING, "greeting"), [GREETING]);
    assert_eq!(targets(&rows, GREETING, "not a bit"), [GREETING]);
    assert_eq!(targets(&rows, GREETING, "ready"), [LEARNING]);
    assert_eq!(targets(&rows, GREETING, "안녕하세요, start"), [LEARNING]);
    // Labels of a greeting are never used up.
    assert!(ways(&rows, GREETING, "ready").contains(&(LEARNING, vec!["안녕"])));
}

#[test]
fn small_talk_rest_and_last_words_end_with_one_message() {
    let rows = all(&pack_of_many_intents());
    assert_eq!(ways(&rows, CHAT, "L"), HashSet::from([(REST, vec![])]));
    assert_eq!(targets(&rows, CHAT, "tell me other"), [CHAT]);
    assert_eq!(targets(&rows, REST, "done"), [CLOSING]);
    assert_eq!(targets(&rows, REST, "ready"), [CLOSING]);
    assert_eq!(targets(&rows, REST, "one minute"), [REST]);
    assert_eq!(targets(&rows, CLOSING, "good"), [END]);
}

#[test]
fn rows_are_the_same_for_a_seed_and_none_is_said_twice_over() {
    let pack = pack();
    assert_eq!(next_rows(&pack, 7, false), next_rows(&pack, 7, false));
    let (learned, kept) = (next_rows(&pack, 7, false), next_rows(&pack, 7, true));
    let bare = |row: &NextRow| {
        let message = row.message.split_once("] ").map(|(_, message)| message);
        message.unwrap_or(&row.message).to_owned()
    };
    assert!(learned.iter().all(|row| !held_out(&bare(row))));
    assert!(kept.iter().all(|row| held_out(&bare(row))));
    for rows in [&learned, &kept] {
        let distinct: HashSet<_> = rows
            .iter()
            .map(|row| (&row.topic, &row.message, &row.remaining))
            .collect();
        assert_eq!(distinct.len(), rows.len());
    }
}

/// The selector is measured among the topics that the flow allows where only the remaining labels
/// are known: the true one must be among them.
#[test]
fn the_flow_of_the_shipped_pack_allows_every_row() {
    let pack = shipped_pack();
    let rows = all(&pack);
    assert!(rows.len() > 1000);
    for row in &rows {
        let (_, topic) = pack.topic(&row.topic).unwrap();
        let allowed = allowed(&pack, topic, &row.remaining, FlowDecision::Unknown);
        assert!(
            allowed.contains(&row.next),
            "{row:?} leads to none of {allowed:?}"
        );
    }
    // And every arrow of the flow is there to be learned.
    let learned: HashSet<(&str, &str)> = next_rows(&pack, 1, false)
        .iter()
        .map(|row| {
            let place = |title: &str| pack.topic(title).map_or(END, |(_, topic)| &topic.title);
            (place(&row.topic), place(&row.next))
        })
        .collect();
    for topic in &pack.topics {
        for next in &topic.next {
            let arrow = (topic.title.as_str(), next.to.as_str());
            assert!(learned.contains(&arrow), "{arrow:?} is never learned");
        }
    }
}

#[test]
fn the_data_holds_every_row_against_every_topic_and_the_end() {
    let pack = pack();
    let rows = next_rows(&pack, 1, false);
    let data = next_data(&pack, &rows);
    data.check().unwrap();
    assert!(data.groups.is_empty());
    let titles: Vec<String> = data.candidates.iter().map(ToString::to_string).collect();
    assert_eq!(titles.len(), 9);
    assert_eq!(titles[8], END);
    for ((row, input), similarity) in rows.iter().zip(&data.inputs).zip(data.similarity.chunks(9)) {
        assert_eq!(similarity.iter().sum::<f32>(), 1.);
        let place = similarity.iter().position(|similarity| *similarity == 1.);
        assert_eq!(titles[place.unwrap()], row.next);
        assert_eq!(input.body, row.message);
        assert!(input.tail.starts_with(" (남은 답변: ") && input.tail.ends_with(')'));
    }
}
