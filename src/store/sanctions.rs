//! The log of sanctions: added to, never rewritten. Lifts and objections are rows of their own.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Row, Transaction, params};
use serde::Serialize;

use super::companion::keep;
use super::read::{parsed, unreadable};
use super::types::as_text;
use super::write::one;
use super::{Problem, Store, StoreError};
use crate::companion::Snapshot;
use crate::companion::ethics::{self, Incident, Offence, Standing};
use crate::companion::protocol::Sanctioned;

/// Where a message was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Conversation {
    /// To the interviewer.
    Interview,
    /// To the companion.
    Companion,
}

/// A sanction as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sanction {
    /// Its number.
    pub id: i64,
    /// The message that it follows from; several sanctions may follow from one.
    pub incident: i64,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// Where.
    pub conversation: Conversation,
    /// The message; none where the learner has erased their record since.
    pub message: Option<String>,
    /// What it was.
    pub category: Offence,
    /// How many in this category stood before.
    pub level: u32,
    /// How long it lasts; 0 is a warning.
    pub seconds: i64,
    /// When it was lifted.
    #[serde(serialize_with = "maybe_text")]
    pub lifted: Option<Timestamp>,
    /// What was objected.
    pub objections: Vec<String>,
}

impl Conversation {
    fn name(self) -> &'static str {
        match self {
            Self::Interview => "interview",
            Self::Companion => "companion",
        }
    }
}

impl Store {
    /// Records the sanctions that follow from a message, by how many there were before, and with them
    /// the state of the conversation with the companion, where the message was hers.
    ///
    /// # Errors
    /// The disk is full, or the file can't be written to.
    pub fn sanction(
        &mut self,
        at: Timestamp,
        conversation: Conversation,
        message: &str,
        offences: &[Offence],
        state: Option<&Snapshot>,
    ) -> Result<Sanctioned, StoreError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO incidents (at, conversation, message) VALUES (?, ?, ?)",
                params![at.to_string(), conversation.name(), message],
            )?;
            let mut incident = Incident {
                id: transaction.last_insert_rowid(),
                anchors: vec![at],
                sanctions: Vec::new(),
            };
            for offence in offences {
                let level: u32 = transaction.query_row(
                    "SELECT count(*) FROM sanctions
                     WHERE category = ? AND id NOT IN (SELECT sanction FROM sanction_lifts)",
                    [offence.word()],
                    |row| row.get(0),
                )?;
                let lasts = ethics::sanction(*offence, level);
                transaction.execute(
                    "INSERT INTO sanctions (incident, category, level, seconds) VALUES (?, ?, ?, ?)",
                    params![incident.id, offence.word(), level, lasts.as_secs()],
                )?;
                incident.sanctions.push((*offence, lasts));
            }
            if let Some(state) = state {
                keep(transaction, state)?;
            }
            let blocks = !incident.duration().is_zero();
            Ok(Sanctioned {
                offences: offences.to_vec(),
                until: blocks.then(|| incident.end_from(at)),
            })
        })
    }

    /// Where the learner stands now. A look from before a sanction is written down, so that a clock
    /// that was set ends no block early and makes none endless.
    ///
    /// # Errors
    /// The disk is full, or the file can't be read or written to.
    pub fn standing(&mut self, now: Timestamp) -> Result<Standing, StoreError> {
        let standing =
            self.read(|connection| Ok(ethics::standing(&incidents(connection)?, now)))?;
        if standing.unanchored.is_empty() {
            return Ok(standing);
        }
        self.write(|transaction| {
            // Looked at again: another program may have been first.
            let standing = ethics::standing(&incidents(transaction)?, now);
            for incident in &standing.unanchored {
                transaction.execute(
                    "INSERT INTO sanction_anchors (incident, at) VALUES (?, ?)",
                    params![incident, now.to_string()],
                )?;
            }
            Ok(standing)
        })
    }

    /// Every sanction, oldest first.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn sanctions(&self) -> Result<Vec<Sanction>, StoreError> {
        self.read(|connection| {
            let mut objected = connection.prepare(
                "SELECT coalesce(message, '') FROM objections WHERE incident = ? ORDER BY id",
            )?;
            let mut statement = connection.prepare(
                "SELECT s.*, i.at, i.conversation, i.message, l.at AS lifted
                 FROM sanctions s JOIN incidents i ON i.id = s.incident
                 LEFT JOIN sanction_lifts l ON l.sanction = s.id ORDER BY s.id",
            )?;
            let found: Vec<Sanction> = statement
                .query_map([], sanction)?
                .collect::<Result<_, _>>()?;
            let with = found.into_iter().map(|mut sanction| {
                let rows = objected.query_map([sanction.incident], |row| row.get(0))?;
                sanction.objections = rows.collect::<Result<_, _>>()?;
                Ok(sanction)
            });
            with.collect()
        })
    }

    /// Lifts a sanction: it blocks no longer and counts no more. It stays in the log. One that was
    /// lifted stays lifted.
    ///
    /// # Errors
    /// [`Problem::NoSanction`] where there is none of this number; the file can't be written to.
    pub fn lift(&mut self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| {
            let there: u32 = transaction.query_row(
                "SELECT count(*) FROM sanctions WHERE id = ?",
                [id],
                |row| row.get(0),
            )?;
            one(there as usize, Problem::NoSanction(id))?;
            transaction.execute(
                "INSERT INTO sanction_lifts (sanction, at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                params![id, at.to_string()],
            )?;
            Ok(())
        })
    }

    /// Records an objection to what followed last from a message; says whether there was anything
    /// to object to.
    ///
    /// # Errors
    /// The disk is full, or the file can't be written to.
    pub fn object(&mut self, at: Timestamp, message: &str) -> Result<bool, StoreError> {
        self.write(|transaction| {
            let added = transaction.execute(
                "INSERT INTO objections (incident, at, message)
                 SELECT max(id), ?, ? FROM incidents HAVING max(id) IS NOT NULL",
                params![at.to_string(), message],
            )?;
            Ok(added > 0)
        })
    }
}

/// Forgets the words of the log, and all of what was lifted. What stands of it is what, when and
/// for how long: a block cannot be erased away.
pub(super) fn erase_words(transaction: &Transaction<'_>) -> Result<(), Problem> {
    transaction.execute_batch(
        "UPDATE objections SET message = NULL;
         UPDATE incidents SET message = NULL;
         DELETE FROM incidents WHERE NOT EXISTS (
             SELECT 1 FROM sanctions s
             WHERE s.incident = incidents.id AND s.id NOT IN (SELECT sanction FROM sanction_lifts));",
    )?;
    Ok(())
}

/// The log without what was lifted.
fn incidents(connection: &Connection) -> rusqlite::Result<Vec<Incident>> {
    let mut statement = connection.prepare(
        "SELECT i.id, i.at, s.category, s.seconds FROM incidents i
         JOIN sanctions s ON s.incident = i.id
         WHERE s.id NOT IN (SELECT sanction FROM sanction_lifts) ORDER BY i.id, s.id",
    )?;
    let mut rows = statement.query([])?;
    let mut incidents: Vec<Incident> = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get("id")?;
        let sanction = (
            category(row)?,
            SignedDuration::from_secs(row.get("seconds")?),
        );
        match incidents.last_mut().filter(|incident| incident.id == id) {
            Some(incident) => incident.sanctions.push(sanction),
            None => incidents.push(Incident {
                id,
                anchors: vec![parsed(row, "at")?],
                sanctions: vec![sanction],
            }),
        }
    }
    let mut statement = connection.prepare("SELECT incident, at FROM sanction_anchors")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, at): (i64, Timestamp) = (row.get("incident")?, parsed(row, "at")?);
        if let Some(incident) = incidents.iter_mut().find(|incident| incident.id == id) {
            incident.anchors.push(at);
        }
    }
    Ok(incidents)
}

fn sanction(row: &Row<'_>) -> rusqlite::Result<Sanction> {
    let conversation: String = row.get("conversation")?;
    let lifted: Option<String> = row.get("lifted")?;
    Ok(Sanction {
        id: row.get("id")?,
        incident: row.get("incident")?,
        at: parsed(row, "at")?,
        conversation: match conversation.as_str() {
            "interview" => Conversation::Interview,
            _ => Conversation::Companion,
        },
        message: row.get("message")?,
        category: category(row)?,
        level: row.get("level")?,
        seconds: row.get("seconds")?,
        lifted: lifted.map(|_| parsed(row, "lifted")).transpose()?,
        objections: Vec::new(),
    })
}

fn category(row: &Row<'_>) -> rusqlite::Result<Offence> {
    let word: String = row.get("category")?;
    let unknown = || std::io::Error::other(format!("unknown category `{word}`"));
    Offence::from_word(&word).ok_or_else(|| unreadable(row, "category", unknown()))
}

fn maybe_text<S: serde::Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(at),
        None => serializer.serialize_none(),
    }
}
