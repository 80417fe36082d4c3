//! What a new day changes among the items that are kept: some are over, and what was 내일 is 오늘.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime};

use super::dates;
use super::item::Item;
use super::key::{Canonical, Lifetime, key_today};
use crate::companion::clock::day_of;

/// An item as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number in the store.
    pub id: i64,
    /// What is remembered.
    pub item: Item,
    /// Her day on which it was said.
    pub said: Date,
    /// The first moment on the learner's clock at which it is gone; none for good ones.
    pub expires: Option<DateTime>,
}

impl Kept {
    /// An item that is said now.
    pub fn now(id: i64, item: Item, now: DateTime) -> Self {
        let said = day_of(now);
        let of_key = Lifetime::of(item.key()).ends(said);
        let expires = of_key.or_else(|| dates::over(&item, said));
        Self {
            id,
            item,
            said,
            expires,
        }
    }

    /// It is over.
    pub fn is_over(&self, now: DateTime) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }
}

/// What the day changes in an item. The end of an item's time never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is over, or a newer one has its key.
    Forget(i64),
    /// It has this key from now on, and counts as said on this day.
    Rename(i64, Item, Date),
}

/// What changes when it is `now`. Done once, nothing is left to change.
///
/// Where a renamed item meets one that was said of the same key, the one said later stays.
pub fn turn_day(kept: &[Kept], now: DateTime) -> Vec<Change> {
    let today = day_of(now);
    let mut changes = Vec::new();
    let mut living: Vec<(Kept, bool)> = Vec::new();
    for kept in kept {
        if kept.is_over(now) {
            changes.push(Change::Forget(kept.id));
            continue;
        }
        let renamed = key_today(kept.item.key(), kept.said, now)
            .and_then(|key| Item::new(&key, kept.item.value()).ok());
        let moved = renamed.is_some();
        let item = renamed.unwrap_or_else(|| kept.item.clone());
        living.push((
            Kept {
                item,
                ..kept.clone()
            },
            moved,
        ));
    }
    // Only what was renamed can meet another: keys are kept once each.
    if living.iter().all(|(_, moved)| !moved) {
        return changes;
    }
    let mut newest: HashMap<Canonical, (Date, i64)> = HashMap::new();
    for (kept, _) in &living {
        let said = (kept.said, kept.id);
        let place = newest.entry(Canonical::of(kept.item.key())).or_insert(said);
        *place = said.max(*place);
    }
    for (kept, moved) in &living {
        if newest.get(&Canonical::of(kept.item.key())) != Some(&(kept.said, kept.id)) {
            changes.push(Change::Forget(kept.id));
        } else if *moved {
            changes.push(Change::Rename(kept.id, kept.item.clone(), today));
        }
    }
    // Each key is free before another item takes it: what is forgotten goes first, then what was 내일
    // becomes 오늘, then what was 모레 becomes 내일.
    changes.sort_by_key(|change| match change {
        Change::Forget(_) => 0,
        Change::Rename(_, item, _) => 1 + u8::from(!item.key().starts_with("오늘")),
    });
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept(id: i64, text: &str, said: &str) -> Kept {
        Kept::now(id, Item::parse(text).unwrap(), said.parse().unwrap())
    }

    fn apply(kept: &mut Vec<Kept>, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Forget(id) => kept.retain(|kept| kept.id != id),
                Change::Rename(id, item, said) => {
                    let found = kept.iter_mut().find(|kept| kept.id == id).unwrap();
                    (found.item, found.said) = (item, said);
                }
            }
        }
    }

    fn texts(kept: &[Kept]) -> Vec<String> {
        kept.iter().map(|kept| kept.item.to_string()).collect()
    }

    #[test]
    fn a_night_turns_the_plans_over() {
        let mut shelf = vec![
            kept(1, "[오늘 일정: 카페]", "2026-11-18T20:00:00"),
            kept(2, "[내일 일정: 병원]", "2026-11-18T20:00:00"),
            kept(3, "[생일: 3월 4일]", "2026-11-18T20:00:00"),
        ];
        assert!(turn_day(&shelf, "2026-11-19T03:59:59".parse().unwrap()).is_empty());
        let morning = "2026-11-19T04:00:00".parse().unwrap();
        let changes = turn_day(&shelf, morning);
        apply(&mut shelf, changes);
        assert_eq!(texts(&shelf), ["[오늘 일정: 병원]", "[생일: 3월 4일]"]);
        assert!(turn_day(&shelf, morning).is_empty(), "once is enough");

        let changes = turn_day(&shelf, "2026-11-20T04:00:00".parse().unwrap());
        apply(&mut shelf, changes);
        assert_eq!(
            texts(&shelf),
            ["[생일: 3월 4일]"],
            "it does not become tomorrow again"
        );
    }

    #[test]
    fn what_was_said_later_of_today_stays() {
        let mut shelf = vec![
            kept(1, "[내일 일정: 병원]", "2026-11-18T20:00:00"),
            kept(2, "[오늘 일정: 카페]", "2026-11-19T08:00:00"),
        ];
        let changes = turn_day(&shelf, "2026-11-19T08:30:00".parse().unwrap());
        apply(&mut shelf, changes);
        assert_eq!(texts(&shelf), ["[오늘 일정: 카페]"]);
    }

    proptest! {
        #[test]
        fn turning_twice_changes_nothing_more(hours in 0i64..200, which in proptest::sample::subsequence(vec![
            "[오늘 일정: 가]", "[내일 일정: 나]", "[모레 일정: 다]", "[주말 일정: 라]", "[내일 기분: 마]", "[MBTI: INTP]",
        ], 0..6)) {
            let said: DateTime = "2026-11-18T20:00:00".parse().unwrap();
            let mut shelf: Vec<Kept> = which.iter().zip(1..)
                .map(|(text, id)| Kept::now(id, Item::parse(text).unwrap(), said)).collect();
            let now = said.saturating_add(jiff::SignedDuration::from_hours(hours));
            let changes = turn_day(&shelf, now);
            apply(&mut shelf, changes);
            prop_assert!(turn_day(&shelf, now).is_empty());
            prop_assert!(shelf.iter().all(|kept| !kept.is_over(now)));
            let mut keys: Vec<_> = shelf.iter().map(|kept| Canonical::of(kept.item.key())).collect();
            keys.sort();
            let all = keys.len();
            keys.dedup();
            prop_assert_eq!(keys.len(), all, "a key is there once");
        }
    }
}
