//! Whether a text tells of what is over: "면접 봤어" and "면접 봐" share nearly everything but that.

use crate::companion::spelling::jamo::Syllable;

/// ㅆ among the tails of a syllable.
const TAIL: u32 = 20;

/// Syllables at the end of a verb.
const ENDINGS: &str = "다어아해요지네야까냐니자래워와줘게고데죠나러려라면든군봐둬써돼켜져쳐떠";

/// Whether a text tells of what is over; none where it has no verb that says so (야근 확정, 못 받음).
///
/// All forms of the past have a syllable that closes in ㅆ (봤, 했, 갔, 었). So do 있 and 겠, of what is and of
/// what is meant.
pub fn is_past(text: &str) -> Option<bool> {
    let closes = |c: char| Syllable::of(c).is_some_and(|syllable| syllable.tail == TAIL);
    let mut syllables = text.chars().filter(|c| Syllable::of(*c).is_some());
    let mut past = syllables.clone().filter(|c| !matches!(c, '있' | '겠'));
    let past = past.any(closes);
    let last = syllables.next_back();
    let is_verb = last.is_some_and(|last| ENDINGS.contains(last));
    (past || is_verb).then_some(past)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_known_by_its_syllable() {
        for past in ["나 오늘 면접 봤어", "망했다", "갔는데 문 닫음", "됐어"] {
            assert_eq!(is_past(past), Some(true), "{past}");
        }
        for other in [
            "나 오늘 면접이야",
            "나 내일 면접 봐",
            "내일 가야지",
            "지금 밖에 있어ㅋㅋ",
        ] {
            assert_eq!(is_past(other), Some(false), "{other}");
        }
        for neither in ["야근 확정", "못 받음", "밥", "", "ok ㅆ"] {
            assert_eq!(is_past(neither), None, "{neither}");
        }
    }
}
