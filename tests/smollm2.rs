//! SmolLM2-135M-Instruct in Q4_1 against transformers with the same weights in f32. Run by hand, after
//! `tools/fetch_smollm2.py` has fetched the weights.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

use std::path::Path;

use ohlora::decoder::{Decoder, GenerateOptions, KvCache, ModelFiles, Precision, Sampling};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    prompts: Vec<Prompt>,
}

#[derive(Deserialize)]
struct Prompt {
    prompt: String,
    ids: Vec<u32>,
    logits: Vec<f32>,
    argmax: u32,
    reply_ids: Vec<u32>,
    reply: String,
}

fn prompts() -> Vec<Prompt> {
    let path = folder().join("expected.json");
    let json = std::fs::read(path).expect("run tools/fetch_smollm2.py first");
    serde_json::from_slice::<Expected>(&json).unwrap().prompts
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/runs/smollm2"))
}

fn load(precision: &Precision) -> Decoder {
    let files = ModelFiles::at(&folder().join("model.gguf"));
    Decoder::load(&files, None, precision).unwrap()
}

fn greedy() -> GenerateOptions {
    GenerateOptions {
        max_tokens: 40,
        sampling: Sampling::default(),
        stop: Vec::new(),
    }
}

#[test]
#[ignore = "needs weights that tools/fetch_smollm2.py fetches"]
fn in_f32_tokens_logits_and_greedy_text_are_those_of_transformers() {
    let decoder = load(&Precision::Float);
    for prompt in prompts() {
        let ids = decoder.tokenizer.encode(&prompt.prompt, true).unwrap();
        assert_eq!(ids, prompt.ids, "{}", prompt.prompt);
        let mut cache = KvCache::new();
        let logits = decoder.step(&ids, &mut cache).unwrap();
        let differences = logits
            .iter()
            .zip(&prompt.logits)
            .map(|(a, b)| (a - b).abs());
        let worst = differences.fold(0., f32::max);
        println!("largest difference of the first 64 logits: {worst}");
        assert!(worst < 1e-2, "{worst}");
        let reply = decoder
            .generate(&ids, &greedy(), &mut cache, &mut |_| true)
            .unwrap();
        assert_eq!(reply.text, prompt.reply);
        assert_eq!(reply.ids, prompt.reply_ids);
    }
}

/// Along the reply of transformers: of near equals the eight-bit activations may choose another,
/// after which two free texts have nothing to do with each other.
#[test]
#[ignore = "needs weights that tools/fetch_smollm2.py fetches"]
fn in_blocks_the_most_probable_token_is_that_of_transformers_nine_times_in_ten() {
    let decoder = load(&Precision::Stored);
    let (mut same, mut all) = (0, 0);
    for prompt in prompts() {
        let text = [&prompt.ids[..], &prompt.reply_ids].concat();
        let hidden = decoder.read(&text, &mut KvCache::new()).unwrap();
        let logits = decoder.head(&hidden).unwrap();
        let best = logits.argmax(1).unwrap().to_vec1::<u32>().unwrap();
        assert_eq!(best[prompt.ids.len() - 1], prompt.argmax);
        let ours = &best[prompt.ids.len() - 1..];
        let right = ours
            .iter()
            .zip(&prompt.reply_ids)
            .filter(|(a, b)| a == b)
            .count();
        println!("{right} of {} tokens", prompt.reply_ids.len());
        (same, all) = (same + right, all + prompt.reply_ids.len());
    }
    assert!(same * 10 >= all * 9, "{same} of {all}");
}
