//! What is asked, what is listed, without a hub.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::hub::Manifest;
use crate::messages::Lang;

const MANIFEST: &str = r#"
format_version = 1
[[model]]
name = "base"
roles = ["base"]
shipped = true
architecture = "bert"
licence = "mit"
bytes = 25
[[model]]
name = "writer"
roles = ["interviewer", "summary"]
architecture = "llama"
licence = "stated"
bytes = 4_000_000_000
source = { repository = "owner/writer" }
"#;

/// A library in a folder, with one model pulled into it.
fn library(data: &TempDir, pulled: bool) -> Library {
    let manifest = Manifest::parse(MANIFEST, Path::new("manifest.toml")).unwrap();
    if pulled {
        let folder = data.path().join("models/writer");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.json"), "hello\n").unwrap();
        let lock = r#"
format_version = 1
[models.writer]
pulled = "2026-11-20T08:30:00Z"
parts = [{ repository = "owner/writer", revision = "main", commit = "0123456789abcdef0123456789abcdef01234567", licence = "apache-2.0\u001b[31m" }]
files = [{ path = "config.json", bytes = 6, sha256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" }]
"#;
        fs::write(data.path().join("models.lock"), lock).unwrap();
    }
    Library::new(manifest, data.path())
}

fn run_in(library: &Library, command: Command, answer: Option<&str>) -> Result<String, HubError> {
    let mut output = Vec::new();
    let mut terminal = Terminal {
        interactive: answer.is_some(),
        input: &mut answer.unwrap_or_default().as_bytes(),
        output: &mut output,
    };
    let messages = Messages::new(Lang::En);
    let args = ModelsArgs { command };
    run(&args, library, &messages, &mut terminal, &Arc::default)?;
    Ok(String::from_utf8(output).unwrap())
}

fn rm(name: &str, yes: bool) -> Command {
    let name = name.to_owned();
    Command::Rm { name, yes }
}

#[test]
fn the_list_says_what_is_here() {
    let data = tempfile::tempdir().unwrap();
    let list = Command::List { json: false };
    let text = run_in(&library(&data, false), list.clone(), None).unwrap();
    insta::assert_snapshot!(text, @r"
    Name    Role                  State           Size  Licence
    base    base                  shipped         25 B  mit (free to use and change; keep the notice)
    writer  interviewer, summary  not pulled  ~4.00 GB  as stated by the repository
    ");
    let text = run_in(&library(&data, true), list, None).unwrap();
    insta::assert_snapshot!(text, @r"
    Name    Role                  State                Size  Licence
    base    base                  shipped              25 B  mit (free to use and change; keep the notice)
    writer  interviewer, summary  pulled 0123456789ab   6 B  apache-2.0 (free to use and change; keep the notices)
    ");
}

#[test]
fn the_list_in_json_has_a_model_a_line() {
    let data = tempfile::tempdir().unwrap();
    let library = library(&data, true);
    fs::write(data.path().join("models/writer/config.json"), "").unwrap();
    let text = run_in(&library, Command::List { json: true }, None).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(lines[0]["state"], "shipped");
    assert_eq!(lines[1]["state"], "damaged");
    assert_eq!(lines[1]["damaged"][0], "config.json");
    assert_eq!(lines[1]["repository"], "owner/writer");
    assert_eq!(lines[1]["bytes"], 6);
}

#[test]
fn removing_asks_and_heeds_the_answer() {
    let data = tempfile::tempdir().unwrap();
    let library = library(&data, true);
    let error = run_in(&library, rm("writer", false), None).unwrap_err();
    assert!(matches!(error, HubError::Unanswered));
    assert_eq!(error.exit_code(), 2);
    let error = run_in(&library, rm("writer", false), Some("")).unwrap_err();
    assert!(matches!(error, HubError::Unanswered));
    let said = run_in(&library, rm("writer", false), Some("n\n")).unwrap();
    assert!(said.contains("Nothing was removed"), "{said}");
    assert!(library.installed("writer").is_ok());
    let said = run_in(&library, rm("writer", false), Some("네\n")).unwrap();
    assert!(said.contains("Removed: writer"), "{said}");
    let error = library.installed("writer").unwrap_err();
    assert!(matches!(error, HubError::NotPulled(_)));
    assert!(!data.path().join("models/writer").exists());
    assert!(!data.path().join("models/.pulling").exists());
}

#[test]
fn what_is_shipped_or_unknown_is_not_removed() {
    let data = tempfile::tempdir().unwrap();
    let library = library(&data, false);
    for (name, part) in [
        ("base", "part of the program"),
        ("writer", "not here"),
        ("other", "base, writer"),
    ] {
        let error = run_in(&library, rm(name, true), None).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn verifying_reads_the_files() {
    let data = tempfile::tempdir().unwrap();
    let library = library(&data, true);
    let all = Command::Verify { name: None };
    assert!(
        run_in(&library, all.clone(), None)
            .unwrap()
            .contains("writer")
    );
    // Of the same size, so only the contents tell.
    fs::write(data.path().join("models/writer/config.json"), "hallo\n").unwrap();
    assert!(library.installed("writer").is_ok());
    let error = run_in(&library, all, None).unwrap_err();
    assert_eq!(error.exit_code(), 1);
    let text = error.to_string();
    assert!(text.contains("writer/config.json"), "{text}");
    assert!(text.contains("models pull writer"), "{text}");
}

#[test]
fn pulling_without_anybody_to_ask_is_refused_before_the_hub_is() {
    let data = tempfile::tempdir().unwrap();
    let pull = |name: &str| Command::Pull {
        name: name.to_owned(),
        revision: None,
        yes: false,
    };
    let error = run_in(&library(&data, false), pull("writer"), None).unwrap_err();
    assert!(matches!(error, HubError::Unanswered));
    let error = run_in(&library(&data, false), pull("base"), None).unwrap_err();
    assert!(matches!(error, HubError::Shipped(_)));
}
