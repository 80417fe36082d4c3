//! What every subcommand is given: folders, settings, texts, and what the binary carries.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Config;
use crate::content::companion::{CompanionPack, MARKER};
use crate::content::exchanges::Talk;
use crate::content::locate::{Located, locate, locate_by, search_path};
use crate::content::{Embedded, LoadError, Pack, load};
use crate::engine::models::{EmbeddedModel, ModelStore};
use crate::hub::{HubError, Library, Manifest};
use crate::messages::Messages;
use crate::paths::Paths;

/// What is embedded in the binary; the library holds none of it.
#[derive(Debug, Clone, Copy)]
pub struct Shipped {
    /// The default question pack.
    pub pack: Embedded,
    /// The companion's pack.
    pub companion: Embedded,
    /// The default models.
    pub models: &'static [EmbeddedModel],
    /// `models/manifest.toml`.
    pub manifest: &'static str,
}

/// The surroundings of a command.
pub struct Context {
    /// Folders.
    pub paths: Paths,
    /// Settings.
    pub config: Config,
    /// Texts in the user's language.
    pub messages: Messages,
    /// What the binary carries.
    pub shipped: Shipped,
}

impl Context {
    /// The models within reach: the configured folder, `./models`, the user's, the binary's.
    pub fn models(&self) -> ModelStore {
        let configured = self.config.models.dir.clone();
        let usual = [PathBuf::from("models"), self.paths.data.join("models")];
        ModelStore {
            folders: configured.into_iter().chain(usual).collect(),
            embedded: self.shipped.models,
        }
    }

    /// The user's models, and those that can be pulled.
    ///
    /// # Errors
    /// The manifest cannot be used.
    pub fn library(&self) -> Result<Library, HubError> {
        let manifest = Manifest::find(&self.models().folders, self.shipped.manifest)?;
        Ok(Library::new(manifest, &self.paths.data))
    }

    /// Where the pack in use lies: `--pack`, config.toml, on disk, or the binary.
    pub fn pack_location(&self, named: Option<&Path>) -> Located {
        let named = named.or(self.config.interview.pack.as_deref());
        locate(named, &search_path(self.shipped.pack.id), self.shipped.pack)
    }

    /// The pack in use.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn pack(&self, named: Option<&Path>) -> Result<Arc<Pack>, LoadError> {
        load(&self.pack_location(named)).map(Arc::new)
    }

    /// Where the companion's pack lies: a folder that was named, on disk, or the binary.
    pub fn companion_location(&self, named: Option<&Path>) -> Located {
        let embedded = self.shipped.companion;
        locate_by(MARKER, named, &search_path(embedded.id), embedded)
    }

    /// The companion's pack: what her models learn from.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn companion(&self, named: Option<&Path>) -> Result<CompanionPack, LoadError> {
        CompanionPack::load(&self.companion_location(named))
    }

    /// What the companion says.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn talk(&self, named: Option<&Path>) -> Result<Talk, LoadError> {
        Talk::load(&self.companion_location(named))
    }

    /// Where embeddings are kept between runs.
    pub fn embedding_cache(&self) -> PathBuf {
        self.paths.cache.join("embeddings")
    }
}
