//! What can go wrong between a hub and the disk, each with its remedy.

use std::io;
use std::path::PathBuf;

use crate::fs::WriteError;
use crate::messages::{Lang, Messages};

/// A model whose files are not what was pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The model.
    pub name: String,
    /// Its files that are missing or changed.
    pub files: Vec<String>,
}

/// Why a command on models failed.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The manifest cannot be used.
    Manifest {
        /// The file.
        path: PathBuf,
        /// Where in it, if that is known.
        line: Option<usize>,
        /// What is wrong.
        what: String,
    },
    /// No model has this name.
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The model is part of the program.
    Shipped(String),
    /// The model was not pulled.
    NotPulled(String),
    /// A folder that was not pulled stands where the model would go.
    InTheWay {
        /// The model.
        name: String,
        /// The folder.
        path: PathBuf,
    },
    /// A model that is here cannot be rounded.
    Quantize {
        /// The model.
        name: String,
        /// Why.
        reason: String,
    },
    /// A question needed an answer and nobody was there to give it.
    Unanswered,
    /// Another `ohlora models` is at work in the same folder.
    Busy(PathBuf),
    /// `models.lock` cannot be understood.
    Lock {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The address of the hub, or the set-up for TLS, cannot be used.
    Setup(String),
    /// No answer from the hub.
    Unreachable {
        /// Its address.
        endpoint: String,
        /// What the system said.
        what: String,
    },
    /// The hub asks who is asking, or does not know the token.
    Unauthorized(String),
    /// The hub knows who is asking, and says no.
    Forbidden(String),
    /// No such repository, or none that may be seen.
    NoRepository(String),
    /// The repository has no such revision.
    NoRevision {
        /// The repository.
        repository: String,
        /// The revision.
        revision: String,
    },
    /// The repository has no such file.
    NoFile {
        /// The repository.
        repository: String,
        /// The file, or the pattern that no file matches.
        file: String,
    },
    /// Too many requests.
    Limited,
    /// An answer that makes no sense.
    Answer {
        /// Who gave it.
        repository: String,
        /// What was wrong with it.
        what: String,
    },
    /// A file of the repository would land outside the model's folder.
    Path {
        /// The repository.
        repository: String,
        /// The file.
        file: String,
    },
    /// The connection broke, again and again.
    Cut {
        /// The file that was being fetched.
        file: String,
        /// What the connection said.
        what: String,
    },
    /// A file arrived whole and is not the one that the hub lists.
    Mismatch(String),
    /// The disk has too little room.
    NoRoom {
        /// The folder.
        path: PathBuf,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The disk filled up, or a quota did.
    Full(PathBuf),
    /// A file can't be read or written.
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The lock file or a folder can't be written.
    Write(#[from] WriteError),
    /// Ctrl+C.
    Interrupted,
    /// Files are missing or were changed.
    Damaged(Vec<Damage>),
    /// The output can't be written.
    Output(#[from] io::Error),
}

impl HubError {
    /// Of a file or folder: a full disk is told from other trouble.
    pub(super) fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let path = path.into();
        match source.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Self::Full(path),
            _ => Self::File { path, source },
        }
    }

    /// 1 where the work failed, 2 where the command or a file of the user was wrong.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Manifest { .. }
            | Self::Unknown { .. }
            | Self::Shipped(_)
            | Self::NotPulled(_)
            | Self::InTheWay { .. }
            | Self::Unanswered
            | Self::Setup(_)
            | Self::NoRevision { .. } => 2,
            _ => 1,
        }
    }

    /// What happened and what to do, in one sentence.
    pub fn explain(&self, messages: &Messages) -> String {
        let fill = |key: &str, values: &[(&str, &dyn std::fmt::Display)]| {
            messages.fill(&format!("hub.{key}"), values)
        };
        match self {
            Self::Manifest { path, line, what } => match line {
                Some(line) => fill(
                    "manifest_line",
                    &[("path", &path.display()), ("line", line), ("what", what)],
                ),
                None => fill("manifest", &[("path", &path.display()), ("what", what)]),
            },
            Self::Unknown { name, known } => {
                fill("unknown", &[("name", name), ("known", &known.join(", "))])
            }
            Self::Shipped(name) => fill("is_shipped", &[("name", name)]),
            Self::NotPulled(name) => fill("not_pulled", &[("name", name)]),
            Self::InTheWay { name, path } => {
                fill("in_the_way", &[("name", name), ("path", &path.display())])
            }
            Self::Quantize { name, reason } => {
                fill("not_quantized", &[("name", name), ("reason", reason)])
            }
            Self::Unanswered => messages.get("hub.unanswered").to_owned(),
            Self::Busy(path) => fill("busy", &[("path", &path.display())]),
            Self::Lock { path, what } => fill("lock", &[("path", &path.display()), ("what", what)]),
            Self::Setup(what) => fill("setup", &[("what", what)]),
            Self::Unreachable { endpoint, what } => {
                fill("unreachable", &[("endpoint", endpoint), ("what", what)])
            }
            Self::Unauthorized(repository) => fill("unauthorized", &[("repository", repository)]),
            Self::Forbidden(repository) => fill("forbidden", &[("repository", repository)]),
            Self::NoRepository(repository) => fill("no_repository", &[("repository", repository)]),
            Self::NoRevision {
                repository,
                revision,
            } => fill(
                "no_revision",
                &[("repository", repository), ("revision", revision)],
            ),
            Self::NoFile { repository, file } => {
                fill("no_file", &[("repository", repository), ("file", file)])
            }
            Self::Limited => messages.get("hub.limited").to_owned(),
            Self::Answer { repository, what } => {
                fill("answer", &[("repository", repository), ("what", what)])
            }
            Self::Path { repository, file } => {
                fill("path", &[("repository", repository), ("file", file)])
            }
            Self::Cut { file, what } => fill("cut", &[("file", file), ("what", what)]),
            Self::Mismatch(file) => fill("mismatch", &[("file", file)]),
            Self::NoRoom { path, needed, free } => fill(
                "no_room",
                &[
                    ("path", &path.display()),
                    ("needed", &indicatif::DecimalBytes(*needed)),
                    ("free", &indicatif::DecimalBytes(*free)),
                ],
            ),
            Self::Full(path) => fill("full", &[("path", &path.display())]),
            Self::File { path, source } => {
                fill("file", &[("path", &path.display()), ("error", source)])
            }
            Self::Write(error) => error.explain(messages),
            Self::Interrupted => messages.get("hub.interrupted").to_owned(),
            Self::Damaged(models) => {
                let files = models
                    .iter()
                    .flat_map(|model| model.files.iter().map(|f| format!("{}/{f}", model.name)));
                let names: Vec<_> = models.iter().map(|model| model.name.as_str()).collect();
                let commands = names
                    .iter()
                    .map(|name| format!("`ohlora models pull {name}`"));
                fill(
                    "damaged",
                    &[
                        ("files", &files.collect::<Vec<_>>().join(", ")),
                        ("commands", &commands.collect::<Vec<_>>().join(", ")),
                    ],
                )
            }
            Self::Output(error) => messages.fill("store.no_output", &[("error", error)]),
        }
    }
}

impl std::fmt::Display for HubError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.explain(&Messages::new(Lang::En)))
    }
}
