//! The four heads: what each reads, what it says, and where it ends (spec.md, section 2).

use std::fmt;

use crate::content::csv::CompanionRow;
use crate::decoder::train::Example;
use crate::decoder::{DecoderError, DecoderTokenizer};

/// What a head makes of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Head {
    /// The reply.
    Reply,
    /// The exchange in short.
    Summary,
    /// What is worth remembering.
    Memory,
    /// The face.
    Expression,
}

impl Head {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Reply, Self::Summary, Self::Memory, Self::Expression];

    /// Its name: a column of the rows, an adapter.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reply => "output_message",
            Self::Summary => "summary",
            Self::Memory => "memory",
            Self::Expression => "eyes_mouth_pose",
        }
    }

    /// Ends what it reads.
    pub fn start(self) -> &'static str {
        match self {
            Self::Reply => "(답변 시작)",
            Self::Summary | Self::Memory => "(요약 시작)",
            Self::Expression => "(표정 출력 시작)",
        }
    }

    /// Ends what it says.
    pub fn end(self) -> &'static str {
        match self {
            Self::Reply => "(답변 종료)",
            Self::Summary | Self::Memory => "(요약 종료)",
            Self::Expression => "(표정 출력 종료)",
        }
    }

    /// Columns that must be filled in a row it learns from; an empty memory is one.
    pub fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Reply => &["output_message"],
            Self::Summary => &["output_message", "summary"],
            Self::Memory => &[],
            Self::Expression => &["output_message", "eyes_mouth_pose"],
        }
    }

    /// What it reads of a row.
    pub fn prompt(self, row: &CompanionRow) -> String {
        let input = Input::of(&row.input);
        let start = self.start();
        match self {
            Self::Reply => format!("{} {start}", row.input),
            Self::Memory => format!("{} {start}", input.timed),
            Self::Summary => {
                let (message, reply) = (input.message, &row.reply);
                format!("(사용자 질문) {message} (오로라 답변) {reply} {start}")
            }
            Self::Expression => format!("{} {start}", row.reply),
        }
    }

    /// What it is to say of a row, without its end.
    pub fn target(self, row: &CompanionRow) -> &str {
        match self {
            Self::Reply => &row.reply,
            Self::Summary => &row.summary,
            Self::Memory => &row.memory,
            Self::Expression => &row.expression,
        }
    }

    /// A row to learn from.
    ///
    /// # Errors
    /// When the tokenizer fails.
    pub fn example(
        self,
        row: &CompanionRow,
        tokenizer: &DecoderTokenizer,
    ) -> Result<Example, DecoderError> {
        let reply = format!("{} {}", self.target(row), self.end());
        Example::new(tokenizer, &self.prompt(row), reply.trim_start())
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The parts of what the reply head reads:
/// `[key: value] (지금은 …) message`, or `(오로라 답변 요약) summary (사용자 질문) (지금은 …) message`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Input<'a> {
    /// Key and value of what is remembered.
    pub memory: Option<(&'a str, &'a str)>,
    /// The exchange before, in short.
    pub summary: Option<&'a str>,
    /// `화요일 저녁`.
    pub time: Option<&'a str>,
    /// The message with the time.
    pub timed: &'a str,
    /// The message.
    pub message: &'a str,
}

impl<'a> Input<'a> {
    /// Takes apart what a head reads; the marker that ends a prompt may be there or not.
    pub fn of(text: &'a str) -> Self {
        let text = text.trim();
        let text = text
            .strip_suffix(Head::Reply.start())
            .unwrap_or(text)
            .trim();
        let mut input = Self::default();
        let mut rest = text;
        if let Some((summary, question)) = text
            .strip_prefix("(오로라 답변 요약)")
            .and_then(|rest| rest.split_once("(사용자 질문)"))
        {
            input.summary = Some(summary.trim());
            rest = question.trim();
        } else if let Some((memory, message)) = split_item(text) {
            input.memory = Some(memory);
            rest = message;
        }
        Self {
            memory: input.memory,
            summary: input.summary,
            ..Self::timed(rest)
        }
    }

    /// A message with the time before it, or without; what looks like a memory is part of it.
    pub fn timed(text: &'a str) -> Self {
        let text = text.trim();
        let mut input = Self {
            timed: text,
            message: text,
            ..Self::default()
        };
        if let Some((time, message)) = text
            .strip_prefix("(지금은 ")
            .and_then(|rest| rest.split_once(") "))
            .filter(|(time, _)| time.contains("요일"))
        {
            input.time = Some(time.trim());
            input.message = message.trim();
        }
        input
    }
}

/// `[key: value] rest`.
fn split_item(text: &str) -> Option<((&str, &str), &str)> {
    let (item, rest) = text.strip_prefix('[')?.split_once(']')?;
    let (key, value) = item.split_once(": ")?;
    let message = rest.trim();
    (!message.is_empty()).then_some(((key.trim(), value.trim()), message))
}

/// Key and value of `[key: value]`.
pub fn parse_item(text: &str) -> Option<(&str, &str)> {
    let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    let (key, value) = inner.split_once(": ")?;
    let (key, value) = (key.trim(), value.trim());
    let plain = |part: &str| !part.is_empty() && !part.contains(['[', ']', '\n']);
    (plain(key) && plain(value)).then_some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::csv::Split;

    #[test]
    fn what_a_head_reads_is_taken_apart_again() {
        let input = Input::of("[취미: 낚시] (지금은 금요일 저녁) 내일 뭐 하지 (답변 시작)");
        assert_eq!(input.memory, Some(("취미", "낚시")));
        assert_eq!(input.time, Some("금요일 저녁"));
        assert_eq!(input.timed, "(지금은 금요일 저녁) 내일 뭐 하지");
        assert_eq!(input.message, "내일 뭐 하지");
        let input = Input::of("(오로라 답변 요약) 인사했다 (사용자 질문) 응 (지금은 좀)");
        assert_eq!(
            (input.summary, input.message),
            (Some("인사했다"), "응 (지금은 좀)")
        );
        for plain in ["[공지] 안녕", "[ㅋㅋ: ]", "안녕 [취미: 낚시]"] {
            assert_eq!(Input::of(plain).memory, None);
            assert_eq!(Input::of(plain).message, plain);
        }
    }

    #[test]
    fn each_head_reads_its_own_part_of_a_row() {
        let row = CompanionRow {
            split: Split::Train,
            input: "[취미: 낚시] (지금은 금요일 저녁) 내일 뭐 하지".into(),
            reply: "낚시 어때?".into(),
            memory: String::new(),
            summary: "낚시를 권했다".into(),
            expression: "눈 보통, 입 보통, 고개 돌림 없음".into(),
        };
        let prompts = Head::ALL.map(|head| head.prompt(&row));
        assert_eq!(
            prompts[0],
            "[취미: 낚시] (지금은 금요일 저녁) 내일 뭐 하지 (답변 시작)"
        );
        assert_eq!(
            prompts[1],
            "(사용자 질문) 내일 뭐 하지 (오로라 답변) 낚시 어때? (요약 시작)"
        );
        assert_eq!(prompts[2], "(지금은 금요일 저녁) 내일 뭐 하지 (요약 시작)");
        assert_eq!(prompts[3], "낚시 어때? (표정 출력 시작)");
    }
}
