//! The hub's own hashes, checked while a file goes by.
//!
//! A hub keeps a repository in git. A small file is a git blob, named by the SHA-1 of its length and
//! contents. Of a large one git holds a *pointer*, a text of three lines with the SHA-256 and the
//! size of the contents; listings give the SHA-256 itself, the name of the pointer's blob, or both.
//! The pointer's name is as good: the pointer is written anew from what arrived, and must get it.

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// What a hub says about the contents of a file. Hashes are lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hash {
    /// SHA-256 of the contents.
    Sha256(String),
    /// Name of the contents as a git blob.
    Blob(String),
    /// Name of the pointer as a git blob.
    Pointer(String),
}

/// Takes in the contents of a file whose size is known.
#[derive(Clone)]
pub(super) struct Digest {
    size: u64,
    seen: u64,
    sha256: Sha256,
    blob: Sha1,
}

impl Digest {
    /// Of a file that is to have `size` bytes.
    pub(super) fn new(size: u64) -> Self {
        Self {
            size,
            seen: 0,
            sha256: Sha256::new(),
            blob: Sha1::new_with_prefix(header(size)),
        }
    }

    /// Takes in what comes next.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.seen += bytes.len() as u64;
        self.sha256.update(bytes);
        self.blob.update(bytes);
    }

    /// How many bytes have come.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// The SHA-256 of all that came, if that is what `expected` says.
    pub(super) fn finish(self, expected: &Hash) -> Option<String> {
        let sha256 = hex(&self.sha256.finalize());
        let right = match expected {
            Hash::Sha256(hash) => *hash == sha256,
            Hash::Blob(hash) => *hash == hex(&self.blob.finalize()),
            Hash::Pointer(hash) => *hash == pointer_name(&sha256, self.size),
        };
        (right && self.seen == self.size).then_some(sha256)
    }
}

/// What git puts before the contents of a blob.
fn header(size: u64) -> String {
    format!("blob {size}\0")
}

/// The name of the pointer that stands for a large file.
fn pointer_name(sha256: &str, size: u64) -> String {
    // The layout is fixed by the specification of Git LFS, to the last byte.
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n");
    let mut name = Sha1::new_with_prefix(header(pointer.len() as u64));
    name.update(pointer);
    hex(&name.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf 'hello\n' | sha256sum`
    const HELLO: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

    fn finish(expected: Hash) -> Option<String> {
        let mut digest = Digest::new(6);
        digest.update(b"hel");
        digest.update(b"lo\n");
        digest.finish(&expected)
    }

    #[test]
    fn each_kind_of_hash_is_the_one_that_git_computes() {
        // `printf 'hello\n' | git hash-object --stdin`
        let blob = "ce013625030ba8dba906f756967f9e9ca394464a".to_owned();
        assert_eq!(finish(Hash::Blob(blob.clone())).as_deref(), Some(HELLO));
        assert_eq!(
            finish(Hash::Sha256(HELLO.to_owned())).as_deref(),
            Some(HELLO)
        );
        // `printf 'hello\n' | git lfs pointer --stdin`, through `git hash-object`
        let pointer = "fa61e1ef71c9908c0926776a4aa3504b3a27f159".to_owned();
        assert_eq!(finish(Hash::Pointer(pointer)).as_deref(), Some(HELLO));
        assert_eq!(finish(Hash::Pointer(blob)), None);
    }

    #[test]
    fn a_file_of_another_size_is_another_file() {
        let mut digest = Digest::new(7);
        digest.update(b"hello\n");
        assert_eq!(digest.finish(&Hash::Sha256(HELLO.to_owned())), None);
    }
}
