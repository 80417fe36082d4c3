//! From a hub to the interviewer's mouth: pulled, the adapter merged, rounded, and spoken with.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use ohlora::decoder::{Decoder, GenerateOptions, KvCache, ModelFiles, Precision, Sampling};
use ohlora::nn::block_quant::BlockType;
use serde_json::{Value, json};

use crate::hub::Repository;
use crate::place::Place;

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

pub fn repository(name: &str, commit: &str, files: &[&'static str]) -> Repository {
    let read = |file: &&'static str| (*file, fs::read(fixture(name).join(file)).unwrap());
    Repository {
        commit: commit.repeat(40),
        card: json!({"license": "mit"}),
        files: files.iter().map(read).collect(),
    }
}

/// A place whose hub serves a small random Llama, head size apart from width over heads as Kanana's,
/// with an adapter.
fn place() -> Place {
    let place = Place::new();
    let files = ["config.json", "model.safetensors", "tokenizer.json"];
    place
        .hub
        .put("owner/writer", repository("tiny-llama", "d", &files));
    let files = ["adapter_config.json", "adapter_model.safetensors"];
    place.hub.put(
        "owner/adapter",
        repository("tiny-llama-adapter", "e", &files),
    );
    place
}

fn tokens(files: &ModelFiles, adapter: Option<&Path>, precision: &Precision) -> Vec<u32> {
    let decoder = Decoder::load(files, adapter, precision).unwrap();
    let prompt = decoder.tokenizer.encode("손실 함수가 뭐야", true).unwrap();
    let options = GenerateOptions {
        max_tokens: 24,
        sampling: Sampling {
            temperature: 0.,
            ..Sampling::default()
        },
        stop: Vec::new(),
    };
    let said = decoder.generate(&prompt, &options, &mut KvCache::new(), &mut |_| true);
    said.unwrap().ids
}

/// The shipped pack without `dialogue/`, whose two thousand replies would have to be embedded.
fn pack_without_dialogue(home: &Path) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("content/ml-interview-ko");
    let to = home.join("pack");
    fs::create_dir_all(to.join("topics")).unwrap();
    for file in ["pack.toml", "intents.toml"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
    for entry in fs::read_dir(from.join("topics")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join("topics").join(entry.file_name())).unwrap();
    }
    to
}

#[test]
fn what_was_pulled_speaks_as_the_model_with_its_adapter_and_is_removed_as_a_whole() {
    let place = place();
    let output = place.run(&["pull", "writer", "--yes"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && said.contains("rounded to q4_1"),
        "{said}"
    );

    let output = place.run(&["quantize", "writer", "--kind", "q8_0"]);
    assert!(output.status.success());
    let rounded = ModelFiles::at(&place.models().join("writer-quantized"));
    let (model, adapter) = (fixture("tiny-llama"), fixture("tiny-llama-adapter"));
    let eight_bits = Precision::Blocks(BlockType::Q8_0);
    let expected = tokens(&ModelFiles::at(&model), Some(&adapter), &eight_bits);
    assert_eq!(tokens(&rounded, None, &Precision::Stored), expected);

    let output = place.run(&["verify"]);
    assert!(output.status.success(), "what the hub sent is untouched");
    assert!(place.run(&["rm", "writer", "--yes"]).status.success());
    assert!(!place.models().join("writer-quantized").exists());
}

#[test]
fn its_random_words_fail_the_checks_so_the_authored_ones_stand_in() {
    let place = place();
    assert!(place.run(&["pull", "writer", "--yes"]).status.success());
    let mut command = place.home.ohlora();
    command.args(["interview", "--json", "--writer", "writer"]);
    command
        .arg("--pack")
        .arg(pack_without_dialogue(place.home.path()));
    command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "네 시작할게요").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let questions: Vec<&Value> = events.iter().filter(|e| e["event"] == "question").collect();
    assert!(!questions.is_empty(), "{text}");
    for question in questions {
        assert_eq!(question["writer"], "authored", "{question}");
        assert_eq!(question["fallback"], true, "{question}");
    }
}

#[test]
fn a_model_that_cannot_be_rounded_is_here_all_the_same() {
    let place = Place::new();
    let output = place.run(&["pull", "writer", "--yes"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && said.contains("can't be rounded"),
        "{said}"
    );
    assert_eq!(place.list("writer")["state"], "pulled");
    let output = place.run(&["quantize", "writer"]);
    assert_eq!(output.status.code(), Some(1));
    let output = place.run(&["quantize", "other"]);
    assert_eq!(output.status.code(), Some(2), "it was not pulled");
}
