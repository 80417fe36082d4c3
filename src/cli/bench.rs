//! `ohlora bench`: how fast this machine encodes, judges and loads.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use color_eyre::eyre::{Result, bail};
use serde_json::json;

use super::BadInput;
use super::context::Context;
use crate::encoder::{Encoder, Precision, Text};
use crate::engine::judge::Judge;
use crate::interview::JudgeRequest;

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Time the encoder alone.
    #[arg(long)]
    pub encode: bool,
    /// End with one line of JSON.
    #[arg(long)]
    pub json: bool,
    /// Four lines: texts of 16, 32 and 64 tokens, and the one a batch of 64 repeats.
    #[arg(long)]
    pub texts: Option<PathBuf>,
}

const TEXTS: [&str; 4] = [
    "과적합은 학습 데이터에만 맞는 현상입니다",
    "과적합은 모델이 학습 데이터의 잡음까지 외워서 새 데이터에서 성능이 떨어지는 현상입니다",
    "과적합은 모델이 학습 데이터의 잡음까지 외워서 새 데이터에서 성능이 떨어지는 현상입니다. 그래서 정규화나 드롭아웃을 쓰고 데이터를 더 모으거나 학습을 일찍 멈춥니다. 편향이 크면 과소적합이에요.",
    "과적합은 모델이 학습 데이터의 잡음까지 외워서 새 데이터에서 성능이 떨어지는 현상입니다",
];
const NAMES: [&str; 4] = ["16", "32", "64", "batch64"];
const BATCH: usize = 64;

/// Times and prints.
///
/// # Errors
/// When a model cannot be loaded.
pub fn run(args: &BenchArgs, context: &Context) -> Result<()> {
    let texts: Vec<String> = match &args.texts {
        Some(path) => std::fs::read_to_string(path)?
            .lines()
            .map(str::to_owned)
            .collect(),
        None => TEXTS.iter().map(|text| (*text).to_owned()).collect(),
    };
    if texts.len() != NAMES.len() {
        let (wanted, got) = (NAMES.len(), texts.len());
        bail!(BadInput(format!("--texts needs {wanted} lines, not {got}")));
    }
    let files = context.models().find("base")?;
    let started = Instant::now();
    let encoder = Encoder::load(&files, None, Precision::Int8)?;
    let load = milliseconds(started);
    let mut encode = serde_json::Map::new();
    for (name, text) in NAMES.iter().zip(&texts) {
        let repeats = if *name == "batch64" { BATCH } else { 1 };
        let batch = vec![Text::from(text.as_str()); repeats];
        let rounds = if repeats == 1 { 60 } else { 7 };
        let ms = median(rounds, || encoder.encode(&batch).map(|_| ()))?;
        encode.insert((*name).to_owned(), json!(ms));
        writeln!(io::stdout(), "encode {name:<8} {ms:8.2} ms")?;
    }
    let mut line = json!({"load_ms": load, "encode_ms": encode});
    writeln!(io::stdout(), "load            {load:8.2} ms")?;
    if !args.encode {
        let judged = judged_turn(context)?;
        writeln!(io::stdout(), "judge           {judged:8.2} ms")?;
        line["judge_ms"] = json!(judged);
    }
    if args.json {
        writeln!(io::stdout(), "{line}")?;
    }
    Ok(())
}

/// One judged message in the default pack, its examples embedded already.
fn judged_turn(context: &Context) -> Result<f64> {
    let models = context.models();
    let files = models.find("answer")?;
    let base = models.base_of(&files)?;
    let mut judge = Judge::load(&files, base.as_ref(), Some(context.embedding_cache()))?;
    let pack = context.pack(None)?;
    let topic = pack.topics.get(1).or(pack.topics.first());
    let request = JudgeRequest {
        topic: topic.map(|topic| topic.title.clone()).unwrap_or_default(),
        message: TEXTS[1].to_owned(),
        asked: None,
    };
    judge.evidence(&pack, &request)?;
    median(20, || judge.evidence(&pack, &request).map(|_| ()))
}

/// Median time of a call in milliseconds, after two that are not counted.
fn median<E>(rounds: usize, mut call: impl FnMut() -> Result<(), E>) -> Result<f64>
where
    color_eyre::Report: From<E>,
{
    let mut times = Vec::with_capacity(rounds);
    for round in 0..rounds + 2 {
        let started = Instant::now();
        call()?;
        if round >= 2 {
            times.push(milliseconds(started));
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
