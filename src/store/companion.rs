//! The conversation with the companion, turn by turn, with the state to go on from.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;

use super::read::{json as read_json, parsed};
use super::types::as_text;
use super::write::{json, one};
use super::{Problem, Store, StoreError};
use crate::companion::{Snapshot, Trace};

/// A turn as recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompanionTurn {
    /// Its number, from 1.
    pub turn: u32,
    /// When the message was heard.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// What the learner wrote.
    pub message: String,
    /// What she said; none where the program was stopped before it.
    pub reply: Option<String>,
    /// How the reply came about.
    pub trace: Option<Trace>,
}

impl Store {
    /// The state of the conversation after its last step; none before the first.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn companion_state(&self) -> Result<Option<Snapshot>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT snapshot FROM companion_state";
            connection
                .query_row(sql, [], |row| read_json(row, "snapshot"))
                .optional()
        })
    }

    /// The last turns, oldest first.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn companion_turns(&self, most: u32) -> Result<Vec<CompanionTurn>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT * FROM (SELECT * FROM companion_turns ORDER BY turn DESC LIMIT ?) ORDER BY turn",
            )?;
            let rows = statement.query_map([most], |row| {
                let trace: Option<String> = row.get("trace")?;
                Ok(CompanionTurn {
                    turn: row.get("turn")?,
                    at: parsed(row, "at")?,
                    message: row.get("message")?,
                    reply: row.get("reply")?,
                    trace: trace.map(|_| read_json(row, "trace")).transpose()?,
                })
            })?;
            rows.collect()
        })
    }

    /// Records the state before a turn is heard: a message came, or was taken back.
    ///
    /// # Errors
    /// [`Problem::Said`] where another program has gone on with the conversation; the disk is full, or
    /// the file can't be written to.
    pub fn record_state(&mut self, state: &Snapshot) -> Result<(), StoreError> {
        self.write(|transaction| match last_turn(transaction)? {
            Some(last) if last > state.turn() => Err(Problem::Said(last)),
            _ => keep(transaction, state),
        })
    }

    /// Records a message that was heard.
    ///
    /// # Errors
    /// [`Problem::Said`] where another program has recorded this turn; the disk is full, or the file
    /// can't be written to.
    pub fn record_heard(
        &mut self,
        turn: u32,
        at: Timestamp,
        message: &str,
        state: &Snapshot,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let added = transaction.execute(
                "INSERT INTO companion_turns (turn, at, message) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                params![turn, at.to_string(), message],
            )?;
            one(added, Problem::Said(turn))?;
            keep(transaction, state)
        })
    }

    /// Records a reply, with how it came about so far.
    ///
    /// # Errors
    /// [`Problem::Said`] where another program has recorded a reply to this turn, or the turn is not
    /// there; the disk is full, or the file can't be written to.
    pub fn record_reply(&mut self, trace: &Trace, state: &Snapshot) -> Result<(), StoreError> {
        self.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE companion_turns SET reply = ?, trace = ? WHERE turn = ? AND reply IS NULL",
                params![trace.text, json(trace)?, trace.turn],
            )?;
            one(changed, Problem::Said(trace.turn))?;
            keep(transaction, state)
        })
    }

    /// Records all that followed from a turn. Where another program has gone on with the
    /// conversation meanwhile, its state stays; where the turn was erased, so does nothing.
    ///
    /// # Errors
    /// The disk is full, or the file can't be written to.
    pub fn record_trace(&mut self, trace: &Trace, state: &Snapshot) -> Result<(), StoreError> {
        self.write(|transaction| {
            let changed = transaction.execute(
                "UPDATE companion_turns SET trace = ? WHERE turn = ? AND reply = ?",
                params![json(trace)?, trace.turn, trace.text],
            )?;
            match last_turn(transaction)? {
                Some(last) if changed > 0 && last <= state.turn() => keep(transaction, state),
                _ => Ok(()),
            }
        })
    }

    /// Whether a turn is in the record.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn has_turn(&self, turn: u32) -> Result<bool, StoreError> {
        self.read(|connection| {
            let sql = "SELECT EXISTS (SELECT 1 FROM companion_turns WHERE turn = ?)";
            connection.query_row(sql, [turn], |row| row.get(0))
        })
    }
}

fn last_turn(transaction: &Transaction<'_>) -> rusqlite::Result<Option<u32>> {
    let sql = "SELECT max(turn) FROM companion_turns";
    transaction.query_row(sql, [], |row| row.get(0))
}

/// Forgets the conversation; says how many turns it had.
pub(super) fn erase_turns(transaction: &Transaction<'_>) -> Result<usize, Problem> {
    transaction.execute("DELETE FROM companion_state", [])?;
    Ok(transaction.execute("DELETE FROM companion_turns", [])?)
}

pub(super) fn keep(transaction: &Transaction<'_>, state: &Snapshot) -> Result<(), Problem> {
    transaction.execute(
        "INSERT INTO companion_state (id, snapshot) VALUES (1, ?)
         ON CONFLICT (id) DO UPDATE SET snapshot = excluded.snapshot",
        params![json(state)?],
    )?;
    Ok(())
}
