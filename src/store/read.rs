//! What was recorded, read back.

use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use super::{
    Answer, Dispute, End, Interview, InterviewId, Problem, Store, StoreError, Transcript, Turn,
    Unfinished,
};
use crate::interview::Utterance;

impl Store {
    /// The newest interview that has no end and can go on.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn unfinished(&self) -> Result<Option<Unfinished>, StoreError> {
        self.read(|connection| {
            connection
                .query_row(
                    "SELECT i.id, i.pack_id, i.started_at, i.snapshot, t.turn,
                            coalesce(t.next, t.topic) AS topic
                     FROM interviews i JOIN turns t ON t.interview_id = i.id
                     WHERE i.ended_at IS NULL AND i.snapshot IS NOT NULL
                     ORDER BY i.id DESC, t.turn DESC LIMIT 1",
                    [],
                    |row| {
                        Ok(Unfinished {
                            id: InterviewId(row.get("id")?),
                            pack_id: row.get("pack_id")?,
                            started: time(row, "started_at")?,
                            turn: row.get("turn")?,
                            topic: row.get("topic")?,
                            snapshot: json(row, "snapshot")?,
                        })
                    },
                )
                .optional()
        })
    }

    /// Every interview, oldest first.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn interviews(&self) -> Result<Vec<Interview>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare(&format!("{INTERVIEWS} ORDER BY id"))?;
            statement.query_map([], interview)?.collect()
        })
    }

    /// An interview with everything said in it; none where there is no such interview.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn show(&self, id: InterviewId) -> Result<Option<Transcript>, StoreError> {
        self.read(|connection| {
            // One transaction, so that the parts are of one moment.
            let transaction = connection.unchecked_transaction()?;
            let found = transaction
                .query_row(
                    &format!("{INTERVIEWS} WHERE id = ?"),
                    params![id.0],
                    |row| {
                        let snapshot = row.get::<_, Option<String>>("snapshot")?;
                        let snapshot = snapshot.map(|_| json(row, "snapshot")).transpose()?;
                        Ok((interview(row)?, snapshot))
                    },
                )
                .optional()?;
            let Some((interview, snapshot)) = found else {
                return Ok(None);
            };
            let turns = transaction
                .prepare("SELECT * FROM turns WHERE interview_id = ? ORDER BY turn")?
                .query_map(params![id.0], turn)?
                .collect::<Result<_, _>>()?;
            let disputes = transaction
                .prepare(&format!("{DISPUTES} WHERE interview_id = ? ORDER BY d.id"))?
                .query_map(params![id.0], dispute)?
                .collect::<Result<_, _>>()?;
            Ok(Some(Transcript {
                interview,
                turns,
                disputes,
                snapshot,
            }))
        })
    }

    /// Every dispute, oldest first.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn disputes(&self) -> Result<Vec<Dispute>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare(&format!("{DISPUTES} ORDER BY d.id"))?;
            statement.query_map([], dispute)?.collect()
        })
    }

    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&self.connection).map_err(|error| self.fault(Problem::from(error)))
    }
}

const INTERVIEWS: &str = "
    SELECT *,
        (SELECT count(message) FROM turns WHERE interview_id = id) AS turns,
        (SELECT coalesce(sum(json_array_length(verdict, '$.labels')), 0)
         FROM turns WHERE interview_id = id) AS earned
    FROM interviews";

const DISPUTES: &str = "
    SELECT d.*, i.pack_id FROM disputes d JOIN interviews i ON i.id = d.interview_id";

fn interview(row: &Row<'_>) -> rusqlite::Result<Interview> {
    let ended: Option<String> = row.get("ended_at")?;
    let end = match ended {
        Some(_) => Some(End {
            at: time(row, "ended_at")?,
            reason: word(row, "end_reason")?,
        }),
        None => None,
    };
    Ok(Interview {
        id: InterviewId(row.get("id")?),
        started: time(row, "started_at")?,
        end,
        pack_id: row.get("pack_id")?,
        pack_title: row.get("pack_title")?,
        language: row.get("language")?,
        writer: row.get("writer")?,
        seed: row.get::<_, i64>("seed")?.cast_unsigned(),
        turns: row.get("turns")?,
        earned: row.get("earned")?,
    })
}

fn turn(row: &Row<'_>) -> rusqlite::Result<Turn> {
    let answer = match row.get("message")? {
        Some(message) => Some(Answer {
            message,
            verdict: json(row, "verdict")?,
            next: row.get("next")?,
        }),
        None => None,
    };
    let reply = match row.get("reply")? {
        Some(text) => Some(Utterance {
            text,
            writer: row.get("writer")?,
            fallback: row.get("fallback")?,
        }),
        None => None,
    };
    Ok(Turn {
        turn: row.get("turn")?,
        at: time(row, "at")?,
        topic: row.get("topic")?,
        answer,
        reply,
        ms: json(row, "ms")?,
    })
}

fn dispute(row: &Row<'_>) -> rusqlite::Result<Dispute> {
    Ok(Dispute {
        id: row.get("id")?,
        interview: InterviewId(row.get("interview_id")?),
        pack_id: row.get("pack_id")?,
        turn: row.get("turn")?,
        at: time(row, "at")?,
        topic: row.get("topic")?,
        label: row.get("label")?,
        message: row.get("message")?,
        resolved: row.get("resolved")?,
    })
}

fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    parsed(row, column)
}

/// A date or time, stored as text.
pub(super) fn parsed<T: FromStr<Err = jiff::Error>>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error| unreadable(row, column, error))
}

pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable(row, column, error))
}

/// An enum stored as its serde name.
fn word<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_value(text.into()).map_err(|error| unreadable(row, column, error))
}

pub(super) fn unreadable(
    row: &Row<'_>,
    column: &str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    let index = row.as_ref().column_index(column).unwrap_or_default();
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, error.into())
}
