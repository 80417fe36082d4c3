//! From a plan to a model in its place.
//!
//! The lock file is written before the folder gets its name. If the program ends in between, the
//! model counts as damaged, and pulling it again finds all files and takes no time.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use super::guard::{Guard, free};
use super::library::PULLING;
use super::lock::{Lock, Locked, LockedFile, Origin};
use super::plan::Wanted;
use super::{HubError, Installed, Library, Part, Plan, Remote, State, Watch, download};
use crate::fs::create_private_folder;

/// What stays free on the disk, in bytes.
const SPARE: u64 = 64 * 1024 * 1024;

impl Library {
    /// The model of a plan, if it is here from just these commits and every byte is right.
    ///
    /// # Errors
    /// The lock file or a model's file can't be read, or the user stops it.
    pub fn already(
        &self,
        plan: &Plan,
        watch: &mut dyn Watch,
        stop: &AtomicBool,
    ) -> Result<Option<Installed>, HubError> {
        let State::Pulled(locked) = self.state_of(&plan.row, &Lock::read(&self.lock_path)?) else {
            return Ok(None);
        };
        let commits = locked
            .parts
            .iter()
            .map(|part| (&part.repository, &part.commit));
        let planned = plan
            .parts
            .iter()
            .map(|part| (&part.repository, &part.commit));
        if !commits.eq(planned) {
            return Ok(None);
        }
        watch.total(locked.bytes());
        let damaged = self.damaged(&plan.row.name, &locked, watch, stop)?;
        Ok(damaged
            .is_empty()
            .then(|| self.describe(&plan.row, &locked)))
    }

    /// Fetches a model, or the rest of it, and puts it in its place.
    ///
    /// # Errors
    /// See [`HubError`]. What has arrived is kept for the next time, except a file that turned out
    /// to be another than the hub lists.
    pub fn fetch(
        &self,
        remote: &Remote,
        plan: &Plan,
        now: Timestamp,
        watch: &mut dyn Watch,
        stop: &AtomicBool,
    ) -> Result<Installed, HubError> {
        let row = &plan.row;
        let _guard = Guard::take(&self.models)?;
        let mut lock = Lock::read(&self.lock_path)?;
        let place = self.models.join(&row.name);
        if place.exists() && !lock.models.contains_key(&row.name) {
            return Err(HubError::InTheWay {
                name: row.name.clone(),
                path: place,
            });
        }
        let staging = self.staging(plan);
        self.has_room(plan, &staging)?;
        create_private_folder(&staging)?;
        watch.total(plan.bytes());
        let mut files = Vec::new();
        for part in &plan.parts {
            for wanted in &part.files {
                reuse(
                    &place.join(&wanted.local),
                    &staging.join(&wanted.local),
                    wanted,
                );
                let fetched = download::fetch(remote, part, wanted, &staging, watch, stop);
                files.push(LockedFile {
                    sha256: remote.runtime.block_on(fetched)?,
                    path: portable(&wanted.local),
                    bytes: wanted.remote.size,
                });
            }
        }
        let locked = Locked {
            pulled: now.to_string(),
            parts: plan.parts.iter().map(Origin::from).collect(),
            files,
        };
        lock.models.insert(row.name.clone(), locked.clone());
        lock.write(&self.lock_path)?;
        self.clear(&place)?;
        fs::rename(&staging, &place).map_err(|error| HubError::file(&place, error))?;
        self.tidy(&row.name);
        Ok(self.describe(row, &locked))
    }

    /// Named by what is fetched, so that files of two commits never meet.
    fn staging(&self, plan: &Plan) -> PathBuf {
        let commits = plan.parts.iter().map(|part| part.commit.get(..12));
        let commits: Vec<_> = commits.map(Option::unwrap_or_default).collect();
        let name = format!("{}@{}", plan.row.name, commits.join("+"));
        self.models.join(PULLING).join(name)
    }

    /// What is left to fetch must fit.
    fn has_room(&self, plan: &Plan, staging: &Path) -> Result<(), HubError> {
        let wanted = plan.parts.iter().flat_map(|part| &part.files);
        let here = wanted.map(|wanted| {
            let target = staging.join(&wanted.local);
            let found = [download::partial(&target), target];
            let sizes = found.iter().filter_map(|path| fs::metadata(path).ok());
            sizes.map(|found| found.len()).max().unwrap_or_default()
        });
        let needed = plan
            .bytes()
            .saturating_sub(here.sum())
            .saturating_add(SPARE);
        match free(staging) {
            Some(free) if free < needed => Err(HubError::NoRoom {
                path: self.models.clone(),
                needed,
                free,
            }),
            _ => Ok(()),
        }
    }
}

impl From<&Part> for Origin {
    fn from(part: &Part) -> Self {
        Self {
            repository: part.repository.clone(),
            revision: part.revision.clone(),
            commit: part.commit.clone(),
            licence: part.licence.name.clone(),
        }
    }
}

/// Lets a new download begin with a file of the model that is already here, if it may be the same:
/// the download then finds it, and compares it with the hub's hash. If that fails it is fetched.
fn reuse(old: &Path, new: &Path, wanted: &Wanted) {
    let same_size = fs::metadata(old).is_ok_and(|old| old.len() == wanted.remote.size);
    if same_size && !new.exists() && !download::partial(new).exists() {
        if let Some(folder) = new.parent() {
            let _ = create_private_folder(folder);
        }
        let _ = fs::hard_link(old, new);
    }
}

/// With `/` on every system.
fn portable(path: &Path) -> String {
    let parts = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}
