//! `ohlora models quantize`: rounds a pulled model to blocks, its adapter merged.

use clap::ValueEnum;

use super::Terminal;
use super::progress::Bar;
use crate::decoder::{ModelFiles, quantize};
use crate::hub::{Architecture, HubError, Installed, Library, Watch};
use crate::messages::Messages;
use crate::nn::block_quant::BlockType;

/// How a model's matrices are rounded; embeddings and head keep eight bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Kind {
    /// 4.5 bits a weight.
    #[value(name = "q4_0")]
    Q4_0,
    /// 5 bits a weight: nearer to the original.
    #[default]
    #[value(name = "q4_1")]
    Q4_1,
    /// 8.5 bits a weight.
    #[value(name = "q8_0")]
    Q8_0,
}

impl Kind {
    /// The blocks, and what they are called.
    pub(in crate::cli) fn blocks(self) -> (BlockType, &'static str) {
        match self {
            Self::Q4_0 => (BlockType::Q4_0, "q4_0"),
            Self::Q4_1 => (BlockType::Q4_1, "q4_1"),
            Self::Q8_0 => (BlockType::Q8_0, "q8_0"),
        }
    }
}

/// Whether a model of this kind is run by this program, so that there is a use in rounding it.
pub(super) fn is_run(installed: &Installed) -> bool {
    matches!(
        installed.architecture,
        Architecture::Llama | Architecture::GptNeox | Architecture::Gemma2
    )
}

pub(super) fn run(
    installed: &Installed,
    kind: Kind,
    library: &Library,
    messages: &Messages,
    terminal: &mut Terminal<'_>,
) -> Result<(), HubError> {
    let name = &installed.name;
    let failed = |reason: String| HubError::Quantize {
        name: name.clone(),
        reason,
    };
    if !is_run(installed) {
        return Err(failed(messages.get("hub.not_run").to_owned()));
    }
    let (blocks, written) = kind.blocks();
    let files = ModelFiles::at(&installed.folder);
    let mut bar = Bar::new();
    let mut before = 0;
    let weights = quantize(&files, installed.adapter(), blocks, &mut |done, all| {
        bar.total(all);
        bar.advance(done - before);
        before = done;
    });
    drop(bar);
    let weights = weights.map_err(|error| failed(error.explain(messages)))?;
    let folder = library.keep_quantized(installed, written, &weights)?;
    let said = messages.fill(
        "hub.quantized",
        &[
            ("name", name),
            ("kind", &written),
            ("size", &indicatif::DecimalBytes(weights.len() as u64)),
            ("path", &folder.display()),
        ],
    );
    Ok(writeln!(terminal.output, "{said}")?)
}
