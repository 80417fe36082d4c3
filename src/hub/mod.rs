//! Models from a hub to the disk: what there is to pull, pulled, looked after, removed.
//!
//! - [`manifest`]: the rows of `models/manifest.toml`
//! - `remote`: a repository at a commit, over the hf-hub crate
//! - `plan`: which files of it are wanted
//! - `licence`: what a repository says about its licence
//! - `download`: one file, resumed and verified
//! - `digest`: the hub's own hashes
//! - [`lock`]: `models.lock`, what was pulled
//! - [`library`]: the user's folder of models; `fetching`: how one comes into it; `quantized`: what is made of it
//!
//! A model is whole or not there: files are gathered in `models/.pulling/`, and only when the last of
//! them is verified does the folder get its name. What comes after (merging an adapter, quantizing)
//! starts from [`Installed`], which [`Library::fetch`] returns and [`Library::installed`] finds again.

mod digest;
mod download;
mod error;
mod fetching;
mod guard;
pub mod library;
mod licence;
pub mod lock;
pub mod manifest;
mod plan;
mod quantized;
mod remote;
mod replies;
mod watch;

pub use error::{Damage, HubError};
pub use library::{Entry, Installed, Library, State};
pub use licence::Licence;
pub use manifest::{Architecture, Manifest, Row, Source};
pub use plan::{Part, Plan};
pub use remote::Remote;
pub use watch::{Silent, Watch};
