//! Memory pairs: the memory of one combination with the message of another.

use std::path::Path;

use super::pairs::similarity_in;
use super::{Rows, read};
use crate::content::finding::LoadError;

/// One line of a memory pairs file.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryPair {
    /// `memory_0`: `[key: value]`.
    pub memory: String,
    /// `user_prompt_1`: the message that it is compared with.
    pub message: String,
    /// `similarity_score`: what they have in common.
    pub similarity: f32,
}

/// Reads a file of memory pairs; `user_prompt_0` and `memory_1` say where a pair comes from and are not
/// needed.
///
/// # Errors
/// When it cannot be read, lacks a column, or holds a bad number.
pub fn read_memory_pairs(path: &Path) -> Result<Rows<MemoryPair>, LoadError> {
    let names = ["memory_0", "user_prompt_1", "similarity_score"];
    read(
        path,
        |table| names.map(|name| table.column(name)),
        |[memory, message, similarity], row| {
            let (memory, message) = (row.cell(*memory), row.cell(*message));
            if memory.is_empty() || message.is_empty() {
                return None;
            }
            Some(MemoryPair {
                memory,
                message,
                similarity: similarity_in(row, (*similarity)?)?,
            })
        },
    )
}
