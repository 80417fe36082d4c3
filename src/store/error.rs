//! What can go wrong with the record, and what to do about it.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use super::{InterviewId, migrate};
use crate::fs::WriteError;
use crate::messages::{Lang, Messages};

/// The record failed; what was recorded before is as it was.
#[derive(Debug, thiserror::Error)]
pub struct StoreError {
    /// The database file.
    pub path: PathBuf,
    /// What happened to it.
    #[source]
    pub problem: Problem,
}

/// What happened to the record.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The profile folder can't be made.
    #[error("no folder")]
    Folder(#[source] WriteError),
    /// The file or its folder can't be written to.
    #[error("can't be written to")]
    ReadOnly,
    /// Another program holds the file.
    #[error("locked")]
    Locked,
    /// No space is left.
    #[error("disk full")]
    Full,
    /// The file is not a sound database (any more).
    #[error("damaged")]
    Damaged,
    /// A damaged file can't be put aside.
    #[error("damaged, and can't be put aside")]
    Stuck(#[source] io::Error),
    /// A newer program has written the file.
    #[error("of version {found}")]
    Newer {
        /// The version of the file.
        found: i64,
    },
    /// There is no such interview, or it has ended.
    #[error("no interview {0} to go on with")]
    Gone(InterviewId),
    /// Something else has recorded this turn.
    #[error("turn {turn} of interview {id} is taken")]
    Taken {
        /// The interview.
        id: InterviewId,
        /// Its turn.
        turn: u32,
    },
    /// There is no memory of this number.
    #[error("no memory {0}")]
    NoMemory(i64),
    /// There is no sanction of this number.
    #[error("no sanction {0}")]
    NoSanction(i64),
    /// Something else has gone on with the companion.
    #[error("turn {0} with the companion is taken")]
    Said(u32),
    /// The data are erased, but the file could not be rewritten without them.
    #[error("erased, but not overwritten")]
    Traces,
    /// Anything else the database says.
    #[error(transparent)]
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::ReadOnly
            }
            _ => Self::Database(error),
        }
    }
}

impl StoreError {
    /// What happened, that nothing is lost, and what to do.
    pub fn explain(&self, messages: &Messages) -> String {
        let path = self.path.display();
        let text = |key: &str| messages.fill(key, &[("path", &path)]);
        match &self.problem {
            Problem::Folder(error) => error.explain(messages),
            Problem::ReadOnly => text("store.read_only"),
            Problem::Locked => text("store.locked"),
            Problem::Full => text("store.full"),
            Problem::Damaged => text("store.damaged"),
            Problem::Stuck(error) => {
                messages.fill("store.stuck", &[("path", &path), ("error", error)])
            }
            Problem::Newer { found } => messages.fill(
                "store.newer",
                &[
                    ("path", &path),
                    ("found", found),
                    ("known", &migrate::VERSION),
                ],
            ),
            Problem::Gone(id) => messages.fill("store.gone", &[("id", id)]),
            Problem::Taken { id, turn } => {
                messages.fill("store.taken", &[("id", id), ("turn", turn)])
            }
            Problem::NoMemory(id) => messages.fill("store.no_memory", &[("id", id)]),
            Problem::NoSanction(id) => messages.fill("store.no_sanction", &[("id", id)]),
            Problem::Said(turn) => messages.fill("store.said", &[("turn", turn)]),
            Problem::Traces => text("store.traces"),
            Problem::Database(error) => {
                messages.fill("store.database", &[("path", &path), ("error", error)])
            }
        }
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.explain(&Messages::new(Lang::En)))
    }
}
