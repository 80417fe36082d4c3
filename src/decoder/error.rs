//! What can be wrong with a model's files, or with what is asked of it, each with what to do.

use std::io;
use std::path::{Path, PathBuf};

use crate::messages::{Lang, Messages};
use crate::nn::checkpoint::CheckpointError;

/// An error of loading or running a causal language model.
#[derive(Debug, thiserror::Error)]
pub enum DecoderError {
    /// A file of the model cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The prompt leaves no room for a reply.
    #[error("{}", self.explain(&Messages::new(Lang::En)))]
    TooLong {
        /// Tokens of the prompt.
        tokens: usize,
        /// Positions of the model.
        limit: usize,
    },
    /// The model's output is no numbers: its weights are damaged.
    #[error("{}", self.explain(&Messages::new(Lang::En)))]
    NotFinite,
    /// The tokenizer failed on a text.
    #[error("tokenizer: {0}")]
    Tokenizer(String),
    /// A tensor operation failed.
    #[error("tensor operation: {0}")]
    Tensor(#[from] candle_core::Error),
    /// The rows cannot be trained on.
    #[error("{0}")]
    Data(String),
    /// A checkpoint or the log of a training could not be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Training was interrupted; what was done is kept.
    #[error("interrupted; run the command again with --resume to go on")]
    Interrupted,
}

/// A file of a model that cannot be used: where, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain(&Messages::new(Lang::En)))]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// The field, tensor or place in it.
    pub field: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The system could not open or read it.
    #[error("cannot be read")]
    Io(#[source] io::Error),
    /// It is not there.
    #[error("missing")]
    Missing,
    /// It ends before what it promises.
    #[error("cut")]
    Cut,
    /// It is of another format.
    #[error("no {0} file")]
    Format(&'static str),
    /// Its format is of a version that is not known.
    #[error("version {0}")]
    Version(u32),
    /// A field or tensor holds something else than it should.
    #[error("{found} instead of {expected}")]
    Unexpected {
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A field or tensor is not in the file.
    #[error("not in the file")]
    Absent,
    /// Two tensors claim the same bytes, or the same name.
    #[error("overlaps with {0}")]
    Overlap(String),
    /// A model of a family that is not built here.
    #[error("architecture {0}")]
    Architecture(String),
    /// Something that exists elsewhere but not here.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// The text is not what a parser expects.
    #[error("{0}")]
    Syntax(String),
    /// An adapter of another model.
    #[error("adapter of another model")]
    OtherModel,
    /// The tokenizer knows more tokens than the model.
    #[error("{tokens} tokens for {rows} rows")]
    Vocabulary {
        /// Tokens of the tokenizer.
        tokens: usize,
        /// Rows of the embeddings.
        rows: usize,
    },
}

/// The families that are built here, as their files call them.
pub const ARCHITECTURES: &str = "llama, gpt_neox, gemma2";

impl FileError {
    /// An error about a field of a file.
    pub fn new(path: impl AsRef<Path>, field: impl Into<String>, problem: Problem) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            field: field.into(),
            problem,
        }
    }

    /// What happened and what to do, in one sentence.
    pub fn explain(&self, messages: &Messages) -> String {
        let fill = |key, values: &[(&str, &dyn std::fmt::Display)]| messages.fill(key, values);
        let what = match &self.problem {
            Problem::Io(error) => fill("decoder.io", &[("error", error)]),
            Problem::Missing => fill("decoder.missing", &[]),
            Problem::Cut => fill("decoder.cut", &[]),
            Problem::Format(format) => fill("decoder.format", &[("format", format)]),
            Problem::Version(version) => fill("decoder.version", &[("version", version)]),
            Problem::Unexpected { expected, found } => fill(
                "decoder.unexpected",
                &[("expected", expected), ("found", found)],
            ),
            Problem::Absent => fill("decoder.absent", &[]),
            Problem::Overlap(other) => fill("decoder.overlap", &[("other", other)]),
            Problem::Architecture(name) => fill(
                "decoder.architecture",
                &[("name", name), ("supported", &ARCHITECTURES)],
            ),
            Problem::Unsupported(what) => fill("decoder.unsupported", &[("what", what)]),
            Problem::Syntax(error) => fill("decoder.syntax", &[("error", error)]),
            Problem::OtherModel => fill("decoder.other_model", &[]),
            Problem::Vocabulary { tokens, rows } => {
                fill("decoder.vocabulary", &[("tokens", tokens), ("rows", rows)])
            }
        };
        let place = match self.field.as_str() {
            "" => self.path.display().to_string(),
            // Names come from the file: only as much of them as a line holds.
            field => {
                let field: String = field.chars().filter(|c| !c.is_control()).take(80).collect();
                format!("{}: {field}", self.path.display())
            }
        };
        format!("{place}: {what}")
    }
}

impl DecoderError {
    /// Names the file an error of the system belongs to.
    pub fn io(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |error| FileError::new(path, "", Problem::Io(error)).into()
    }

    /// What happened and what to do, in one sentence.
    pub fn explain(&self, messages: &Messages) -> String {
        match self {
            Self::File(error) => error.explain(messages),
            Self::TooLong { tokens, limit } => {
                messages.fill("decoder.too_long", &[("tokens", tokens), ("limit", limit)])
            }
            Self::NotFinite => messages.get("decoder.not_finite").to_owned(),
            Self::Tokenizer(_)
            | Self::Tensor(_)
            | Self::Data(_)
            | Self::Checkpoint(_)
            | Self::Interrupted => self.to_string(),
        }
    }

    /// Whether what was given cannot be used, rather than the work having failed.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::File(error) => !matches!(error.problem, Problem::Io(_)),
            Self::TooLong { .. } | Self::NotFinite | Self::Data(_) => true,
            Self::Checkpoint(error) => matches!(error, CheckpointError::Unfit { .. }),
            Self::Tokenizer(_) | Self::Tensor(_) | Self::Interrupted => false,
        }
    }
}
