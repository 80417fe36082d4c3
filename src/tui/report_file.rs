//! The report as a Markdown file, where the learner can find it.

use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;

use crate::fs::{WriteError, write_new};

/// So many reports of one minute are kept apart.
const MOST_NAMES: u32 = 100;

/// A report that could not be written. The kind of the cause is told and not its text, which names the
/// temporary file.
#[derive(Debug, thiserror::Error)]
#[error("`{}`: {}; start ohlora in a folder you can write to", path.display(), source.kind())]
pub struct SaveError {
    /// Where it was to go.
    pub path: PathBuf,
    /// Why it did not.
    pub source: io::Error,
}

/// Writes the report into a folder under the time's name, whole or not at all; an older file is
/// never replaced.
pub fn save(folder: &Path, now: DateTime, markdown: &str) -> Result<PathBuf, SaveError> {
    let stem = now.strftime("ohlora-report-%Y%m%d-%H%M").to_string();
    let mut path = folder.join(format!("{stem}.md"));
    for n in 2..=MOST_NAMES {
        match write_new(&path, markdown.as_bytes()) {
            Ok(()) => return Ok(path),
            Err(taken) if taken.source.kind() == io::ErrorKind::AlreadyExists => {
                path = folder.join(format!("{stem}-{n}.md"));
            }
            Err(WriteError { path, source }) => return Err(SaveError { path, source }),
        }
    }
    let source = io::ErrorKind::AlreadyExists.into();
    Err(SaveError { path, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    #[test]
    fn a_second_report_of_the_same_minute_stands_beside_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let now = datetime(2026, 11, 20, 17, 30, 5, 0);
        let first = save(folder.path(), now, "하나").unwrap();
        let second = save(folder.path(), now, "둘").unwrap();
        assert_eq!(first.file_name().unwrap(), "ohlora-report-20261120-1730.md");
        assert_eq!(
            second.file_name().unwrap(),
            "ohlora-report-20261120-1730-2.md"
        );
        assert_eq!(std::fs::read_to_string(first).unwrap(), "하나");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named_with_the_remedy() {
        let now = datetime(2026, 11, 20, 17, 30, 0, 0);
        let error = save(Path::new("no/such/folder"), now, "").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("no/such/folder/ohlora-report"), "{text}");
        assert!(text.contains("a folder you can write to"), "{text}");
    }
}
