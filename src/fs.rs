//! Files that are either whole or as they were.
//!
//! A file is written under a temporary name beside its place, synced, renamed, and the folder is
//! synced after it: a reader, a crash or a power cut never finds half of one.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::messages::{Lang, Messages};

/// A file that could not be written; what stood there before still does.
#[derive(Debug, thiserror::Error)]
pub struct WriteError {
    /// The file, or the folder that was to be made.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// A file is not there; nor is one below what is no folder.
pub fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Replaces the contents of `path`, or creates it.
///
/// A symbolic link is followed, so that the link stays one; an existing file keeps its permissions.
///
/// # Errors
/// The folder is missing or can't be written to, the disk is full, or `path` is not a plain file.
pub fn write_atomic(path: &Path, contents: &[u8]) -> Result<(), WriteError> {
    replace(path, contents).map_err(|source| WriteError {
        path: path.to_owned(),
        source,
    })
}

/// Writes a file where there is none.
///
/// # Errors
/// As [`write_atomic`]; with [`ErrorKind::AlreadyExists`] where something stands at `path`, which
/// stays as it is.
pub fn write_new(path: &Path, contents: &[u8]) -> Result<(), WriteError> {
    let write = || {
        let file = temporary(&mut open_to_the_umask(), parent(path), contents)?;
        file.persist_noclobber(path).map_err(|error| error.error)?;
        sync_folder(parent(path))
    };
    write().map_err(|source| WriteError {
        path: path.to_owned(),
        source,
    })
}

/// Makes a folder and those above it, as open as the umask allows.
///
/// # Errors
/// As the system says: a file is in the way, or the folder above can't be written to.
pub fn create_folder(path: &Path) -> Result<(), WriteError> {
    create(fs::DirBuilder::new(), path)
}

/// Makes a folder and those above it; what is new is for its owner only.
///
/// # Errors
/// As [`create_folder`].
pub fn create_private_folder(path: &Path) -> Result<(), WriteError> {
    #[allow(unused_mut)] // Windows knows no mode
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    create(builder, path)
}

fn create(mut builder: fs::DirBuilder, path: &Path) -> Result<(), WriteError> {
    builder
        .recursive(true)
        .create(path)
        .map_err(|source| WriteError {
            path: path.to_owned(),
            source,
        })
}

fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let existing = match fs::canonicalize(path) {
        Ok(target) => Some((fs::metadata(&target)?, target)),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut builder = open_to_the_umask();
    let target = match &existing {
        Some((metadata, _)) if metadata.is_dir() => return Err(ErrorKind::IsADirectory.into()),
        Some((metadata, _)) if !metadata.is_file() => return Err(ErrorKind::InvalidInput.into()),
        Some((metadata, target)) => {
            builder.permissions(metadata.permissions());
            target
        }
        None => path,
    };
    let file = temporary(&mut builder, parent(target), contents)?;
    file.persist(target).map_err(|error| error.error)?;
    sync_folder(parent(target))
}

/// Temporary files are private by default; these are as open as the umask allows.
fn open_to_the_umask() -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

/// The contents in a synced file of a name that nobody else has.
fn temporary(
    builder: &mut Builder<'_, 'static>,
    folder: &Path,
    contents: &[u8],
) -> io::Result<NamedTempFile> {
    let mut file = builder.prefix(".ohlora-").tempfile_in(folder)?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes a rename survive a power cut. Not every file system lets a folder be synced; then the
/// rename is as safe as that system makes it.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(()); // a folder can't be opened as a file there
    }
    match File::open(folder)?.sync_all() {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

impl WriteError {
    /// What happened and what to do, in one sentence.
    pub fn explain(&self, messages: &Messages) -> String {
        let remedy = match self.source.kind() {
            ErrorKind::NotFound => "store.remedy_missing_folder",
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "store.remedy_full",
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "store.remedy_denied",
            ErrorKind::IsADirectory
            | ErrorKind::InvalidInput
            | ErrorKind::NotADirectory
            | ErrorKind::AlreadyExists => "store.remedy_not_a_file",
            _ => "store.remedy_other",
        };
        messages.fill(
            "store.cannot_write",
            &[
                ("path", &self.path.display()),
                ("error", &self.source),
                ("remedy", &messages.get(remedy)),
            ],
        )
    }
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.explain(&Messages::new(Lang::En)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_created_and_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("면접.md");
        write_atomic(&file, b"one").unwrap();
        write_atomic(&file, "둘".as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "둘");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_file_never_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        write_new(&file, b"one").unwrap();
        let refused = write_new(&file, b"two").unwrap_err();
        assert_eq!(refused.source.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&file).unwrap(), "one");
        let files = fs::read_dir(folder.path()).unwrap();
        assert_eq!(files.count(), 1, "no temporary file is left");
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_is_written() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let [plain, new, replaced] = ["plain", "new", "replaced"].map(|f| folder.path().join(f));
        fs::write(&plain, "").unwrap();
        write_new(&new, b"").unwrap();
        write_atomic(&replaced, b"").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&new), mode(&plain));
        assert_eq!(mode(&replaced), mode(&plain));
    }

    #[test]
    fn a_missing_folder_is_named_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_atomic(&folder.path().join("no/such.md"), b"x").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("such.md"), "{text}");
        assert!(text.contains("create its folder"), "{text}");
    }

    #[test]
    fn a_folder_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_atomic(folder.path(), b"x").unwrap_err();
        assert!(error.to_string().contains("name of a file"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        write_atomic(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_new_folder_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        create_private_folder(&inner).unwrap();
        let mode = fs::metadata(&inner).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
