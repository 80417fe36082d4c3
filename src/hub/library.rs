//! The user's folder of models: what is in it, whole or damaged, and how it changes.
//!
//! ```text
//! DATA/models.lock                   what was pulled
//! DATA/models/NAME/                  a model, found by its name
//! DATA/models/NAME/adapter/          its adapter, unmerged
//! DATA/models/NAME-quantized/        the two, merged and rounded; made here
//! DATA/models/.pulling/NAME@COMMIT/  one that is being fetched
//! ```

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::digest::{Digest, Hash};
use super::guard::Guard;
use super::lock::{self, Lock, Locked, LockedFile};
use super::plan::ADAPTER;
use super::{Architecture, Damage, HubError, Manifest, Row, Watch};
use crate::fs::create_private_folder;

pub(super) const PULLING: &str = ".pulling";

/// The user's models, and those of the manifest.
pub struct Library {
    /// What can be named.
    pub manifest: Manifest,
    pub(super) models: PathBuf,
    pub(super) lock_path: PathBuf,
}

/// How a model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Part of the program.
    Shipped,
    /// Here, and as far as names and sizes tell, whole.
    Pulled(Locked),
    /// Not here.
    NotPulled,
    /// Pulled, but files are missing or were changed.
    Damaged(Locked, Damage),
}

/// A model in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its name.
    pub name: String,
    /// In the manifest. One that was pulled may be in it no more.
    pub row: Option<&'a Row>,
    /// How it is.
    pub state: State,
}

/// A model that is here and can be loaded, merged or quantized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// How to read it.
    pub architecture: Architecture,
    /// `config.json`, `tokenizer.json`, `*.safetensors`.
    pub folder: PathBuf,
    /// Where an adapter for it lies, or several, each in a folder of its own.
    pub adapter: Option<PathBuf>,
    /// Of the model's repository.
    pub commit: String,
}

impl Installed {
    /// The folder of its adapter, where it has just one.
    pub fn adapter(&self) -> Option<&Path> {
        let folder = self.adapter.as_deref();
        folder.filter(|folder| folder.join("adapter_config.json").is_file())
    }

    /// The folders of its adapters, sorted: the one it has, or several, each below a folder that says
    /// what it is for.
    pub fn adapters(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut waiting: Vec<PathBuf> = self.adapter.iter().cloned().collect();
        while let Some(folder) = waiting.pop() {
            if folder.join("adapter_config.json").is_file() {
                found.push(folder);
                continue;
            }
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            waiting.extend(
                entries
                    .map(|entry| entry.path())
                    .filter(|path| path.is_dir()),
            );
        }
        found.sort();
        found
    }
}

impl Library {
    /// The library in a user's data folder.
    pub fn new(manifest: Manifest, data: &Path) -> Self {
        Self {
            manifest,
            models: data.join("models"),
            lock_path: data.join(lock::FILE),
        }
    }

    /// Every row of the manifest, and whatever was pulled and is in it no more.
    ///
    /// # Errors
    /// The lock file can't be read.
    pub fn entries(&self) -> Result<Vec<Entry<'_>>, HubError> {
        let lock = Lock::read(&self.lock_path)?;
        let known = self.manifest.models.iter().map(|row| Entry {
            name: row.name.clone(),
            row: Some(row),
            state: self.state_of(row, &lock),
        });
        let listed = |name: &str| self.manifest.models.iter().any(|row| row.name == name);
        let others = lock.models.keys().filter(|name| !listed(name));
        let others = others.map(|name| Entry {
            name: name.clone(),
            row: None,
            state: self.pulled(name, &lock),
        });
        Ok(known.chain(others).collect())
    }

    /// The model of this name, if it was pulled and is whole as far as names and sizes tell.
    ///
    /// # Errors
    /// It is not in the manifest, not pulled or damaged.
    pub fn installed(&self, name: &str) -> Result<Installed, HubError> {
        let row = self.manifest.row(name)?;
        match self.state_of(row, &Lock::read(&self.lock_path)?) {
            State::Pulled(locked) => Ok(self.describe(row, &locked)),
            State::Damaged(_, damage) => Err(HubError::Damaged(vec![damage])),
            State::Shipped => Err(HubError::Shipped(name.to_owned())),
            State::NotPulled => Err(HubError::NotPulled(name.to_owned())),
        }
    }

    /// Reads every file of the models named, or of all that were pulled, and compares it with what
    /// was pulled. Returns their names.
    ///
    /// # Errors
    /// [`HubError::Damaged`] with all that is wrong; or a model was not pulled.
    pub fn verify(
        &self,
        name: Option<&str>,
        watch: &mut dyn Watch,
        stop: &AtomicBool,
    ) -> Result<Vec<String>, HubError> {
        let mut lock = Lock::read(&self.lock_path)?;
        if let Some(name) = name {
            self.pulled_name(name, &lock)?;
            lock.models.retain(|pulled, _| pulled == name);
        }
        watch.total(lock.models.values().map(Locked::bytes).sum());
        let mut damages = Vec::new();
        for (name, locked) in &lock.models {
            let files = self.damaged(name, locked, watch, stop)?;
            if !files.is_empty() {
                let name = name.clone();
                damages.push(Damage { name, files });
            }
        }
        if damages.is_empty() {
            Ok(lock.models.into_keys().collect())
        } else {
            Err(HubError::Damaged(damages))
        }
    }

    /// The files of a model that are missing or hold something else.
    pub(super) fn damaged(
        &self,
        name: &str,
        locked: &Locked,
        watch: &mut dyn Watch,
        stop: &AtomicBool,
    ) -> Result<Vec<String>, HubError> {
        let folder = self.models.join(name);
        let mut files = Vec::new();
        for file in &locked.files {
            watch.file(&file.path);
            if !intact(&folder.join(&file.path), file, watch, stop)? {
                files.push(file.path.clone());
            }
        }
        Ok(files)
    }

    /// What removing a model would free, in bytes: the model, or what an unfinished download left.
    ///
    /// # Errors
    /// It is part of the program, or nothing was pulled under this name.
    pub fn removable(&self, name: &str) -> Result<u64, HubError> {
        let lock = Lock::read(&self.lock_path)?;
        let leftovers = self.leftovers(name);
        let left: u64 = leftovers.iter().map(|folder| size_of(folder)).sum();
        let left = left + size_of(&self.quantized_folder(name));
        match self.pulled_name(name, &lock) {
            Ok(locked) => Ok(locked.bytes() + left),
            Err(HubError::NotPulled(_)) if !leftovers.is_empty() => Ok(left),
            Err(error) => Err(error),
        }
    }

    /// Removes a model that was pulled, and what unfinished downloads of it left.
    ///
    /// # Errors
    /// As [`Library::removable`], or the folder can't be removed.
    pub fn remove(&self, name: &str) -> Result<(), HubError> {
        let _guard = Guard::take(&self.models)?;
        self.removable(name)?;
        let mut lock = Lock::read(&self.lock_path)?;
        if lock.models.contains_key(name) {
            self.clear(&self.quantized_folder(name))?;
            self.clear(&self.models.join(name))?;
            lock.models.remove(name);
            lock.write(&self.lock_path)?;
        }
        self.tidy(name);
        Ok(())
    }

    fn pulled_name<'a>(&self, name: &str, lock: &'a Lock) -> Result<&'a Locked, HubError> {
        if let Some(locked) = lock.models.get(name) {
            return Ok(locked);
        }
        let name = name.to_owned();
        match self.manifest.row(&name)?.shipped {
            true => Err(HubError::Shipped(name)),
            false => Err(HubError::NotPulled(name)),
        }
    }

    pub(super) fn state_of(&self, row: &Row, lock: &Lock) -> State {
        if row.shipped {
            return State::Shipped;
        }
        self.pulled(&row.name, lock)
    }

    fn pulled(&self, name: &str, lock: &Lock) -> State {
        let Some(locked) = lock.models.get(name) else {
            return State::NotPulled;
        };
        let folder = self.models.join(name);
        let changed = locked.files.iter().filter(|file| {
            let found = fs::metadata(folder.join(&file.path));
            !found.is_ok_and(|found| found.is_file() && found.len() == file.bytes)
        });
        let files: Vec<_> = changed.map(|file| file.path.clone()).collect();
        if files.is_empty() {
            return State::Pulled(locked.clone());
        }
        let name = name.to_owned();
        State::Damaged(locked.clone(), Damage { name, files })
    }

    pub(super) fn describe(&self, row: &Row, locked: &Locked) -> Installed {
        let folder = self.models.join(&row.name);
        Installed {
            name: row.name.clone(),
            architecture: row.architecture,
            adapter: (locked.parts.len() > 1).then(|| folder.join(ADAPTER)),
            folder,
            commit: locked.commit().to_owned(),
        }
    }

    /// Takes a folder out of its place; it is gone at once or not at all.
    pub(super) fn clear(&self, place: &Path) -> Result<(), HubError> {
        if !place.exists() {
            return Ok(());
        }
        let aside = self.models.join(PULLING);
        create_private_folder(&aside)?;
        let aside = tempfile::Builder::new().prefix("old-").tempdir_in(&aside);
        let aside = aside.map_err(|error| HubError::file(&self.models, error))?;
        let moved = fs::rename(place, aside.path().join("model"));
        moved.map_err(|error| HubError::file(place, error))?;
        aside.close().map_err(|error| HubError::file(place, error))
    }

    /// Folders of unfinished downloads of a model.
    fn leftovers(&self, name: &str) -> Vec<PathBuf> {
        let prefix = format!("{name}@");
        let found = fs::read_dir(self.models.join(PULLING));
        let found = found.into_iter().flatten().flatten().filter(|entry| {
            let found = entry.file_name();
            found.to_string_lossy().starts_with(&prefix)
        });
        found.map(|entry| entry.path()).collect()
    }

    /// Drops what is left of downloads of a model. It only takes room, so trouble is passed over.
    pub(super) fn tidy(&self, name: &str) {
        for folder in self.leftovers(name) {
            let _ = fs::remove_dir_all(folder);
        }
        let _ = fs::remove_dir(self.models.join(PULLING)); // only if it is empty
    }
}

/// How much the files of a folder take.
fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => size_of(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// Whether a file holds what was pulled. One that is missing does not.
fn intact(
    path: &Path,
    expected: &LockedFile,
    watch: &mut dyn Watch,
    stop: &AtomicBool,
) -> Result<bool, HubError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(HubError::file(path, error)),
    };
    let mut digest = Digest::new(expected.bytes);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(HubError::Interrupted);
        }
        let read = match file.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // A disk that cannot read its file has damaged it.
            Err(_) => return Ok(false),
            Ok(read) => read,
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        digest.update(bytes);
        watch.advance(read as u64);
    }
    let hash = Hash::Sha256(expected.sha256.clone());
    Ok(digest.finish(&hash).is_some())
}
