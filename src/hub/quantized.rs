//! A pulled model rounded to blocks, in a folder of its own beside it: what is loaded from then on.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::guard::Guard;
use super::library::PULLING;
use super::{HubError, Installed, Library};
use crate::fs::{create_private_folder, write_atomic};

/// Ends the folder's name.
const SUFFIX: &str = "-quantized";

/// What is taken over from the model as it is, where it has it.
const COPIED: [&str; 4] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "generation_config.json",
    "special_tokens_map.json",
];

impl Library {
    /// Where the quantized form of a model is, or would be.
    pub(super) fn quantized_folder(&self, name: &str) -> PathBuf {
        self.models.join(format!("{name}{SUFFIX}"))
    }

    /// The quantized form of this very commit of a model, if there is one.
    pub fn quantized(&self, installed: &Installed) -> Option<PathBuf> {
        let folder = self.quantized_folder(&installed.name);
        let config = fs::read(folder.join("config.json")).ok()?;
        let config: Value = serde_json::from_slice(&config).ok()?;
        (config["ohlora"]["commit"] == json!(installed.commit)).then_some(folder)
    }

    /// Keeps the quantized weights of a model: its folder appears whole or not at all. `kind` is how
    /// they are rounded.
    ///
    /// # Errors
    /// When another command is at work, a file of the model is unreadable, or the disk is full.
    pub fn keep_quantized(
        &self,
        installed: &Installed,
        kind: &str,
        weights: &[u8],
    ) -> Result<PathBuf, HubError> {
        let _guard = Guard::take(&self.models)?;
        let aside = self.models.join(PULLING);
        create_private_folder(&aside)?;
        let prefix = format!("{}@quantized-", installed.name);
        let made = tempfile::Builder::new().prefix(&prefix).tempdir_in(&aside);
        let made = made.map_err(|error| HubError::file(&aside, error))?;
        let config = installed.folder.join("config.json");
        let read = fs::read(&config).map_err(|error| HubError::file(&config, error))?;
        let mut json: Value = serde_json::from_slice(&read)
            .map_err(|error| HubError::file(&config, std::io::Error::other(error)))?;
        json["ohlora"]["quantized"] = json!(kind);
        json["ohlora"]["commit"] = json!(installed.commit);
        write_atomic(
            &made.path().join("config.json"),
            json.to_string().as_bytes(),
        )?;
        for name in COPIED {
            let from = installed.folder.join(name);
            if from.is_file() {
                let copied = fs::copy(&from, made.path().join(name));
                copied.map_err(|error| HubError::file(&from, error))?;
            }
        }
        write_atomic(&made.path().join("model.safetensors"), weights)?;
        let folder = self.quantized_folder(&installed.name);
        self.clear(&folder)?;
        let made = made.keep();
        fs::rename(&made, &folder).map_err(|error| HubError::file(&folder, error))?;
        let _ = fs::remove_dir(&aside); // only if it is empty
        Ok(folder)
    }
}
