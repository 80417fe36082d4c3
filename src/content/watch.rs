//! A pack that is edited while an interview runs: every saved change arrives as a fresh pack, or
//! as what is wrong with it. Whoever receives a broken one keeps the old and tells the instructor.

use std::path::Path;
use std::time::Duration;

use notify_debouncer_full::notify::{self, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

use super::finding::LoadError;
use super::source::{Folder, is_content_file};
use super::{Pack, load};

/// Editors save in several steps; what follows within this time is one change.
const QUIET: Duration = Duration::from_millis(250);

/// The system refused to watch a folder.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch {folder} for changes ({source}); restart the program to see an edit")]
pub struct WatchError {
    folder: String,
    source: notify::Error,
}

/// Watches as long as it lives.
pub struct PackWatcher {
    _debouncer: Debouncer<RecommendedWatcher, RecommendedCache>,
}

/// Calls `changed` with the pack after every change to it, from a thread of its own.
pub fn watch(
    folder: Folder,
    mut changed: impl FnMut(Result<Pack, LoadError>) + Send + 'static,
) -> Result<PackWatcher, WatchError> {
    let path = folder.0.clone();
    let mut last = load(&folder);
    let on_events = move |events: DebounceEventResult| {
        // After an error events may have been lost, so look.
        let look = events.map_or(true, |events| {
            events.iter().any(|event| {
                !event.kind.is_access() && event.paths.iter().any(|path| concerns_pack(path))
            })
        });
        if look {
            let now = load(&folder);
            if now != last {
                last = now.clone();
                changed(now);
            }
        }
    };
    let error = |source| WatchError {
        folder: path.display().to_string(),
        source,
    };
    let mut debouncer = new_debouncer(QUIET, None, on_events).map_err(error)?;
    debouncer
        .watch(&path, RecursiveMode::Recursive)
        .map_err(error)?;
    Ok(PackWatcher {
        _debouncer: debouncer,
    })
}

/// Held-out answers play no part in an interview, nor do an editor's own files. A path without an
/// ending may be a folder that was moved in.
fn concerns_pack(path: &Path) -> bool {
    let in_eval = path.parent().is_some_and(|parent| parent.ends_with("eval"));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !in_eval && (is_content_file(&name) || path.extension().is_none())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::*;
    use crate::content::testing::{TOPIC, write_pack};

    fn next(changes: &Receiver<Result<Pack, LoadError>>) -> Result<Pack, LoadError> {
        changes
            .recv_timeout(Duration::from_secs(20))
            .expect("a change arrives")
    }

    #[test]
    fn an_edit_arrives_a_broken_one_too_and_other_files_don_t() {
        let dir = tempfile::tempdir().unwrap();
        write_pack(dir.path());
        let topic = dir.path().join("topics/01-lora.toml");
        let (sender, changes) = channel();
        let _watcher = watch(Folder(dir.path().to_owned()), move |pack| {
            sender.send(pack).ok();
        })
        .unwrap();

        std::fs::write(&topic, TOPIC.replace("LoRA가 뭐야?", "LoRA를 설명해 줄래?")).unwrap();
        let pack = next(&changes).expect("the edited pack is sound");
        assert_eq!(pack.topics[0].questions[0], "LoRA를 설명해 줄래?");

        std::fs::write(&topic, "title = \"LoRA").unwrap();
        let error = next(&changes).expect_err("half a file is broken");
        assert!(error.findings[0].file.ends_with("01-lora.toml"));

        // Saved the careful way, under another name first.
        let draft = dir.path().join("topics/.draft.tmp");
        std::fs::write(&draft, TOPIC).unwrap();
        std::fs::rename(&draft, &topic).unwrap();
        assert!(next(&changes).is_ok());

        std::fs::create_dir_all(dir.path().join("eval")).unwrap();
        std::fs::write(dir.path().join("eval/01-lora.toml"), "").unwrap();
        std::fs::write(dir.path().join("notes.md"), "").unwrap();
        assert!(changes.recv_timeout(QUIET * 4).is_err());
    }

    #[test]
    fn a_folder_that_is_not_there_cannot_be_watched() {
        let error = watch(Folder("no/such/pack".into()), |_| {}).err().unwrap();
        assert!(error.to_string().contains("no/such/pack"));
    }
}
