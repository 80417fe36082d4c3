//! Replies that contradict the weekday or the time of day: "오늘 토요일이네" on a Tuesday, "내일 주말"
//! on a Wednesday, 불금, 월요병, "한 주 시작", "주말 잘 보내".
//!
//! Only what is plainly claimed counts. A wish, a plan, a question back, hearsay or a denial ("오늘이
//! 토요일이면 좋겠다", "토요일까지 힘내", "오늘 토요일 아니야") is left alone: a reply that is generated
//! again for nothing costs a second, and may be the better one.

use jiff::civil::Weekday;

use super::{DayPart, Moment, add_days};

/// What a reply claims and the clock denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// A day is called by another weekday's name.
    #[error("names another weekday")]
    Weekday,
    /// A working day is called a weekend, or the other way round.
    #[error("takes a working day for a weekend, or a weekend for a working day")]
    Weekend,
    /// It is said on another day of the week: 불금, 월요병, the week's beginning or end.
    #[error("says what is said on another day of the week")]
    Week,
    /// It is another time of day.
    #[error("names another time of day")]
    DayPart,
}

/// What in a reply contradicts the moment, if anything does.
pub fn contradiction(reply: &str, moment: Moment) -> Option<Contradiction> {
    let clauses = reply.split(['.', '!', '?', '~', ',', '\n', '…', ';']);
    clauses
        .map(|clause| {
            clause
                .chars()
                .filter(|c| !c.is_whitespace())
                .collect::<String>()
        })
        .filter(|clause| !clause.is_empty())
        .find_map(|clause| {
            Clause {
                text: &clause,
                moment,
            }
            .contradiction()
        })
}

/// A part of a reply between marks, without spaces.
struct Clause<'a> {
    text: &'a str,
    moment: Moment,
}

/// Words for days, and how far away they are.
const DAYS: [(&str, i32); 5] = [
    ("오늘", 0),
    ("내일", 1),
    ("모레", 2),
    ("어제", -1),
    ("그제", -2),
];

/// What stands between a day and what it is said to be.
const BETWEEN: [&str; 17] = [
    "은",
    "는",
    "이",
    "도",
    "부터",
    "벌써",
    "드디어",
    "또",
    "이제",
    "바로",
    "역시",
    "이면",
    "진짜",
    "완전",
    "아침",
    "저녁",
    "밤",
];

/// How something is said to be so; the exceptions are wishes, hearsay and other words.
const COPULAS: [&str; 22] = [
    "이야",
    "야",
    "이네",
    "네",
    "이니까",
    "니까",
    "이니",
    "이라서",
    "라서",
    "이지",
    "이잖아",
    "이에요",
    "예요",
    "입니다",
    "이구나",
    "이군",
    "이다",
    "다",
    "이거든",
    "인데",
    "이고",
    "이라니",
];
const NO_CLAIMS: [&str; 8] = [
    "이야기",
    "이고싶",
    "다음",
    "다가",
    "이다음",
    "이지않",
    "이니셜",
    "다운",
];
const DAY_PARTS: [&str; 8] = ["오전", "오후", "저녁", "아침", "점심", "밤", "새벽", "낮"];

/// A clause with one of these speaks of another time, or denies.
const DEFERS: [&str; 28] = [
    "까지",
    "기다",
    "다가오",
    "돌아오",
    "다음",
    "이번",
    "지난",
    "아니",
    "아닌",
    "아직",
    "되면",
    "이면",
    "라면",
    "언제",
    "같은",
    "같아",
    "처럼",
    "곧",
    "금방",
    "거의",
    "하루",
    "이틀",
    "사흘",
    "며칠",
    "올때",
    "오면",
    "였",
    "었",
];

impl Clause<'_> {
    fn contradiction(&self) -> Option<Contradiction> {
        self.named_days()
            .or_else(|| self.week())
            .or_else(|| self.time_of_day())
    }

    fn weekday(&self, offset: i32) -> Weekday {
        add_days(self.moment.day, offset).weekday()
    }

    /// "오늘은 토요일이네", "내일부터 주말이야".
    fn named_days(&self) -> Option<Contradiction> {
        DAYS.iter().find_map(|(word, offset)| {
            let mut found = self.text.match_indices(word);
            found.find_map(|(at, _)| {
                let rest = skip(&self.text[at + word.len()..], &BETWEEN);
                self.claimed(rest, *offset)
            })
        })
    }

    fn claimed(&self, rest: &str, offset: i32) -> Option<Contradiction> {
        let weekday = self.weekday(offset);
        for other in WEEK {
            if let Some(rest) = rest.strip_prefix(super::weekday_word(other)) {
                return (claims(rest) && other != weekday).then_some(Contradiction::Weekday);
            }
        }
        if let Some(rest) = rest.strip_prefix("주말") {
            return (claims(rest) && !self.is_weekend(offset)).then_some(Contradiction::Weekend);
        }
        if let Some(rest) = rest.strip_prefix("평일") {
            let weekend = matches!(weekday, Weekday::Saturday | Weekday::Sunday);
            return (claims(rest) && weekend).then_some(Contradiction::Weekend);
        }
        if let Some(rest) = rest.strip_prefix("불금") {
            return (claims(rest) && weekday != Weekday::Friday).then_some(Contradiction::Week);
        }
        None
    }

    /// The weekend begins on Friday evening.
    fn is_weekend(&self, offset: i32) -> bool {
        match self.weekday(offset) {
            Weekday::Saturday | Weekday::Sunday => true,
            Weekday::Friday => offset > 0 || self.moment.part == DayPart::Evening,
            _ => false,
        }
    }

    /// What is said on some days of the week only.
    fn week(&self) -> Option<Contradiction> {
        use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
        let today = self.weekday(0);
        let names_day = DAYS[1..].iter().any(|(word, _)| self.text.contains(word));
        if names_day || DEFERS.iter().any(|word| self.text.contains(word)) {
            return None;
        }
        let says = |words: &[&str]| words.iter().any(|word| self.text.contains(word));
        let wrong = self.says_as_now("불금") && today != Friday
            || self.says_as_now("불토") && today != Saturday
            || self.says_as_now("월요병") && !matches!(today, Sunday | Monday)
            || says(&WEEK_BEGINS) && !matches!(today, Saturday | Sunday | Monday)
            || says(&WEEK_ENDS) && matches!(today, Monday | Tuesday);
        if wrong {
            return Some(Contradiction::Week);
        }
        let working = matches!(today, Monday | Tuesday | Wednesday);
        if working && self.wishes_a_weekend() {
            return Some(Contradiction::Weekend);
        }
        let called = [
            "벌써주말",
            "드디어주말",
            "이제주말",
            "신나는주말",
            "주말이네",
            "주말이니까",
            "주말이다",
            "주말이야",
            "주말인데",
        ];
        let called = called.iter().any(|word| {
            self.text
                .split_once(word)
                .is_some_and(|(_, rest)| !rest.starts_with('기') && !rest.starts_with("마다"))
        });
        (called && (working || today == Thursday)).then_some(Contradiction::Weekend)
    }

    /// 불금이네, 불금 잘 보내; not 불금에 보자.
    fn says_as_now(&self, word: &str) -> bool {
        self.text.match_indices(word).any(|(at, _)| {
            let rest = &self.text[at + word.len()..];
            ![
                "에",
                "마다",
                "만",
                "보다",
                "이라는",
                "이란",
                "은왜",
                "얘기",
                "이야기",
            ]
            .iter()
            .any(|other| rest.starts_with(other))
        })
    }

    /// "주말 잘 보내", "즐거운 주말 보내"; not "주말 잘 보냈어?".
    fn wishes_a_weekend(&self) -> bool {
        self.text.match_indices("주말").any(|(at, _)| {
            let rest = skip(
                &self.text[at + "주말".len()..],
                &[
                    "을",
                    "도",
                    "은",
                    "잘",
                    "푹",
                    "즐겁게",
                    "행복하게",
                    "재밌게",
                    "재미있게",
                    "편하게",
                    "편안히",
                    "신나게",
                ],
            );
            let ending = rest
                .strip_prefix("보내")
                .or_else(|| rest.strip_prefix("쉬"));
            let ending = ending
                .or_else(|| rest.strip_prefix("즐겨"))
                .or_else(|| rest.strip_prefix("되"));
            ending.is_some_and(|ending| {
                ended(ending)
                    || [
                        "요", "자", "길", "렴", "라", "도록", "세요", "시길", "어", "기",
                    ]
                    .iter()
                    .any(|mood| ending.starts_with(mood))
                        && !["려", "라면", "기로", "어서", "자마자", "기가", "기도"]
                            .iter()
                            .any(|other| ending.starts_with(other))
            })
        })
    }

    /// "좋은 아침" in the evening, "지금 새벽이네" at noon.
    fn time_of_day(&self) -> Option<Contradiction> {
        let hour = self.moment.hour;
        let greeting = ["좋은아침", "굿모닝", "굿모잉"]
            .iter()
            .any(|word| self.text.starts_with(word));
        if greeting && !(4..13).contains(&hour) {
            return Some(Contradiction::DayPart);
        }
        let (_, rest) = self.text.split_once("지금")?;
        let mut rest = skip(rest, &["은", "이", "벌써", "한창", "아직"]);
        for weekday in WEEK {
            if let Some(after) = rest.strip_prefix(super::weekday_word(weekday)) {
                if claims(after) && weekday != self.weekday(0) {
                    return Some(Contradiction::Weekday);
                }
                rest = after;
            }
        }
        let part = DAY_PARTS.iter().find(|part| rest.starts_with(**part))?;
        let after = &rest[part.len()..];
        // The clock and her day overlap: seven in the evening may still be called an afternoon.
        let fits = match *part {
            "오전" => (0..12).contains(&hour),
            "아침" => (4..12).contains(&hour),
            "점심" | "낮" => (10..17).contains(&hour),
            "오후" => (12..20).contains(&hour),
            "저녁" => (16..24).contains(&hour) || hour < 4,
            "밤" => (18..24).contains(&hour) || hour < 6,
            _ => hour < 7 || hour == 23,
        };
        (claims(after) && !fits).then_some(Contradiction::DayPart)
    }
}

pub(super) const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

const WEEK_BEGINS: [&str; 7] = [
    "한주시작",
    "한주의시작",
    "한주를시작",
    "새로운한주",
    "새한주",
    "일주일의시작",
    "이제한주가시작",
];
const WEEK_ENDS: [&str; 5] = [
    "한주끝",
    "한주의끝",
    "한주도끝",
    "한주의마지막",
    "일주일의끝",
];

/// The text behind any of these words.
fn skip<'a>(mut text: &'a str, words: &[&str]) -> &'a str {
    while let Some(rest) = words.iter().find_map(|word| text.strip_prefix(word)) {
        text = rest;
    }
    text
}

/// No more is said: nothing, or laughter and signs.
fn ended(rest: &str) -> bool {
    !rest.starts_with(|c| matches!(c, '가'..='힣'))
}

/// Whether what follows a noun says that it is so now.
fn claims(rest: &str) -> bool {
    let part = DAY_PARTS.iter().find_map(|part| rest.strip_prefix(part));
    let rest = part.unwrap_or(rest);
    ended(rest)
        || COPULAS.iter().any(|copula| rest.starts_with(copula))
            && !NO_CLAIMS.iter().any(|other| rest.starts_with(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(local: &str) -> Moment {
        Moment::of(local.parse().unwrap())
    }

    const MONDAY: &str = "2026-11-16T10:00:00";
    const TUESDAY: &str = "2026-11-17T14:00:00";
    const WEDNESDAY: &str = "2026-11-18T10:00:00";
    const THURSDAY: &str = "2026-11-19T15:00:00";
    const FRIDAY: &str = "2026-11-20T15:00:00";
    const SATURDAY: &str = "2026-11-21T11:00:00";
    const SUNDAY: &str = "2026-11-22T20:00:00";

    #[test]
    fn what_the_calendar_denies_is_found() {
        use Contradiction::{DayPart, Week, Weekday, Weekend};
        for (when, reply, found) in [
            (TUESDAY, "오늘 토요일이잖아! 푹 쉬어", Weekday),
            (TUESDAY, "오늘은 벌써 토요일!", Weekday),
            (TUESDAY, "오늘 토요일이네 ㅎㅎ", Weekday),
            (TUESDAY, "음, 오늘은 금요일 저녁이니까 치킨이지", Weekday),
            (TUESDAY, "지금은 목요일이야", Weekday),
            (WEDNESDAY, "내일 주말이니까 조금만 힘내", Weekend),
            (WEDNESDAY, "내일부터 주말이야!", Weekend),
            (WEDNESDAY, "내일은 토요일이야", Weekday),
            (THURSDAY, "오늘 불금이네!", Week),
            (TUESDAY, "불금 잘 보내!", Week),
            (TUESDAY, "신나는 불금이니까 놀자", Week),
            (FRIDAY, "월요병 때문에 힘들지?", Week),
            (THURSDAY, "새로운 한 주 시작! 힘내자", Week),
            (WEDNESDAY, "한 주의 시작이니까 파이팅", Week),
            (MONDAY, "한 주 끝! 고생했어", Week),
            (WEDNESDAY, "그럼 주말 잘 보내!", Weekend),
            (TUESDAY, "즐거운 주말 보내~", Weekend),
            (THURSDAY, "드디어 주말이다", Weekend),
            (SATURDAY, "오늘은 평일이니까 일해야지", Weekend),
            (SUNDAY, "좋은 아침이야!", DayPart),
            (MONDAY, "지금 새벽인데 안 자?", DayPart),
            (SUNDAY, "지금은 오전이니까 아직 여유 있어", DayPart),
        ] {
            assert_eq!(
                contradiction(reply, at(when)),
                Some(found),
                "{reply} {when}"
            );
        }
    }

    #[test]
    fn what_may_be_said_passes() {
        for (when, reply) in [
            (SATURDAY, "오늘 토요일이잖아! 푹 쉬어"),
            (FRIDAY, "내일 주말이니까 조금만 힘내"),
            (FRIDAY, "불금인데 뭐 할 거야?"),
            (FRIDAY, "주말 잘 보내!"),
            (THURSDAY, "이번 주말 잘 보내!"),
            (THURSDAY, "내일이면 불금이야"),
            (THURSDAY, "내일 불금이네!"),
            (MONDAY, "한 주 시작이네, 힘내!"),
            (MONDAY, "주말 잘 보냈어?"),
            (TUESDAY, "주말 잘 보내고 왔어?"),
            (SUNDAY, "내일 월요일이네 ㅠㅠ 월요병 오겠다"),
            (TUESDAY, "오늘 토요일 아니야, 화요일이야"),
            (TUESDAY, "오늘이 토요일이면 좋겠다"),
            (TUESDAY, "오늘은 토요일 약속을 준비하자"),
            (TUESDAY, "오늘부터 토요일까지 비가 온대"),
            (TUESDAY, "토요일에 뭐 할 거야?"),
            (TUESDAY, "불금까지 조금만 더 힘내"),
            (TUESDAY, "불금에 보자!"),
            (WEDNESDAY, "주말까지 이틀 남았어"),
            (WEDNESDAY, "곧 주말이니까 힘내자"),
            (WEDNESDAY, "주말마다 등산한다며?"),
            (WEDNESDAY, "다음 주 한 주 시작할 때 얘기하자"),
            (WEDNESDAY, "오늘 토요일 이야기 좀 해 줘"),
            (MONDAY, "오늘 아침은 먹었어?"),
            (SUNDAY, "내일 아침 일찍 일어나야겠다"),
            (SUNDAY, "지금 저녁 먹는 중이야?"),
            (TUESDAY, "오늘날 인공지능은 대단해"),
            ("2026-11-21T02:00:00", "오늘 불금이잖아"),
            ("2026-11-20T17:00:00", "이제 주말이네!"),
            ("2026-11-20T17:00:00", "오늘부터 주말이야"),
        ] {
            assert_eq!(contradiction(reply, at(when)), None, "{reply} {when}");
        }
    }

    proptest! {
        #[test]
        fn the_true_weekday_is_never_denied(days in 0i32..4000, hour in 0i8..24, copula in 0usize..22) {
            let day = add_days("2026-01-01".parse().unwrap(), days);
            let moment = Moment::of(day.at(hour, 30, 0, 0));
            for (word, offset) in DAYS {
                let weekday = super::super::weekday_word(add_days(moment.day, offset).weekday());
                let reply = format!("{word}은 {weekday}{}", COPULAS[copula]);
                prop_assert_eq!(contradiction(&reply, moment), None, "{}", reply);
            }
            let wrong = super::super::weekday_word(add_days(moment.day, 3).weekday());
            let reply = format!("오늘 {wrong}{}", COPULAS[copula]);
            prop_assert_eq!(contradiction(&reply, moment), Some(Contradiction::Weekday), "{}", reply);
        }

        #[test]
        fn any_text_is_read(reply in "\\PC{0,80}", hour in 0i8..24) {
            contradiction(&reply, Moment::of("2026-11-17".parse::<jiff::civil::Date>().unwrap().at(hour, 0, 0, 0)));
        }
    }
}
