//! The shape of a question pack on disk, as serde sees it.
//!
//! These types are the format: the JSON schema under `schema/` is generated from them, and unknown
//! fields are refused so that a typo in a field name is found where it was made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The only content format this program reads and writes.
pub const FORMAT_VERSION: u32 = 1;

/// `pack.toml`: what the pack is and in which order its topics come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackFile {
    /// Version of the content format; 1.
    pub format_version: u32,
    /// Identifier, unique among packs, in lower case with hyphens.
    pub id: String,
    /// What people read.
    pub title: String,
    /// BCP 47 language of the questions.
    pub language: String,
    /// One sentence about the pack.
    #[serde(default)]
    pub description: String,
    /// Slugs of the topic files, in the order in which they are asked.
    pub topics: Vec<String>,
    /// The pseudo topic that ends the interview.
    pub end: String,
}

/// What a topic is for; only `question` and `experience` are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TopicKind {
    /// A question with a right answer.
    Question,
    /// The opening: stays until the learner wants to begin.
    Greeting,
    /// Chat between questions.
    SmallTalk,
    /// A pause.
    Rest,
    /// What the learner has done; the message carries the part that was asked for.
    Experience,
    /// The learner's last words.
    Closing,
}

/// When a topic counts as answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Complete {
    /// Every label must be earned.
    #[default]
    All,
    /// One label is enough.
    Any,
}

/// `topics/<slug>.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Version of the content format; 1.
    pub format_version: u32,
    /// The exact title: embedded, trained on, written to JSON.
    pub title: String,
    /// What people read instead of `title`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_title: Option<String>,
    /// What the topic is for.
    pub kind: TopicKind,
    /// When the topic counts as answered.
    #[serde(default)]
    pub complete: Complete,
    /// Free keywords.
    #[serde(default)]
    pub tags: Vec<String>,
    /// 1 (easy) to 3 (hard).
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 3))]
    pub difficulty: u8,
    /// Authored wordings of the question.
    pub questions: Vec<String>,
    /// The sub-answers.
    #[serde(rename = "answer")]
    pub answers: Vec<Answer>,
    /// Messages that earn several sub-answers at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub combined: Vec<Combined>,
    /// Fluent but wrong ideas.
    #[serde(
        default,
        rename = "misconception",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub misconceptions: Vec<Misconception>,
    /// Messages that earn nothing.
    #[serde(default)]
    pub failure: Failure,
    /// Words that a learner may ask about, explained.
    #[serde(default, rename = "term", skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
    /// Where the interview goes from here.
    pub next: Vec<Next>,
}

fn one() -> u8 {
    1
}

/// `[[answer]]`: one sub-answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The exact label.
    pub label: String,
    /// The reference statement.
    #[serde(default)]
    pub key_point: String,
    /// A hint that does not give the answer away.
    #[serde(default)]
    pub hint: String,
    /// A very good answer.
    #[serde(default)]
    pub model_answer: String,
    /// Wordings that ask for this part alone; the topic's own are used where this is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<String>,
    /// Reactions to it where it completes the topic; the pack's `reactions.pass` where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub praise: Vec<String>,
    /// Messages that earn it.
    pub examples: Vec<String>,
    /// Where the topic branches on what was named.
    #[serde(default, rename = "variant", skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
}

/// `[[answer.variant]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Named by `when = "variant:ID"`.
    pub id: String,
    /// Messages that are this variant.
    pub examples: Vec<String>,
}

/// `[[combined]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Combined {
    /// The labels a message earns at once.
    pub labels: Vec<String>,
    /// Messages that earn them.
    pub examples: Vec<String>,
}

/// `[[misconception]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Misconception {
    /// The name of the wrong idea.
    pub label: String,
    /// What sets it right.
    pub correction: String,
    /// Messages that hold it.
    pub examples: Vec<String>,
}

/// `[failure]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Messages that earn nothing.
    #[serde(default)]
    pub examples: Vec<String>,
}

/// `[[term]]`: a word that a learner may ask about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// How it is written: Korean, English, short.
    pub names: Vec<String>,
    /// What it means, in one or two sentences; one of them is said.
    pub explanations: Vec<String>,
}

/// `[[next]]`: the first whose `when` holds is taken; `default` stands last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Next {
    /// Title of the topic that follows, or the pack's `end`.
    pub to: String,
    /// `default`, `failed` or `variant:ID`.
    pub when: String,
}

/// `intents.toml`: what learners say anywhere, and what the interviewer answers with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Intents {
    /// Version of the content format; 1.
    pub format_version: u32,
    /// Wants to begin or go on.
    pub ready: Vec<String>,
    /// Asks for another question.
    pub skip: Vec<String>,
    /// Says plainly that they don't know.
    pub dont_know: Vec<String>,
    /// Asks what a term or the question means.
    pub term_question: Vec<String>,
    /// Some content with a hedge.
    pub hedge: Vec<String>,
    /// Greets.
    pub greeting: Vec<String>,
    /// Idle talk that answers nothing.
    #[serde(default)]
    pub chit_chat: Vec<String>,
    /// Phrases whose presence marks a hedge.
    #[serde(default)]
    pub hedge_markers: Vec<String>,
    /// The interviewer asks to say more.
    #[serde(default)]
    pub pump: Vec<String>,
    /// One line of advice to somebody who hedges.
    #[serde(default)]
    pub coaching_hedge: Vec<String>,
    /// The interviewer's first words.
    #[serde(default)]
    pub opening: Vec<String>,
    /// Short transitions to the next question.
    #[serde(default)]
    pub next_question_lead: Vec<String>,
    /// The interviewer's reactions, by situation.
    #[serde(default)]
    pub reactions: Reactions,
}

/// `[reactions]`: one sentence each, drawn without repeating the last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Reactions {
    /// The topic is complete.
    pub pass: Vec<String>,
    /// Right, but something is missing; `{remaining}` may stand for it.
    pub partial: Vec<String>,
    /// Nothing earned.
    pub fail: Vec<String>,
    /// Nothing earned for the first time; a hint follows.
    pub first_failure: Vec<String>,
    /// A misconception; its correction follows.
    pub misconception: Vec<String>,
    /// The learner asked for another question.
    pub skip: Vec<String>,
    /// After the last failure; the model answer follows.
    pub reveal: Vec<String>,
    /// The learner said plainly that they don't know.
    pub dont_know: Vec<String>,
    /// The learner asked what something means; an explanation follows.
    pub term_question: Vec<String>,
    /// Greeted, but not ready.
    pub greeting_wait: Vec<String>,
    /// After small talk.
    pub small_talk: Vec<String>,
    /// Something was said beside the question, which follows once more; those of `small_talk` where
    /// there is none.
    pub aside: Vec<String>,
    /// After the rest.
    pub rest: Vec<String>,
    /// After the last words.
    pub closing: Vec<String>,
    /// The learner insists on being right.
    pub dispute: Vec<String>,
}

/// `eval/<slug>.toml`: answers nobody trains on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvalFile {
    /// The held-out answers.
    #[serde(rename = "case")]
    pub cases: Vec<EvalCase>,
}

/// `[[case]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvalCase {
    /// What the learner typed.
    pub message: String,
    /// The labels it earns; empty for a failure.
    pub labels: Vec<String>,
    /// The wrong idea it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misconception: Option<String>,
    /// What the learner wants instead of answering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// The variant it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// In an experience topic, the part that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
}
