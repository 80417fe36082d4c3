//! Days as people say them: "다음 주 수요일", "3일 뒤", "모레".

use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use regex::{Captures, Regex};

use crate::companion::clock::add_days;

/// Days as people write them; what its groups mean stands in [`Found::meant`].
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

/// What a day was said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    Day(Date),
    /// The week that begins on this Monday.
    Week(Date),
    /// The month of this day.
    Month(Date),
}

/// A day in a text, with what stands around it.
pub(super) struct Found<'a> {
    words: Captures<'a>,
    before: &'a str,
    /// What follows it.
    pub after: &'a str,
}

/// The days of a text, in their order.
pub(super) fn days(text: &str) -> impl Iterator<Item = Found<'_>> {
    let found = DAY.iter().flat_map(|day| day.captures_iter(text));
    found.filter_map(|words| {
        let whole = words.get(0)?;
        let (before, after) = (&text[..whole.start()], &text[whole.end()..]);
        Some(Found {
            words,
            before,
            after,
        })
    })
}

impl Found<'_> {
    /// Where it stands, in bytes.
    pub fn place(&self) -> std::ops::Range<usize> {
        let begin = self.before.len();
        begin..begin + self.words.get(0).map_or(0, |whole| whole.len())
    }

    /// The day that was meant, said on `today`; none where it is no day. A `yearly` one has no number
    /// alone for a date.
    pub fn meant(&self, today: Date, yearly: bool) -> Option<Meant> {
        let monday = add_days(today, -days_since_monday(today));
        if let Some(word) = self.group("weekday") {
            return self.weekday(word, today);
        }
        if let Some(week) = self.group("weekend") {
            return Some(Meant::Day(add_days(monday, 6 + 7 * weeks(week))));
        }
        if let Some(week) = self.group("weeks") {
            return Some(Meant::Week(add_days(monday, 7 * weeks(week))));
        }
        if let Some(month) = self.group("month") {
            return self.month(month, today);
        }
        if let Some(word) = self.group("after") {
            let days = later(word, self.group("unit"))?;
            return Some(Meant::Day(add_days(today, days)));
        }
        if let Some(word) = self.group("near") {
            return self.near(word, today);
        }
        let day: i8 = self.group("number")?.parse().ok()?;
        let is_span = self.is_followed_by(&SPANS) || self.before.trim_end().ends_with(['월', '달']);
        if yearly || is_span {
            return None;
        }
        let first = today.first_of_month();
        let this = date_of(first, day).filter(|date| *date >= today);
        let next = || date_of(add_days(first.last_of_month(), 1), day);
        this.or_else(next).map(Meant::Day)
    }

    /// 수요일, 다음 주 수요일.
    fn weekday(&self, word: &str, today: Date) -> Option<Meant> {
        let place = "월화수목금토일".chars().position(|c| word.starts_with(c))?;
        let place = i32::try_from(place).ok()?;
        if self.is_followed_by(&["마다"]) {
            return None;
        }
        let own = days_since_monday(today);
        let ahead = match self.group("week") {
            Some(week) => place - own + 7 * weeks(week),
            None => (place - own + 6).rem_euclid(7) + 1,
        };
        Some(Meant::Day(add_days(today, ahead)))
    }

    /// 다음 달, 다음 달 5일.
    fn month(&self, word: &str, today: Date) -> Option<Meant> {
        let first = today.first_of_month();
        let first = match word {
            "다음" | "담" => add_days(first.last_of_month(), 1),
            _ => first,
        };
        match self.group("of_month") {
            Some(day) => date_of(first, day.parse().ok()?).map(Meant::Day),
            None => Some(Meant::Month(first)),
        }
    }

    /// 오늘, 내일, 모레, 글피.
    fn near(&self, word: &str, today: Date) -> Option<Meant> {
        let next = self.after.chars().next();
        let is_word = next.is_none_or(|c| !('가'..='힣').contains(&c))
            || self.is_followed_by(&NEAR_FOLLOWED)
            || fitting(self.after).is_some();
        let days = match word {
            "오늘" => 0,
            "내일" | "낼" => 1,
            "글피" => 3,
            _ => 2,
        };
        is_word.then(|| Meant::Day(add_days(today, days)))
    }

    fn group(&self, name: &str) -> Option<&str> {
        self.words.name(name).map(|group| group.as_str())
    }

    fn is_followed_by(&self, words: &[&str]) -> bool {
        let after = self.after.trim_start();
        words.iter().any(|word| after.starts_with(word))
    }
}

fn days_since_monday(day: Date) -> i32 {
    i32::from(day.weekday().since(Weekday::Monday))
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
    let word: String = word.split_whitespace().collect();
    let named = match word.as_str() {
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

/// The particle behind a vowel at the beginning of a text, as it is behind a consonant.
pub(super) fn fitting(after: &str) -> Option<&'static str> {
    let mut chars = after.chars();
    let fit = match chars.next()? {
        '가' => "이",
        '는' => "은",
        '를' => "을",
        _ => return None,
    };
    chars.next().is_none_or(char::is_whitespace).then_some(fit)
}
