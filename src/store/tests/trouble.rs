//! Damaged, locked, full, read-only and foreign files.

use std::fs;
use std::time::Duration;

use rusqlite::Connection;

use super::*;

fn file(profile: &TempDir) -> std::path::PathBuf {
    profile.path().join("ohlora.db")
}

/// Overwrites the middle of the file, as a dying disk does.
fn scratch(profile: &TempDir) {
    let mut bytes = fs::read(file(profile)).unwrap();
    let (from, to) = (bytes.len() / 4, bytes.len() * 3 / 4);
    bytes[from..to].fill(0xa5);
    fs::write(file(profile), bytes).unwrap();
}

#[test]
fn a_damaged_file_is_kept_aside_and_a_fresh_one_begun() {
    let profile = profile();
    hold(&mut open(&profile), 20);
    scratch(&profile);
    let damaged = fs::read(file(&profile)).unwrap();

    let mut store = open(&profile);
    let aside = store.put_aside().unwrap().to_owned();
    assert!(
        aside.ends_with("ohlora.db.damaged-20261120T083000Z"),
        "{aside:?}"
    );
    assert_eq!(fs::read(&aside).unwrap(), damaged);
    let notice = store
        .notice(&Messages::new(crate::messages::Lang::En))
        .unwrap();
    assert!(notice.contains("damaged-20261120T083000Z"), "{notice}");
    assert!(store.interviews().unwrap().is_empty());
    hold(&mut store, 1);
    drop(store);

    assert_eq!(open(&profile).put_aside(), None);
    assert_eq!(open(&profile).damaged_files(), [aside]);
}

#[test]
fn damage_twice_in_a_second_keeps_both_files() {
    let profile = profile();
    for n in 1..=2 {
        fs::write(file(&profile), format!("this is not a database, {n}")).unwrap();
        assert!(open(&profile).put_aside().is_some());
    }
    let texts = open(&profile).damaged_files();
    let texts: Vec<_> = texts
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert_eq!(
        texts,
        ["this is not a database, 1", "this is not a database, 2"]
    );
}

#[test]
fn an_empty_file_is_a_fresh_record() {
    let profile = profile();
    fs::write(file(&profile), "").unwrap();
    assert_eq!(open(&profile).put_aside(), None);
}

#[test]
fn a_newer_record_is_refused_and_left_untouched() {
    let profile = profile();
    hold(&mut open(&profile), 1);
    let connection = Connection::open(file(&profile)).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let before = fs::read(file(&profile)).unwrap();

    let error = Store::open(profile.path(), at(0)).unwrap_err();
    assert!(matches!(error.problem, Problem::Newer { found: 99 }));
    assert!(error.to_string().contains("update ohlora"), "{error}");
    assert_eq!(fs::read(file(&profile)).unwrap(), before);
}

#[test]
fn a_record_of_version_1_is_brought_up_with_what_it_holds() {
    let profile = profile();
    let old = Connection::open(file(&profile)).unwrap();
    old.execute_batch(include_str!("../migrations/0001_interviews.sql"))
        .unwrap();
    old.execute_batch(
        r#"PRAGMA user_version = 1;
           INSERT INTO interviews VALUES
               (7, '2026-01-02T03:04:05Z', NULL, NULL, 'p', '옛 면접', -1, 'authored', 'ko', '{}');
           INSERT INTO turns VALUES
               (7, 0, '2026-01-02T03:04:05Z', 't', NULL, NULL, NULL, '안녕', 'authored', 0, '{}');"#,
    )
    .unwrap();
    drop(old);

    let mut store = open(&profile);
    assert_eq!(store.unfinished().unwrap().unwrap().id, InterviewId(7));
    assert!(store.disputes().unwrap().is_empty());
    store
        .record_turn(InterviewId(7), &turn(1, "이어서"), &json!({}))
        .unwrap();
}

#[test]
fn a_full_disk_loses_nothing_and_work_goes_on_when_there_is_space() {
    let profile = profile();
    let mut store = open(&profile);
    let id = hold(&mut store, 1);
    let limit = |store: &Store, pages: u32| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        let _: u32 = store
            .connection
            .query_row(&sql, [], |row| row.get(0))
            .unwrap();
    };
    limit(&store, 1); // that is: not one page more than there are
    let long = turn(2, &"아주 긴 답".repeat(10_000));
    let error = store
        .record_turn(id, &long, &json!({ "turn": 2 }))
        .unwrap_err();
    assert!(matches!(error.problem, Problem::Full), "{error:?}");
    assert!(
        error
            .to_string()
            .contains("What was recorded before is safe"),
        "{error}"
    );
    let unfinished = store.unfinished().unwrap().unwrap();
    assert_eq!(
        (unfinished.turn, unfinished.snapshot),
        (1, json!({ "turn": 1 }))
    );

    limit(&store, 1_000_000);
    store.record_turn(id, &long, &json!({ "turn": 2 })).unwrap();
    assert_eq!(store.unfinished().unwrap().unwrap().turn, 2);
}

#[test]
fn a_record_that_somebody_holds_is_called_locked() {
    let profile = profile();
    let mut store = open(&profile);
    store.connection.busy_timeout(Duration::ZERO).unwrap();
    let other = Connection::open(file(&profile)).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = store.begin_interview(&new_interview()).unwrap_err();
    assert!(matches!(error.problem, Problem::Locked), "{error:?}");
    other.execute_batch("COMMIT").unwrap();
    store.begin_interview(&new_interview()).unwrap();
}

#[test]
fn erasing_beside_a_reader_says_that_traces_may_stay() {
    let profile = profile();
    let mut store = open(&profile);
    let id = hold(&mut store, 1);
    store.connection.busy_timeout(Duration::ZERO).unwrap();
    let reader = Connection::open(file(&profile)).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM turns;")
        .unwrap();
    let error = store.erase(id).unwrap_err();
    assert!(matches!(error.problem, Problem::Traces), "{error:?}");
    assert!(store.interviews().unwrap().is_empty());
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(
        store.erase_all().unwrap().interviews,
        0,
        "now it is rewritten"
    );
}

#[test]
fn a_profile_that_cannot_be_a_folder_is_explained() {
    let profile = profile();
    let taken = profile.path().join("taken");
    fs::write(&taken, "").unwrap();
    let error = Store::open(&taken, at(0)).unwrap_err();
    assert!(matches!(error.problem, Problem::Folder(_)), "{error:?}");
    assert!(error.to_string().contains("taken"), "{error}");

    fs::create_dir(file(&profile)).unwrap();
    let error = Store::open(profile.path(), at(0)).unwrap_err();
    assert!(matches!(error.problem, Problem::ReadOnly), "{error:?}");
    assert!(error.to_string().contains("--profile"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_explained() {
    use std::os::unix::fs::PermissionsExt;
    let profile = profile();
    let folder = profile.path().join("locked");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(folder.join("probe"), "").is_ok() {
        return; // the superuser may write everywhere
    }
    let error = Store::open(&folder, at(0)).unwrap_err();
    assert!(matches!(error.problem, Problem::ReadOnly), "{error:?}");
}
