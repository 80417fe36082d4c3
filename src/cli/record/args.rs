//! The words of the command.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, value_parser};

/// `ohlora record …`
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct RecordArgs {
    /// What to do with the record.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with the record.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// List all interviews
    List,
    /// Show what was said in an interview, and how it was judged
    Show {
        /// Number of the interview, as in the list
        #[arg(value_parser = value_parser!(i64).range(1..))]
        id: i64,
    },
    /// Write one interview, or all of them, as Markdown or JSON
    Export {
        /// Number of the interview; all of them without it
        #[arg(value_parser = value_parser!(i64).range(1..))]
        id: Option<i64>,
        /// Form of the export
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// File to write; the screen without it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Erase an interview, or everything said in this profile, for good
    Erase {
        /// Number of the interview
        #[arg(value_parser = value_parser!(i64).range(1..), required_unless_present = "all")]
        id: Option<i64>,
        /// Erase every interview, the conversation with the companion, and what she remembers
        #[arg(long, conflicts_with = "id")]
        all: bool,
        /// Don't ask
        #[arg(long)]
        yes: bool,
    },
}

/// Form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Markdown, to read
    #[default]
    Md,
    /// JSON, to compute with
    Json,
}
