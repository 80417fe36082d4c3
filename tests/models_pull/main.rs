//! `ohlora models` against a hub on loopback, from the first request to the files on disk.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod heads;
mod hub;
mod place;
mod prompt;
mod refused;
mod speaks;
mod trouble;

use std::fs;

use place::{Place, bytes, sentence};
use serde_json::json;

#[test]
fn a_model_and_its_adapter_are_pulled_listed_verified_and_removed() {
    let place = Place::new();
    let output = place.run(&["pull", "writer", "--yes"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    for part in [
        "owner/writer, main = cccccccccccc, files: 4",
        "Licence: apache-2.0 (free to use",
        "| Apache License",
        "owner/adapter",
        "Licence: my-terms",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(!said.contains('\u{1b}'), "{said:?}");

    let model = place.models().join("writer");
    for (file, expected) in [
        ("config.json", b"{}".to_vec()),
        ("model.safetensors", bytes(1, 300_000)),
        ("adapter/adapter_config.json", b"{\"r\":64}".to_vec()),
        ("adapter/adapter_model.safetensors", bytes(2, 50_000)),
        (
            "LICENSE",
            b"\n  Apache License\n\x1b[31mVersion 2.0\n".to_vec(),
        ),
    ] {
        assert!(fs::read(model.join(file)).unwrap() == expected, "{file}");
    }
    assert!(!model.join("pytorch_model.bin").exists());
    assert!(!place.models().join(".pulling").exists());

    let list = place.list("writer");
    assert_eq!(list["state"], "pulled");
    assert_eq!(list["commit"], "c".repeat(40));
    assert_eq!(list["bytes"], 350_047);
    assert_eq!(place.list("base")["state"], "shipped");
    assert_eq!(place.list("other")["state"], "not_pulled");

    let output = place.run(&["verify"]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "Whole: writer\n");

    place.hub.log();
    let output = place.run(&["pull", "writer", "--yes"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("here already"), "{said}");
    assert!(place.hub.log().iter().all(|line| !line.contains("cdn")));

    assert!(place.run(&["rm", "writer", "--yes"]).status.success());
    assert!(!model.exists());
    assert_eq!(place.list("writer")["state"], "not_pulled");
    let output = place.run(&["verify", "writer"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(sentence(&output).contains("models pull writer"));
}

#[test]
fn only_what_is_damaged_is_fetched_again() {
    let place = Place::new();
    place.pull();
    let weights = place.models().join("writer/model.safetensors");
    let mut damaged = fs::read(&weights).unwrap();
    damaged[7] ^= 1;
    fs::write(&weights, damaged).unwrap();
    let output = place.run(&["verify"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(sentence(&output).contains("writer/model.safetensors"));

    place.hub.log();
    place.pull();
    assert!(fs::read(&weights).unwrap() == bytes(1, 300_000));
    let log = place.hub.log();
    let fetched = |file: &str| {
        log.iter()
            .any(|line| line.contains(&format!("GET /cdn/{file}")))
    };
    assert!(fetched("owner/writer/model.safetensors"), "{log:?}");
    assert!(!fetched("owner/adapter"), "{log:?}");
    assert!(place.run(&["verify", "writer"]).status.success());
}

#[test]
fn a_new_commit_takes_the_place_of_the_old_one() {
    let place = Place::new();
    place.pull();
    let mut newer = place::writer();
    newer.commit = "d".repeat(40);
    newer.files.insert("config.json", b"{\"new\":1}".to_vec());
    place.hub.put("owner/writer", newer);
    place.pull();
    let config = fs::read(place.models().join("writer/config.json")).unwrap();
    assert_eq!(config, b"{\"new\":1}");
    assert_eq!(place.list("writer")["commit"], "d".repeat(40));

    // A commit that is named is what is fetched, and is recorded as such.
    place.hub.put("owner/writer", place::writer());
    let commit = "c".repeat(40);
    let output = place.run(&["pull", "writer", "--yes", "--revision", &commit]);
    assert!(output.status.success());
    assert_eq!(place.list("writer")["revision"], json!(commit));
}
