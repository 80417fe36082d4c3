//! `ohlora generate`: a prompt in, a language model's reply out.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use color_eyre::eyre::{Report, Result, eyre};
use serde_json::json;

use super::BadInput;
use super::context::Context;
use crate::content::text::is_forbidden;
use crate::decoder::{
    Decoder, DecoderError, Finish, GenerateOptions, Generated, KvCache, ModelFiles, Precision,
    Sampling,
};
use crate::messages::Messages;
use crate::nn::block_quant::BlockType;

/// In what the weights are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Held {
    /// As the file stores them.
    Stored,
    /// Single precision.
    F32,
    /// 8 bits, 32 to a scale.
    #[value(name = "q8_0")]
    Q8_0,
    /// 4 bits from a minimum, 32 to a scale.
    #[value(name = "q4_1")]
    Q4_1,
    /// 4 bits around zero, 32 to a scale.
    #[value(name = "q4_0")]
    Q4_0,
}

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// A GGUF file, a model folder, or the name of a model.
    #[arg(long)]
    pub model: PathBuf,
    /// What the model reads.
    #[arg(long)]
    pub prompt: String,
    /// Folder of a LoRA adapter to merge.
    #[arg(long)]
    pub adapter: Option<PathBuf>,
    /// In what the weights are held.
    #[arg(long, value_enum, default_value = "stored")]
    pub precision: Held,
    /// 0 takes the most probable token each time.
    #[arg(long, default_value_t = 0.)]
    pub temperature: f32,
    /// Tokens at most.
    #[arg(long, default_value_t = 128)]
    pub max_tokens: usize,
    /// Choose among this many tokens; 0 for all.
    #[arg(long, default_value_t = 0)]
    pub top_k: usize,
    /// Choose among the tokens that make up this share.
    #[arg(long, default_value_t = 1.)]
    pub top_p: f32,
    /// Above 1, words that were said become less probable.
    #[arg(long, default_value_t = 1.)]
    pub repetition_penalty: f32,
    /// Equal seeds give equal replies.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// A text that ends the reply; may be given several times.
    #[arg(long)]
    pub stop: Vec<String>,
    /// One line of JSON instead of the text as it comes.
    #[arg(long)]
    pub json: bool,
}

/// Generates and prints.
///
/// # Errors
/// When the model cannot be loaded, the prompt is too long, or the output fails.
pub fn run(args: &GenerateArgs, context: &Context, stop: &AtomicBool) -> Result<ExitCode> {
    let explain = |error: DecoderError| -> Report {
        let text = error.explain(&context.messages);
        if error.is_bad_input() {
            BadInput(text).into()
        } else {
            eyre!(text)
        }
    };
    check(args, &context.messages)?;
    let files = find(&args.model, context)?;
    let decoder =
        Decoder::load(&files, args.adapter.as_deref(), &args.precision()).map_err(explain)?;
    let prompt = decoder
        .tokenizer
        .encode(&args.prompt, true)
        .map_err(explain)?;
    if prompt.is_empty() {
        let text = context.messages.get("decoder.empty_prompt");
        return Err(BadInput(text.to_owned()).into());
    }
    let mut out = std::io::stdout().lock();
    let mut shown = 0;
    let mut draft = |text: &str| {
        let new = text.get(shown..).unwrap_or_default();
        shown += new.len();
        // Nobody reads any more: no reason to go on.
        let written = args.json || show(&mut out, new).is_ok();
        written && !stop.load(Ordering::Relaxed)
    };
    let generated = decoder
        .generate(&prompt, &args.options(), &mut KvCache::new(), &mut draft)
        .map_err(explain)?;
    if args.json {
        writeln!(out, "{}", line(&generated))?;
    } else {
        let rest = generated.text.get(shown..).unwrap_or_default();
        show(&mut out, &format!("{rest}\n"))?;
    }
    Ok(match generated.finish {
        Finish::Cancelled => ExitCode::from(130),
        Finish::Stop | Finish::Length => ExitCode::SUCCESS,
    })
}

fn line(generated: &Generated) -> serde_json::Value {
    json!({
        "text": generated.text,
        "prompt_tokens": generated.prompt_tokens,
        "tokens": generated.ids.len(),
        "prefill_tokens_per_s": generated.prefill_tokens_per_s(),
        "decode_tokens_per_s": generated.decode_tokens_per_s(),
        "first_token_ms": generated.first_token.as_secs_f64() * 1e3,
    })
}

/// Writes text that a model has made up: without control characters.
fn show(out: &mut impl Write, text: &str) -> std::io::Result<()> {
    let text: String = text.chars().filter(|c| !is_forbidden(*c)).collect();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// A path as it is given, or a name in one of the models' folders.
fn find(model: &Path, context: &Context) -> Result<ModelFiles> {
    let folders = context.models().folders;
    let named = folders.into_iter().map(|folder| folder.join(model));
    let mut places = std::iter::once(model.to_owned()).chain(named);
    match places.find(|place| place.exists()) {
        Some(place) => Ok(ModelFiles::at(&place)),
        None => {
            let values: [(&str, &dyn std::fmt::Display); 1] = [("name", &model.display())];
            Err(BadInput(context.messages.fill("decoder.no_model", &values)).into())
        }
    }
}

fn check(args: &GenerateArgs, messages: &Messages) -> Result<(), BadInput> {
    let wrong = [
        ("--temperature", args.temperature, 0. ..=100.),
        ("--top-p", args.top_p, 0. ..=1.),
        ("--repetition-penalty", args.repetition_penalty, 0.01..=100.),
    ];
    match wrong
        .into_iter()
        .find(|(_, value, range)| !range.contains(value))
    {
        Some((name, value, range)) => {
            let (low, high) = (range.start(), range.end());
            let text = messages.fill(
                "decoder.out_of_range",
                &[
                    ("name", &name),
                    ("value", &value),
                    ("low", low),
                    ("high", high),
                ],
            );
            Err(BadInput(text))
        }
        None => Ok(()),
    }
}

impl GenerateArgs {
    fn precision(&self) -> Precision {
        match self.precision {
            Held::Stored => Precision::Stored,
            Held::F32 => Precision::Float,
            Held::Q8_0 => Precision::Blocks(BlockType::Q8_0),
            Held::Q4_1 => Precision::Blocks(BlockType::Q4_1),
            Held::Q4_0 => Precision::Blocks(BlockType::Q4_0),
        }
    }

    fn options(&self) -> GenerateOptions {
        GenerateOptions {
            max_tokens: self.max_tokens,
            sampling: Sampling {
                temperature: self.temperature,
                top_k: self.top_k,
                top_p: self.top_p,
                repetition_penalty: self.repetition_penalty,
                seed: self.seed,
            },
            stop: self.stop.clone(),
        }
    }
}
