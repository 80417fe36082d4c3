//! Which keys are one and the same, and how long what a key says holds.

use std::fmt;

use jiff::civil::{Date, DateTime, Weekday};
use serde::{Deserialize, Serialize};

use crate::companion::clock::{add_days, day_of, end_of};

/// Keys that mean the same; the second stands for both (spec.md, section 2).
const SAME: [(&str, &str); 1] = [("좋아하는아이돌", "좋아하는가수")];

/// A key as it is compared: NFC, without spaces, in lower case, synonyms as one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Canonical(String);

impl Canonical {
    /// The key of an [`Item`](super::Item), which is NFC.
    pub fn of(key: &str) -> Self {
        let bare: String = key.chars().filter(|c| !c.is_whitespace()).collect();
        let bare = bare.to_lowercase();
        let same = SAME.iter().find(|(other, _)| *other == bare);
        Self(same.map_or(bare, |(_, one)| (*one).to_owned()))
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Canonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How long what a key says holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lifetime {
    /// For good.
    Always,
    /// Until the end of a day so many days ahead: 오늘 0, 내일 1, 모레 2. As days pass, the key becomes
    /// that of a nearer day.
    Day(u8),
    /// Until the end of Sunday, so many weekends ahead.
    Weekend(u8),
}

/// First words of keys that name a day.
const DAYS: [(&str, u8); 5] = [
    ("오늘", 0),
    ("내일모레", 2),
    ("내일", 1),
    ("모레", 2),
    ("지금", 0),
];
const WEEKENDS: [(&str, u8); 5] = [
    ("이번주주말", 0),
    ("이번주말", 0),
    ("다음주주말", 1),
    ("다음주말", 1),
    ("주말", 0),
];
/// What somebody has in mind for a weekend; 주말 취미 is for all of them.
const PLANS: [&str; 10] = [
    "일정",
    "계획",
    "약속",
    "할일",
    "모임",
    "여행",
    "예정",
    "날씨",
    "데이트",
    "스케줄",
];

impl Lifetime {
    /// What the key says.
    pub fn of(key: &str) -> Self {
        let bare: String = key.chars().filter(|c| !c.is_whitespace()).collect();
        if let Some((_, days)) = DAYS.iter().find(|(word, _)| names(&bare, word)) {
            return Self::Day(*days);
        }
        let weekend = WEEKENDS
            .iter()
            .find_map(|(word, weeks)| Some((bare.strip_prefix(word)?, *weeks)));
        match weekend {
            Some((rest, weeks)) if PLANS.iter().any(|plan| rest.contains(plan)) => {
                Self::Weekend(weeks)
            }
            _ => Self::Always,
        }
    }

    /// When an item expires that was said on this day of hers; the first moment at which it is
    /// gone.
    pub fn ends(self, said: Date) -> Option<DateTime> {
        match self {
            Self::Always => None,
            Self::Day(days) => Some(end_of(add_days(said, i32::from(days)))),
            Self::Weekend(weeks) => {
                let to_sunday = i32::from(said.weekday().until(Weekday::Sunday));
                Some(end_of(add_days(said, to_sunday + 7 * i32::from(weeks))))
            }
        }
    }
}

/// 오늘, 오늘의 and 오늘 일정; not 오늘날.
fn names(bare: &str, word: &str) -> bool {
    bare.strip_prefix(word)
        .is_some_and(|rest| !rest.starts_with('날') || rest.starts_with("날씨"))
}

/// The key of what was said on one day, as it is called on a later one: what was 내일 is 오늘. None
/// where the key stays.
pub fn key_today(key: &str, said: Date, now: DateTime) -> Option<String> {
    let Lifetime::Day(ahead) = Lifetime::of(key) else {
        return None;
    };
    let passed = (day_of(now) - said).get_days();
    let passed = u8::try_from(passed)
        .ok()
        .filter(|passed| (1..=ahead).contains(passed))?;
    let day = match ahead - passed {
        0 => "오늘",
        _ => "내일",
    };
    let word = ["내일모레", "내일 모레", "내일", "모레"]
        .into_iter()
        .find(|word| key.starts_with(word))?;
    Some(format!("{day}{}", &key[word.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_mean_the_same_are_one() {
        for (one, other) in [
            ("좋아하는 아이돌", "좋아하는 가수"),
            ("오늘 일정", "오늘일정"),
            ("MBTI", "mbti"),
        ] {
            assert_eq!(Canonical::of(one), Canonical::of(other), "{one} {other}");
        }
        assert_ne!(Canonical::of("오늘 일정"), Canonical::of("내일 일정"));
        assert_ne!(
            Canonical::of("좋아하는 배우"),
            Canonical::of("좋아하는 가수")
        );
    }

    /// Said on Wednesday, 2026-11-18.
    #[test]
    fn a_key_says_how_long_it_holds() {
        let said = "2026-11-18".parse().unwrap();
        for (key, ends) in [
            ("오늘 일정", Some("2026-11-19T04:00:00")),
            ("오늘 날씨", Some("2026-11-19T04:00:00")),
            ("내일 일정", Some("2026-11-20T04:00:00")),
            ("내일모레 일정", Some("2026-11-21T04:00:00")),
            ("주말 일정", Some("2026-11-23T04:00:00")),
            ("이번 주말 계획", Some("2026-11-23T04:00:00")),
            ("다음 주말 약속", Some("2026-11-30T04:00:00")),
            ("주말 취미", None),
            ("주말마다 하는 일", None),
            ("오늘날의 생각", None),
            ("좋아하는 가수", None),
            ("생일", None),
        ] {
            let ends = ends.map(|ends| ends.parse().unwrap());
            assert_eq!(Lifetime::of(key).ends(said), ends, "{key}");
        }
    }

    #[test]
    fn a_weekend_that_has_begun_is_the_one_that_is_meant() {
        for (said, ends) in [
            ("2026-11-21", "2026-11-23T04:00:00"),
            ("2026-11-22", "2026-11-23T04:00:00"),
            ("2026-11-23", "2026-11-30T04:00:00"),
        ] {
            let ends = Some(ends.parse().unwrap());
            assert_eq!(
                Lifetime::of("주말 일정").ends(said.parse().unwrap()),
                ends,
                "{said}"
            );
        }
    }

    #[test]
    fn tomorrow_becomes_today_when_her_day_turns() {
        let said = "2026-11-18".parse().unwrap();
        let called = |key: &str, now: &str| key_today(key, said, now.parse().unwrap());
        assert_eq!(called("내일 일정", "2026-11-18T23:00:00"), None);
        assert_eq!(called("내일 일정", "2026-11-19T03:59:00"), None);
        assert_eq!(
            called("내일 일정", "2026-11-19T04:00:00").as_deref(),
            Some("오늘 일정")
        );
        assert_eq!(
            called("내일 일정", "2026-11-20T04:00:00"),
            None,
            "it is over"
        );
        assert_eq!(
            called("모레 일정", "2026-11-19T09:00:00").as_deref(),
            Some("내일 일정")
        );
        assert_eq!(
            called("내일모레 일정", "2026-11-20T09:00:00").as_deref(),
            Some("오늘 일정")
        );
        assert_eq!(called("오늘 일정", "2026-11-19T09:00:00"), None);
        assert_eq!(called("생일", "2026-11-19T09:00:00"), None);
        assert_eq!(
            called("내일 일정", "2026-11-10T09:00:00"),
            None,
            "the clock was set back"
        );
    }
}
