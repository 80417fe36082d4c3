//! The record: every interview, turn by turn, and the companion's, in one SQLite file of the learner's
//! profile.
//!
//! What a call has returned `Ok` for survives a kill and a power cut: a turn and the state after it
//! are one transaction, synced at commit. The interview itself knows nothing of this; its state
//! passes through as a JSON value. Times come from the caller.
//!
//! - `open` makes, checks and migrates the file; `migrate` knows the schema.
//! - `memories`, `sanctions`, `companion` are the companion's parts.
//! - `write`, `read`, `erase` hold the operations; `types` what they take and give.

mod companion;
mod erase;
mod error;
mod memories;
mod migrate;
mod open;
mod read;
mod sanctions;
mod types;
mod write;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::messages::Messages;
pub use companion::CompanionTurn;
pub use erase::Erased;
pub use error::{Problem, StoreError};
pub use memories::{Memory, Now, Remembered};
pub use sanctions::{Conversation, Sanction};
pub use types::*;

/// An open record.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    aside: Option<PathBuf>,
}

impl Store {
    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a damaged database was moved when this one was opened.
    pub fn put_aside(&self) -> Option<&Path> {
        self.aside.as_deref()
    }

    /// What to tell the learner about that, if it happened.
    pub fn notice(&self, messages: &Messages) -> Option<String> {
        let aside = self.put_aside()?;
        Some(messages.fill("store.put_aside", &[("path", &aside.display())]))
    }

    pub(crate) fn fault(&self, problem: Problem) -> StoreError {
        StoreError {
            path: self.path.clone(),
            problem,
        }
    }
}
