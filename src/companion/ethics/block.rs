//! Whether a block is running, by the log and the clock; also by a clock that was set.
//!
//! A block is an interval of instants, so that time zones and daylight saving leave it alone. What the
//! clock itself does cannot be known for certain, and three things must not happen: a block that
//! ends because the clock was put back, one that never ends for the same reason, and one that comes to
//! its end in the middle. So a block has *anchors*: the moment of the sanction is the first; whoever
//! looks at a time before all anchors adds that time as another. Of the anchors that are not in
//! the future the latest counts, and the block runs in full from there.
//!
//! - A clock that was ahead when the sanction was made, and was mended: the block runs from the moment
//!   the mended clock was first seen, not until the far-off time.
//! - A clock that falls back to 1970 for a while: the block runs there, and after the clock has
//!   returned it runs on to its old end.
//! - A clock set back within the block: the block ends when it was to end.
//!
//! A clock put forward cannot be told from time that has passed; set back again, the block is there again.

use jiff::{SignedDuration, Timestamp};

use super::category::Offence;
use super::ladder::together;

/// What followed from one message, as the log has it. Lifted sanctions are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its number.
    pub id: i64,
    /// The sanction's moment, and the earlier ones at which it was looked at.
    pub anchors: Vec<Timestamp>,
    /// What was committed, and how long each blocks; zero is a warning.
    pub sanctions: Vec<(Offence, SignedDuration)>,
}

/// Where a learner stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The block that lasts longest, if one is running.
    pub block: Option<Block>,
    /// Incidents that are to be given this moment as an anchor.
    pub unanchored: Vec<i64>,
}

/// A running block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The incident that it follows from.
    pub incident: i64,
    /// What was committed.
    pub offences: Vec<Offence>,
    /// Its end.
    pub until: Timestamp,
}

impl Incident {
    /// How long it blocks.
    pub fn duration(&self) -> SignedDuration {
        together(self.sanctions.iter().map(|(_, duration)| *duration))
    }

    /// When its block ends, counted from an anchor.
    pub fn end_from(&self, anchor: Timestamp) -> Timestamp {
        anchor
            .saturating_add(self.duration())
            .unwrap_or(Timestamp::MAX)
    }

    fn block(&self, anchor: Timestamp) -> Block {
        Block {
            incident: self.id,
            offences: self.sanctions.iter().map(|(offence, _)| *offence).collect(),
            until: self.end_from(anchor),
        }
    }
}

/// Where a learner stands now.
pub fn standing(incidents: &[Incident], now: Timestamp) -> Standing {
    let mut standing = Standing::default();
    let mut running = Vec::new();
    for incident in incidents {
        if incident.duration().is_zero() {
            continue;
        }
        let anchor = incident
            .anchors
            .iter()
            .filter(|anchor| **anchor <= now)
            .max();
        if anchor.is_none() {
            standing.unanchored.push(incident.id);
        }
        let block = incident.block(anchor.copied().unwrap_or(now));
        if now < block.until {
            running.push(block);
        }
    }
    standing.block = running.into_iter().max_by_key(|block| block.until);
    standing
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn incident(id: i64, when: &str, hours: i64) -> Incident {
        Incident {
            id,
            anchors: vec![at(when)],
            sanctions: vec![(Offence::Hate, SignedDuration::from_hours(hours))],
        }
    }

    fn until(incidents: &[Incident], now: &str) -> Option<Timestamp> {
        standing(incidents, at(now)).block.map(|block| block.until)
    }

    #[test]
    fn a_block_runs_to_its_end_and_no_longer() {
        let log = [
            incident(1, "2026-11-20T08:00:00Z", 24),
            incident(2, "2026-11-20T08:00:00Z", 0),
        ];
        let end = at("2026-11-21T08:00:00Z");
        assert_eq!(until(&log, "2026-11-20T08:00:00Z"), Some(end));
        assert_eq!(until(&log, "2026-11-21T07:59:59Z"), Some(end));
        assert_eq!(until(&log, "2026-11-21T08:00:00Z"), None);
        assert!(
            standing(&log, at("2026-11-20T09:00:00Z"))
                .unanchored
                .is_empty()
        );
    }

    #[test]
    fn of_several_blocks_the_longest_counts() {
        let log = [
            incident(1, "2026-11-20T08:00:00Z", 24),
            incident(2, "2026-11-20T08:30:00Z", 2),
        ];
        let block = standing(&log, at("2026-11-20T09:00:00Z")).block.unwrap();
        assert_eq!(
            (block.incident, block.until),
            (1, at("2026-11-21T08:00:00Z"))
        );
    }

    /// Looks as the store does: missing anchors are written down.
    fn look(log: &mut [Incident], now: &str) -> Option<Timestamp> {
        let standing = standing(log, at(now));
        for incident in log
            .iter_mut()
            .filter(|incident| standing.unanchored.contains(&incident.id))
        {
            incident.anchors.push(at(now));
        }
        standing.block.map(|block| block.until)
    }

    #[test]
    fn a_clock_that_was_years_ahead_does_not_block_for_years() {
        let mut log = [incident(1, "2036-01-01T00:00:00Z", 1)];
        let end = Some(at("2026-11-20T09:00:00Z"));
        assert_eq!(
            look(&mut log, "2026-11-20T08:00:00Z"),
            end,
            "in full, from now"
        );
        assert_eq!(
            look(&mut log, "2026-11-20T08:59:00Z"),
            end,
            "it is not begun again"
        );
        assert_eq!(look(&mut log, "2026-11-20T09:00:00Z"), None);
    }

    #[test]
    fn a_clock_that_fell_back_does_not_end_a_block() {
        let mut log = [incident(1, "2026-11-20T08:00:00Z", 7 * 24)];
        let end = Some(at("2026-11-27T08:00:00Z"));
        assert!(look(&mut log, "1970-01-01T00:00:00Z").is_some());
        assert_eq!(
            look(&mut log, "2026-11-21T08:00:00Z"),
            end,
            "the clock is right again"
        );
        assert_eq!(
            look(&mut log, "2026-11-20T09:00:00Z"),
            end,
            "set back within the block"
        );
        assert_eq!(
            look(&mut log, "2026-11-28T08:00:00Z"),
            None,
            "put forward, it seems over"
        );
        assert_eq!(
            look(&mut log, "2026-11-21T09:00:00Z"),
            end,
            "and back: it is there again"
        );
    }

    proptest! {
        /// Whatever the clock does, a block lasts no longer from any look than it is long, and a look
        /// before its end sees it.
        #[test]
        fn no_block_is_lost_or_endless(looks in proptest::collection::vec(-200i64..200, 1..12), hours in 1i64..50) {
            let start = at("2026-11-20T08:00:00Z");
            let mut log = [incident(1, "2026-11-20T08:00:00Z", hours)];
            for look in looks {
                let now = start + SignedDuration::from_hours(look);
                let standing = standing(&log, now);
                if let Some(block) = &standing.block {
                    prop_assert!(block.until <= now + SignedDuration::from_hours(hours));
                }
                if (0..hours).contains(&look) {
                    prop_assert!(standing.block.is_some());
                }
                if log[0].anchors.iter().all(|anchor| *anchor > now) {
                    prop_assert!(standing.block.is_some());
                    log[0].anchors.push(now);
                }
            }
        }
    }
}
