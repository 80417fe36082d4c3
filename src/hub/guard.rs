//! Two commands never change the user's models at once.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};

use super::HubError;
use crate::fs::create_private_folder;

/// Held while models are changed; the system lets it go when the program ends, however it does.
pub(super) struct Guard {
    _file: File,
}

impl Guard {
    /// Takes the guard of a folder of models, which is made if it is not there.
    pub(super) fn take(models: &Path) -> Result<Self, HubError> {
        create_private_folder(models)?;
        let path = models.join(".busy");
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| HubError::file(&path, error))?;
        match FileExt::try_lock(&file) {
            Err(TryLockError::WouldBlock) => Err(HubError::Busy(models.to_owned())),
            // Some network file systems have no locks; there one has to do without.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { _file: file }),
        }
    }
}

/// What is free for us on the disk that a folder is on, or would be. `None` where that is not told.
pub(super) fn free(folder: &Path) -> Option<u64> {
    let there: Option<PathBuf> = folder
        .ancestors()
        .find(|above| above.is_dir())
        .map(Into::into);
    fs4::available_space(there?).ok()
}
