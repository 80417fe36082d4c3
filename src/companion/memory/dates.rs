//! Days in a plan: "다음 주 수요일 2시" is true for the week in which it is said. So a plan is kept with
//! the date that was meant, and is over when that day is.
//!
//! Korean puts particles behind a day without a space, so what follows a word is looked at only where
//! it would make another word of it (내일로, 3일간). What is not plainly a day stays as it was said.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Weekday};
use regex::{Captures, Regex};

use super::item::Item;
use super::key::Lifetime;
use crate::companion::clock::{add_days, day_of, end_of, weekday_word};

/// Last words of keys whose values are plans.
const PLANS: [&str; 3] = ["일정", "계획", "약속"];
/// Keys whose values are days of every year.
const YEARLY: [&str; 2] = ["생일", "기념일"];

/// Days as people write them; what the groups mean stands in [`meant`].
static DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let days = [
        r"(?P<date>\d{1,2}월\s?\d{1,2}일)",
        r"(?P<past>(?:지난|저번|매)\s?주?\s?[월화수목금토일](?:요일|욜))",
        r"(?:(?P<week>이번|요번|다다음|다담|다음|담)\s?주?\s?)?(?P<weekday>[월화수목금토일])(?:요일|욜)",
        r"(?P<weekend>이번|요번|다다음|다담|다음|담)\s?주\s?(?:주)?말",
        r"(?P<weeks>이번|요번|다다음|다담|다음|담)\s?주",
        r"(?P<month>이번|요번|다음|담)\s?달(?:\s?(?P<of_month>\d{1,2})일)?",
        r"(?P<after>\d{1,2}|하루|이틀|사흘|나흘|닷새|열흘|보름|일주|한\s?주|두\s?주|세\s?주)\s?(?P<unit>일|주일|주)?\s?(?:뒤|후|있다가|있으면)",
        r"(?P<near>내일\s?모레|모레|글피|내일|낼|오늘)",
        r"(?P<number>\d{1,3})일",
    ];
    Regex::new(&days.join("|")).ok()
});
/// Dates as this module writes them.
static DATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(\d{1,2})월\s?(\d{1,2})일").ok());

/// What a day was said to be.
enum Meant {
    Day(Date),
    /// The week that begins on this Monday.
    Week(Date),
    /// The month of this day.
    Month(Date),
}

/// The item with the dates that its days mean; every other item as it is.
pub fn dated(item: &Item, now: DateTime) -> Item {
    if !is_plan(item.key()) && !YEARLY.contains(&item.key()) {
        return item.clone();
    }
    let today = day_of(now);
    let value = item.value();
    let mut text = String::new();
    let mut end = 0;
    let days = DAY.iter().flat_map(|day| day.captures_iter(value));
    for found in days {
        let Some(whole) = found.get(0) else { continue };
        let (before, after) = (&value[..whole.start()], &value[whole.end()..]);
        let Some(meant) = meant(&found, item.key(), before, after, today) else {
            continue;
        };
        text.push_str(&value[end..whole.start()]);
        text.push_str(&worded(meant, is_plan(item.key())));
        end = whole.end();
        // 모레가, 글피는: what takes their place ends in a consonant.
        if let Some(particle) = fitting(after) {
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

fn meant(found: &Captures<'_>, key: &str, before: &str, after: &str, today: Date) -> Option<Meant> {
    let group = |name| found.name(name).map(|group| group.as_str());
    let monday = add_days(today, -i32::from(today.weekday().since(Weekday::Monday)));
    let follows = |words: &[&str]| {
        words
            .iter()
            .any(|word| after.trim_start().starts_with(word))
    };
    if let Some(word) = group("weekday") {
        let place = "월화수목금토일".chars().position(|c| word.starts_with(c))?;
        let place = i32::try_from(place).ok()?;
        if follows(&["마다"]) {
            return None;
        }
        let own = i32::from(today.weekday().since(Weekday::Monday));
        let ahead = match group("week") {
            Some(week) => place - own + 7 * weeks(week),
            None => (place - own + 6).rem_euclid(7) + 1,
        };
        return Some(Meant::Day(add_days(today, ahead)));
    }
    if let Some(week) = group("weekend") {
        return Some(Meant::Day(add_days(monday, 6 + 7 * weeks(week))));
    }
    if let Some(week) = group("weeks") {
        return Some(Meant::Week(add_days(monday, 7 * weeks(week))));
    }
    if let Some(month) = group("month") {
        let first = today.first_of_month();
        let first = match month {
            "다음" | "담" => add_days(first.last_of_month(), 1),
            _ => first,
        };
        let day = group("of_month").map(|day| day.parse::<i8>().ok());
        return match day {
            Some(day) => date_of(first, day?).map(Meant::Day),
            None => Some(Meant::Month(first)),
        };
    }
    if let Some(word) = group("after") {
        return Some(Meant::Day(add_days(today, later(word, group("unit"))?)));
    }
    if let Some(word) = group("near") {
        let is_word = after.chars().next().is_none_or(|c| {
            !('가'..='힣').contains(&c) || follows(&NEAR_FOLLOWED) || fitting(after).is_some()
        });
        let days = match word {
            "오늘" => 0,
            "내일" | "낼" => 1,
            "글피" => 3,
            _ => 2,
        };
        return is_word.then(|| Meant::Day(add_days(today, days)));
    }
    let day: i8 = group("number")?.parse().ok()?;
    let is_span = follows(&SPANS) || before.trim_end().ends_with(['월', '달']);
    if YEARLY.contains(&key) || is_span {
        return None;
    }
    let first = today.first_of_month();
    let this = date_of(first, day).filter(|date| *date >= today);
    let next = || date_of(add_days(first.last_of_month(), 1), day);
    this.or_else(next).map(Meant::Day)
}

/// What may stand right behind 내일 and its like; 내일로 and 오늘날 are other words.
const NEAR_FOLLOWED: [&str; 16] = [
    "오전", "오후", "아침", "점심", "저녁", "밤", "새벽", "낮", "까지", "부터", "은", "이", "에",
    "도", "면접", "시험",
];
/// What makes a span of time, or a count, of a number of days.
const SPANS: [&str; 13] = [
    "간", "동안", "째", "차", "전", "치", "짜리", "이상", "정도", "통", "기념", "만에", "내내",
];

/// How many weeks ahead.
fn weeks(word: &str) -> i32 {
    match word {
        "다음" | "담" => 1,
        "다다음" | "다담" => 2,
        _ => 0,
    }
}

/// How many days a word or a number with its unit is; a number without one is none.
fn later(word: &str, unit: Option<&str>) -> Option<i32> {
    let named = match word
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .as_str()
    {
        "하루" => 1,
        "이틀" => 2,
        "사흘" => 3,
        "나흘" => 4,
        "닷새" => 5,
        "일주" | "한주" => 7,
        "열흘" => 10,
        "두주" => 14,
        "보름" => 15,
        "세주" => 21,
        number => {
            let number: i32 = number.parse().ok()?;
            return match unit? {
                "일" => Some(number),
                _ => Some(number * 7),
            };
        }
    };
    Some(named)
}

fn date_of(month: Date, day: i8) -> Option<Date> {
    month.with().day(day).build().ok()
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

/// The particle behind a vowel at the beginning of a text, as it is behind a consonant.
fn fitting(after: &str) -> Option<&'static str> {
    let mut chars = after.chars();
    let fit = match chars.next()? {
        '가' => "이",
        '는' => "은",
        '를' => "을",
        _ => return None,
    };
    chars.next().is_none_or(char::is_whitespace).then_some(fit)
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
