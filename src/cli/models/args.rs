//! The words of the command.

use clap::{Args, Subcommand};

use super::quantize::Kind;

/// `ohlora models …`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ModelsArgs {
    /// What to do with the models.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with the models.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// List the models: shipped, pulled, and those that can be pulled
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Download a model, or the rest of it, and verify it
    Pull {
        /// Name of the model, as in the list
        name: String,
        /// Branch, tag or commit of the model's repository instead of the usual one
        #[arg(long)]
        revision: Option<String>,
        /// Accept the licences without being asked
        #[arg(long)]
        yes: bool,
    },
    /// Read the pulled models from disk and compare them with what was pulled
    Verify {
        /// Name of the model; all of them without it
        name: Option<String>,
    },
    /// Round a pulled model to fewer bits, its adapter merged; `pull` does it by itself
    Quantize {
        /// Name of the model
        name: String,
        /// How its matrices are rounded
        #[arg(long, value_enum, default_value_t)]
        kind: Kind,
    },
    /// Remove a pulled model
    Rm {
        /// Name of the model
        name: String,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}
