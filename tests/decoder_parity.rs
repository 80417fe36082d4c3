//! Our logits against those of Hugging Face's transformers, and merged adapters against PEFT's own.
//! The fixtures are made by `tools/make_decoder_fixture.py`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use ohlora::decoder::{Decoder, KvCache, ModelFiles, Precision};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    texts: Vec<Text>,
}

#[derive(Deserialize)]
struct Text {
    ids: Vec<u32>,
    logits: Vec<Vec<f32>>,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn expected(name: &str) -> Vec<Text> {
    let json = std::fs::read(fixture(name).join("expected.json")).unwrap();
    serde_json::from_slice::<Expected>(&json).unwrap().texts
}

fn load(name: &str, adapter: Option<&str>) -> Decoder {
    let adapter = adapter.map(fixture);
    let files = ModelFiles::at(&fixture(name));
    Decoder::load(&files, adapter.as_deref(), &Precision::Float).unwrap()
}

fn assert_close(ours: &[f32], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len());
    let differences = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    let worst = differences.fold(0., f32::max);
    assert!(worst <= 1e-3, "{what}: {worst}");
}

/// The whole text at once, all texts in one batch, and token by token with a cache.
fn agrees(decoder: &Decoder, texts: &[Text], name: &str) {
    let batch: Vec<&[u32]> = texts.iter().map(|text| &text.ids[..]).collect();
    let (hidden, _) = decoder.hidden_states(&batch).unwrap();
    let together = decoder.head(&hidden).unwrap().to_vec2::<f32>().unwrap();
    let mut together = together.iter();
    for text in texts {
        let mut cache = KvCache::new();
        let last = decoder.step(&text.ids, &mut cache).unwrap();
        assert_close(&last, text.logits.last().unwrap(), name);
        let mut cache = KvCache::new();
        for (id, theirs) in text.ids.iter().zip(&text.logits) {
            assert_close(together.next().unwrap(), theirs, name);
            let logits = decoder.step(&[*id], &mut cache).unwrap();
            assert_close(&logits, theirs, name);
        }
    }
}

#[test]
fn llama_agrees_with_transformers() {
    agrees(&load("tiny-llama", None), &expected("tiny-llama"), "llama");
}

#[test]
fn gpt_neox_agrees_with_transformers() {
    agrees(&load("tiny-neox", None), &expected("tiny-neox"), "neox");
}

#[test]
fn gemma_2_agrees_with_transformers() {
    let decoder = load("tiny-gemma2", None);
    let texts = expected("tiny-gemma2");
    // The first text is longer than the window.
    let window = decoder.config.sliding_window.unwrap();
    assert!(window < texts[0].ids.len());
    agrees(&decoder, &texts, "gemma2");
}

#[test]
fn merged_adapters_agree_with_peft() {
    for model in ["tiny-llama", "tiny-neox"] {
        let adapter = format!("{model}-adapter");
        let decoder = load(model, Some(&adapter));
        agrees(&decoder, &expected(&adapter), &adapter);
        // The adapter matters: without it the logits are others.
        let bare = load(model, None);
        let text = &expected(&adapter)[0];
        let logits = bare.step(&text.ids, &mut KvCache::new()).unwrap();
        let theirs = text.logits.last().unwrap();
        assert!(logits.iter().zip(theirs).any(|(a, b)| (a - b).abs() > 0.1));
    }
}
