//! Interview rows: whole turns, as people wrote or recorded them.

use std::path::Path;

use super::{Row, Rows, Table, read, read_from};
use crate::content::finding::LoadError;
use crate::content::inputs::ALL_RESOLVED;
use crate::content::rule::Rule;
use crate::content::{Pack, Source, Topic};

/// Which part of the data a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// To learn from.
    Train,
    /// To measure with.
    Valid,
}

/// What the rows are read for: it decides which columns must be there and which cells filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowRole {
    /// Judging: the label.
    Answer,
    /// Selecting: what remains, and the topic that follows.
    Next,
    /// Speaking: the reply. A message may be empty: the interviewer speaks first.
    Reply,
}

impl RowRole {
    fn needs(self, column: &str) -> bool {
        match column {
            "situation" | "ask" | "misconception" => false,
            "output_data" => self == Self::Reply,
            "output_answered" => self == Self::Answer,
            "current_remaining_user_answer" => self == Self::Next,
            "output_next_question" => self != Self::Answer,
            _ => true,
        }
    }
}

/// One turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterviewRow {
    /// `data_type`.
    pub split: Split,
    /// `current_question`: the title of the topic.
    pub topic: String,
    /// `user_input`, in an experience topic with its tag.
    pub input: String,
    /// `current_remaining_user_answer`: the labels that remain after this message.
    pub remaining: Vec<String>,
    /// `output_answered`: the label it earned, or 답변 실패, 용어 질문, ….
    pub answered: String,
    /// `output_next_question`: the title of the topic that follows.
    pub next: String,
    /// `output_data`: the interviewer's reply.
    pub reply: String,
    /// `situation`: what the reply answers to; empty in files of others.
    pub situation: String,
    /// `ask`: the part of the next topic that the reply asks for.
    pub ask: String,
    /// `misconception`: the wrong idea in the message.
    pub misconception: String,
}

impl InterviewRow {
    /// The part that was asked for, where the input is tagged with a label of its topic, and the
    /// message without the tag. Elsewhere a learner may well begin with a bracket.
    pub fn untagged(&self, topic: &Topic) -> (Option<&str>, &str) {
        untagged(&self.input, topic)
    }
}

/// As [`InterviewRow::untagged`], of any input.
pub fn untagged<'a>(input: &'a str, topic: &Topic) -> (Option<&'a str>, &'a str) {
    let tagged = input
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'));
    match tagged {
        Some((tag, message)) if topic.answer(tag).is_some() => (Some(tag), message.trim_start()),
        _ => (None, input),
    }
}
const COLUMNS: [&str; 10] = [
    "data_type",
    "current_question",
    "user_input",
    "current_remaining_user_answer",
    "output_answered",
    "output_next_question",
    "output_data",
    "situation",
    "ask",
    "misconception",
];

/// Reads a file of interview rows.
///
/// # Errors
/// When it cannot be read, lacks a column, or holds a cell that says nothing.
pub fn read_interview_rows(path: &Path, role: RowRole) -> Result<Rows<InterviewRow>, LoadError> {
    read(
        path,
        |table| columns(table, role),
        |at, row| interview_row(at, row, role),
    )
}

/// The rows of a pack's `dialogue/`, a file for each topic that has one.
///
/// # Errors
/// As [`read_interview_rows`].
pub fn read_dialogue(source: &dyn Source, pack: &Pack) -> Result<Vec<InterviewRow>, LoadError> {
    let role = RowRole::Reply;
    let mut rows = Vec::new();
    for slug in &pack.file.topics {
        let path = format!("dialogue/{slug}.csv");
        let Ok(bytes) = source.read(&path) else {
            continue; // a pack need not have any
        };
        let read = read_from(
            source.show(&path),
            csv::Reader::from_reader(&bytes[..]),
            |table| columns(table, role),
            |at, row| interview_row(at, row, role),
        )?;
        rows.extend(read.rows);
    }
    Ok(rows)
}

type Columns = [Option<usize>; COLUMNS.len()];

fn columns(table: &mut Table, role: RowRole) -> Columns {
    COLUMNS.map(|name| match role.needs(name) {
        true => table.column(name),
        false => table.find(name),
    })
}

fn interview_row(columns: &Columns, row: &mut Row<'_>, role: RowRole) -> Option<InterviewRow> {
    let [
        split,
        topic,
        input,
        remaining,
        answered,
        next,
        reply,
        situation,
        ask,
        misconception,
    ] = columns.map(|column| row.cell(column));
    let missing = match role {
        RowRole::Answer => input.is_empty() || answered.is_empty(),
        RowRole::Next => input.is_empty() || next.is_empty(),
        RowRole::Reply => next.is_empty(),
    };
    if topic.is_empty() || missing {
        return None;
    }
    if role == RowRole::Reply && reply.is_empty() {
        row.report(Rule::CsvEmptyReply, columns[6]?, "");
        return None;
    }
    let split = match split.as_str() {
        "train" => Split::Train,
        "valid" | "test" | "valid/test" => Split::Valid,
        other => {
            row.report(Rule::CsvBadSplit, columns[0]?, other);
            return None;
        }
    };
    Some(InterviewRow {
        split,
        topic,
        input,
        remaining: labels(&remaining),
        answered,
        next,
        reply,
        situation,
        ask,
        misconception,
    })
}

/// Splits a list of labels; all resolved is no label.
fn labels(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|label| !label.is_empty() && *label != ALL_RESOLVED)
        .map(str::to_owned)
        .collect()
}
