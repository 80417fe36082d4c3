//! Bytes that many tensors share (a file mapped into memory, a part of the binary, or a vector), and
//! bytes in large pages.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

use memmap2::{Mmap, MmapMut};

/// A range of shared bytes; a copy of it copies nothing.
#[derive(Clone)]
pub struct SharedBytes {
    owner: Owner,
    range: Range<usize>,
}

#[derive(Clone)]
enum Owner {
    Mapped(Arc<Mmap>),
    Static(&'static [u8]),
    Owned(Arc<[u8]>),
}

impl SharedBytes {
    /// Maps a file into memory, read-only; its pages are read when they are first used.
    ///
    /// # Errors
    /// When the file cannot be opened or mapped.
    pub fn map(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if metadata.len() == 0 {
            return Ok(Self::from(Vec::new()));
        }
        // SAFETY: the map is private to this process and never written to. Whoever cuts the file
        // short while it is mapped ends the program with a signal: model files are replaced by
        // renaming, never rewritten in place.
        #[allow(unsafe_code)]
        let map = unsafe { Mmap::map(&file)? };
        let range = 0..map.len();
        Ok(Self {
            owner: Owner::Mapped(Arc::new(map)),
            range,
        })
    }

    /// A part of these bytes; none where they are too short.
    pub fn slice(&self, range: Range<usize>) -> Option<Self> {
        if range.start > range.end || range.end > self.range.len() {
            return None;
        }
        let start = self.range.start + range.start;
        Some(Self {
            owner: self.owner.clone(),
            range: start..start + range.len(),
        })
    }
}

impl From<Vec<u8>> for SharedBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            range: 0..bytes.len(),
            owner: Owner::Owned(bytes.into()),
        }
    }
}

impl From<&'static [u8]> for SharedBytes {
    fn from(bytes: &'static [u8]) -> Self {
        Self {
            range: 0..bytes.len(),
            owner: Owner::Static(bytes),
        }
    }
}

impl fmt::Debug for SharedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

impl Deref for SharedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let all: &[u8] = match &self.owner {
            Owner::Mapped(map) => map,
            Owner::Static(bytes) => bytes,
            Owner::Owned(bytes) => bytes,
        };
        &all[self.range.clone()]
    }
}

/// Bytes of this process that are read from end to end, in large pages where the system has them: a
/// walk through small pages stops at each of them.
#[derive(Clone)]
pub struct HugeBytes(Arc<Huge>);

enum Huge {
    Mapped(MmapMut),
    Vector(Vec<u8>),
}

impl HugeBytes {
    /// So many zeros.
    pub fn zeroed(len: usize) -> Self {
        let mapped = (len > 0).then(|| MmapMut::map_anon(len).ok()).flatten();
        let Some(map) = mapped else {
            return Self(Arc::new(Huge::Vector(vec![0; len])));
        };
        // A wish: small pages do as well.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        Self(Arc::new(Huge::Mapped(map)))
    }

    /// The bytes to be written, while there is no copy.
    pub fn get_mut(&mut self) -> Option<&mut [u8]> {
        Some(match Arc::get_mut(&mut self.0)? {
            Huge::Mapped(map) => map,
            Huge::Vector(bytes) => bytes,
        })
    }
}

impl Deref for HugeBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &*self.0 {
            Huge::Mapped(map) => map,
            Huge::Vector(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_parts_are_counted_from_their_own_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("weights");
        std::fs::write(&file, b"0123456789").unwrap();
        for bytes in [
            SharedBytes::map(&file).unwrap(),
            SharedBytes::from(b"0123456789".to_vec()),
            SharedBytes::from(&b"0123456789"[..]),
        ] {
            let part = bytes.slice(2..8).and_then(|part| part.slice(1..3));
            assert_eq!(&*part.unwrap(), b"34");
            assert!(bytes.slice(5..11).is_none());
            assert!(bytes.slice(2..8).unwrap().slice(0..7).is_none());
        }
    }

    #[test]
    fn an_empty_file_is_empty_and_a_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("empty");
        std::fs::write(&file, b"").unwrap();
        assert!(SharedBytes::map(&file).unwrap().is_empty());
        assert!(SharedBytes::map(folder.path()).is_err());
    }
}
