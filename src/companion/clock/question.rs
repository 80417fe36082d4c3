//! Messages that ask what day or time it is, and what is to be said of it: the clock needs no model.

use super::contradiction::WEEK;
use super::weekday_word;
use crate::talk::bare;

/// Words that may stand around the question.
const AROUND: [&str; 22] = [
    "오로라",
    "근데",
    "혹시",
    "저기",
    "있잖아",
    "그럼",
    "그런데",
    "아참",
    "지금",
    "현재",
    "이제",
    "오늘",
    "오늘은",
    "오늘이",
    "내일",
    "내일은",
    "내일이",
    "모레",
    "모레는",
    "어제",
    "어제는",
    "어제가",
];
/// The question itself, without spaces, up to its ending.
const QUESTIONS: [&str; 16] = [
    "무슨요일",
    "뭔요일",
    "무슨욜",
    "어느요일",
    "요일이뭐",
    "요일뭐",
    "요일이어떻게",
    "몇요일",
    "요일좀",
    "요일알려",
    "몇시",
    "시간이몇",
    "시간이어떻게",
    "시간알려",
    "시간좀",
    "시각이어떻게",
];
/// What may follow the question; longer ends ask for something else (몇 시에 만날까).
const ENDINGS: [&str; 29] = [
    "",
    "야",
    "지",
    "임",
    "이야",
    "이지",
    "이냐",
    "냐",
    "니",
    "이니",
    "죠",
    "이죠",
    "이에요",
    "예요",
    "에요",
    "인가",
    "인가요",
    "인지",
    "인지알아",
    "인지알려줘",
    "더라",
    "이더라",
    "줘",
    "줄래",
    "알려줘",
    "되지",
    "돼",
    "돼요",
    "됐어",
];

/// What is so, where a message asks for the day or the time and nothing else: `지금은 일요일 저녁`, `내일은
/// 월요일`. `time` is what the prompt says of the moment, `일요일 저녁`.
pub fn answer(message: &str, time: &str) -> Option<String> {
    let mut rest = bare(message);
    let mut day = None;
    while let Some(word) = AROUND
        .iter()
        .filter(|word| rest.starts_with(**word))
        .max_by_key(|word| word.len())
    {
        day = offset(word).or(day);
        rest.drain(..word.len());
    }
    let question = QUESTIONS
        .iter()
        .find(|question| rest.starts_with(**question))?;
    let ending = &rest[question.len()..];
    if !ENDINGS.contains(&ending) {
        return None;
    }
    let Some((word, offset)) = day else {
        return Some(format!("지금은 {time}"));
    };
    let of_day = question.contains("요일") || question.contains('욜');
    let (today, _) = time.split_once(' ')?;
    let place = WEEK.iter().position(|day| weekday_word(*day) == today)?;
    let place = i8::try_from(place).ok()?;
    let then = usize::try_from((place + offset).rem_euclid(7)).ok()?;
    of_day.then(|| format!("{word} {}", weekday_word(WEEK[then])))
}

/// The day that a word names, with its particle, and how far away it is; none for today.
fn offset(word: &str) -> Option<(&'static str, i8)> {
    match word {
        "내일" | "내일은" | "내일이" => Some(("내일은", 1)),
        "모레" | "모레는" => Some(("모레는", 2)),
        "어제" | "어제는" | "어제가" => Some(("어제는", -1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_and_the_time_are_told() {
        let at = |message| answer(message, "일요일 저녁");
        for message in [
            "오늘 무슨 요일이야?",
            "지금 몇 시야",
            "근데 오늘이 무슨 요일이지??",
            "지금 몇시에요",
            "오로라, 지금 몇 시인지 알려줘!",
            "오늘 몇요일임ㅋㅋ",
        ] {
            assert_eq!(
                at(message).as_deref(),
                Some("지금은 일요일 저녁"),
                "{message}"
            );
        }
        assert_eq!(at("내일 무슨 요일이지?").as_deref(), Some("내일은 월요일"));
        assert_eq!(at("어제는 무슨 요일이었지"), None);
        assert_eq!(at("어제 무슨 요일이더라").as_deref(), Some("어제는 토요일"));
        assert_eq!(at("모레는 무슨요일?").as_deref(), Some("모레는 화요일"));
    }

    #[test]
    fn what_asks_for_something_else_is_left() {
        for message in [
            "오늘 몇 시에 잘까",
            "내 면접 몇 시였지",
            "내일 몇 시야?",
            "오늘 요일이 왜 이래",
            "무슨 요일을 제일 좋아해?",
            "오늘 뭐 하지",
        ] {
            assert_eq!(answer(message, "일요일 저녁"), None, "{message}");
        }
    }
}
