//! Trainings of tiny models: what is learned, kept, taken up again and written.

use std::path::Path;

use super::*;
use crate::decoder::{
    GenerateOptions, KvCache, LoraConfig, ModelFiles, Precision, Sampling, quantize,
};
use crate::nn::block_quant::BlockType;
use crate::testing::model_folder;

fn files() -> ModelFiles {
    ModelFiles::at(&model_folder("tiny-llama"))
}

fn lora(dropout: f32) -> LoraConfig {
    LoraConfig {
        rank: 4,
        alpha: 8.,
        dropout,
        targets: Vec::new(),
    }
}

/// The model whose widths are whole blocks.
fn neox() -> ModelFiles {
    ModelFiles::at(&model_folder("tiny-neox"))
}

fn qlora(kind: BlockType, dropout: f32) -> Precision {
    let lora = lora(dropout);
    Precision::QLora { kind, lora }
}

fn load(precision: &Precision) -> Decoder {
    Decoder::load(&files(), None, precision).unwrap()
}

fn example(seed: u32) -> Example {
    let ids = |n: u32, from: u32| {
        (0..n)
            .map(|i| (from + seed * 31 + i * 7) % 300 + 3)
            .collect()
    };
    Example {
        prompt: ids(4 + seed % 3, 0),
        reply: ids(3 + seed % 4, 100),
    }
}

fn data() -> SftData {
    SftData {
        examples: (0..6).map(example).collect(),
    }
}

fn config() -> SftConfig {
    SftConfig {
        epochs: 4,
        batch: 2,
        accumulate: 1,
        lr: 2e-2,
        ..SftConfig::default()
    }
}

/// Keeps the losses; stops after some steps, if told to.
#[derive(Default)]
struct Watch {
    losses: Vec<f32>,
    stop_after: Option<usize>,
}

impl SftObserver for Watch {
    fn step(&mut self, step: &SftStep) -> bool {
        assert!(step.gradient_norm > 0. && (0. ..=1.).contains(&step.token_accuracy));
        self.losses.push(step.loss);
        self.stop_after
            .is_none_or(|steps| self.losses.len() < steps)
    }

    fn epoch(&mut self, _: usize, _: &Decoder) -> Result<Vec<(&'static str, f64)>, DecoderError> {
        Ok(vec![("seen", self.losses.len() as f64)])
    }
}

fn run(folder: &Path, resume: bool) -> SftRun {
    SftRun {
        folder: folder.to_owned(),
        model: "tiny".to_owned(),
        resume,
    }
}

fn weights(decoder: &Decoder) -> Vec<Vec<f32>> {
    let values = |(_, var): &(String, Var)| var.flatten_all().unwrap().to_vec1().unwrap();
    decoder.variables().iter().map(values).collect()
}

fn logits(decoder: &Decoder) -> Vec<f32> {
    decoder.step(&[5, 17, 42, 9], &mut KvCache::new()).unwrap()
}

/// Trains until the replies are known by heart, and says one.
fn learns_by_heart(decoder: &Decoder, what: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut watch = Watch::default();
    let config = SftConfig {
        epochs: 40,
        ..config()
    };
    let run = run(folder.path(), false);
    train(decoder, &data(), &config, &run, &mut watch).unwrap();
    let (first, last) = (watch.losses[0], *watch.losses.last().unwrap());
    assert!(last < first / 10., "{what}: {first} to {last}");
    let Example { prompt, reply } = example(1);
    let options = GenerateOptions {
        max_tokens: reply.len(),
        sampling: Sampling {
            temperature: 0.,
            ..Sampling::default()
        },
        stop: Vec::new(),
    };
    let said = decoder
        .generate(&prompt, &options, &mut KvCache::new(), &mut |_| true)
        .unwrap();
    assert_eq!(said.ids, reply, "{what}");
}

#[test]
fn both_ways_of_training_learn_the_replies_by_heart() {
    for precision in [Precision::Trainable, Precision::Lora(lora(0.))] {
        learns_by_heart(&load(&precision), &format!("{precision:?}"));
    }
}

#[test]
fn an_adapter_on_a_base_in_blocks_learns_them_too() {
    for kind in [BlockType::Q4_0, BlockType::Q8_0] {
        let decoder = Decoder::load(&neox(), None, &qlora(kind, 0.)).unwrap();
        learns_by_heart(&decoder, &format!("{kind:?}"));
    }
}

#[test]
fn the_prompt_costs_nothing() {
    let decoder = load(&Precision::Float);
    let Example { prompt, reply } = example(2);
    let (loss, _) = loss_of(&decoder, &[&example(2)]).unwrap();
    // The same, one token at a time.
    let mut cache = KvCache::new();
    let mut next = decoder.step(&prompt, &mut cache).unwrap();
    let mut sum = 0f64;
    for id in &reply {
        let max = next.iter().copied().fold(f32::MIN, f32::max);
        let all: f64 = next.iter().map(|x| f64::from(x - max).exp()).sum();
        sum += all.ln() - f64::from(next[*id as usize] - max);
        next = decoder.step(&[*id], &mut cache).unwrap();
    }
    let expected = sum / reply.len() as f64;
    let loss = f64::from(loss.to_scalar::<f32>().unwrap());
    assert!((loss - expected).abs() < 1e-4, "{loss} {expected}");
}

#[test]
fn accumulated_batches_make_the_step_of_a_large_one() {
    let alike = SftData {
        // Replies of one length: the mean over batches is the mean over tokens.
        examples: [0, 4, 8, 12].map(example).to_vec(),
    };
    let trained = |batch, accumulate| {
        let decoder = load(&Precision::Trainable);
        let folder = tempfile::tempdir().unwrap();
        let config = SftConfig {
            batch,
            accumulate,
            epochs: 1,
            ..config()
        };
        let run = run(folder.path(), false);
        train(&decoder, &alike, &config, &run, &mut Watch::default()).unwrap();
        logits(&decoder)
    };
    for (a, b) in trained(4, 1).into_iter().zip(trained(1, 4)) {
        assert!((a - b).abs() < 1e-2, "{a} {b}");
    }
}

fn goes_on_bit_for_bit(load: impl Fn() -> Decoder) {
    let straight = load();
    let folder = tempfile::tempdir().unwrap();
    let whole = run(folder.path(), false);
    train(&straight, &data(), &config(), &whole, &mut Watch::default()).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let mut watch = Watch {
        stop_after: Some(5),
        ..Watch::default()
    };
    let half = run(folder.path(), false);
    let stopped = train(&load(), &data(), &config(), &half, &mut watch);
    assert!(matches!(stopped, Err(DecoderError::Interrupted)));
    let resumed = load();
    let rest = run(folder.path(), true);
    train(&resumed, &data(), &config(), &rest, &mut Watch::default()).unwrap();

    assert_eq!(weights(&straight), weights(&resumed));
    let log = std::fs::read_to_string(folder.path().join("training.csv")).unwrap();
    assert_eq!(log.lines().count(), 1 + config().epochs);
    assert!(!folder.path().join("checkpoint.safetensors").exists());
}

#[test]
fn a_stopped_training_goes_on_bit_for_bit() {
    goes_on_bit_for_bit(|| load(&Precision::Lora(lora(0.2))));
    let blocks = qlora(BlockType::Q4_0, 0.2);
    goes_on_bit_for_bit(|| Decoder::load(&neox(), None, &blocks).unwrap());
}

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let precision = Precision::Lora(lora(0.));
    let folder = tempfile::tempdir().unwrap();
    let mut watch = Watch {
        stop_after: Some(1),
        ..Watch::default()
    };
    let first = run(folder.path(), false);
    train(&load(&precision), &data(), &config(), &first, &mut watch).unwrap_err();
    let other = SftConfig {
        lr: 1e-3,
        ..config()
    };
    let again = run(folder.path(), true);
    let error = train(
        &load(&precision),
        &data(),
        &other,
        &again,
        &mut Watch::default(),
    );
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains("checkpoint.safetensors") && text.contains("--force"),
        "{text}"
    );
    // The same settings on a base that is held in another way.
    let other = SftRun {
        model: "rounded".into(),
        ..again
    };
    let tiny = load(&precision);
    let error = train(&tiny, &data(), &config(), &other, &mut Watch::default());
    assert!(error.unwrap_err().to_string().contains("other settings"));
}

#[test]
fn an_exported_model_says_the_same() {
    let decoder = load(&Precision::Trainable);
    let folder = tempfile::tempdir().unwrap();
    train(
        &decoder,
        &data(),
        &config(),
        &run(folder.path(), false),
        &mut Watch::default(),
    )
    .unwrap();
    export_model(&decoder, &files(), folder.path()).unwrap();
    let read = Decoder::load(&ModelFiles::at(folder.path()), None, &Precision::Float).unwrap();
    for (a, b) in logits(&decoder).into_iter().zip(logits(&read)) {
        assert!((a - b).abs() < 0.02 * (1. + a.abs()), "{a} {b}");
    }
}

#[test]
fn an_exported_adapter_merged_into_its_base_says_the_same() {
    let decoder = load(&Precision::Lora(lora(0.1)));
    let folder = tempfile::tempdir().unwrap();
    train(
        &decoder,
        &data(),
        &config(),
        &run(folder.path(), false),
        &mut Watch::default(),
    )
    .unwrap();
    export_adapter(&decoder, &lora(0.1), "tiny-llama", folder.path()).unwrap();
    let merged = Decoder::load(&files(), Some(folder.path()), &Precision::Float).unwrap();
    let before = logits(&load(&Precision::Float));
    let (mut moved, mut apart) = (0f32, 0f32);
    for ((a, b), c) in logits(&decoder)
        .into_iter()
        .zip(logits(&merged))
        .zip(before)
    {
        apart = apart.max((a - b).abs());
        moved = moved.max((a - c).abs());
    }
    // It is written in half precision.
    assert!(apart < 2e-2 && moved > 0.1, "{apart} {moved}");
}

/// The adapter was trained on the rounded weights: on them, whoever holds them, it says the same.
#[test]
fn an_adapter_of_a_base_in_blocks_fits_the_model_rounded_to_a_folder() {
    let decoder = Decoder::load(&neox(), None, &qlora(BlockType::Q4_0, 0.)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path(), false);
    train(&decoder, &data(), &config(), &run, &mut Watch::default()).unwrap();
    export_adapter(&decoder, &lora(0.), "tiny-neox", folder.path()).unwrap();
    let rounded = tempfile::tempdir().unwrap();
    let bytes = quantize(&neox(), None, BlockType::Q4_0, &mut |_, _| {}).unwrap();
    std::fs::write(rounded.path().join("model.safetensors"), bytes).unwrap();
    for name in ["config.json", "tokenizer.json"] {
        let from = model_folder("tiny-neox").join(name);
        std::fs::copy(from, rounded.path().join(name)).unwrap();
    }
    let rounded = ModelFiles::at(rounded.path());
    let text: &[u32] = &[5, 17, 42, 9];
    let logits = |decoder: &Decoder| {
        let (hidden, _) = decoder.hidden_states(&[text]).unwrap();
        let logits = decoder.head(&hidden).unwrap().flatten_all().unwrap();
        logits.to_vec1::<f32>().unwrap()
    };
    let ours = logits(&decoder);
    // In f32 but for the rounding, and with the adapter beside blocks that are read as they are.
    let merged = Decoder::load(&rounded, Some(folder.path()), &Precision::Float).unwrap();
    let stored = Decoder::load(&rounded, None, &qlora(BlockType::Q8_0, 0.)).unwrap();
    for ((_, to), (_, from)) in stored.variables().iter().zip(decoder.variables()) {
        to.set(from.as_tensor()).unwrap();
    }
    for theirs in [logits(&merged), logits(&stored)] {
        let pairs = ours.iter().zip(&theirs);
        let apart = pairs.map(|(a, b)| (a - b).abs()).fold(0., f32::max);
        assert!(apart < 1e-3, "{apart}");
    }
}

#[test]
fn rows_that_cannot_be_learned_are_named() {
    let refused = |example: Example| {
        let mut data = data();
        data.examples.insert(1, example);
        data.check(64).unwrap_err().to_string()
    };
    let row = |prompt: usize, reply: usize| Example {
        prompt: vec![3; prompt],
        reply: vec![4; reply],
    };
    assert!(refused(row(3, 0)).starts_with("row 2: its reply is empty"));
    assert!(refused(row(0, 3)).starts_with("row 2: its prompt is empty"));
    assert!(refused(row(60, 5)).starts_with("row 2: it has 65 tokens"));
    let error = SftData::default().check(64).unwrap_err();
    assert!(error.to_string().contains("no row"));
}

#[test]
fn a_frozen_model_is_not_trained() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path(), false);
    let frozen = load(&Precision::Float);
    let error = train(&frozen, &data(), &config(), &run, &mut Watch::default()).unwrap_err();
    assert!(error.to_string().contains("frozen"), "{error}");
}
