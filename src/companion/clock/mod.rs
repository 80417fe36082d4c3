//! What time it is for the companion: her weekday and part of the day, which messages ask for them,
//! and which replies contradict them (spec.md, section 2).
//!
//! All of it is civil time: the caller turns an instant into the learner's wall clock first, so
//! that time zones and daylight saving are settled before a [`Moment`] is made.

mod contradiction;
mod question;
mod words;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

pub use contradiction::{Contradiction, contradiction};
pub use question::answer;
pub use words::asks_time;

/// Her day begins at this hour; what is earlier belongs to the evening before.
pub const DAY_BEGINS: i8 = 4;
const NOON: i8 = 12;
const EVENING: i8 = 18;
/// On Fridays the evening comes an hour earlier.
const FRIDAY_EVENING: i8 = 17;

/// A part of her day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayPart {
    /// 04:00 to 11:59.
    Morning,
    /// 12:00 to 17:59, on Fridays to 16:59.
    Afternoon,
    /// From then on to 03:59.
    Evening,
}

impl DayPart {
    /// As the prefix says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Morning => "오전",
            Self::Afternoon => "오후",
            Self::Evening => "저녁",
        }
    }
}

/// A moment as the companion counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Moment {
    /// Her day, from 04:00 to 03:59.
    pub day: Date,
    /// Its part.
    pub part: DayPart,
    /// The hour on the clock, 0 to 23.
    pub hour: i8,
}

impl Moment {
    /// The moment of a wall clock.
    pub fn of(local: DateTime) -> Self {
        let hour = local.hour();
        let day = day_of(local);
        let evening = match day.weekday() {
            Weekday::Friday => FRIDAY_EVENING,
            _ => EVENING,
        };
        let part = match hour {
            _ if hour < DAY_BEGINS || hour >= evening => DayPart::Evening,
            _ if hour < NOON => DayPart::Morning,
            _ => DayPart::Afternoon,
        };
        Self { day, part, hour }
    }

    /// Her weekday.
    pub fn weekday(self) -> Weekday {
        self.day.weekday()
    }

    /// What is put before a message that asks for the time: `(지금은 금요일 오후) `.
    pub fn prefix(self) -> String {
        let (weekday, part) = (weekday_word(self.weekday()), self.part.word());
        format!("(지금은 {weekday} {part}) ")
    }
}

/// The companion's day on which a wall clock stands.
pub fn day_of(local: DateTime) -> Date {
    if local.hour() < DAY_BEGINS {
        add_days(local.date(), -1)
    } else {
        local.date()
    }
}

/// When a day of hers ends: at 04:00 of the next.
pub fn end_of(day: Date) -> DateTime {
    add_days(day, 1).at(DAY_BEGINS, 0, 0, 0)
}

/// A date so many days later; the last or first one that there is, beyond.
pub(in crate::companion) fn add_days(date: Date, days: i32) -> Date {
    let span: Span = days.days();
    date.saturating_add(span)
}

/// `금요일`.
pub fn weekday_word(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "월요일",
        Weekday::Tuesday => "화요일",
        Weekday::Wednesday => "수요일",
        Weekday::Thursday => "목요일",
        Weekday::Friday => "금요일",
        Weekday::Saturday => "토요일",
        Weekday::Sunday => "일요일",
    }
}

/// The prefix of a message, where it asks for the time.
pub fn prefix(message: &str, moment: Moment) -> Option<String> {
    asks_time(message).then(|| moment.prefix())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn prefix_at(local: &str) -> String {
        Moment::of(local.parse().unwrap()).prefix()
    }

    /// 2026-11-20 is a Friday.
    #[test]
    fn every_edge_of_the_rule() {
        for (local, prefix) in [
            ("2026-11-18T03:59:59", "(지금은 화요일 저녁) "),
            ("2026-11-18T04:00:00", "(지금은 수요일 오전) "),
            ("2026-11-18T11:59:59", "(지금은 수요일 오전) "),
            ("2026-11-18T12:00:00", "(지금은 수요일 오후) "),
            ("2026-11-18T16:59:59", "(지금은 수요일 오후) "),
            ("2026-11-18T17:00:00", "(지금은 수요일 오후) "),
            ("2026-11-18T17:59:59", "(지금은 수요일 오후) "),
            ("2026-11-18T18:00:00", "(지금은 수요일 저녁) "),
            ("2026-11-18T23:59:59", "(지금은 수요일 저녁) "),
            ("2026-11-19T00:00:00", "(지금은 수요일 저녁) "),
            ("2026-11-20T03:59:59", "(지금은 목요일 저녁) "),
            ("2026-11-20T04:00:00", "(지금은 금요일 오전) "),
            ("2026-11-20T16:59:59", "(지금은 금요일 오후) "),
            ("2026-11-20T17:00:00", "(지금은 금요일 저녁) "),
            ("2026-11-21T03:59:59", "(지금은 금요일 저녁) "),
            ("2026-11-21T17:30:00", "(지금은 토요일 오후) "),
            ("2026-11-22T23:59:59", "(지금은 일요일 저녁) "),
            ("2026-11-23T00:00:00", "(지금은 일요일 저녁) "),
            ("2026-11-23T03:59:59", "(지금은 일요일 저녁) "),
            ("2026-11-23T04:00:00", "(지금은 월요일 오전) "),
            ("2027-01-01T00:30:00", "(지금은 목요일 저녁) "),
        ] {
            assert_eq!(prefix_at(local), prefix, "{local}");
        }
    }

    fn in_zone(instant: &str, zone: &str) -> String {
        let instant: Timestamp = instant.parse().unwrap();
        let zone = TimeZone::get(zone).unwrap();
        Moment::of(instant.to_zoned(zone).datetime()).prefix()
    }

    #[test]
    fn one_instant_is_another_part_of_the_day_elsewhere() {
        let instant = "2026-11-20T08:00:00Z";
        assert_eq!(in_zone(instant, "Asia/Seoul"), "(지금은 금요일 저녁) ");
        assert_eq!(in_zone(instant, "Asia/Shanghai"), "(지금은 금요일 오후) ");
        assert_eq!(in_zone(instant, "Europe/Berlin"), "(지금은 금요일 오전) ");
        assert_eq!(
            in_zone(instant, "America/New_York"),
            "(지금은 목요일 저녁) "
        );
    }

    #[test]
    fn the_wall_clock_counts_when_it_is_put_forward_or_back() {
        // New York, 2026-03-08: 02:00 becomes 03:00. 07:30 UTC is 03:30 EDT, 08:00 UTC is 04:00.
        assert_eq!(
            in_zone("2026-03-08T07:30:00Z", "America/New_York"),
            "(지금은 토요일 저녁) "
        );
        assert_eq!(
            in_zone("2026-03-08T08:00:00Z", "America/New_York"),
            "(지금은 일요일 오전) "
        );
        // 2026-11-01: 02:00 becomes 01:00. 08:59 UTC is 03:59 EST, an hour later than the day before.
        assert_eq!(
            in_zone("2026-11-01T08:59:00Z", "America/New_York"),
            "(지금은 토요일 저녁) "
        );
        assert_eq!(
            in_zone("2026-11-01T09:00:00Z", "America/New_York"),
            "(지금은 일요일 오전) "
        );
        assert_eq!(
            in_zone("2026-10-31T08:00:00Z", "America/New_York"),
            "(지금은 토요일 오전) "
        );
    }

    #[test]
    fn the_ends_of_the_calendar_are_days_too() {
        let first = Moment::of(DateTime::MIN);
        assert_eq!(first.day, Date::MIN);
        assert_eq!(end_of(Date::MAX).date(), Date::MAX);
    }

    proptest! {
        #[test]
        fn a_day_of_hers_has_its_three_parts_in_order(days in -30_000i32..30_000, minute in 0i64..1440) {
            let day = add_days("2026-11-20".parse().unwrap(), days);
            let begins = day.at(DAY_BEGINS, 0, 0, 0);
            let local = begins.saturating_add(minute.minutes());
            let moment = Moment::of(local);
            prop_assert_eq!(moment.day, day);
            let rank = |part| [DayPart::Morning, DayPart::Afternoon, DayPart::Evening].iter().position(|p| *p == part);
            let next = Moment::of(local.saturating_add(1.minute()));
            prop_assert!(next.day > day || rank(next.part) >= rank(moment.part));
            prop_assert!(local < end_of(day));
        }
    }
}
