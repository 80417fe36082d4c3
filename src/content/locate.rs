//! Which pack is used: the one named, one on disk, or the one in the binary.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::source::{Embedded, Folder, ReadError, Source};

/// Where the search found a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located {
    /// On disk, where it can be edited and watched.
    Folder(Folder),
    /// In the binary.
    Embedded(Embedded),
}

impl Located {
    /// The pack's folder, where it has one.
    pub fn folder(&self) -> Option<&Folder> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Embedded(_) => None,
        }
    }

    fn source(&self) -> &dyn Source {
        match self {
            Self::Folder(folder) => folder,
            Self::Embedded(embedded) => embedded,
        }
    }
}

impl Source for Located {
    fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, ReadError> {
        self.source().read(path)
    }

    fn list(&self, folder: &str) -> Vec<String> {
        self.source().list(folder)
    }

    fn show(&self, path: &str) -> String {
        self.source().show(path)
    }
}

/// Folders in which a pack with this id may stand, the first being the first choice:
/// `./content/<id>`, then `ohlora/content/<id>` in the user's data and configuration folders.
pub fn search_path(id: &str) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from("content").join(id)];
    if let Ok(base) = etcetera::choose_base_strategy() {
        for home in [base.data_dir(), base.config_dir()] {
            folders.push(home.join("ohlora").join("content").join(id));
        }
    }
    folders
}

/// The pack named by `--pack`, whatever is there; else the first folder of `search` that holds a
/// `pack.toml`; else the embedded pack.
pub fn locate(named: Option<&Path>, search: &[PathBuf], embedded: Embedded) -> Located {
    locate_by("pack.toml", named, search, embedded)
}

/// As [`locate`], of a pack that is known by a file of another name.
pub fn locate_by(
    marker: &str,
    named: Option<&Path>,
    search: &[PathBuf],
    embedded: Embedded,
) -> Located {
    let on_disk = search.iter().find(|folder| folder.join(marker).is_file());
    match named.or(on_disk.map(PathBuf::as_path)) {
        Some(folder) => Located::Folder(Folder(folder.to_owned())),
        None => Located::Embedded(embedded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMBEDDED: Embedded = Embedded {
        id: "tiny",
        files: &[("pack.toml", b"")],
    };

    #[test]
    fn a_named_pack_wins_then_the_first_on_disk_then_the_embedded_one() {
        let home = tempfile::tempdir().unwrap();
        let [near, far] = ["near", "far"].map(|name| home.path().join(name));
        let search = [near.clone(), far.clone()];
        let folder = |path: &Path| Located::Folder(Folder(path.to_owned()));

        assert_eq!(locate(None, &search, EMBEDDED), Located::Embedded(EMBEDDED));

        std::fs::create_dir_all(&near).unwrap();
        std::fs::create_dir_all(&far).unwrap();
        std::fs::write(far.join("pack.toml"), "").unwrap();
        assert_eq!(locate(None, &search, EMBEDDED), folder(&far));

        std::fs::write(near.join("pack.toml"), "").unwrap();
        assert_eq!(locate(None, &search, EMBEDDED), folder(&near));

        let named = Path::new("no/such/pack");
        assert_eq!(locate(Some(named), &search, EMBEDDED), folder(named));
    }

    #[test]
    fn the_working_folder_comes_before_the_user_s() {
        let search = search_path("tiny");
        assert_eq!(search[0], Path::new("content/tiny"));
        assert!(
            search[1..]
                .iter()
                .all(|path| path.ends_with("ohlora/content/tiny"))
        );
    }
}
