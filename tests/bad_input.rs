//! What the program is given and cannot use: an exit code, and one sentence that names the file,
//! what is wrong with it, and what to do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::Home;

/// A folder of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Copies a folder and all it holds.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Writes a file into the home; returns its path.
fn file(home: &Home, name: &str, contents: impl AsRef<[u8]>) -> String {
    let path = home.path().join(name);
    fs::write(&path, contents).unwrap();
    path.display().to_string()
}

/// The question pack, to spoil.
fn pack(home: &Home) -> PathBuf {
    let pack = home.path().join("pack");
    copy(&repository("content/ml-interview-ko"), &pack);
    pack
}

/// A config file whose models lie in `models/`, which holds a copy of this one.
fn models(home: &Home, name: &str) -> (String, PathBuf) {
    let config = file(home, "ours.toml", "[models]\ndir = \"models\"\n");
    let model = home.path().join("models").join(name);
    copy(&repository("models").join(name), &model);
    (config, model)
}

fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// The one sentence with which the program refuses bad input.
#[track_caller]
fn refusal(home: &Home, arguments: &[&str]) -> String {
    let output = run(home.ohlora().args(arguments));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "one sentence:\n{said}");
    assert!(output.stdout.is_empty(), "nothing was done");
    said
}

#[track_caller]
fn assert_tells(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

#[test]
fn a_broken_topic_file_is_named_with_its_line() {
    let home = Home::new();
    let pack = pack(&home);
    let topic = pack.join("topics/17-lora.toml");
    let text = fs::read_to_string(&topic).unwrap();
    fs::write(
        &topic,
        text.replacen("kind = \"question\"", "kind = \"question", 1),
    )
    .unwrap();
    let said = refusal(&home, &["interview", "--json", "--pack", "pack"]);
    assert_tells(&said, &["17-lora.toml:5:", "error:", "—"]);
}

#[test]
fn a_missing_pack_is_named_with_a_remedy() {
    let home = Home::new();
    let said = refusal(&home, &["interview", "--json", "--pack", "no/such/pack"]);
    assert_tells(&said, &["no/such/pack", "pack.toml"]);
}

#[test]
fn an_unknown_setting_is_named_with_those_there_are() {
    let home = Home::new();
    let config = file(
        &home,
        "typo.toml",
        "lang = \"ko\"\n[interview]\nmax_failure = 3\n",
    );
    let said = refusal(&home, &["--config", &config, "interview", "--json"]);
    assert_tells(
        &said,
        &[
            "typo.toml, line 3",
            "`interview.max_failure`",
            "max_failures",
        ],
    );
}

#[test]
fn a_missing_config_file_is_named() {
    let home = Home::new();
    let said = refusal(&home, &["--config", "nowhere.toml", "interview", "--json"]);
    assert_tells(&said, &["nowhere.toml", "--config"]);
}

#[test]
fn an_unknown_writer_is_wrong_usage() {
    let home = Home::new();
    let said = refusal(&home, &["interview", "--json", "--writer", "shakespeare"]);
    assert_tells(&said, &["shakespeare", "authored"]);
}

#[test]
fn truncated_weights_end_the_interview_before_it_begins() {
    for name in ["answer", "next"] {
        let home = Home::new();
        let (config, model) = models(&home, name);
        let weights = model.join("model.safetensors");
        let bytes = fs::read(&weights).unwrap();
        fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
        let said = refusal(&home, &["--config", &config, "interview", "--json"]);
        assert_tells(&said, &[name, "model.safetensors", "train"]);
    }
}

#[test]
fn a_missing_tokenizer_is_named() {
    let home = Home::new();
    let (config, model) = models(&home, "base");
    fs::remove_file(model.join("tokenizer.json")).unwrap();
    let said = refusal(&home, &["--config", &config, "embed", "--role", "base"]);
    assert_tells(&said, &["models/base", "tokenizer.json is missing"]);
}

#[test]
fn missing_weights_are_named() {
    let home = Home::new();
    let (config, model) = models(&home, "base");
    fs::remove_file(model.join("model.safetensors")).unwrap();
    let said = refusal(&home, &["--config", &config, "embed", "--role", "base"]);
    assert_tells(&said, &["models/base", "model.safetensors is missing"]);
}

#[test]
fn a_tokenizer_larger_than_its_embeddings_is_refused() {
    let home = Home::new();
    let model = home.path().join("tiny");
    copy(&repository("tests/fixtures/tiny-bert"), &model);
    let tokenizer = repository("models/base/tokenizer.json");
    fs::copy(tokenizer, model.join("tokenizer.json")).unwrap();
    let said = refusal(&home, &["embed", "--role", "base", "--model", "tiny"]);
    assert_tells(&said, &["tiny", "rows", "tokenizer.json"]);
}

#[test]
fn a_csv_without_a_column_names_it_and_those_there_are() {
    let home = Home::new();
    let csv = file(
        &home,
        "pairs.csv",
        "input_part,similarity\nLoRA -> 행렬,1.0\n",
    );
    let said = refusal(&home, &["eval", "answer", "--pairs", &csv]);
    assert_tells(&said, &["pairs.csv:1:", "'output_answer'", "'input_part'"]);
}

#[test]
fn a_csv_with_a_bad_number_names_its_line() {
    let home = Home::new();
    let csv = "input_part,output_answer,similarity\nLoRA -> 행렬,LoRA,1.0\nLoRA -> 몰라,LoRA,영\n";
    let csv = file(&home, "pairs.csv", csv);
    let said = refusal(&home, &["eval", "answer", "--pairs", &csv]);
    assert_tells(&said, &["pairs.csv:3:3", "similarity", "'영'"]);
}

#[test]
fn a_csv_that_is_not_utf8_says_so() {
    let home = Home::new();
    let csv = b"input_part,output_answer,similarity\nLoRA -> \xb8\xf0\xb8\xa7,LoRA,0.0\n";
    let csv = file(&home, "pairs.csv", csv);
    let said = refusal(&home, &["eval", "answer", "--pairs", &csv]);
    assert_tells(&said, &["pairs.csv:2:", "UTF-8"]);
}

#[test]
fn a_missing_csv_is_named() {
    let home = Home::new();
    let said = refusal(&home, &["eval", "next", "--pairs", "gone.csv"]);
    assert_tells(&said, &["gone.csv"]);
}

#[test]
fn training_into_a_model_evaluates_it_and_leaves_it_as_it_is() {
    let home = Home::new();
    let (config, model) = models(&home, "answer");
    let before = fs::read(model.join("model.safetensors")).unwrap();
    let csv = "input_part,output_answer,similarity\n\
               LoRA -> 저랭크 행렬 두 개만 학습하는 방법,LoRA,1.0\n\
               LoRA -> 저랭크 행렬 두 개만 학습하는 방법,답변 실패,0.0\n";
    let csv = file(&home, "pairs.csv", csv);
    let out = model.display().to_string();
    let arguments = [
        "--config", &config, "train", "answer", "--pairs", &csv, "--out", &out,
    ];
    let output = run(home.ohlora().args(arguments));
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_tells(&said, &["--force", "accuracy"]);
    assert!(fs::read(model.join("model.safetensors")).unwrap() == before);
}

#[test]
fn without_a_place_for_the_record_the_interview_is_held_all_the_same() {
    let home = Home::new();
    let in_the_way = file(&home, "profile", "");
    let mut command = home.ohlora();
    command.args(["interview", "--json"]);
    for name in ["HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
        command.env(name, &in_the_way);
    }
    let output = run(&mut command);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_tells(&said, &[&in_the_way, "folder"]);
    let events = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        events.lines().count(),
        2,
        "a question and the end: {events}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_below_the_output_is_said() {
    let home = Home::new();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = home
        .ohlora()
        .args(["interview", "--json"])
        .stdin(Stdio::null())
        .stdout(full)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_tells(&said, &["No space left on device"]);
}
