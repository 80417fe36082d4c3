//! `models/manifest.toml`: the models that can be named, and where they come from.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::HubError;
use crate::fs::is_absent;

/// The file's name, in the binary and in each folder of models.
pub const FILE: &str = "manifest.toml";

/// The layout this program reads.
const FORMAT_VERSION: u32 = 1;

/// What a model's repository must hold, where a row says nothing else.
const MODEL_FILES: [&str; 3] = ["config.json", "tokenizer.json", "*.safetensors"];

/// What else of it is of use.
const MODEL_OPTIONAL: [&str; 6] = [
    "*.safetensors.index.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "generation_config.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
];

/// What an adapter's repository must hold: one adapter at the top, or one in each of several folders.
const ADAPTER_FILES: [&str; 2] = ["**/adapter_config.json", "**/adapter_model.safetensors"];

/// All rows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format_version: u32,
    /// In the order of the file.
    #[serde(rename = "model", default)]
    pub models: Vec<Row>,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// By which it is pulled and found.
    pub name: String,
    /// What it is for: `answer`, `interviewer`, `summary`, ….
    pub roles: Vec<String>,
    /// Whether it is part of the program.
    #[serde(default)]
    pub shipped: bool,
    /// What its `config.json` describes.
    pub architecture: Architecture,
    /// An SPDX name, or `stated`: as the repository says.
    pub licence: String,
    /// About how many bytes it takes.
    pub bytes: u64,
    /// Where its weights come from.
    pub source: Option<Source>,
    /// Where an adapter for them comes from.
    pub adapter: Option<Source>,
}

/// The families of models that can be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// An encoder with positions from 0.
    Bert,
    /// An encoder with positions from the padding index.
    Roberta,
    /// A decoder: Llama, Kanana, Mi:dm.
    Llama,
    /// A decoder with a parallel residual: Polyglot-Ko.
    GptNeox,
    /// A decoder: Gemma 2.
    Gemma2,
}

/// A part of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// `owner/name`.
    pub repository: String,
    /// A branch, a tag or a commit.
    #[serde(default = "main")]
    pub revision: String,
    /// The folder in it that holds the files.
    pub subfolder: Option<String>,
    /// Patterns, each of which must match a file.
    #[serde(default)]
    pub files: Vec<String>,
    /// Patterns of what is also taken.
    #[serde(default)]
    pub optional: Vec<String>,
}

fn main() -> String {
    "main".to_owned()
}

impl Manifest {
    /// The manifest on disk, in the first of these folders that holds one, else the `embedded` one.
    ///
    /// # Errors
    /// It cannot be read, or it is wrong; file and line are named.
    pub fn find(folders: &[PathBuf], embedded: &str) -> Result<Self, HubError> {
        for folder in folders {
            let path = folder.join(FILE);
            match std::fs::read_to_string(&path) {
                Ok(text) => return Self::parse(&text, &path),
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(wrong(&path, None, error)),
            }
        }
        Self::parse(embedded, Path::new(FILE))
    }

    /// Reads a manifest; `path` is named in errors.
    ///
    /// # Errors
    /// It is not TOML of this form, or a row contradicts itself.
    pub fn parse(text: &str, path: &Path) -> Result<Self, HubError> {
        let mut manifest: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| line_of(text, span.start));
            wrong(path, line, error.message())
        })?;
        if manifest.format_version != FORMAT_VERSION {
            let version = manifest.format_version;
            return Err(wrong(path, None, format!("format_version {version}")));
        }
        for at in 0..manifest.models.len() {
            let (before, rest) = manifest.models.split_at_mut(at);
            if let Some(row) = rest.first_mut() {
                row.complete();
                row.check(before)
                    .map_err(|what| wrong(path, None, format!("model `{}`: {what}", row.name)))?;
            }
        }
        Ok(manifest)
    }

    /// The row of a name.
    ///
    /// # Errors
    /// There is none; the names are listed.
    pub fn row(&self, name: &str) -> Result<&Row, HubError> {
        let found = self.models.iter().find(|row| row.name == name);
        found.ok_or_else(|| HubError::Unknown {
            name: name.to_owned(),
            known: self.models.iter().map(|row| row.name.clone()).collect(),
        })
    }
}

impl Row {
    /// Fills in the patterns that go without saying.
    fn complete(&mut self) {
        let owned = |patterns: &[&str]| patterns.iter().map(|p| (*p).to_owned()).collect();
        if let Some(source) = &mut self.source
            && source.files.is_empty()
        {
            source.files = owned(&MODEL_FILES);
            source.optional.extend(owned(&MODEL_OPTIONAL) as Vec<_>);
        }
        if let Some(adapter) = &mut self.adapter
            && adapter.files.is_empty()
        {
            adapter.files = owned(&ADAPTER_FILES);
        }
    }

    fn check(&self, before: &[Self]) -> Result<(), String> {
        if !is_name(&self.name) {
            return Err("a name is made of a-z, 0-9 and -".to_owned());
        }
        if before.iter().any(|row| row.name == self.name) {
            return Err("it is listed twice".to_owned());
        }
        if self.shipped == self.source.is_some() {
            return Err("it is either `shipped = true` or has a `source`".to_owned());
        }
        for source in self.source.iter().chain(&self.adapter) {
            let owner_and_name = source.repository.split('/').filter(|part| !part.is_empty());
            if owner_and_name.count() != 2 {
                return Err(format!(
                    "repository `{}` is not owner/name",
                    source.repository
                ));
            }
            for pattern in source.files.iter().chain(&source.optional) {
                globset::Glob::new(pattern).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }
}

impl Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bert => "bert",
            Self::Roberta => "roberta",
            Self::Llama => "llama",
            Self::GptNeox => "gpt-neox",
            Self::Gemma2 => "gemma2",
        })
    }
}

/// Whether a text can name a model, and so a folder.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(plain) && !text.starts_with('-')
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.bytes().take(offset);
    before.filter(|byte| *byte == b'\n').count() + 1
}

fn wrong(path: &Path, line: Option<usize>, what: impl Display) -> HubError {
    HubError::Manifest {
        path: path.to_owned(),
        line,
        what: what.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMBEDDED: &str = include_str!("../../models/manifest.toml");

    fn parse(text: &str) -> Result<Manifest, HubError> {
        Manifest::parse(
            &format!("format_version = 1\n{text}"),
            Path::new("manifest.toml"),
        )
    }

    #[test]
    fn the_shipped_manifest_is_right() {
        let manifest = Manifest::parse(EMBEDDED, Path::new(FILE)).unwrap();
        assert!(manifest.row("answer").unwrap().shipped);
        let source = manifest.row("interviewer").unwrap().source.clone().unwrap();
        assert_eq!(source.revision, "main");
        assert!(source.files.iter().any(|pattern| pattern == "config.json"));
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let manifest = Manifest::parse(EMBEDDED, Path::new(FILE)).unwrap();
        let error = manifest.row("kanana").unwrap_err().to_string();
        assert!(
            error.contains("kanana") && error.contains("interviewer"),
            "{error}"
        );
    }

    #[test]
    fn mistakes_are_named_with_line_or_model() {
        let row = "roles = []\narchitecture = \"bert\"\nlicence = \"mit\"\nbytes = 1\n";
        let model = |name: &str, rest: &str| format!("[[model]]\nname = \"{name}\"\n{row}{rest}\n");
        let cases = [
            ("[[model]]\nname = 3".to_owned(), "manifest.toml, line 3"),
            (model("../up", "shipped = true"), "`../up`"),
            (model("a", ""), "either"),
            (
                model("a", "source = { repository = \"one\" }"),
                "owner/name",
            ),
            (model("a", "shipped = true").repeat(2), "twice"),
            (
                model("a", "source = { repository = \"o/n\", files = [\"[\"] }"),
                "`a`",
            ),
        ];
        for (text, expected) in cases {
            let error = parse(&text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}\n{error}");
        }
    }

    #[test]
    fn one_on_disk_takes_the_place_of_the_embedded_one() {
        let folder = tempfile::tempdir().unwrap();
        let folders = [folder.path().join("none"), folder.path().to_owned()];
        assert_eq!(
            Manifest::find(&folders, EMBEDDED).unwrap(),
            Manifest::parse(EMBEDDED, Path::new(FILE)).unwrap()
        );
        std::fs::write(folder.path().join(FILE), "format_version = 1").unwrap();
        let found = Manifest::find(&folders, EMBEDDED).unwrap();
        assert!(found.models.is_empty());
    }
}
