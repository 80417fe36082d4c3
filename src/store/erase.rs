//! Forgetting: what is erased can't be found in the file any more.

use std::fs;
use std::path::PathBuf;

use rusqlite::params;

use super::companion::erase_turns;
use super::sanctions::erase_words;
use super::write::one;
use super::{InterviewId, Problem, Store, StoreError};

/// What was erased with everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Interviews.
    pub interviews: usize,
    /// Turns with the companion.
    pub turns: usize,
    /// Memories.
    pub memories: usize,
    /// Sanctions that were not lifted: they stay, without their words.
    pub sanctions: u32,
}

impl Store {
    /// Erases an interview with its turns and disputes.
    ///
    /// # Errors
    /// [`Problem::Gone`] where there is none; [`Problem::Traces`] where it is erased, but another
    /// program kept the file from being rewritten; the file can't be written to.
    pub fn erase(&mut self, id: InterviewId) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sql = "DELETE FROM interviews WHERE id = ?";
            one(transaction.execute(sql, params![id.0])?, Problem::Gone(id))
        })?;
        self.rewrite()
    }

    /// Erases everything said in this profile: interviews, the conversation with the companion, what
    /// she remembers, and the words of sanctions. What of a sanction was not lifted stays without
    /// its words (what it was for, when, how long), so that nobody erases a block away.
    ///
    /// # Errors
    /// As [`Store::erase`].
    pub fn erase_all(&mut self) -> Result<Erased, StoreError> {
        let erased = self.write(|transaction| {
            erase_words(transaction)?;
            Ok(Erased {
                interviews: transaction.execute("DELETE FROM interviews", [])?,
                turns: erase_turns(transaction)?,
                memories: transaction.execute("DELETE FROM memories", [])?,
                sanctions: transaction
                    .query_row("SELECT count(*) FROM sanctions", [], |row| row.get(0))?,
            })
        })?;
        self.rewrite()?;
        Ok(erased)
    }

    /// Databases that were put aside in this folder, now or earlier. They may hold interviews, and
    /// nothing here deletes them.
    pub fn damaged_files(&self) -> Vec<PathBuf> {
        let entries = self.path.parent().map(fs::read_dir);
        let mut files: Vec<_> = entries
            .into_iter()
            .flatten()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().contains(".db.damaged-"))
            .collect();
        files.sort();
        files
    }

    /// Writes the file anew without what was deleted, and empties the log, where it still stands.
    fn rewrite(&self) -> Result<(), StoreError> {
        let rewritten = self.connection.execute_batch("VACUUM").is_ok()
            && self
                .connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
                .is_ok_and(|busy: bool| !busy);
        if rewritten {
            Ok(())
        } else {
            Err(self.fault(Problem::Traces))
        }
    }
}
