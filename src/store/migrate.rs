//! The schema, one numbered SQL file per version; `user_version` says how far a file has come.

use rusqlite::{Connection, TransactionBehavior};

use super::Problem;

/// In order; the first makes version 1. A file that was released is never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_interviews.sql"),
    include_str!("migrations/0002_disputes.sql"),
    include_str!("migrations/0003_companion.sql"),
];

/// The version this program reads and writes.
pub(super) const VERSION: u32 = MIGRATIONS.len() as u32;

/// Brings a database to [`VERSION`], all steps or none.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Problem> {
    if version(connection)? == VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again: somebody else may have migrated while this transaction waited for its turn.
    let from = version(&transaction)?;
    for sql in MIGRATIONS.iter().skip(from as usize) {
        transaction.execute_batch(sql)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

/// The version of a database, never above [`VERSION`].
pub(super) fn version(connection: &Connection) -> Result<u32, Problem> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match u32::try_from(found) {
        Ok(version) if version <= VERSION => Ok(version),
        _ => Err(Problem::Newer { found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    fn at_version(version: u32) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        for sql in MIGRATIONS.iter().take(version as usize) {
            connection.execute_batch(sql).unwrap();
        }
        connection
            .pragma_update(None, "user_version", version)
            .unwrap();
        connection
    }

    #[test]
    fn every_version_arrives_at_the_same_schema() {
        let mut fresh = at_version(0);
        migrate(&mut fresh).unwrap();
        for from in 1..=VERSION {
            let mut old = at_version(from);
            migrate(&mut old).unwrap();
            assert_eq!(version(&old).unwrap(), VERSION);
            assert_eq!(schema(&old), schema(&fresh), "from {from}");
        }
    }

    #[test]
    fn a_newer_database_is_refused() {
        let mut newer = at_version(VERSION);
        newer
            .pragma_update(None, "user_version", VERSION + 1)
            .unwrap();
        assert!(matches!(migrate(&mut newer), Err(Problem::Newer { .. })));
    }

    #[test]
    fn a_migration_that_fails_leaves_nothing_behind() {
        let mut odd = at_version(0);
        odd.execute_batch("CREATE TABLE disputes (mine)").unwrap();
        assert!(migrate(&mut odd).is_err());
        assert_eq!(version(&odd).unwrap(), 0);
        assert_eq!(schema(&odd).len(), 1);
    }
}
