//! Which messages ask for the time: 오늘, 내일, 지금, 요일, 이따 and 휴일 as words.
//!
//! Korean puts particles and whole verbs behind a word without a space (오늘은, 내일도, 오늘뭐해), so what
//! may follow is everything but the endings that make another word of it (이따금, 지금껏, 오늘날). What may
//! stand before is little: a word begins where letters begin, or behind another word that people
//! write together with it (나오늘, 공휴일, 무슨요일).

/// Whether a message contains one of the six as a word.
pub fn asks_time(message: &str) -> bool {
    message
        .split(|c: char| !matches!(c, '가'..='힣'))
        .filter(|letters| !letters.is_empty())
        .any(|letters| WORDS.iter().any(|word| word.stands_in(letters)))
}

/// A word, and what makes another one of it.
struct Word {
    text: &'static str,
    /// What may stand right before it, at the beginning of the letters.
    before: &'static [&'static str],
    /// What follows where it is another word.
    not_after: &'static [&'static str],
    /// What follows where it is the word after all.
    but_after: &'static [&'static str],
}

/// Words that people write together with the next one.
const JOINED: &[&str] = &[
    "나",
    "난",
    "내가",
    "너",
    "넌",
    "네가",
    "니가",
    "우리",
    "우린",
    "근데",
    "그런데",
    "그럼",
    "그래서",
    "그러니까",
    "바로",
    "딱",
    "또",
    "혹시",
    "아직",
    "벌써",
    "이제",
    "야",
    "아",
    "어",
    "음",
    "어제오늘",
    "오늘",
];

/// What 요일 stands behind; 필요일 and 중요일 are other words.
const WEEKDAYS: &[&str] = &[
    "월", "화", "수", "목", "금", "토", "일", "무슨", "어느", "몇", "어떤", "매", "각", "뭔",
];

/// What 휴일 stands behind; 제휴일 and 연휴일 are other words.
const HOLIDAYS: &[&str] = &[
    "공",
    "대체",
    "대체공",
    "임시",
    "임시공",
    "법정",
    "법정공",
    "정기",
    "유급",
    "무급",
    "주",
    "매",
    "이번",
    "다음",
    "지난",
    "다음주",
    "이번주",
    "첫",
];

const WORDS: [Word; 6] = [
    Word {
        text: "오늘",
        before: JOINED,
        not_after: &["날"],
        but_after: &["날씨"],
    },
    Word {
        text: "내일",
        before: JOINED,
        not_after: &["배움"],
        but_after: &[],
    },
    Word {
        text: "지금",
        before: JOINED,
        not_after: &["껏", "거리", "거려", "거렸"],
        but_after: &[],
    },
    Word {
        text: "요일",
        before: WEEKDAYS,
        not_after: &[],
        but_after: &[],
    },
    Word {
        text: "이따",
        before: JOINED,
        not_after: &[
            "금", "위", "윗", "구", "만한", "만큼", "만하", "만해", "시만",
        ],
        but_after: &["금요일"],
    },
    Word {
        text: "휴일",
        before: HOLIDAYS,
        not_after: &[],
        but_after: &[],
    },
];

impl Word {
    fn stands_in(&self, letters: &str) -> bool {
        letters.match_indices(self.text).any(|(at, _)| {
            let (before, after) = (&letters[..at], &letters[at + self.text.len()..]);
            self.begins(before) && !self.is_another(after)
        })
    }

    fn begins(&self, before: &str) -> bool {
        // 무슨요일, 다음주월요일: a weekday may have anything before it, but 요일 must have a weekday.
        before.is_empty()
            || match self.text {
                "요일" => self.before.iter().any(|word| before.ends_with(word)),
                _ => self.before.contains(&before),
            }
    }

    fn is_another(&self, after: &str) -> bool {
        let starts = |endings: &[&str]| endings.iter().any(|ending| after.starts_with(ending));
        starts(self.not_after) && !starts(self.but_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_words_are_found_with_particles_and_without_spaces() {
        for message in [
            "오늘 뭐 해?",
            "오늘은 좀 쉬고 싶어",
            "오늘도 화이팅",
            "오늘뭐해",
            "오늘날씨 어때?",
            "(오늘) 일정",
            "내일도 볼 수 있어?",
            "내일모레 시험이야",
            "내일은?",
            "지금 몇 시야",
            "지금까지 뭐 했어",
            "지금이야!",
            "근데지금 뭐해",
            "무슨 요일이야?",
            "무슨요일이지",
            "요일 좀 알려줘",
            "다음주월요일에 만나",
            "토요일에 보자",
            "이따 봐",
            "이따가 연락할게",
            "이따가는 안 돼",
            "이따 금요일 얘기하자",
            "이따금요일 얘기하자",
            "휴일에 뭐 할까",
            "공휴일이라 좋다",
            "이번휴일엔 집에만",
            "나오늘 생일이야",
        ] {
            assert!(asks_time(message), "{message}");
        }
    }

    #[test]
    fn other_words_with_the_same_letters_are_not_them() {
        for message in [
            "이따금 생각나",
            "이따금씩 그래",
            "이따위로 할래?",
            "이따만한 벌레를 봤어",
            "필요일 때 불러",
            "중요일정 아니야",
            "주요일간지",
            "지금껏 몰랐어",
            "오늘날 인공지능은",
            "오늘날에는 그래",
            "국내일주",
            "안내일정표",
            "제휴일 뿐이야",
            "황금지금이라니",
            "안녕, 뭐 해?",
            "",
            "today is fine",
        ] {
            assert!(!asks_time(message), "{message}");
        }
    }

    proptest! {
        #[test]
        fn a_word_of_its_own_is_always_found(before in "[a-z ,.!?0-9]{0,6}", after in "[ ,.!?a-z0-9]{0,6}", word in 0usize..6) {
            let message = format!("{before}{}{after}", WORDS[word].text);
            prop_assert!(asks_time(&message), "{}", message);
        }

        #[test]
        fn any_text_is_read(message in "\\PC{0,60}") {
            asks_time(&message);
        }
    }
}
