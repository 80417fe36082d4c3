//! Where things are kept, by the XDG rules (and Windows' own there).
//!
//! | folder | holds | Linux and macOS |
//! |---|---|---|
//! | `config` | `config.toml` | `~/.config/ohlora` |
//! | `data` | content packs and models the user adds | `~/.local/share/ohlora` |
//! | `profile` | the learner's records; `--profile DIR` sets it | `data` |
//! | `cache` | what can be computed again | `~/.cache/ohlora` |

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::messages::{Lang, Messages};

/// The folder of ours within each base folder.
const NAME: &str = "ohlora";

/// The four folders. None is created before something is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The user's `config.toml`.
    pub config: PathBuf,
    /// Packs and models added by the user.
    pub data: PathBuf,
    /// The learner's records.
    pub profile: PathBuf,
    /// What can be deleted at any time.
    pub cache: PathBuf,
}

/// The system names no home folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub struct NoHome;

impl Paths {
    /// The folders of this user; `profile` takes the place of the default one.
    ///
    /// # Errors
    /// There is no home folder to start from.
    pub fn of_user(profile: Option<&Path>) -> Result<Self, NoHome> {
        let strategy = etcetera::choose_base_strategy().map_err(|_| NoHome)?;
        Ok(Self::by(&strategy, profile))
    }

    fn by(strategy: &impl BaseStrategy, profile: Option<&Path>) -> Self {
        let data = strategy.data_dir().join(NAME);
        Self {
            config: strategy.config_dir().join(NAME),
            profile: profile.map_or_else(|| data.clone(), Path::to_owned),
            cache: strategy.cache_dir().join(NAME),
            data,
        }
    }
}

/// A path as a user writes it in a file: `~/` is the home folder, and a relative path starts at `base`.
pub fn from_user(text: &str, base: &Path) -> PathBuf {
    let home = text
        .strip_prefix("~/")
        .and_then(|rest| Some(etcetera::home_dir().ok()?.join(rest)));
    home.unwrap_or_else(|| base.join(text))
}

impl NoHome {
    /// What happened and what to do, in one sentence.
    pub fn explain(self, messages: &Messages) -> String {
        messages.get("config.no_home").to_owned()
    }
}

impl std::fmt::Display for NoHome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.explain(&Messages::new(Lang::En)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bases;

    impl BaseStrategy for Bases {
        fn home_dir(&self) -> &Path {
            Path::new("/home/a")
        }
        fn config_dir(&self) -> PathBuf {
            "/home/a/config".into()
        }
        fn data_dir(&self) -> PathBuf {
            "/home/a/data".into()
        }
        fn cache_dir(&self) -> PathBuf {
            "/home/a/cache".into()
        }
        fn state_dir(&self) -> Option<PathBuf> {
            None
        }
        fn runtime_dir(&self) -> Option<PathBuf> {
            None
        }
    }

    #[test]
    fn records_are_kept_with_the_data_unless_a_profile_is_named() {
        let paths = Paths::by(&Bases, None);
        assert_eq!(paths.profile, Path::new("/home/a/data/ohlora"));
        let elsewhere = Paths::by(&Bases, Some(Path::new("/media/stick")));
        assert_eq!(elsewhere.profile, Path::new("/media/stick"));
        assert_eq!(elsewhere.data, paths.data);
    }

    #[test]
    fn what_users_write_is_relative_to_the_file_they_write_in() {
        let base = Path::new("/etc/ohlora");
        assert_eq!(from_user("packs/a", base), base.join("packs/a"));
        assert_eq!(from_user("/packs/a", base), Path::new("/packs/a"));
        let home = etcetera::home_dir().unwrap();
        assert_eq!(from_user("~/packs", base), home.join("packs"));
    }
}
