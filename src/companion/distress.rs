//! Whether somebody speaks of ending their own life or of hurting themselves.
//!
//! A classifier knows words, and these share theirs with threats and insults; so it is told by rule. Who
//! speaks so is never sanctioned, and is always told where help is. Rather one idiom too many than one
//! person turned away.

/// What is said so, without spaces.
const SAID: &[&str] = &[
    "자살하고싶",
    "자살할까",
    "자살할래",
    "자살하려",
    "자살시도",
    "자살생각",
    "자살을생각",
    "자살충동",
    "자살하는법",
    "자살방법",
    "죽고싶",
    "죽고만싶",
    "죽어버리고싶",
    "죽어버릴까",
    "죽어버릴래",
    "죽으려고",
    "죽을생각",
    "죽는게나",
    "죽는게낫",
    "나같은건죽",
    "나같은거죽",
    "나같은놈은죽",
    "나는죽어야",
    "난죽어야",
    "내가죽으면",
    "내가죽어도",
    "내가없어지",
    "내가없어져",
    "내가사라져",
    "내가없는게",
    "내가없으면다들",
    "나하나없어",
    "나하나사라",
    "사라지고싶",
    "사라져버리고싶",
    "없어지고싶",
    "살고싶지않",
    "살고싶은마음이없",
    "살기싫",
    "살이유가없",
    "살이유를모르",
    "그만살고싶",
    "그만살까",
    "그냥다끝내고싶",
    "모든걸끝내",
    "인생을끝내",
    "삶을끝내",
    "생을마감",
    "목숨을끊",
    "스스로목숨",
    "목을매",
    "목매달",
    "뛰어내리고싶",
    "뛰어내릴까",
    "뛰어내리려",
    "옥상에올라",
    "유서를",
    "유서썼",
    "약을다먹어버",
    "수면제를다",
    "손목을그",
];

/// The same, which words of other meaning contain: only where a word begins so.
const BEGIN: &[&str] = &[
    "자해하고",
    "자해를",
    "자해했",
    "자해할",
    "자해생각",
    "자해충동",
    "번개탄",
];

/// Said to somebody else, or no more than a manner of speaking.
const NOT: &[&str] = &[
    "죽고싶냐",
    "죽고싶니",
    "죽고싶어?",
    "죽고싶지?",
    "죽으려고환장",
    "죽으려고작정",
    "살기싫은동네",
    "살기싫은집",
    "자해공갈",
];

/// What makes "죽고 싶다" and "사라지고 싶다" an idiom, where it stands right before.
const FEELINGS: &[&str] = &[
    "쪽팔려",
    "쪽팔려서",
    "창피해",
    "창피해서",
    "부끄러워",
    "부끄러워서",
    "민망해서",
    "졸려",
    "졸려서",
    "배고파",
    "배고파서",
    "더워서",
    "추워서",
    "심심해서",
];

/// Whether a message speaks of it.
pub fn is_distress(message: &str) -> bool {
    let bare: String = message.split_whitespace().collect();
    if NOT.iter().any(|said| bare.contains(said)) {
        return false;
    }
    let meant = |said: &str| {
        bare.match_indices(said).any(|(at, _)| {
            let before = &bare[..at];
            !FEELINGS.iter().any(|feeling| before.ends_with(feeling))
        })
    };
    let begins = |word: &str| BEGIN.iter().any(|begin| word.starts_with(begin));
    SAID.iter().any(|said| meant(said)) || message.split_whitespace().any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_speaks_of_dying_is_heard() {
        for message in [
            "자살하고 싶어",
            "죽어버리고 싶다",
            "나 같은 건 죽어야 해",
            "자해하고 싶어",
            "죽고 싶다는 생각까지 들어",
            "옥상에 올라왔어",
            "살고 싶지 않아",
            "나 자살 시도했었어",
            "약을 다 먹어버렸어",
            "요즘 왜 이렇게 죽고싶지",
            "나 하나 사라져도 아무도 모를 거야",
            "오늘 다 끝내려고 유서 썼어",
        ] {
            assert!(is_distress(message), "{message}");
        }
    }

    #[test]
    fn threats_idioms_and_other_words_are_no_distress() {
        for message in [
            "너 죽고 싶냐",
            "죽고 싶어?",
            "쪽팔려서 죽고 싶다",
            "배고파 죽겠다",
            "혼자 해도 돼?",
            "혼자해도되나",
            "유서 깊은 절에 다녀왔어",
            "이 과제 다 끝내고 싶다",
            "프로세스 죽이는 법",
            "오늘 하루도 끝났다",
            "",
        ] {
            assert!(!is_distress(message), "{message}");
        }
    }
}
