//! Where a pack's files come from: a folder on disk, or the binary itself.

use std::borrow::Cow;
use std::io::Read;
use std::path::PathBuf;

/// No content file is larger; a larger one is a mistake, not a pack.
pub const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is none.
    #[error("the file does not exist")]
    Missing,
    /// It is over [`MAX_FILE_BYTES`].
    #[error("the file has {0} bytes, more than the {MAX_FILE_BYTES} allowed")]
    TooLarge(u64),
    /// The system refused.
    #[error("{0}")]
    Unreadable(String),
}

/// The files of a pack, by paths relative to it with `/` between the parts.
pub trait Source {
    /// The bytes of a file.
    fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, ReadError>;

    /// Names of the `.toml` files directly in a folder, sorted; empty where there is no folder.
    fn list(&self, folder: &str) -> Vec<String>;

    /// How a path is shown to people.
    fn show(&self, path: &str) -> String;
}

/// A pack in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(pub PathBuf);

impl Source for Folder {
    fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, ReadError> {
        let unreadable = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => ReadError::Missing,
            _ => ReadError::Unreadable(error.to_string()),
        };
        let path = self.0.join(path);
        let metadata = std::fs::metadata(&path).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(ReadError::Unreadable("not a regular file".to_owned()));
        }
        // Read through a limit as well: the file may grow after its size was asked for.
        let mut bytes = Vec::new();
        std::fs::File::open(&path)
            .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        match metadata.len().max(bytes.len() as u64) {
            size if size > MAX_FILE_BYTES => Err(ReadError::TooLarge(size)),
            _ => Ok(Cow::Owned(bytes)),
        }
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.0.join(folder)) else {
            return Vec::new();
        };
        let mut names: Vec<_> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| is_content_file(name))
            .collect();
        names.sort_unstable();
        names
    }

    fn show(&self, path: &str) -> String {
        self.0.join(path).display().to_string()
    }
}

/// A pack compiled into the binary: its id and its files.
///
/// The type stands in the library, the default pack's bytes in the binary, so that tests and other
/// users of the library don't carry them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded {
    /// The pack's `id`.
    pub id: &'static str,
    /// Path relative to the pack, and contents.
    pub files: &'static [(&'static str, &'static [u8])],
}

impl Source for Embedded {
    fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, ReadError> {
        self.files
            .iter()
            .find(|(name, _)| *name == path)
            .map(|(_, bytes)| Cow::Borrowed(*bytes))
            .ok_or(ReadError::Missing)
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<_> = self
            .files
            .iter()
            .filter_map(|(path, _)| path.strip_prefix(folder)?.strip_prefix('/'))
            .filter(|name| is_content_file(name) && !name.contains('/'))
            .map(str::to_owned)
            .collect();
        names.sort_unstable();
        names
    }

    fn show(&self, path: &str) -> String {
        format!("<{}>/{path}", self.id)
    }
}

/// Editors leave `.#draft.toml` and the like behind; those are nobody's topic.
pub(super) fn is_content_file(name: &str) -> bool {
    name.ends_with(".toml") && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_reads_its_files_and_tells_why_it_cannot() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("topics")).unwrap();
        for name in ["b.toml", "a.toml", ".#a.toml", "notes.md"] {
            std::fs::write(dir.path().join("topics").join(name), name).unwrap();
        }
        let folder = Folder(dir.path().to_owned());
        assert_eq!(folder.list("topics"), ["a.toml", "b.toml"]);
        assert_eq!(folder.list("eval"), [""; 0]);
        assert_eq!(folder.read("topics/a.toml").unwrap().as_ref(), b"a.toml");
        assert_eq!(folder.read("pack.toml"), Err(ReadError::Missing));
        assert!(matches!(
            folder.read("topics"),
            Err(ReadError::Unreadable(_))
        ));
    }

    #[test]
    fn a_huge_file_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = std::fs::File::create(dir.path().join("pack.toml")).unwrap();
        file.set_len(MAX_FILE_BYTES + 1).unwrap();
        assert_eq!(
            Folder(dir.path().to_owned()).read("pack.toml"),
            Err(ReadError::TooLarge(MAX_FILE_BYTES + 1))
        );
    }

    #[test]
    fn an_embedded_pack_answers_like_a_folder() {
        let pack = Embedded {
            id: "tiny",
            files: &[
                ("pack.toml", b"x"),
                ("topics/b.toml", b""),
                ("topics/a.toml", b"y"),
            ],
        };
        assert_eq!(pack.list("topics"), ["a.toml", "b.toml"]);
        assert_eq!(pack.read("topics/a.toml").unwrap().as_ref(), b"y");
        assert_eq!(pack.read("intents.toml"), Err(ReadError::Missing));
        assert_eq!(pack.show("pack.toml"), "<tiny>/pack.toml");
    }
}
