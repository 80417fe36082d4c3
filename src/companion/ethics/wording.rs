//! What the sanctioned read: why, and until when.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::block::Block;
use super::category::Offence;
use crate::messages::Messages;

/// The offences in the interface's language, `정치, 혐오/기타`.
pub fn names(offences: &[Offence], messages: &Messages) -> String {
    let names: Vec<_> = offences
        .iter()
        .map(|offence| messages.get(name(*offence)))
        .collect();
    names.join(", ")
}

fn name(offence: Offence) -> &'static str {
    match offence {
        Offence::Love => "companion.offence_love",
        Offence::Politics => "companion.offence_politics",
        Offence::Family => "companion.offence_family",
        Offence::Hate => "companion.offence_hate",
    }
}

/// A moment as the learner's clock shows it.
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// How long, in days or hours; a warning by its name.
pub fn period(duration: SignedDuration, messages: &Messages) -> String {
    let hours = duration.as_hours();
    match hours {
        _ if duration.is_zero() => messages.get("companion.warning").to_owned(),
        _ if hours % 24 == 0 => messages.fill("companion.days", &[("n", &(hours / 24))]),
        _ => messages.fill("companion.hours", &[("n", &hours)]),
    }
}

/// What is said in place of a reply; without an end it is a warning.
pub fn sanctioned(
    offences: &[Offence],
    until: Option<Timestamp>,
    zone: &TimeZone,
    messages: &Messages,
) -> String {
    let names = names(offences, messages);
    match until {
        None => messages.fill("companion.warned", &[("categories", &names)]),
        Some(until) => messages.fill(
            "companion.blocked",
            &[("categories", &names), ("until", &moment(until, zone))],
        ),
    }
}

/// What is said to whoever wants to begin while a block is running.
pub fn standing_text(block: &Block, zone: &TimeZone, messages: &Messages) -> String {
    let names = names(&block.offences, messages);
    messages.fill(
        "companion.still_blocked",
        &[
            ("categories", &names),
            ("until", &moment(block.until, zone)),
        ],
    )
}
