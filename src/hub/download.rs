//! One file, from the hub to the disk: resumed where it broke off, compared with the hub's hash.
//!
//! What arrives is appended to `NAME.part` and hashed on the way; after the last byte, if the hash
//! is right, the file is synced and gets its name. A part that is left behind, by a cut, a full disk
//! or Ctrl+C, is hashed again the next time and gone on with. If a resumed file turns out wrong,
//! the part may have been (or the hub sent it all again), so it is fetched once more from the start.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::digest::Digest;
use super::plan::{Part, Wanted};
use super::remote::{Broken, next};
use super::watch::{Gone, Watch, wait};
use super::{HubError, Remote};

/// How often in a row a file is asked for again without a byte having come, and the first pause
/// before that; each further one is twice as long.
const RETRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(200);

/// Read at a time.
const BUFFER: usize = 256 * 1024;

/// Fetches a file into a folder, unless it is there already. Returns its SHA-256.
pub(super) async fn fetch(
    remote: &Remote,
    part: &Part,
    wanted: &Wanted,
    folder: &Path,
    watch: &mut dyn Watch,
    stop: &AtomicBool,
) -> Result<String, HubError> {
    let target = folder.join(&wanted.local);
    watch.file(&wanted.remote.path);
    if let Some(above) = target.parent() {
        crate::fs::create_private_folder(above)?;
    }
    let mut download = Download {
        path: partial(&target),
        wanted,
        digest: Digest::new(wanted.remote.size),
        resumed: false,
        watch,
        stop,
    };
    if let Some(sha256) = download.whole(&target)? {
        return Ok(sha256);
    }
    let mut file = download.open()?;
    if let Some(sha256) = download.attempt(remote, part, &mut file).await? {
        finish(&file, &download.path, &target)?;
        return Ok(sha256);
    }
    if download.resumed {
        download.restart(&file)?;
        if let Some(sha256) = download.attempt(remote, part, &mut file).await? {
            finish(&file, &download.path, &target)?;
            return Ok(sha256);
        }
    }
    drop(file);
    let path = &download.path;
    fs::remove_file(path).map_err(|error| HubError::file(path, error))?;
    Err(HubError::Mismatch(wanted.remote.path.clone()))
}

struct Download<'a> {
    /// Of the part.
    path: PathBuf,
    wanted: &'a Wanted,
    /// Of the part.
    digest: Digest,
    /// Whether it was put together from more than one connection, so that it may go wrong here.
    resumed: bool,
    watch: &'a mut dyn Watch,
    stop: &'a AtomicBool,
}

impl Download<'_> {
    /// The SHA-256 of the file that is there from an earlier time, if it is the right one.
    fn whole(&mut self, target: &Path) -> Result<Option<String>, HubError> {
        match fs::metadata(target) {
            Ok(found) if found.len() == self.wanted.remote.size => {}
            _ => return Ok(None),
        }
        let mut file = File::open(target).map_err(|error| HubError::file(target, error))?;
        self.take_in(&mut file, target)?;
        let fresh = Digest::new(self.wanted.remote.size);
        let digest = std::mem::replace(&mut self.digest, fresh);
        let size = digest.seen();
        let sha256 = digest.finish(&self.wanted.remote.hash);
        if sha256.is_none() {
            self.watch.rewind(size);
        }
        Ok(sha256)
    }

    /// The part, with what it holds already hashed.
    fn open(&mut self) -> Result<File, HubError> {
        let mut options = OpenOptions::new();
        let opened = options
            .read(true)
            .append(true)
            .create(true)
            .open(&self.path);
        let mut file = opened.map_err(|error| HubError::file(&self.path, error))?;
        let length = file.metadata().map(|metadata| metadata.len());
        let length = length.map_err(|error| HubError::file(&self.path, error))?;
        if length > self.wanted.remote.size {
            let cut = file.set_len(0);
            cut.map_err(|error| HubError::file(&self.path, error))?;
        }
        let path = self.path.clone();
        self.take_in(&mut file, &path)?;
        self.resumed = self.digest.seen() > 0;
        Ok(file)
    }

    /// Hashes what is on disk.
    fn take_in(&mut self, file: &mut File, path: &Path) -> Result<(), HubError> {
        let mut buffer = vec![0; BUFFER];
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(HubError::Interrupted);
            }
            let read = match file.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                read => read.map_err(|error| HubError::file(path, error))?,
            };
            let bytes = buffer.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                return Ok(());
            }
            self.digest.update(bytes);
            self.watch.advance(read as u64);
        }
    }

    /// Throws away what has come.
    fn restart(&mut self, file: &File) -> Result<(), HubError> {
        let emptied = file.set_len(0);
        emptied.map_err(|error| HubError::file(&self.path, error))?;
        self.watch.rewind(self.digest.seen());
        self.digest = Digest::new(self.wanted.remote.size);
        Ok(())
    }

    /// Brings the part to its end, however often the connection breaks. `None` if it is then wrong.
    async fn attempt(
        &mut self,
        remote: &Remote,
        part: &Part,
        file: &mut File,
    ) -> Result<Option<String>, HubError> {
        let mut idle = 0;
        while self.digest.seen() < self.wanted.remote.size {
            let before = self.digest.seen();
            let what = match self.receive(remote, part, file).await {
                Ok(()) => "the connection was closed".to_owned(),
                Err(Broken::Cut(what)) => what,
                Err(Broken::Final(error)) => return Err(error),
            };
            if self.digest.seen() >= self.wanted.remote.size {
                break;
            }
            if self.digest.seen() > before {
                idle = 0;
            } else {
                idle += 1;
            }
            if idle > RETRIES {
                return Err(HubError::Cut {
                    file: self.wanted.remote.path.clone(),
                    what,
                });
            }
            tracing::warn!(file = self.wanted.remote.path, what, "fetched again");
            let pause = std::future::pending::<()>();
            if wait(pause, PAUSE * 2_u32.pow(idle), self.stop).await == Err(Gone::Stopped) {
                return Err(HubError::Interrupted);
            }
        }
        Ok(self.digest.clone().finish(&self.wanted.remote.hash))
    }

    /// Appends what comes in one connection.
    async fn receive(
        &mut self,
        remote: &Remote,
        part: &Part,
        file: &mut File,
    ) -> Result<(), Broken> {
        let from = self.digest.seen();
        self.resumed |= from > 0;
        let wanted = &self.wanted.remote;
        let stream = remote.stream(&part.repository, &part.commit, wanted, from, self.stop);
        let mut stream = stream.await?;
        while let Some(bytes) = next(&mut stream, self.stop).await? {
            let bytes = bytes.as_ref();
            let written = file.write_all(bytes);
            written.map_err(|error| Broken::Final(HubError::file(&self.path, error)))?;
            self.digest.update(bytes);
            self.watch.advance(bytes.len() as u64);
            if self.digest.seen() > wanted.size {
                break;
            }
        }
        Ok(())
    }
}

/// `NAME.part` beside `NAME`.
pub(super) fn partial(target: &Path) -> PathBuf {
    let mut name = OsString::from(target);
    name.push(".part");
    name.into()
}

fn finish(file: &File, path: &Path, target: &Path) -> Result<(), HubError> {
    let done = || -> io::Result<()> {
        file.sync_all()?;
        fs::rename(path, target)
    };
    done().map_err(|error| HubError::file(target, error))
}
