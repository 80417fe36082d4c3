//! What a message cannot tell of the learner, whatever a classifier makes of its words: a plan of today
//! that is next week's, a name that is somebody else's, a value that is the key's own word.

/// Words of a day that is neither today nor tomorrow.
const OTHER_DAYS: [&str; 16] = [
    "다음주",
    "담주",
    "다다음",
    "다음달",
    "담달",
    "모레",
    "글피",
    "주뒤",
    "주후",
    "주있다",
    "달뒤",
    "달후",
    "내년",
    "지난",
    "어제",
    "작년",
];
/// What a learner calls those who are near; before `이름` or `생일` it is theirs.
const OTHERS: [&str; 41] = [
    "아내",
    "남편",
    "와이프",
    "신랑",
    "엄마",
    "아빠",
    "어머니",
    "아버지",
    "부모님",
    "할머니",
    "할아버지",
    "동생",
    "형",
    "누나",
    "언니",
    "오빠",
    "아들",
    "딸",
    "애기",
    "아기",
    "아이",
    "조카",
    "이모",
    "고모",
    "삼촌",
    "사촌",
    "친구",
    "여친",
    "남친",
    "여자친구",
    "남자친구",
    "애인",
    "강아지",
    "고양이",
    "댕댕이",
    "냥이",
    "팀장님",
    "선배",
    "후배",
    "선생님",
    "며느리",
];
/// Keys that are told of others in the same words.
const ONE_S_OWN: [&str; 4] = ["이름", "별명", "나이", "생일"];

/// Errands that have an hour as job interviews and exams have, and are none.
const ERRANDS: [&str; 12] = [
    "치과",
    "병원",
    "안과",
    "내과",
    "외과",
    "피부과",
    "한의원",
    "검진",
    "미용실",
    "은행",
    "결혼식",
    "돌잔치",
];

/// What one does where one buys, and does not work.
const BOUGHT: [&str; 6] = [
    "에서산",
    "에서샀",
    "에서사",
    "에서시킨",
    "에서시켰",
    "에서주문",
];

/// Whether a message may tell something of a key.
pub fn may_tell(key: &str, message: &str) -> bool {
    let bare: String = message.split_whitespace().collect();
    match key {
        "오늘 일정" => !is_of_another_day(&bare, &["오늘", "이따", "지금"]),
        "내일 일정" => !is_of_another_day(&bare, &["내일", "낼"]),
        "면접 일정" => bare.contains("면접") || !is_errand(&bare),
        "시험 일정" => bare.contains("시험") || !is_errand(&bare),
        "회사" => !BOUGHT.iter().any(|bought| bare.contains(bought)),
        key if ONE_S_OWN.contains(&key) => !is_of_another(key, &bare),
        _ => true,
    }
}

fn is_errand(bare: &str) -> bool {
    ERRANDS.iter().any(|errand| bare.contains(errand))
}

fn is_of_another_day(bare: &str, own: &[&str]) -> bool {
    OTHER_DAYS.iter().any(|day| bare.contains(day)) && !own.iter().any(|day| bare.contains(day))
}

/// `아내 이름은 …`, and `이름은 …` without whose it is: that of whom one spoke before.
fn is_of_another(key: &str, bare: &str) -> bool {
    let theirs = bare.match_indices(key).any(|(at, _)| {
        let before = bare[..at].trim_end_matches('의');
        OTHERS.iter().any(|other| before.ends_with(other))
    });
    theirs || bare.starts_with(&format!("{key}은")) || bare.starts_with(&format!("{key}는"))
}

/// Words that are no value by themselves, particles cut off.
const NO_VALUES: [&str; 14] = [
    "나", "저", "내", "제", "난", "전", "우리", "오늘", "내일", "이번", "진짜", "요즘", "이제",
    "그냥",
];

/// Whether a part of a message may be the value of a key.
pub fn may_be_value(key: &str, span: &str) -> bool {
    let own = key.split(' ').next_back().unwrap_or(key);
    // 알레르기 and 알레, 기분 and 기분이.
    let is_key = own.starts_with(span)
        || (span.starts_with(own) && span.chars().count() == own.chars().count() + 1);
    let bare = span.trim_end_matches(['은', '는', '이', '가', '도', '을', '를']);
    !is_key && !NO_VALUES.contains(&bare) && !NO_VALUES.contains(&span)
}

/// Endings of `이름은 …`, the longest first.
const ENDINGS: [&str; 16] = [
    "이라고",
    "이에요",
    "입니다",
    "이예요",
    "이고요",
    "이구요",
    "라고",
    "예요",
    "에요",
    "이야",
    "이고",
    "이요",
    "임",
    "이다",
    "야",
    "고",
];

/// The name in `내 이름은 …` and `나는 …라고 해`, which no classifier need guess.
pub fn introduced(message: &str) -> Option<&str> {
    let asks = ["?", "뭐", "뭔", "기억", "알아", "맞혀", "맞춰"];
    if asks.iter().any(|word| message.contains(word)) {
        return None;
    }
    let words: Vec<&str> = message.split([' ', ',', '.', '!', '~', '\n']).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let place = words.windows(2).position(|pair| {
        ["내", "제"].contains(&pair[0]) && ["이름은", "이름이", "이름"].contains(&pair[1])
    });
    if let Some(place) = place {
        return words.get(place + 2).and_then(|word| name(word));
    }
    let said = words.windows(3).find(|three| {
        ["나는", "난", "나", "저는", "전", "저"].contains(&three[0])
            && (three[1].ends_with("라고"))
            && ["해", "해요", "합니다", "함", "불러", "불러줘", "불러주세요"].contains(&three[2])
    })?;
    name(said[1])
}

/// The name in `나 …야`, if it is one: 나 바보야 has the same form.
pub fn perhaps_introduced(message: &str) -> Option<&str> {
    let mark = |c: char| !c.is_alphanumeric();
    let words: Vec<&str> = message
        .split(mark)
        .filter(|word| !word.is_empty())
        .collect();
    let pair = words.windows(2).find(|pair| {
        ["나", "난", "나는", "저", "전", "저는"].contains(&pair[0])
            && ["야", "예요", "에요", "입니다"]
                .iter()
                .any(|end| pair[1].ends_with(end))
    })?;
    name(pair[1]).filter(|name| name.chars().count() > 1)
}

fn name(word: &str) -> Option<&str> {
    let ending = ENDINGS.iter().find(|ending| word.ends_with(**ending));
    let name = ending.map_or(word, |ending| &word[..word.len() - ending.len()]);
    let hangul = name.chars().all(|c| ('가'..='힣').contains(&c));
    (hangul && (1..=4).contains(&name.chars().count()) && may_be_value("이름", name))
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_week_is_not_tomorrow() {
        assert!(!may_tell("내일 일정", "나 다음주 화요일에 치과 가야돼"));
        assert!(may_tell("내일 일정", "낼 치과, 담주엔 안과"));
        assert!(!may_tell("오늘 일정", "모레 이사"));
        assert!(may_tell("오늘 일정", "오늘 이사하느라 죽는 줄"));
        assert!(may_tell("면접 일정", "다음주 화요일 면접"));
        assert!(!may_tell("면접 일정", "다음주 화요일 치과"));
        assert!(!may_tell("시험 일정", "다음주 화요일에 치과"));
        assert!(may_tell("시험 일정", "병원 코디 시험 다음주"));
    }

    #[test]
    fn who_buys_somewhere_does_not_work_there() {
        assert!(!may_tell("회사", "쿠팡에서 산 의자 조립하다 때려침"));
        assert!(may_tell("회사", "쿠팡 다닌 지 일 년 됨"));
    }

    #[test]
    fn the_name_of_another_is_not_the_learners() {
        assert!(!may_tell("이름", "제 아내 이름은 유진이에요"));
        assert!(!may_tell("생일", "아내 생일이 다음 주 토요일이에요"));
        assert!(!may_tell("이름", "이름은 두부야 세 살"));
        assert!(may_tell("이름", "내 이름은 민지야"));
        assert!(may_tell("생일", "내 생일 3월 9일"));
    }

    #[test]
    fn who_introduces_themselves_is_known_by_name() {
        assert_eq!(introduced("내 이름은 철수야"), Some("철수"));
        assert_eq!(introduced("안녕! 제 이름은 박민지입니다"), Some("박민지"));
        assert_eq!(introduced("나는 영희라고 해"), Some("영희"));
        assert_eq!(introduced("저는 이서준이라고 합니다"), Some("이서준"));
        assert_eq!(introduced("제 아내 이름은 유진이에요"), None);
        assert_eq!(introduced("내 이름은 뭐게"), None);
        assert_eq!(introduced("이름은 두부야"), None);
        assert_eq!(perhaps_introduced("안녕 오로라! 나 수진이야"), Some("수진"));
        assert_eq!(perhaps_introduced("저는 지훈이에요"), Some("지훈"));
        assert_eq!(perhaps_introduced("나 오늘 학교야"), None);
        assert_eq!(introduced("나는 그게 좋다고 해"), None);
    }

    #[test]
    fn a_keys_own_word_is_not_its_value() {
        assert!(!may_be_value("이름", "이름은"));
        assert!(!may_be_value("오늘 기분", "기분"));
        assert!(!may_be_value("알레르기", "알레"));
        assert!(!may_be_value("좋아하는 음료", "이제"));
        assert!(!may_be_value("오늘 일정", "오늘은"));
        assert!(may_be_value("이름", "민지"));
        assert!(may_be_value("오늘 일정", "오늘 저녁 모임"));
    }
}
