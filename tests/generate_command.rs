//! `ohlora generate`, run as a learner's script runs it, on a tiny random model.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;
use std::process::{Output, Stdio};

use common::Home;
use serde_json::Value;

fn model(name: &str) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    fixtures.join(name).display().to_string()
}

fn generate(home: &Home, model: &str, arguments: &[&str]) -> Output {
    let mut command = home.ohlora();
    command.args(["generate", "--model", model]).args(arguments);
    command.stdin(Stdio::null()).output().unwrap()
}

#[track_caller]
fn stdout(output: &Output) -> &str {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.is_empty(), "{said}");
    std::str::from_utf8(&output.stdout).unwrap()
}

#[track_caller]
fn refused(output: &Output, parts: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty());
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

#[test]
fn json_is_one_line_and_the_text_is_that_of_the_plain_reply() {
    let home = Home::new();
    let arguments = ["--prompt", "손실 함수가", "--max-tokens", "12"];
    for name in ["tiny-llama", "tiny-neox"] {
        let plain = generate(&home, &model(name), &arguments);
        let json = generate(&home, &model(name), &[&arguments[..], &["--json"]].concat());
        let line: Value = serde_json::from_str(stdout(&json)).unwrap();
        assert_eq!(stdout(&json).lines().count(), 1);
        let keys: Vec<&str> = line
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            keys,
            [
                "decode_tokens_per_s",
                "first_token_ms",
                "prefill_tokens_per_s",
                "prompt_tokens",
                "text",
                "tokens",
            ]
        );
        assert!((1..=12).contains(&line["tokens"].as_u64().unwrap()));
        assert!(line["prompt_tokens"].as_u64().unwrap() > 2);
        let text: String = line["text"]
            .as_str()
            .unwrap()
            .chars()
            .filter(|c| *c == '\n' || *c == '\t' || !c.is_control())
            .collect();
        assert_eq!(stdout(&plain), format!("{text}\n"));
    }
}

#[test]
fn a_seed_repeats_and_another_does_not() {
    let home = Home::new();
    let with = |seed: &str| {
        let arguments = [
            "--prompt",
            "a",
            "--temperature",
            "1",
            "--top-k",
            "50",
            "--seed",
            seed,
        ];
        let output = generate(&home, &model("tiny-neox"), &arguments);
        stdout(&output).to_owned()
    };
    assert_eq!(with("1"), with("1"));
    assert_ne!(with("1"), with("2"));
}

#[test]
fn adapters_and_rounded_weights_change_the_reply() {
    let home = Home::new();
    let reply = |more: &[&str]| {
        let arguments = [&["--prompt", "면접", "--max-tokens", "30"], more].concat();
        stdout(&generate(&home, &model("tiny-neox"), &arguments)).to_owned()
    };
    let bare = reply(&[]);
    assert_ne!(bare, reply(&["--adapter", &model("tiny-neox-adapter")]));
    assert!(!reply(&["--precision", "q8_0"]).is_empty());
}

#[test]
fn what_cannot_be_used_is_said_in_one_sentence() {
    let home = Home::new();
    let prompt = ["--prompt", "a"];
    refused(
        &generate(&home, "no/such/model", &prompt),
        &["no/such/model", ".gguf"],
    );
    refused(
        &generate(&home, &model("tiny-bert"), &prompt),
        &[
            "config.json",
            "unknown architecture bert",
            "llama, gpt_neox",
        ],
    );
    let file = home.path().join("text.gguf");
    std::fs::write(&file, "a text").unwrap();
    refused(
        &generate(&home, &file.display().to_string(), &prompt),
        &["text.gguf", "no GGUF file"],
    );
    let llama = model("tiny-llama");
    refused(&generate(&home, &llama, &["--prompt", ""]), &["empty"]);
    refused(
        &generate(&home, &llama, &["--prompt", "a", "--temperature=-1"]),
        &["--temperature"],
    );
    refused(
        &generate(&home, &llama, &["--prompt", &"a ".repeat(200)]),
        &["128", "shorten the prompt"],
    );
    let adapter = model("tiny-neox-adapter");
    refused(
        &generate(&home, &llama, &["--prompt", "a", "--adapter", &adapter]),
        &["the model the adapter was trained on"],
    );
}
