//! `ohlora embed`: lines in, `{"text","embedding"}` out.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use color_eyre::eyre::Result;
use serde_json::json;

use super::context::Context;
use crate::content::inputs::Input;
use crate::encoder::{Encoder, Precision, Text};

/// Which encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EmbedRole {
    /// The judge's.
    Answer,
    /// The selector's.
    Next,
    /// The one that tells which messages offend.
    Ethics,
    /// The one that finds memories.
    Memory,
    /// The untuned one; the prefix it was trained with is put before each text.
    Base,
}

/// Arguments of `embed`.
#[derive(Debug, Args)]
pub struct EmbedArgs {
    /// Which encoder.
    #[arg(long, value_enum)]
    pub role: EmbedRole,
    /// Folder of the model.
    #[arg(long)]
    pub model: Option<PathBuf>,
}

/// Lines that share a batch.
const BATCH: usize = 64;

/// Embeds standard input.
///
/// # Errors
/// When the model cannot be loaded, or the streams fail.
pub fn run(args: &EmbedArgs, context: &Context) -> Result<()> {
    let name = match args.role {
        EmbedRole::Answer => "answer",
        EmbedRole::Next => "next",
        EmbedRole::Ethics => "ethics",
        EmbedRole::Memory => "memory",
        EmbedRole::Base => "base",
    };
    let files = context.models().role(name, args.model.as_deref())?;
    let base = context.models().base_of(&files)?;
    let encoder = Encoder::load(&files, base.as_ref(), Precision::Int8)?;
    let prefix = match args.role {
        EmbedRole::Base => encoder
            .config
            .ohlora
            .query_prefix
            .clone()
            .unwrap_or_default(),
        _ => String::new(),
    };
    let mut out = std::io::stdout().lock();
    let lines: Vec<String> = std::io::stdin().lock().lines().collect::<Result<_, _>>()?;
    for lines in lines.chunks(BATCH) {
        let texts: Vec<Text> = lines
            .iter()
            .map(|line| {
                let mut text = Text::from(Input::parse(line));
                text.head.insert_str(0, &prefix);
                text
            })
            .collect();
        for (line, embedding) in lines.iter().zip(encoder.encode(&texts)?) {
            writeln!(out, "{}", json!({"text": line, "embedding": embedding}))?;
        }
    }
    out.flush()?;
    Ok(())
}
