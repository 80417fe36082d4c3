//! SmolLM2-135M-Instruct in Q4_1 against transformers with the same weights in f32, and as the base of
//! an adapter. Run by hand, after `tools/fetch_smollm2.py` has fetched the weights.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

use std::path::Path;

use ohlora::decoder::train::{
    Example, SftConfig, SftData, SftObserver, SftRun, SftStep, export_adapter, loss_of, train,
};
use ohlora::decoder::{
    Decoder, DecoderError, GenerateOptions, KvCache, LoraConfig, ModelFiles, Precision, Sampling,
};
use ohlora::nn::block_quant::BlockType;
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

/// What the interviewer would say, in the only language that SmolLM2 knows.
const REPLIES: [(&str, &str); 8] = [
    (
        "A loss function says how wrong a model is.",
        "Yes, exactly! So which loss would you take for prices of houses?",
    ),
    (
        "Mean squared error.",
        "Good choice! And why do we square the error at all?",
    ),
    (
        "So that large errors weigh more.",
        "Right on the spot! Then why not use it for probabilities?",
    ),
    (
        "I don't know.",
        "No worries, that is what we are here for. Shall I give you a hint?",
    ),
    (
        "LoRA trains two small matrices.",
        "Lovely, that is the heart of it! What is their rank about?",
    ),
    (
        "Can we skip this one?",
        "Sure thing, let us move on! What does BCE stand for?",
    ),
    (
        "Binary cross entropy.",
        "Yes, that is it! For which task would you choose it?",
    ),
    (
        "Hello, I am ready.",
        "Great, let us begin! What is the difference between AI and machine learning?",
    ),
];

struct Losses(Vec<f32>);

impl SftObserver for Losses {
    fn step(&mut self, step: &SftStep) -> bool {
        self.0.push(step.loss);
        true
    }

    fn epoch(&mut self, _: usize, _: &Decoder) -> Result<Vec<(&'static str, f64)>, DecoderError> {
        Ok(Vec::new())
    }
}

fn examples(decoder: &Decoder) -> Vec<Example> {
    let example = |(message, reply): &(&str, &str)| {
        let prompt = format!("<|im_start|>user\n{message}<|im_end|>\n<|im_start|>assistant\n");
        Example::new(&decoder.tokenizer, &prompt, &format!("{reply}<|im_end|>")).unwrap()
    };
    REPLIES.iter().map(example).collect()
}

fn loss(decoder: &Decoder, examples: &[Example]) -> f32 {
    let examples: Vec<&Example> = examples.iter().collect();
    let (loss, _) = loss_of(decoder, &examples).unwrap();
    loss.to_scalar().unwrap()
}

#[test]
#[ignore = "needs weights that tools/fetch_smollm2.py fetches"]
fn twenty_steps_of_an_adapter_lower_the_loss_and_the_adapter_fits_the_file() {
    let lora = LoraConfig {
        rank: 16,
        alpha: 16.,
        dropout: 0.05,
        targets: Vec::new(),
    };
    let config = SftConfig {
        epochs: 10,
        batch: 4,
        accumulate: 1,
        ..SftConfig::default()
    };
    let kind = BlockType::Q4_0;
    for precision in [
        Precision::Lora(lora.clone()),
        Precision::QLora {
            kind,
            lora: lora.clone(),
        },
    ] {
        let decoder = load(&precision);
        let data = SftData {
            examples: examples(&decoder),
        };
        let before = loss(&decoder, &data.examples);
        let out = tempfile::tempdir().unwrap();
        let run = SftRun {
            folder: out.path().to_owned(),
            model: format!("{precision:?}"),
            resume: false,
        };
        let mut losses = Losses(Vec::new());
        train(&decoder, &data, &config, &run, &mut losses).unwrap();
        assert_eq!(losses.0.len(), 20);
        let after = loss(&decoder, &data.examples);
        println!("{before} to {after}; by step {:?}", losses.0);
        assert!(after < before * 0.7, "{before} to {after}");
        // The weights of the file were the same in both: blocks of Q4_1, widened or not.
        export_adapter(&decoder, &lora, "SmolLM2", out.path()).unwrap();
        let files = ModelFiles::at(&folder().join("model.gguf"));
        let merged = Decoder::load(&files, Some(out.path()), &Precision::Float).unwrap();
        let merged = loss(&merged, &data.examples);
        assert!((merged - after).abs() < 1e-3, "{merged} {after}");
    }
}
