//! Files an instructor can trust: written under a temporary name, synced, then renamed, so that
//! nobody ever sees half of one.

use std::io::{self, Write};
use std::path::Path;

/// What happens to a file that is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It is replaced.
    Replace,
    /// It stays, and the new one is refused.
    Keep,
}

/// Writes a file, and the folders it stands in.
pub(crate) fn save(path: &Path, text: &str, existing: Existing) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let shared = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    // Temporary files are private by default; content is to be shared as far as the umask lets.
    #[cfg(unix)]
    builder.permissions(shared);
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    match existing {
        Existing::Replace => file.persist(path)?,
        Existing::Keep => file.persist_noclobber(path)?,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_only_where_that_is_meant() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("topics/a.toml");
        save(&path, "one", Existing::Keep).unwrap();
        let refused = save(&path, "two", Existing::Keep).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        save(&path, "three", Existing::Replace).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three");
        let files = std::fs::read_dir(dir.path().join("topics")).unwrap();
        assert_eq!(files.count(), 1, "no temporary file is left");
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_an_instructor_wrote() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            let metadata = std::fs::metadata(dir.path().join(name)).unwrap();
            metadata.permissions().mode()
        };
        std::fs::write(dir.path().join("plain"), "").unwrap();
        save(&dir.path().join("saved"), "", Existing::Keep).unwrap();
        assert_eq!(mode("saved"), mode("plain"));
    }
}
