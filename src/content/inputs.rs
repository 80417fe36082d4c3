//! What the S-BERTs read: the topic, the message and what remains, in the exact form on which the
//! models are trained (contract.md, "What the S-BERTs read").

use std::fmt;

use super::Pack;

/// The label of a message that earns nothing.
pub const FAILURE_LABEL: &str = "답변 실패";
/// The label of a message that asks what a term means.
pub const TERM_QUESTION_LABEL: &str = "용어 질문";
/// Stands for the remaining labels where none remain.
pub const ALL_RESOLVED: &str = "모든 질문 해결 완료";

const ARROW: &str = " -> ";
const REMAINING: &str = " (남은 답변: ";

/// A text for an S-BERT in three parts: over the encoder's limit, only `message` may be cut, and
/// only at its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Input {
    /// Topic title, arrow, and the part that was asked for.
    pub before: String,
    /// What the learner typed.
    pub message: String,
    /// What remains, in brackets; empty for role `answer`.
    pub after: String,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.before, self.message, self.after)
    }
}

impl Input {
    /// Splits a text as it stands in a CSV file; a text in no known form is all message.
    pub fn parse(text: &str) -> Self {
        let (title, rest) = text.split_once(ARROW).map_or(("", text), |(title, rest)| {
            (&text[..title.len() + ARROW.len()], rest)
        });
        let tag = rest
            .strip_prefix('[')
            .and_then(|tagged| tagged.split_once("] "))
            .map_or(0, |(tag, _)| tag.len() + "[] ".len());
        let end = match rest.rfind(REMAINING) {
            Some(at) if at >= tag && rest.ends_with(')') => at,
            _ => rest.len(),
        };
        Self {
            before: format!("{title}{}", &rest[..tag]),
            message: rest[tag..end].to_owned(),
            after: rest[end..].to_owned(),
        }
    }
}

/// For role `answer`: `{title} -> {message}`; in an experience topic
/// `{title} -> [{asked}] {message}`.
pub fn answer_input(title: &str, asked: Option<&str>, message: &str) -> Input {
    let tag = asked.map_or_else(String::new, |asked| format!("[{asked}] "));
    Input {
        before: format!("{title}{ARROW}{tag}"),
        message: message.to_owned(),
        after: String::new(),
    }
}

/// For role `next`: `{title} -> {message} (남은 답변: {remaining})`.
pub fn next_input<S: AsRef<str>>(title: &str, message: &str, remaining: &[S]) -> Input {
    let labels: Vec<&str> = remaining.iter().map(AsRef::as_ref).collect();
    let labels = match labels.is_empty() {
        true => ALL_RESOLVED.to_owned(),
        false => labels.join(", "),
    };
    Input {
        before: format!("{title}{ARROW}"),
        message: message.to_owned(),
        after: format!("{REMAINING}{labels})"),
    }
}

/// The candidates of role `answer`: every label of the pack in order, the term question, failure.
pub fn answer_candidates(pack: &Pack) -> Vec<&str> {
    let labels = pack.topics.iter().flat_map(|topic| topic.labels());
    labels.chain([TERM_QUESTION_LABEL, FAILURE_LABEL]).collect()
}

/// The candidates of role `next`: every title in order, then the end.
pub fn next_candidates(pack: &Pack) -> Vec<&str> {
    let titles = pack.topics.iter().map(|topic| topic.title.as_str());
    titles.chain([pack.file.end.as_str()]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_answer_model_reads_the_title_and_the_message() {
        assert_eq!(
            answer_input("LoRA", None, "행렬 두 개").to_string(),
            "LoRA -> 행렬 두 개"
        );
        let input = answer_input("실무 경험", Some("기본 경험"), "챗봇에 CE 썼어요");
        assert_eq!(
            input.to_string(),
            "실무 경험 -> [기본 경험] 챗봇에 CE 썼어요"
        );
    }

    #[test]
    fn the_next_model_reads_what_remains_as_well() {
        let open = next_input("BCE", "로그요", &["핵심 아이디어", "수식"]);
        assert_eq!(
            open.to_string(),
            "BCE -> 로그요 (남은 답변: 핵심 아이디어, 수식)"
        );
        let done = next_input::<&str>("BCE", "로그요", &[]);
        assert_eq!(
            done.to_string(),
            "BCE -> 로그요 (남은 답변: 모든 질문 해결 완료)"
        );
    }

    #[test]
    fn text_in_no_known_form_is_all_message() {
        assert_eq!(Input::parse("[태그 없는 글").message, "[태그 없는 글");
    }

    proptest! {
        #[test]
        fn what_was_put_together_comes_apart_again(
            title in "[가-힣A-Z ,/+]{1,20}",
            asked in proptest::option::of("[가-힣 ]{1,8}"),
            message in "[가-힣a-z(),.:>-]{0,60}",
        ) {
            let answer = answer_input(&title, asked.as_deref(), &message);
            prop_assert_eq!(Input::parse(&answer.to_string()), answer);
            let next = next_input(&title, &message, &["수식"]);
            prop_assert_eq!(Input::parse(&next.to_string()), next);
        }

        #[test]
        fn any_text_is_kept_whole(text in any::<String>()) {
            prop_assert_eq!(Input::parse(&text).to_string(), text);
        }
    }
}
