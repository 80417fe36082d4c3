//! Days in a plan: "다음 주 수요일 2시" is true for the week in which it is said. So a plan is kept with
//! the date that was meant, and is over when that day is.
//!
//! Korean puts particles behind a day without a space, so what follows a word is looked at only where
//! it would make another word of it (내일로, 3일간). What is not plainly a day stays as it was said.

mod said;

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};
use regex::Regex;

use said::{Meant, days, fitting};

use super::item::Item;
use super::key::Lifetime;
use crate::companion::clock::{add_days, day_of, end_of, weekday_word};

/// Last words of keys whose values are plans.
const PLANS: [&str; 3] = ["일정", "계획", "약속"];
/// Keys whose values are days of every year.
const YEARLY: [&str; 2] = ["생일", "기념일"];

/// Dates as this module writes them.
static DATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(\d{1,2})월\s?(\d{1,2})일").ok());

/// The item with the dates that its days mean; every other item as it is.
pub fn dated(item: &Item, now: DateTime) -> Item {
    let yearly = YEARLY.contains(&item.key());
    if !is_plan(item.key()) && !yearly {
        return item.clone();
    }
    let today = day_of(now);
    let value = item.value();
    let mut text = String::new();
    let mut end = 0;
    for day in days(value) {
        let Some(meant) = day.meant(today, yearly) else {
            continue;
        };
        let place = day.place();
        text.push_str(&value[end..place.start]);
        text.push_str(&worded(meant, is_plan(item.key())));
        end = place.end;
        // 모레가, 글피는: what takes their place ends in a consonant.
        if let Some(particle) = fitting(day.after) {
            text.push_str(particle);
            end += '가'.len_utf8();
        }
    }
    text.push_str(&value[end..]);
    Item::new(item.key(), &text).unwrap_or_else(|_| item.clone())
}

/// When a plan that names a date is over; none where it names none.
pub fn over(item: &Item, said: Date) -> Option<DateTime> {
    if !is_plan(item.key()) {
        return None;
    }
    let dates = DATE
        .iter()
        .flat_map(|date| date.captures_iter(item.value()));
    let days = dates.filter_map(|found| next(said, found[1].parse().ok()?, found[2].parse().ok()?));
    days.max().map(end_of)
}

fn is_plan(key: &str) -> bool {
    Lifetime::of(key) == Lifetime::Always && PLANS.iter().any(|word| key.ends_with(word))
}

/// The next such day of a year, today among them.
fn next(today: Date, month: i8, day: i8) -> Option<Date> {
    let of = |year| Date::new(year, month, day).ok();
    of(today.year())
        .filter(|date| *date >= today)
        .or_else(|| of(today.year() + 1))
}

fn worded(meant: Meant, with_weekday: bool) -> String {
    match meant {
        Meant::Day(date) => {
            let day = format!("{}월 {}일", date.month(), date.day());
            match with_weekday {
                true => format!("{day} {}", weekday_word(date.weekday())),
                false => day,
            }
        }
        // A week belongs to the month that has its Thursday.
        Meant::Week(monday) => {
            let thursday = add_days(monday, 3);
            let ordinal = ["첫째", "둘째", "셋째", "넷째", "다섯째"];
            let place = usize::try_from((thursday.day() - 1) / 7).unwrap_or_default();
            format!("{}월 {} 주", thursday.month(), ordinal[place.min(4)])
        }
        Meant::Month(first) => format!("{}월", first.month()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    /// A Sunday evening.
    fn sunday() -> DateTime {
        date(2026, 11, 22).at(21, 0, 0, 0)
    }

    fn kept(text: &str) -> String {
        dated(&Item::parse(text).unwrap(), sunday()).to_string()
    }

    #[test]
    fn a_plan_is_kept_with_its_date() {
        for (said, is) in [
            ("다음 주 수요일 2시", "11월 25일 수요일 2시"),
            ("담주 화욜 중간", "11월 24일 화요일 중간"),
            ("이번 주 일요일", "11월 22일 일요일"),
            ("다다음주 월요일에", "11월 30일 월요일에"),
            ("금욜에 편의점", "11월 27일 금요일에 편의점"),
            ("일요일 오후", "11월 29일 일요일 오후"),
            ("모레 방송국", "11월 24일 화요일 방송국"),
            ("내일모레", "11월 24일 화요일"),
            ("글피가 마지막", "11월 25일 수요일이 마지막"),
            ("낼 도로주행", "11월 23일 월요일 도로주행"),
            ("3일 뒤 토익", "11월 25일 수요일 토익"),
            ("2주 후", "12월 6일 일요일"),
            ("열흘 뒤 필기", "12월 2일 수요일 필기"),
            ("15일 오후", "12월 15일 화요일 오후"),
            ("23일 정처기", "11월 23일 월요일 정처기"),
            ("다음 달 5일", "12월 5일 토요일"),
            ("다음 달 초", "12월 초"),
            ("다음 주", "11월 넷째 주"),
            ("6월 21일 지방직", "6월 21일 지방직"),
        ] {
            let (said, is) = (format!("[면접 일정: {said}]"), format!("[면접 일정: {is}]"));
            assert_eq!(kept(&said), is);
        }
    }

    #[test]
    fn what_is_no_day_stays_as_it_was_said() {
        for text in [
            "[휴가 계획: 내일로 기차]",
            "[휴가 계획: 14일 동안 일본]",
            "[면접 일정: 매주 월요일]",
            "[면접 일정: 지난주 목요일]",
            "[면접 일정: 월요일마다]",
            "[시험 일정: 32일]",
            "[기념일: 100일]",
            "[기념일: 다음 기념일]",
            "[내일 일정: 모레까지 과제]",
            "[취미: 금요일 밤 맥주]",
            "[시험 일정: 기말]",
        ] {
            assert_eq!(kept(text), text);
        }
        assert_eq!(kept("[생일: 모레]"), "[생일: 11월 24일]");
    }

    #[test]
    fn a_plan_is_over_when_its_day_is() {
        let over = |text: &str| {
            let item = dated(&Item::parse(text).unwrap(), sunday());
            over(&item, day_of(sunday())).map(|end| end.to_string())
        };
        let end = |text: &str| Some(text.to_owned());
        assert_eq!(
            over("[면접 일정: 다음 주 수요일]"),
            end("2026-11-26T04:00:00")
        );
        assert_eq!(over("[시험 일정: 3월 4일]"), end("2027-03-05T04:00:00"));
        assert_eq!(
            over("[휴가 계획: 12월 3일부터 12월 5일까지]"),
            end("2026-12-06T04:00:00")
        );
        assert_eq!(over("[면접 일정: 다음 주]"), None);
        assert_eq!(over("[생일: 3월 4일]"), None);
        assert_eq!(over("[휴가 계획: 2월 30일]"), None);
    }

    proptest! {
        #[test]
        fn any_value_is_kept_and_once_is_enough(value in "(다음|담|이번| |주|달|월요일|욜|[0-9]{1,3}|일|월|뒤|내일|모레|[가-힣]){1,12}") {
            if let Ok(item) = Item::new("면접 일정", &value) {
                let once = dated(&item, sunday());
                prop_assert!(once.value().chars().count() >= 1);
                let _ = over(&once, day_of(sunday()));
            }
        }
    }
}
