//! What a reply of the companion must be, beyond what every generated text must be.

use super::clock::{Contradiction, Moment, contradiction};
use crate::talk::{Fault, check_reply};

/// What is wrong with a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplyFault {
    /// As any generated text.
    #[error(transparent)]
    Text(#[from] Fault),
    /// It contradicts the clock.
    #[error(transparent)]
    Clock(#[from] Contradiction),
    /// It shows a memory or the time as the prompt has them.
    #[error("a part of the prompt inside")]
    Prompt,
    /// It is what she said last.
    #[error("said just before")]
    Again,
}

/// Checks a reply said at a moment; `last` is what she said before.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check_companion_reply(
    text: &str,
    language: &str,
    moment: Moment,
    last: Option<&str>,
) -> Result<(), ReplyFault> {
    check_reply(text, language)?;
    let shows_memory = text.split('[').skip(1).any(|rest| {
        rest.split_once(']')
            .is_some_and(|(inner, _)| inner.contains(':'))
    });
    let shows_time = text.split("(지금은").skip(1).any(|rest| {
        rest.split_once(')')
            .is_some_and(|(inner, _)| inner.contains("요일"))
    });
    if shows_memory || shows_time {
        return Err(ReplyFault::Prompt);
    }
    let bare = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
    };
    if last.is_some_and(|last| bare(last) == bare(text)) {
        return Err(ReplyFault::Again);
    }
    contradiction(text, moment).map_or(Ok(()), |found| Err(found.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_companion_may_not_say_is_named() {
        let tuesday = Moment::of("2026-11-17T14:00:00".parse().unwrap());
        let check = |text| check_companion_reply(text, "ko", tuesday, Some("안녕, 반가워!"));
        for (text, fault) in [
            ("", ReplyFault::Text(Fault::Empty)),
            ("좋아 (답변 종료)", ReplyFault::Text(Fault::Marker)),
            (
                "오늘 토요일이네!",
                ReplyFault::Clock(Contradiction::Weekday),
            ),
            ("[오늘 일정: 카페] 잘 다녀와", ReplyFault::Prompt),
            ("(지금은 화요일 오후) 산책 가자", ReplyFault::Prompt),
            ("안녕 반가워", ReplyFault::Again),
        ] {
            assert_eq!(check(text), Err(fault), "{text}");
        }
        for text in [
            "안녕, 또 왔네!",
            "좋아 (지금은 조금 바빠)",
            "화요일이니까 힘내자",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }
}
