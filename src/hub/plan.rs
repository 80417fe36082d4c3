//! Which files of which commits make up a model, and under which licence.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::AtomicBool;

use globset::{GlobBuilder, GlobMatcher};

use super::licence::{LICENCE_FILE, Licence, is_licence, opening};
use super::remote::{RemoteFile, Snapshot};
use super::{HubError, Remote, Row, Source};

/// The folder, in a model's own, that an adapter's files are put in.
pub const ADAPTER: &str = "adapter";

/// All that is to be fetched for a model.
#[derive(Debug)]
pub struct Plan {
    pub(super) row: Row,
    /// The model, and the adapter where it has one.
    pub parts: Vec<Part>,
}

/// What is to be fetched from one repository.
#[derive(Debug)]
pub struct Part {
    /// `owner/name`.
    pub repository: String,
    /// What was asked for: a branch, a tag or a commit.
    pub revision: String,
    /// What that is now, 40 hexadecimal digits.
    pub commit: String,
    /// What the repository says about its licence.
    pub licence: Licence,
    pub(super) files: Vec<Wanted>,
}

/// A file and its place in the model's folder.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) remote: RemoteFile,
    pub(super) local: PathBuf,
}

impl Remote {
    /// Looks up what a model is now; `revision` takes the place of the manifest's. Nothing is written.
    ///
    /// # Errors
    /// The model is part of the program, the hub refuses or cannot be reached, a file is missing.
    pub fn plan(
        &self,
        row: &Row,
        revision: Option<&str>,
        stop: &AtomicBool,
    ) -> Result<Plan, HubError> {
        let Some(source) = &row.source else {
            return Err(HubError::Shipped(row.name.clone()));
        };
        self.runtime.block_on(async {
            let revision = revision.unwrap_or(&source.revision);
            let mut parts = vec![self.part(source, revision, Path::new(""), stop).await?];
            if let Some(adapter) = &row.adapter {
                let folder = Path::new(ADAPTER);
                let part = self.part(adapter, &adapter.revision, folder, stop);
                parts.push(part.await?);
            }
            Ok(Plan {
                row: row.clone(),
                parts,
            })
        })
    }

    async fn part(
        &self,
        source: &Source,
        revision: &str,
        folder: &Path,
        stop: &AtomicBool,
    ) -> Result<Part, HubError> {
        let snapshot = self.snapshot(source, revision, stop).await?;
        let files = choose(source, &snapshot, folder)?;
        let mut licence = snapshot.licence;
        let file = files.iter().find(|file| is_licence(&file.remote.path));
        if let Some(file) = file.filter(|file| file.remote.size <= LICENCE_FILE) {
            let path = &file.remote.path;
            let bytes = self.bytes(&source.repository, &snapshot.commit, path, stop);
            licence.opening = opening(&String::from_utf8_lossy(&bytes.await?));
        }
        Ok(Part {
            repository: source.repository.clone(),
            revision: revision.to_owned(),
            commit: snapshot.commit,
            licence,
            files,
        })
    }
}

impl Plan {
    /// How much is to be fetched, in bytes.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(Part::bytes).sum()
    }
}

impl Part {
    /// How much is to be fetched, in bytes.
    pub fn bytes(&self) -> u64 {
        let sizes = self.files.iter().map(|file| file.remote.size);
        sizes.fold(0, u64::saturating_add)
    }

    /// How many files.
    pub fn files(&self) -> usize {
        self.files.len()
    }
}

/// The files that a source's patterns name, and the licence files beside them.
fn choose(source: &Source, snapshot: &Snapshot, folder: &Path) -> Result<Vec<Wanted>, HubError> {
    let prefix = source
        .subfolder
        .as_deref()
        .map(|name| format!("{}/", name.trim_matches('/')));
    let inside = |file: &&RemoteFile| match &prefix {
        Some(prefix) => file.path.starts_with(prefix),
        None => true,
    };
    let relative = |file: &RemoteFile| match &prefix {
        Some(prefix) => file
            .path
            .strip_prefix(prefix)
            .unwrap_or(&file.path)
            .to_owned(),
        None => file.path.clone(),
    };
    let files: Vec<_> = snapshot.files.iter().filter(inside).collect();
    let mut chosen = BTreeSet::new();
    for (patterns, required) in [(&source.files, true), (&source.optional, false)] {
        for pattern in patterns {
            let matcher = matcher(pattern).map_err(|what| HubError::Answer {
                repository: source.repository.clone(),
                what,
            })?;
            let matching = files.iter().filter(|file| matcher.is_match(relative(file)));
            let paths: Vec<_> = matching.map(|file| &file.path).collect();
            if required && paths.is_empty() {
                return Err(HubError::NoFile {
                    repository: source.repository.clone(),
                    file: prefix.clone().unwrap_or_default() + pattern,
                });
            }
            chosen.extend(paths);
        }
    }
    // The folder's own licence goes before that of the whole repository.
    let hidden = |file: &RemoteFile| match &prefix {
        Some(prefix) => chosen.contains(&format!("{prefix}{}", file.path)),
        None => false,
    };
    let wanted = snapshot
        .files
        .iter()
        .filter(|file| chosen.contains(&file.path) || is_licence(&file.path) && !hidden(file));
    wanted
        .map(|file| {
            let local = relative(file);
            Ok(Wanted {
                local: folder.join(safe(&local).ok_or_else(|| HubError::Path {
                    repository: source.repository.clone(),
                    file: file.path.clone(),
                })?),
                remote: file.clone(),
            })
        })
        .collect()
}

/// `*` stops at a `/`.
fn matcher(pattern: &str) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    Ok(glob.map_err(|error| error.to_string())?.compile_matcher())
}

/// A path that stays in the folder it is joined to, on every system.
fn safe(path: &str) -> Option<PathBuf> {
    let plain = !path.is_empty() && !path.contains(['\\', ':']) && !path.contains(char::is_control);
    let path = Path::new(path);
    let inside = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    (plain && inside).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::digest::Hash;

    fn snapshot(paths: &[&str]) -> Snapshot {
        let files = paths.iter().map(|path| RemoteFile {
            path: (*path).to_owned(),
            size: 1,
            hash: Hash::Blob(String::new()),
        });
        Snapshot {
            commit: String::new(),
            licence: Licence::default(),
            files: files.collect(),
        }
    }

    fn source(files: &[&str], subfolder: Option<&str>) -> Source {
        Source {
            repository: "o/n".to_owned(),
            revision: "main".to_owned(),
            subfolder: subfolder.map(str::to_owned),
            files: files.iter().map(|f| (*f).to_owned()).collect(),
            optional: vec!["vocab.txt".to_owned()],
        }
    }

    fn locals(source: &Source, paths: &[&str], folder: &str) -> Result<Vec<String>, HubError> {
        let chosen = choose(source, &snapshot(paths), Path::new(folder))?;
        let locals = chosen.iter().map(|file| file.local.display().to_string());
        Ok(locals.collect())
    }

    #[test]
    fn patterns_choose_and_a_subfolder_falls_away() {
        let there = [
            "LICENSE",
            "config.json",
            "a/b/config.json",
            "a/b/x.safetensors",
            "x.bin",
        ];
        let one = source(&["config.json"], None);
        assert_eq!(
            locals(&one, &there, "").unwrap(),
            ["LICENSE", "config.json"]
        );
        let deep = source(&["config.json", "*.safetensors"], Some("a/b"));
        assert_eq!(
            locals(&deep, &there, "").unwrap(),
            ["LICENSE", "config.json", "x.safetensors"]
        );
        let any = source(&["**/config.json"], None);
        assert_eq!(
            locals(&any, &there, "adapter").unwrap(),
            [
                "adapter/LICENSE",
                "adapter/config.json",
                "adapter/a/b/config.json"
            ]
        );
    }

    #[test]
    fn a_pattern_without_a_file_is_named() {
        let error = locals(&source(&["*.safetensors"], Some("a")), &["a/x.bin"], "").unwrap_err();
        assert!(matches!(error, HubError::NoFile { ref file, .. } if file == "a/*.safetensors"));
    }

    #[test]
    fn no_file_leaves_its_folder() {
        for path in [
            "../up.json",
            "/etc/x.json",
            "a/../../x.json",
            "c:\\x.json",
            "a\nb.json",
        ] {
            let error = locals(&source(&["**"], None), &[path], "").unwrap_err();
            assert!(matches!(error, HubError::Path { .. }), "{path}");
        }
    }
}
