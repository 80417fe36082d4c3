//! Companion rows: a message as the heads read it, and what each of them makes of it.

use std::path::Path;

use super::{Row, Rows, Split, Table, read};
use crate::content::finding::LoadError;
use crate::content::rule::Rule;

/// One turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanionRow {
    /// `data_type`.
    pub split: Split,
    /// `input_data`: the message, with the time and what is remembered before it, or with the summary
    /// of the exchange before.
    pub input: String,
    /// `output_message`: the reply.
    pub reply: String,
    /// `memory`: `[key: value]`, or nothing.
    pub memory: String,
    /// `summary`: the exchange in short.
    pub summary: String,
    /// `eyes_mouth_pose`: the labels of the face.
    pub expression: String,
}

/// Reads a file of companion rows; `needs` are the columns whose cells must be filled, beside the
/// input.
///
/// # Errors
/// When it cannot be read, lacks a column, or holds a cell that says nothing.
pub fn read_companion_rows(path: &Path, needs: &[&str]) -> Result<Rows<CompanionRow>, LoadError> {
    const COLUMNS: [&str; 6] = [
        "data_type",
        "input_data",
        "output_message",
        "memory",
        "summary",
        "eyes_mouth_pose",
    ];
    let columns = |table: &mut Table| COLUMNS.map(|name| table.column(name));
    read(path, columns, |columns, row: &mut Row<'_>| {
        let [split, input, reply, memory, summary, expression] =
            columns.map(|column| row.cell(column));
        let split = match split.as_str() {
            "train" => Split::Train,
            "valid" | "test" | "valid/test" => Split::Valid,
            other => {
                row.report(Rule::CsvBadSplit, columns[0]?, other);
                return None;
            }
        };
        let lacks = {
            let cells = [&input, &reply, &memory, &summary, &expression];
            let mut filled = COLUMNS[1..].iter().zip(cells);
            filled.any(|(name, cell)| needs.contains(name) && cell.is_empty())
        };
        if input.is_empty() || lacks {
            return None;
        }
        Some(CompanionRow {
            split,
            input,
            reply,
            memory,
            summary,
            expression,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, needs: &[&str]) -> Result<Rows<CompanionRow>, LoadError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, text).unwrap();
        read_companion_rows(&path, needs)
    }

    const HEADER: &str = "data_type,input_data,output_message,memory,summary,eyes_mouth_pose\n";

    #[test]
    fn a_row_without_what_a_head_learns_is_passed_over() {
        let text =
            format!("{HEADER}train,안녕,어서 와!,,인사함,\nvalid/test,나 수야,,[이름: 수],,\n");
        let all = read_text(&text, &[]).unwrap();
        assert_eq!((all.rows.len(), all.skipped), (2, 0));
        assert_eq!(all.rows[1].memory, "[이름: 수]");
        assert_eq!(all.rows[1].split, Split::Valid);
        let replies = read_text(&text, &["output_message"]).unwrap();
        assert_eq!((replies.rows.len(), replies.skipped), (1, 1));
    }

    #[test]
    fn another_layout_is_named() {
        let error = read_text("data_type,input_data\ntrain,안녕\n", &[]).unwrap_err();
        assert!(error.to_string().contains("output_message"), "{error}");
        let error = read_text(&format!("{HEADER}dev,안녕,,,,\n"), &[]).unwrap_err();
        assert!(error.to_string().contains("dev"), "{error}");
    }
}
