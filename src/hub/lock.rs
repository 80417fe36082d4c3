//! `models.lock` in the user's data folder: what was pulled, from which commit, with which contents.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::HubError;
use super::manifest::is_name;
use crate::fs::{create_private_folder, is_absent, write_atomic};

/// The file's name.
pub const FILE: &str = "models.lock";

const FORMAT_VERSION: u32 = 1;

const HEADER: &str = "# Written by `ohlora models`; what was pulled, and what it must be.\n";

/// All that was pulled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    format_version: u32,
    /// By the model's name.
    #[serde(default)]
    pub models: BTreeMap<String, Locked>,
}

/// A model that was pulled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locked {
    /// When, by RFC 3339.
    pub pulled: String,
    /// The model, and the adapter where there is one.
    pub parts: Vec<Origin>,
    /// In the model's folder.
    pub files: Vec<LockedFile>,
}

/// Where files came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// `owner/name`.
    pub repository: String,
    /// What was asked for.
    pub revision: String,
    /// What that was then.
    pub commit: String,
    /// As the repository stated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
}

/// A file that was verified when it was pulled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockedFile {
    /// In the model's folder, with `/`.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Of its contents, hexadecimal.
    pub sha256: String,
}

impl Default for Lock {
    fn default() -> Self {
        Self {
            format_version: FORMAT_VERSION,
            models: BTreeMap::new(),
        }
    }
}

impl Lock {
    /// Reads the file; one that is not there yet is empty.
    ///
    /// # Errors
    /// It can't be read, or it is not of this form.
    pub fn read(path: &Path) -> Result<Self, HubError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if is_absent(&error) => return Ok(Self::default()),
            Err(error) => return Err(HubError::file(path, error)),
        };
        let wrong = |what: String| HubError::Lock {
            path: path.to_owned(),
            what,
        };
        let lock: Self =
            toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))?;
        if lock.format_version != FORMAT_VERSION {
            return Err(wrong(format!("format_version {}", lock.format_version)));
        }
        // A name becomes a folder, which may be removed.
        match lock.models.keys().find(|name| !is_name(name)) {
            None => Ok(lock),
            Some(name) => Err(wrong(format!("model `{name}`"))),
        }
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// It can't be written.
    pub fn write(&self, path: &Path) -> Result<(), HubError> {
        let text = toml::to_string(self).map_err(|error| HubError::Lock {
            path: path.to_owned(),
            what: error.to_string(),
        })?;
        if let Some(folder) = path.parent() {
            create_private_folder(folder)?;
        }
        Ok(write_atomic(path, (HEADER.to_owned() + &text).as_bytes())?)
    }
}

impl Locked {
    /// The commit of the model itself.
    pub fn commit(&self) -> &str {
        self.parts.first().map_or("", |part| part.commit.as_str())
    }

    /// How much it takes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data").join(FILE);
        assert_eq!(Lock::read(&path).unwrap(), Lock::default());
        let mut lock = Lock::default();
        let locked = Locked {
            pulled: "2026-11-20T08:30:00Z".to_owned(),
            parts: vec![Origin {
                repository: "o/n".to_owned(),
                revision: "main".to_owned(),
                commit: "c".repeat(40),
                licence: None,
            }],
            files: vec![LockedFile {
                path: "adapter/config.json".to_owned(),
                bytes: 3,
                sha256: "0".repeat(64),
            }],
        };
        lock.models.insert("a".to_owned(), locked);
        lock.write(&path).unwrap();
        assert_eq!(Lock::read(&path).unwrap(), lock);
    }

    #[test]
    fn a_file_of_another_form_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for text in [
            "format_version = 2",
            "models = 3",
            "{",
            "format_version = 1\n[models.\"../up\"]\npulled = \"\"\nparts = []\nfiles = []",
        ] {
            fs::write(&path, text).unwrap();
            let error = Lock::read(&path).unwrap_err();
            assert!(matches!(error, HubError::Lock { .. }), "{text}");
            assert!(error.to_string().contains(FILE), "{error}");
        }
    }
}
