//! From a hub to the companion: one base, an adapter for each of its heads.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::hub::Repository;
use crate::place::Place;
use crate::speaks::{fixture, repository};

const MANIFEST: &str = r#"
format_version = 1
[[model]]
name = "talker"
roles = ["output_message", "memory"]
architecture = "llama"
licence = "stated"
bytes = 350_000
source = { repository = "owner/talker" }
adapter = { repository = "owner/heads" }
"#;

/// A hub that serves a small random Llama with two adapters, each in a folder named after its head.
fn place() -> Place {
    let place = Place::new();
    fs::write(place.models().join("manifest.toml"), MANIFEST).unwrap();
    let files = ["config.json", "model.safetensors", "tokenizer.json"];
    place
        .hub
        .put("owner/talker", repository("tiny-llama", "d", &files));
    let folder = fixture("tiny-llama-adapter");
    let read = |file: &str| fs::read(folder.join(file)).unwrap();
    let (config, weights) = (
        read("adapter_config.json"),
        read("adapter_model.safetensors"),
    );
    let heads = Repository {
        commit: "e".repeat(40),
        card: json!({"license": "mit"}),
        files: BTreeMap::from([
            ("output_message_tuned/adapter_config.json", config.clone()),
            (
                "output_message_tuned/adapter_model.safetensors",
                weights.clone(),
            ),
            ("memory_tuned/adapter_config.json", config),
            ("memory_tuned/adapter_model.safetensors", weights),
        ]),
    };
    place.hub.put("owner/heads", heads);
    place
}

#[test]
fn pulled_heads_answer_within_their_forms_and_authored_words_stand_in_for_what_fails() {
    let place = place();
    let pulled = place.run(&["pull", "talker", "--yes"]);
    assert!(
        pulled.status.success(),
        "{}",
        String::from_utf8_lossy(&pulled.stderr)
    );
    let mut command = place.home.ohlora();
    command.args(["chat", "--json", "--lang", "ko"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "나 요즘 수영 배워").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let replies = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let reply: Value = replies
        .into_iter()
        .find(|event: &Value| event["event"] == "reply")
        .unwrap();
    assert_eq!(
        reply["writer"], "authored",
        "random words fail the checks: {reply}"
    );
    assert_eq!(reply["fallback"], true, "a model has the role: {reply}");
    let saved = &reply["memory_saved"];
    let form = |item: &str| item.starts_with('[') && item.contains(": ") && item.ends_with(']');
    assert!(
        saved.is_null() || saved.as_str().is_some_and(form),
        "{reply}"
    );
}

#[test]
fn a_head_that_is_damaged_is_told_before_anything_is_said() {
    let place = place();
    assert!(place.run(&["pull", "talker", "--yes"]).status.success());
    let weights = place
        .models()
        .join("talker/adapter/memory_tuned/adapter_model.safetensors");
    fs::write(&weights, b"cut").unwrap();
    let mut command = place.home.ohlora();
    command.args(["chat", "--json", "--lang", "en"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{told}");
    assert!(told.contains("talker") && told.contains("pull"), "{told}");
}
