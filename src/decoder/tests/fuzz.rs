//! Thousands of damaged files of every kind: each is an error or a model that runs, never a panic, and
//! never asks for more memory than files of its size can need.
//!
//! `OHLORA_FUZZ=20 cargo test --lib decoder::tests::fuzz` tries twenty times as many.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::damaged::run;
use super::gguf_file::{GgufFile, array, float, number, text};
use super::*;
use crate::nn::block_quant::BlockType;
use crate::testing::memory::peak_of;

/// Damaged files of a kind.
const CASES: u64 = 400;

/// Bytes that loading and running a whole tiny model may take: its weights in f32, twice, with those of an
/// adapter, and what a tokenizer needs however small its file is.
const MEMORY: usize = 4 << 20;

/// Damages files of a kind, and loads and runs what they make; `damage` writes the files of a case.
fn fuzz(seed: u64, mut damage: impl FnMut(&mut StdRng) -> Damaged) {
    let times: u64 = std::env::var("OHLORA_FUZZ").map_or(1, |times| times.parse().unwrap());
    let (mut whole, mut broken, mut most) = (0, 0, 0);
    for case in 0..CASES * times {
        let mut rng = StdRng::seed_from_u64(seed * 1_000_000 + case);
        let Damaged { path, adapter } = damage(&mut rng);
        let files = ModelFiles::at(&path);
        let precision = precision(&mut rng);
        let attempt = || run(Decoder::load(&files, adapter.as_deref(), &precision));
        let (result, peak) = peak_of(|| catch_unwind(AssertUnwindSafe(attempt)));
        match result {
            Ok(true) => whole += 1,
            Ok(false) => broken += 1,
            Err(_) => panic!("seed {seed}, case {case}: a panic with {precision:?}"),
        }
        assert!(peak < MEMORY, "seed {seed}, case {case}: {peak} bytes");
        most = most.max(peak);
    }
    eprintln!("{whole} whole, {broken} broken, {most} bytes at most");
    assert!(whole > 0 && broken > 0, "{whole} whole, {broken} broken");
}

/// The files of a case.
struct Damaged {
    path: PathBuf,
    adapter: Option<PathBuf>,
}

fn precision(rng: &mut StdRng) -> Precision {
    let lora = LoraConfig {
        rank: 2,
        alpha: 2.,
        dropout: 0.,
        targets: Vec::new(),
    };
    match rng.random_range(0..6) {
        0 => Precision::Trainable,
        1 => Precision::Lora(lora),
        2 => Precision::QLora {
            kind: BlockType::Q4_0,
            lora,
        },
        3 => Precision::Blocks(BlockType::Q8_0),
        4 => Precision::Float,
        _ => Precision::Stored,
    }
}

const NUMBERS: [u64; 14] = [
    0,
    1,
    2,
    7,
    0x7f,
    0xff,
    0xffff,
    1 << 24,
    1 << 31,
    u32::MAX as u64,
    1 << 40,
    1 << 62,
    u64::MAX - 31,
    u64::MAX,
];

/// A place, more often than not where headers are.
fn place(len: usize, rng: &mut StdRng) -> usize {
    let end = match rng.random_bool(0.6) {
        true => len.min(2500),
        false => len,
    };
    rng.random_range(0..end.max(1))
}

/// Bytes with one to four things wrong.
fn damaged_bytes(bytes: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..5) {
        if bytes.is_empty() {
            break;
        }
        let at = place(bytes.len(), rng);
        let to = (at + rng.random_range(1..40)).min(bytes.len());
        match rng.random_range(0..8) {
            0..=2 => bytes[at] = rng.random(),
            3 => bytes[at] ^= 1 << rng.random_range(0..8),
            4 => {
                let number = NUMBERS.choose(rng).unwrap().to_le_bytes();
                let width = [1, 2, 4, 8][rng.random_range(0..4)].min(bytes.len() - at);
                bytes[at..at + width].copy_from_slice(&number[..width]);
            }
            5 => bytes.drain(at..to).for_each(drop),
            6 => {
                let again = bytes[at..to].to_vec();
                bytes.splice(at..at, again).for_each(drop);
            }
            _ if rng.random_bool(0.3) => bytes.truncate(at),
            _ => bytes.swap(at, to - 1),
        }
    }
    bytes
}

fn odd_value(rng: &mut StdRng) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(3),
        json!(-1),
        json!(0.5),
        json!(1e300),
        json!(16_777_216),
        json!(4_294_967_295u64),
        json!(u64::MAX),
        json!(""),
        json!("llama"),
        json!("<|end|>"),
        json!([]),
        json!([1, 2]),
        json!([[0, 0], [0, 0]]),
        json!({}),
        json!({"type": "Sequence", "normalizers": [], "pretokenizers": [], "decoders": []}),
    ];
    values.choose(rng).unwrap().clone()
}

/// Changes something somewhere in a tree.
fn shake(value: &mut Value, rng: &mut StdRng) {
    let deeper = rng.random_bool(0.8);
    match value {
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let names: Vec<String> = fields.keys().cloned().collect();
            let name = names.choose(rng).unwrap();
            match rng.random_range(0..12) {
                0 => drop(fields.remove(name)),
                1 => {
                    let other = names.choose(rng).unwrap();
                    let copy = fields[other].clone();
                    fields.insert(name.clone(), copy);
                }
                _ => shake(&mut fields[name.as_str()], rng),
            }
        }
        Value::Array(parts) if deeper && !parts.is_empty() => {
            let index = rng.random_range(0..parts.len());
            match rng.random_range(0..8) {
                0 => drop(parts.remove(index)),
                1 => parts.push(parts[index].clone()),
                _ => shake(&mut parts[index], rng),
            }
        }
        other => *other = odd_value(rng),
    }
}

/// A JSON text with something wrong in its tree, or in its bytes.
fn damaged_json(bytes: &[u8], rng: &mut StdRng) -> Vec<u8> {
    if rng.random_bool(0.25) {
        return damaged_bytes(bytes, rng);
    }
    let mut json = serde_json::from_slice(bytes).unwrap();
    for _ in 0..rng.random_range(1..4) {
        shake(&mut json, rng);
    }
    json.to_string().into_bytes()
}

/// A safetensors file with something wrong in its header, in front of the tensors as they were, or in its
/// bytes.
fn damaged_safetensors(bytes: &[u8], rng: &mut StdRng) -> Vec<u8> {
    if rng.random_bool(0.5) {
        return damaged_bytes(bytes, rng);
    }
    let (length, rest) = bytes.split_at(8);
    let length = u64::from_le_bytes(length.try_into().unwrap()) as usize;
    let (header, tensors) = rest.split_at(length);
    let header = damaged_json(header, rng);
    let length = (header.len() as u64).to_le_bytes();
    [&length, &header[..], tensors].concat()
}

/// Cases in a copy of a tiny model, with one of its files damaged.
fn in_a_folder(
    seed: u64,
    model: &'static str,
    adapter: Option<&'static str>,
    files: &[&str],
    damage: fn(&[u8], &mut StdRng) -> Vec<u8>,
) {
    let (_folder, path) = copy(model);
    let adapter = adapter.map(copy);
    let adapter = adapter.as_ref().map(|(_, path)| path.clone());
    // The adapter is what is damaged where there is one.
    let damaged = adapter.clone().unwrap_or(path.clone());
    let whole: Vec<(PathBuf, Vec<u8>)> = files
        .iter()
        .map(|file| {
            (
                damaged.join(file),
                std::fs::read(damaged.join(file)).unwrap(),
            )
        })
        .collect();
    fuzz(seed, |rng| {
        let chosen = rng.random_range(0..whole.len());
        for (index, (file, bytes)) in whole.iter().enumerate() {
            match index == chosen {
                true => std::fs::write(file, damage(bytes, rng)).unwrap(),
                false => std::fs::write(file, bytes).unwrap(),
            }
        }
        Damaged {
            path: path.clone(),
            adapter: adapter.clone(),
        }
    });
}

#[test]
fn gguf_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    let whole = [GgufFile::tiny_llama(), GgufFile::tiny_gemma2()];
    let adapter = model_folder("tiny-llama-adapter");
    fuzz(1, |rng| {
        let mut file = whole.choose(rng).unwrap().clone();
        if rng.random_bool(0.7) {
            for _ in 0..rng.random_range(1..4) {
                damage_gguf(&mut file, rng);
            }
        }
        let (mut bytes, _) = file.bytes();
        if rng.random_bool(0.4) {
            bytes = damaged_bytes(&bytes, rng);
        }
        std::fs::write(&path, bytes).unwrap();
        Damaged {
            path: path.clone(),
            adapter: rng.random_bool(0.3).then(|| adapter.clone()),
        }
    });
}

/// Changes a value of the metadata or the description of a tensor.
fn damage_gguf(file: &mut GgufFile, rng: &mut StdRng) {
    let odd = *NUMBERS.choose(rng).unwrap();
    let values = rng.random_range(0..file.metadata.len());
    let tensors = rng.random_range(0..file.tensors.len());
    match rng.random_range(0..10) {
        0..=3 => {
            file.metadata[values].1 = match rng.random_range(0..6) {
                0 => number(odd as u32),
                1 => float(odd as f32),
                2 => float(f32::NAN),
                3 => text("llama"),
                4 => array(rng.random_range(0..14), odd, vec![0; 16]),
                _ => rng.random::<u64>().to_le_bytes().to_vec(),
            }
        }
        4 => drop(file.metadata.remove(values)),
        5 => {
            let dims = &mut file.tensors[tensors].dims;
            let index = rng.random_range(0..dims.len());
            dims[index] = odd;
        }
        6 => file.tensors[tensors].kind = rng.random_range(0..40),
        7 => file.tensors[tensors].offset = Some(odd),
        8 => file.tensors[tensors].dims.push(odd),
        _ => drop(file.tensors.remove(tensors)),
    }
}

#[test]
fn safetensors_files() {
    let files = ["model.safetensors"];
    in_a_folder(2, "tiny-llama", None, &files, damaged_safetensors);
    in_a_folder(3, "tiny-gemma2", None, &files, damaged_safetensors);
}

#[test]
fn configurations() {
    let files = ["config.json", "generation_config.json"];
    for (seed, model) in (4..).zip(TINY) {
        in_a_folder(seed, model, None, &files, damaged_json);
    }
}

#[test]
fn tokenizers() {
    in_a_folder(8, "tiny-llama", None, &["tokenizer.json"], damaged_json);
}

#[test]
fn adapters() {
    let (llama, neox) = ("tiny-llama-adapter", "tiny-neox-adapter");
    let (config, tensors) = (["adapter_config.json"], ["adapter_model.safetensors"]);
    in_a_folder(9, "tiny-llama", Some(llama), &config, damaged_json);
    in_a_folder(10, "tiny-neox", Some(neox), &tensors, damaged_safetensors);
}

#[test]
fn models_that_are_rounded() {
    let (_folder, path) = copy("tiny-neox");
    let file = path.join("model.safetensors");
    let whole = std::fs::read(&file).unwrap();
    for case in 0..CASES {
        let mut rng = StdRng::seed_from_u64(case);
        std::fs::write(&file, damaged_safetensors(&whole, &mut rng)).unwrap();
        let files = ModelFiles::at(&path);
        let round = || quantize(&files, None, BlockType::Q4_0, &mut |_, _| {}).is_ok();
        let (result, peak) = peak_of(|| catch_unwind(round));
        assert!(result.is_ok() && peak < MEMORY, "case {case}: {peak} bytes");
    }
}
