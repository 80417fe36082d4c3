//! Embeddings kept on disk, keyed by the weights and the text.
//!
//! A file per model holds records of a text's hash and its embedding in f16, and ends with a hash of
//! them all. An edited example is the only one that is computed again; a damaged file is computed
//! anew.

use std::collections::HashMap;
use std::path::PathBuf;

use half::f16;
use sha2::{Digest, Sha256};

use super::{Encoder, EncoderError, ModelFiles, Text};

const MAGIC: &[u8; 8] = b"OHLEMB02";
const KEY: usize = 16;

type Key = [u8; KEY];

/// Embeddings of one model by text.
pub struct EmbeddingCache {
    path: Option<PathBuf>,
    fingerprint: Key,
    embeddings: HashMap<Key, Vec<f32>>,
    changed: bool,
}

fn hash(parts: &[&[u8]]) -> Key {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    let mut key = [0; KEY];
    key.copy_from_slice(&digest[..KEY]);
    key
}

fn key(text: &Text) -> Key {
    hash(&[
        text.head.as_bytes(),
        text.body.as_bytes(),
        text.tail.as_bytes(),
    ])
}

/// Tells models apart without reading all of them: by the small files and the edges of the weights,
/// of the model and of its base.
fn fingerprint(files: &ModelFiles, base: Option<&ModelFiles>) -> Key {
    const EDGE: usize = 1 << 18;
    let mut parts: Vec<&[u8]> = Vec::new();
    for files in [Some(files), base].into_iter().flatten() {
        let weights = &files.weights[..];
        let edge = weights.len().min(EDGE);
        parts.extend([
            &files.config[..],
            files.tokenizer.as_deref().unwrap_or_default(),
            files.tokenizer_config.as_deref().unwrap_or_default(),
            &weights[..edge],
            &weights[weights.len() - edge..],
        ]);
    }
    hash(&parts)
}

impl EmbeddingCache {
    /// The cache of a model in `folder`, or in memory alone. A missing or damaged file is an empty
    /// cache.
    pub fn open(folder: Option<PathBuf>, files: &ModelFiles, base: Option<&ModelFiles>) -> Self {
        let fingerprint = fingerprint(files, base);
        let name: String = fingerprint.iter().map(|b| format!("{b:02x}")).collect();
        let path = folder.map(|folder| folder.join(format!("{name}.emb")));
        let embeddings = path
            .as_ref()
            .and_then(|path| std::fs::read(path).ok())
            .and_then(|bytes| parse(&bytes, &fingerprint))
            .unwrap_or_default();
        Self {
            path,
            fingerprint,
            embeddings,
            changed: false,
        }
    }

    /// Those of `texts` that are not known yet.
    pub fn missing(&self, texts: &[Text]) -> Vec<Text> {
        texts
            .iter()
            .filter(|text| !self.embeddings.contains_key(&key(text)))
            .cloned()
            .collect()
    }

    /// Embeddings of `texts` in their order; those not known yet are computed.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn encode(
        &mut self,
        encoder: &Encoder,
        texts: &[Text],
    ) -> Result<Vec<Vec<f32>>, EncoderError> {
        let keys: Vec<Key> = texts.iter().map(key).collect();
        let missing: Vec<usize> = (0..texts.len())
            .filter(|index| !self.embeddings.contains_key(&keys[*index]))
            .collect();
        if !missing.is_empty() {
            let new: Vec<Text> = missing.iter().map(|index| texts[*index].clone()).collect();
            for (index, embedding) in missing.into_iter().zip(encoder.encode(&new)?) {
                self.embeddings.insert(keys[index], embedding);
            }
            self.changed = true;
        }
        Ok(keys
            .iter()
            .map(|key| self.embeddings.get(key).cloned().unwrap_or_default())
            .collect())
    }

    /// Writes what is new, into a folder made for it if need be; a cache in memory has nothing to
    /// write.
    ///
    /// # Errors
    /// When the file cannot be written; the program works without it.
    pub fn save(&mut self) -> Result<(), EncoderError> {
        let Some(path) = self.path.as_ref().filter(|_| self.changed) else {
            return Ok(());
        };
        // One that fails is not tried again before there is more to write.
        self.changed = false;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.fingerprint);
        let width = self.embeddings.values().next().map_or(0, Vec::len);
        bytes.extend((width as u32).to_le_bytes());
        for (key, embedding) in &self.embeddings {
            bytes.extend(key);
            bytes.extend(
                embedding
                    .iter()
                    .flat_map(|v| f16::from_f32(*v).to_le_bytes()),
            );
        }
        bytes.extend(hash(&[&bytes]));
        let folder = path.parent().unwrap_or(path);
        crate::fs::create_private_folder(folder)
            .and_then(|()| crate::fs::write_atomic(path, &bytes))
            .map_err(|error| EncoderError::io(path)(error.source))
    }
}

/// The records of a whole, undamaged file of this model.
fn parse(bytes: &[u8], fingerprint: &Key) -> Option<HashMap<Key, Vec<f32>>> {
    let (contents, sum) = bytes.split_last_chunk::<KEY>()?;
    if hash(&[contents]) != *sum {
        return None;
    }
    let rest = contents.strip_prefix(MAGIC)?.strip_prefix(fingerprint)?;
    let (width, records) = rest.split_first_chunk::<4>()?;
    let width = u32::from_le_bytes(*width) as usize;
    let size = KEY + 2 * width;
    if width == 0 || records.len() % size != 0 {
        return None;
    }
    let records = records.chunks_exact(size).map(|record| {
        let (key, values) = record.split_at(KEY);
        let values = values
            .chunks_exact(2)
            .map(|pair| f16::from_le_bytes([pair[0], pair[1]]).to_f32());
        (key.try_into().unwrap_or_default(), values.collect())
    });
    Some(records.collect())
}
