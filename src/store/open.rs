//! Opening the database: made, checked, migrated; a damaged one is put aside, never deleted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OpenFlags};

use super::{Problem, Store, StoreError, migrate};
use crate::fs::create_private_folder;

/// The database in the profile folder.
const FILE: &str = "ohlora.db";

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long an opening that was refused waits before it tries again.
const PAUSE: Duration = Duration::from_millis(20);

impl Store {
    /// Opens the record in a profile folder, making both where they are missing.
    ///
    /// A damaged database is put aside under a name with the date of `now` and a fresh one begun;
    /// [`Store::put_aside`] tells.
    ///
    /// # Errors
    /// The folder or file can't be written to, is held by another program, was written by a newer
    /// version, or the disk is full.
    pub fn open(profile: &Path, now: Timestamp) -> Result<Self, StoreError> {
        let path = profile.join(FILE);
        let open = || {
            create_private_folder(profile).map_err(Problem::Folder)?;
            match connect_patiently(&path) {
                Err(Problem::Damaged) => {
                    let aside = put_aside(&path, now).map_err(Problem::Stuck)?;
                    Ok((connect_patiently(&path)?, Some(aside)))
                }
                connected => Ok((connected?, None)),
            }
        };
        match open() {
            Ok((connection, aside)) => Ok(Self {
                connection,
                path,
                aside,
            }),
            Err(problem) => Err(StoreError { path, problem }),
        }
    }
}

/// Connects, again and again while others do the same.
///
/// The busy timeout is not enough: a change of journal mode, and an opening while the last other
/// connection closes, are refused at once (<https://www.sqlite.org/wal.html>, section 4).
fn connect_patiently(path: &Path) -> Result<Connection, Problem> {
    let begun = Instant::now();
    loop {
        match connect(path) {
            Err(Problem::Locked) if begun.elapsed() < PATIENCE => thread::sleep(PAUSE),
            connected => return connected,
        }
    }
}

fn connect(path: &Path) -> Result<Connection, Problem> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    migrate::version(&connection)?; // a newer file is left exactly as it is
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Err(Problem::ReadOnly);
    }
    let verdict: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if verdict != "ok" {
        return Err(Problem::Damaged);
    }
    // FULL syncs the log at every commit: what was recorded survives a power cut. macOS needs
    // fullfsync for the same. What is erased is overwritten with zeros.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;",
    )?;
    migrate::migrate(&mut connection)?;
    Ok(connection)
}

/// Renames a database and its log, so that tools for damaged databases find both.
fn put_aside(path: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let date = now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ");
    let dated = format!("{FILE}.damaged-{date}");
    let aside = (1..)
        .map(|n| match n {
            1 => path.with_file_name(&dated),
            n => path.with_file_name(format!("{dated}-{n}")),
        })
        .find(|name| !name.exists())
        .unwrap_or_default();
    fs::rename(path, &aside)?;
    for ending in ["-wal", "-shm"] {
        match fs::rename(with_ending(path, ending), with_ending(&aside, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
