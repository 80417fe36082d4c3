//! What the companion remembers: one item a key, with its time and its embedding.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};

use super::read::{parsed, unreadable};
use super::write::one;
use super::{Problem, Store, StoreError};
use crate::companion::memory::{Canonical, Change, Item, Kept, turn_day};

/// A moment, as an instant and on the learner's wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The instant.
    pub at: Timestamp,
    /// The wall clock.
    pub local: DateTime,
}

/// An item as recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    /// Its number, what is remembered, and for how long.
    pub kept: Kept,
    /// When it was saved.
    pub saved: Timestamp,
    /// Its embedding, by the model of this fingerprint.
    pub embedding: Option<(String, Vec<f32>)>,
}

/// What became of an item that was to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// Its key is new.
    New(i64),
    /// It took the place of this value, under the same key.
    Replaced(i64, Item),
    /// It was there already; only its time is new.
    Known(i64),
}

impl Now {
    /// The instant on a wall clock.
    pub fn of(at: Timestamp, zone: &jiff::tz::TimeZone) -> Self {
        let local = at.to_zoned(zone.clone()).datetime();
        Self { at, local }
    }
}

impl Store {
    /// Keeps an item. A new value for a known key takes the place of the old one.
    ///
    /// # Errors
    /// The disk is full, or the file can't be written to.
    pub fn remember(&mut self, item: &Item, now: Now) -> Result<Remembered, StoreError> {
        self.write(|transaction| {
            tidy(transaction, now.local)?;
            remember(transaction, item, now)
        })
    }

    /// Keeps many items, all or none.
    ///
    /// # Errors
    /// As [`Store::remember`].
    pub fn remember_all(
        &mut self,
        items: &[Item],
        now: Now,
    ) -> Result<Vec<Remembered>, StoreError> {
        self.write(|transaction| {
            tidy(transaction, now.local)?;
            items
                .iter()
                .map(|item| remember(transaction, item, now))
                .collect()
        })
    }

    /// What is remembered now, oldest first; what is over is forgotten, and what was 내일 is 오늘.
    ///
    /// # Errors
    /// The disk is full, or the file can't be read or written to.
    pub fn memories(&mut self, local: DateTime) -> Result<Vec<Memory>, StoreError> {
        self.write(|transaction| {
            tidy(transaction, local)?;
            Ok(all(transaction)?)
        })
    }

    /// A number that changes whenever another program changes the file; what this one changes, it
    /// knows.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn version(&self) -> Result<i64, StoreError> {
        self.read(|connection| {
            connection.pragma_query_value(None, "data_version", |row| row.get(0))
        })
    }

    /// Gives an item another key or value. Where the new key is another item's, that one goes and is
    /// returned.
    ///
    /// # Errors
    /// [`Problem::NoMemory`] where there is none of this number; as [`Store::remember`].
    pub fn edit_memory(
        &mut self,
        id: i64,
        item: &Item,
        now: Now,
    ) -> Result<Option<Item>, StoreError> {
        self.write(|transaction| {
            tidy(transaction, now.local)?;
            let kept = Kept::now(id, item.clone(), now.local);
            let canonical = Canonical::of(item.key());
            let sql = "DELETE FROM memories WHERE canonical = ? AND id <> ? RETURNING key, value";
            let gone: Option<(String, String)> = transaction
                .query_row(sql, params![canonical.as_str(), id], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            one(put(transaction, &kept, now.at)?, Problem::NoMemory(id))?;
            Ok(gone.and_then(|(key, value)| Item::new(&key, &value).ok()))
        })
    }

    /// Forgets an item.
    ///
    /// # Errors
    /// [`Problem::NoMemory`] where there is none of this number; the file can't be written to.
    pub fn forget(&mut self, id: i64) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sql = "DELETE FROM memories WHERE id = ?";
            one(transaction.execute(sql, [id])?, Problem::NoMemory(id))
        })
    }

    /// Forgets everything; says how many items there were.
    ///
    /// # Errors
    /// The file can't be written to.
    pub fn forget_all(&mut self) -> Result<usize, StoreError> {
        self.write(|transaction| Ok(transaction.execute("DELETE FROM memories", [])?))
    }

    /// Stores the embedding of an item, made by the model of a fingerprint. An item that has changed
    /// or gone meanwhile is left as it is.
    ///
    /// # Errors
    /// The disk is full, or the file can't be written to.
    pub fn embed_memories(
        &mut self,
        fingerprint: &str,
        embeddings: &[(i64, Item, Vec<f32>)],
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut statement = transaction.prepare(
                "UPDATE memories SET embedding = ?, fingerprint = ?
                 WHERE id = ? AND key = ? AND value = ?",
            )?;
            for (id, item, embedding) in embeddings {
                let bytes: Vec<u8> = embedding.iter().flat_map(|x| x.to_le_bytes()).collect();
                statement.execute(params![bytes, fingerprint, id, item.key(), item.value()])?;
            }
            Ok(())
        })
    }
}

/// What the day has changed since somebody last looked.
fn tidy(transaction: &Transaction<'_>, local: DateTime) -> Result<(), Problem> {
    let kept: Vec<Kept> = transaction
        .prepare("SELECT id, key, value, said, expires FROM memories WHERE expires IS NOT NULL ORDER BY id")?
        .query_map([], kept)?
        .collect::<Result<_, _>>()?;
    for change in turn_day(&kept, local) {
        match change {
            Change::Forget(id) => {
                transaction.execute("DELETE FROM memories WHERE id = ?", [id])?;
            }
            Change::Rename(id, item, said) => {
                transaction.execute(
                    "UPDATE memories SET canonical = ?, key = ?, said = ?,
                                         embedding = NULL, fingerprint = NULL
                     WHERE id = ?",
                    params![
                        Canonical::of(item.key()).as_str(),
                        item.key(),
                        said.to_string(),
                        id
                    ],
                )?;
            }
        }
    }
    Ok(())
}

fn remember(transaction: &Transaction<'_>, item: &Item, now: Now) -> Result<Remembered, Problem> {
    let canonical = Canonical::of(item.key());
    let known = transaction
        .query_row(
            "SELECT id, key, value, said, expires FROM memories WHERE canonical = ?",
            [canonical.as_str()],
            kept,
        )
        .optional()?;
    match known {
        Some(known) => {
            let same = known.item == *item;
            put(
                transaction,
                &Kept::now(known.id, item.clone(), now.local),
                now.at,
            )?;
            Ok(if same {
                Remembered::Known(known.id)
            } else {
                Remembered::Replaced(known.id, known.item)
            })
        }
        None => {
            let kept = Kept::now(0, item.clone(), now.local);
            transaction.execute(
                "INSERT INTO memories (canonical, key, value, saved_at, said, expires)
                 VALUES (?, ?, ?, ?, ?, ?)",
                params![
                    canonical.as_str(),
                    item.key(),
                    item.value(),
                    now.at.to_string(),
                    kept.said.to_string(),
                    kept.expires.map(|expires| expires.to_string()),
                ],
            )?;
            Ok(Remembered::New(transaction.last_insert_rowid()))
        }
    }
}

/// Writes an item over the one of its number; the embedding stays where the text does.
fn put(transaction: &Transaction<'_>, kept: &Kept, at: Timestamp) -> Result<usize, Problem> {
    Ok(transaction.execute(
        "UPDATE memories SET
             embedding = CASE WHEN key = :key AND value = :value THEN embedding END,
             fingerprint = CASE WHEN key = :key AND value = :value THEN fingerprint END,
             canonical = :canonical, key = :key, value = :value,
             saved_at = :at, said = :said, expires = :expires
         WHERE id = :id",
        named_params! {
            ":id": kept.id,
            ":canonical": Canonical::of(kept.item.key()).as_str(),
            ":key": kept.item.key(),
            ":value": kept.item.value(),
            ":at": at.to_string(),
            ":said": kept.said.to_string(),
            ":expires": kept.expires.map(|expires| expires.to_string()),
        },
    )?)
}

fn all(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<Memory>> {
    let mut statement = transaction.prepare("SELECT * FROM memories ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let fingerprint: Option<String> = row.get("fingerprint")?;
        let bytes: Option<Vec<u8>> = row.get("embedding")?;
        let numbers = bytes.map(|bytes| {
            let chunks = bytes.chunks_exact(4);
            chunks
                .map(|chunk| f32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]))
                .collect()
        });
        Ok(Memory {
            kept: kept(row)?,
            saved: parsed(row, "saved_at")?,
            embedding: fingerprint.zip(numbers),
        })
    })?;
    rows.collect()
}

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    let (key, value): (String, String) = (row.get("key")?, row.get("value")?);
    let item = Item::new(&key, &value).map_err(|error| unreadable(row, "value", error))?;
    let expires: Option<String> = row.get("expires")?;
    Ok(Kept {
        id: row.get("id")?,
        item,
        said: parsed::<Date>(row, "said")?,
        expires: expires.map(|_| parsed(row, "expires")).transpose()?,
    })
}
