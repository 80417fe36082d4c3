//! A learner's machine for a test: an empty home, with the program run in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// An empty home. Nothing of the repository lies in it, so what runs there is what the binary holds.
pub struct Home {
    folder: TempDir,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of the learner's record.
    pub fn profile(&self) -> PathBuf {
        self.path().join("profile")
    }

    /// The environment of the program. Embeddings are kept for the next test: they can be computed
    /// again, and cost more time than all the rest.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        let here = |name: &str| self.path().join(name);
        vec![
            ("PATH", std::env::var_os("PATH").unwrap_or_default().into()),
            ("HOME", self.path().to_owned()),
            ("XDG_CONFIG_HOME", here("config")),
            ("XDG_DATA_HOME", here("data")),
            ("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR").into()),
            ("LC_ALL", "C.UTF-8".into()),
            ("TZ", "UTC".into()),
            ("TERM", "xterm-256color".into()),
        ]
    }

    /// `ohlora` in this home, its messages in English and its record in [`Home::profile`].
    pub fn ohlora(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ohlora"));
        command
            .env_clear()
            .envs(self.environment())
            .current_dir(self.path())
            .args(["--lang", "en", "--profile"])
            .arg(self.profile());
        command
    }
}
