//! What happens in an interview, recorded as it happens. One call, one transaction.

use jiff::Timestamp;
use rusqlite::{Transaction, TransactionBehavior, named_params, params};
use serde::Serialize;
use serde_json::Value;

use super::{
    DisputeRecord, InterviewId, NewInterview, Problem, QuestionRecord, Store, StoreError,
    TurnRecord,
};
use crate::interview::EndReason;

impl Store {
    /// Begins an interview.
    ///
    /// # Errors
    /// The disk is full, or the file can't be written to.
    pub fn begin_interview(&mut self, new: &NewInterview) -> Result<InterviewId, StoreError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO interviews (started_at, pack_id, pack_title, seed, writer, language)
                 VALUES (?, ?, ?, ?, ?, ?)",
                params![
                    new.at.to_string(),
                    new.pack_id,
                    new.pack_title,
                    new.seed.cast_signed(),
                    new.writer,
                    new.language
                ],
            )?;
            Ok(InterviewId(transaction.last_insert_rowid()))
        })
    }

    /// Records a question: the opening, or the reply to a turn recorded without one. What is said to
    /// a dispute joins the reply to the turn that it is about.
    ///
    /// # Errors
    /// [`Problem::Gone`] for an interview that has ended, [`Problem::Taken`] for a turn that has its
    /// reply and is not disputed; the disk is full, or the file can't be written to.
    pub fn record_question(
        &mut self,
        id: InterviewId,
        question: &QuestionRecord,
        snapshot: &Value,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            go_on(transaction, id, snapshot)?;
            let said = &question.reply.utterance;
            let changed = transaction.execute(
                "INSERT INTO turns (interview_id, turn, at, topic, reply, writer, fallback, ms)
                 VALUES (:id, :turn, :at, :topic, :reply, :writer, :fallback, :ms)
                 ON CONFLICT (interview_id, turn) DO UPDATE SET
                     reply = coalesce(reply || char(10), '') || :reply,
                     writer = :writer, fallback = :fallback, ms = json_patch(ms, :ms)
                 WHERE reply IS NULL OR EXISTS (
                     SELECT 1 FROM disputes d WHERE d.interview_id = :id AND d.turn = :turn)",
                named_params! {
                    ":id": id.0,
                    ":turn": question.turn,
                    ":at": question.at.to_string(),
                    ":topic": question.topic,
                    ":reply": said.text,
                    ":writer": said.writer,
                    ":fallback": said.fallback,
                    ":ms": json(&question.reply.ms)?,
                },
            )?;
            let turn = question.turn;
            one(changed, Problem::Taken { id, turn })
        })
    }

    /// Records a message with its verdict, and the reply where it is there already.
    ///
    /// # Errors
    /// [`Problem::Gone`] for an interview that has ended, [`Problem::Taken`] for a turn that is
    /// recorded; the disk is full, or the file can't be written to.
    pub fn record_turn(
        &mut self,
        id: InterviewId,
        record: &TurnRecord,
        snapshot: &Value,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            go_on(transaction, id, snapshot)?;
            let said = record.reply.as_ref().map(|reply| &reply.utterance);
            let mut ms = record.ms.clone();
            ms.extend(record.reply.iter().flat_map(|reply| reply.ms.clone()));
            let inserted = transaction.execute(
                "INSERT INTO turns (interview_id, turn, at, topic, message, verdict, next,
                                    reply, writer, fallback, ms)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (interview_id, turn) DO NOTHING",
                params![
                    id.0,
                    record.turn,
                    record.at.to_string(),
                    record.topic,
                    record.message,
                    json(&record.verdict)?,
                    record.next,
                    said.map(|said| &said.text),
                    said.map(|said| &said.writer),
                    said.map(|said| said.fallback),
                    json(&ms)?,
                ],
            )?;
            let turn = record.turn;
            one(inserted, Problem::Taken { id, turn })
        })
    }

    /// Records that the learner insists on a label. The same dispute twice is one.
    ///
    /// # Errors
    /// [`Problem::Gone`] for an interview that has ended; the disk is full, or the file can't be
    /// written to.
    pub fn record_dispute(
        &mut self,
        id: InterviewId,
        dispute: &DisputeRecord,
        snapshot: &Value,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            go_on(transaction, id, snapshot)?;
            transaction.execute(
                "INSERT INTO disputes (interview_id, turn, at, topic, label, message)
                 VALUES (?, ?, ?, ?, ?, ?)
                 ON CONFLICT (interview_id, turn, label) DO NOTHING",
                params![
                    id.0,
                    dispute.turn,
                    dispute.at.to_string(),
                    dispute.topic,
                    dispute.label,
                    dispute.message
                ],
            )?;
            Ok(())
        })
    }

    /// Marks disputes as dealt with by the instructor.
    ///
    /// # Errors
    /// The disk is full, or the file can't be written to.
    pub fn resolve_disputes(&mut self, disputes: &[i64]) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut mark = transaction.prepare("UPDATE disputes SET resolved = 1 WHERE id = ?")?;
            for dispute in disputes {
                mark.execute([dispute])?;
            }
            Ok(())
        })
    }

    /// Ends an interview; it can't be resumed any more.
    ///
    /// # Errors
    /// [`Problem::Gone`] where it has ended already; the disk is full, or the file can't be written
    /// to.
    pub fn end_interview(
        &mut self,
        id: InterviewId,
        at: Timestamp,
        reason: EndReason,
    ) -> Result<(), StoreError> {
        self.write(|transaction| end(transaction, id, &at.to_string(), reason))
    }

    /// Ends an interview that nobody will go on with, as stopped at its last turn.
    ///
    /// # Errors
    /// As [`Store::end_interview`].
    pub fn abandon(&mut self, id: InterviewId) -> Result<(), StoreError> {
        self.write(|transaction| {
            let last: Option<String> = transaction.query_row(
                "SELECT coalesce((SELECT at FROM turns WHERE interview_id = :id
                                  ORDER BY turn DESC LIMIT 1),
                                 (SELECT started_at FROM interviews WHERE id = :id))",
                named_params! { ":id": id.0 },
                |row| row.get(0),
            )?;
            let at = last.ok_or(Problem::Gone(id))?;
            end(transaction, id, &at, EndReason::Stopped)
        })
    }

    /// Runs `work` as one transaction: all of it is kept, or nothing.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        // Immediate: waits for its turn at the start instead of failing in the middle.
        let done = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Problem::from)
            .and_then(|transaction| {
                let value = work(&transaction)?;
                transaction.commit()?;
                Ok(value)
            });
        done.map_err(|problem| self.fault(problem))
    }
}

/// Replaces the state of an interview that is going on.
fn go_on(transaction: &Transaction<'_>, id: InterviewId, state: &Value) -> Result<(), Problem> {
    let changed = transaction.execute(
        "UPDATE interviews SET snapshot = ? WHERE id = ? AND ended_at IS NULL",
        params![json(state)?, id.0],
    )?;
    one(changed, Problem::Gone(id))
}

fn end(
    transaction: &Transaction<'_>,
    id: InterviewId,
    at: &str,
    reason: EndReason,
) -> Result<(), Problem> {
    let changed = transaction.execute(
        "UPDATE interviews SET ended_at = ?, end_reason = json_extract(?, '$')
         WHERE id = ? AND ended_at IS NULL",
        params![at, json(&reason)?, id.0],
    )?;
    one(changed, Problem::Gone(id))
}

pub(super) fn json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()).into())
}

/// A statement meant for one row has found it, or else the problem.
pub(super) fn one(changed: usize, problem: Problem) -> Result<(), Problem> {
    if changed == 0 { Err(problem) } else { Ok(()) }
}
