//! A repository at a commit, over the hf-hub crate.
//!
//! The crate brings the address of the hub and the user's token (`HF_ENDPOINT`, `HF_TOKEN`,
//! `HF_HOME`, and the files that its other tools write), TLS, redirects, retries of short requests
//! and both ways in which hubs send large files. It leaves to us: going on where a download
//! broke off, comparing what arrives with the hub's hashes, stopping, and a time limit.

use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use hf_hub::repository::RepoTreeEntry;
use hf_hub::repository::download::HFByteStream;
use hf_hub::{HFClient, HFError, HFRepository, RepoTypeModel, split_id};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::digest::Hash;
use super::replies::{Asked, causes, passes};
use super::watch::{Gone, wait};
use super::{HubError, Licence, Source};

/// Longest wait for the answer to a short request.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a short request is made again, and the first pause before that.
const RETRIES: usize = 2;
const PAUSE: Duration = Duration::from_millis(150);

/// The connection to a hub.
pub struct Remote {
    client: HFClient,
    pub(super) runtime: Runtime,
}

/// A repository as it was at one commit.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    /// 40 hexadecimal digits.
    pub(super) commit: String,
    /// As the model card states it.
    pub(super) licence: Licence,
    /// All files.
    pub(super) files: Vec<RemoteFile>,
}

/// A file of a repository.
#[derive(Debug, Clone)]
pub(super) struct RemoteFile {
    /// In the repository, with `/`.
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) hash: Hash,
}

/// Why bytes stopped coming.
#[derive(Debug)]
pub(super) enum Broken {
    /// It may go on if it is asked for again.
    Cut(String),
    /// It will not.
    Final(HubError),
}

impl Remote {
    /// The hub that the user's environment names, else hf-hub's own.
    ///
    /// # Errors
    /// The address is none, or TLS cannot be set up.
    pub fn from_env() -> Result<Self, HubError> {
        let client = HFClient::builder()
            .user_agent(concat!("ohlora/", env!("CARGO_PKG_VERSION")))
            .retry_max_attempts(RETRIES)
            .retry_base_delay(PAUSE)
            .build()
            .map_err(|error| HubError::Setup(causes(&error)))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| HubError::Setup(error.to_string()))?;
        Ok(Self { client, runtime })
    }

    /// What `revision` of a repository is now.
    pub(super) async fn snapshot(
        &self,
        source: &Source,
        revision: &str,
        stop: &AtomicBool,
    ) -> Result<Snapshot, HubError> {
        let asked = self.asked(&source.repository, revision);
        let model = self.model(&source.repository);
        let info = model.info().revision(revision).send();
        let info = self.answer(info, &asked, stop).await?;
        let commit = info.sha.filter(|sha| is_commit(sha));
        let commit = commit.ok_or_else(|| asked.nonsense("no commit"))?;
        let entries = async {
            let listing = model
                .list_tree()
                .revision(&*commit)
                .recursive(true)
                .send()?;
            listing.try_collect::<Vec<_>>().await
        };
        let entries = self.answer(entries, &asked, stop).await?;
        Ok(Snapshot {
            licence: Licence::of_card(info.card_data.as_ref().unwrap_or(&Value::Null)),
            files: entries.into_iter().filter_map(file).collect(),
            commit,
        })
    }

    /// A whole file, which is small.
    pub(super) async fn bytes(
        &self,
        repository: &str,
        commit: &str,
        path: &str,
        stop: &AtomicBool,
    ) -> Result<Vec<u8>, HubError> {
        let model = self.model(repository);
        let bytes = model
            .download_file_to_bytes()
            .filename(path)
            .revision(commit);
        let asked = self.asked(repository, commit);
        Ok(self.answer(bytes.send(), &asked, stop).await?.to_vec())
    }

    /// The bytes of a file from `from` to its end at `size`.
    pub(super) async fn stream(
        &self,
        repository: &str,
        commit: &str,
        file: &RemoteFile,
        from: u64,
        stop: &AtomicBool,
    ) -> Result<HFByteStream, Broken> {
        let model = self.model(repository);
        let stream = model
            .download_file_stream()
            .filename(&*file.path)
            .revision(commit)
            .maybe_range((from > 0).then_some(from..file.size))
            .send();
        match wait(stream, PATIENCE, stop).await {
            Ok(Ok((_, stream))) => Ok(stream),
            Ok(Err(error)) if passes(&error) => Err(Broken::Cut(causes(&error))),
            Ok(Err(error)) => Err(Broken::Final(self.asked(repository, commit).refused(error))),
            Err(Gone::Stopped) => Err(Broken::Final(HubError::Interrupted)),
            Err(Gone::Late) => Err(Broken::Cut(late())),
        }
    }

    fn model(&self, repository: &str) -> HFRepository<RepoTypeModel> {
        let (owner, name) = split_id(repository);
        self.client.model(owner, name)
    }

    fn asked<'a>(&'a self, repository: &'a str, revision: &'a str) -> Asked<'a> {
        Asked {
            endpoint: self.client.endpoint(),
            repository,
            revision,
        }
    }

    async fn answer<T>(
        &self,
        request: impl Future<Output = Result<T, HFError>>,
        asked: &Asked<'_>,
        stop: &AtomicBool,
    ) -> Result<T, HubError> {
        match wait(request, PATIENCE, stop).await {
            Ok(answer) => answer.map_err(|error| asked.refused(error)),
            Err(Gone::Stopped) => Err(HubError::Interrupted),
            Err(Gone::Late) => Err(asked.silent(late())),
        }
    }
}

/// The next bytes of a stream; none at its end.
pub(super) async fn next(
    stream: &mut HFByteStream,
    stop: &AtomicBool,
) -> Result<Option<impl AsRef<[u8]> + use<>>, Broken> {
    match wait(stream.next(), PATIENCE, stop).await {
        Ok(bytes) => bytes
            .transpose()
            .map_err(|error| Broken::Cut(causes(&error))),
        Err(Gone::Stopped) => Err(Broken::Final(HubError::Interrupted)),
        Err(Gone::Late) => Err(Broken::Cut(late())),
    }
}

fn late() -> String {
    format!("nothing came for {} s", PATIENCE.as_secs())
}

fn is_commit(sha: &str) -> bool {
    sha.len() == 40 && sha.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A listing's entry, where it is a file. Of a large one the crate does not pass the SHA-256 on under
/// the name that listings use, so the pointer's name has to do.
fn file(entry: RepoTreeEntry) -> Option<RemoteFile> {
    let RepoTreeEntry::File {
        oid,
        size,
        path,
        lfs,
        ..
    } = entry
    else {
        return None;
    };
    let (size, hash) = match lfs {
        None => (size, Hash::Blob(oid)),
        Some(lfs) => (
            lfs.size.unwrap_or(size),
            lfs.sha256.map_or(Hash::Pointer(oid), Hash::Sha256),
        ),
    };
    Some(RemoteFile { path, size, hash })
}
