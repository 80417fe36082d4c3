//! Embeddings kept on disk, keyed by the weights and the text.
//!
//! A file per model holds records of a text's hash and its embedding in f16. An edited example is
//! the only one that is computed again; a damaged file is computed anew.

use std::collections::HashMap;
use std::path::PathBuf;

use half::f16;
use sha2::{Digest, Sha256};

use super::{Encoder, EncoderError, ModelFiles, Text};
use crate::fs::{create_private_folder, write_atomic};

const MAGIC: &[u8; 8] = b"OHLEMB01";
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

impl EmbeddingCache {
    /// The cache of a model in `folder`, or in memory alone. A missing or damaged file is an empty
    /// cache.
    pub fn open(folder: Option<PathBuf>, files: &ModelFiles, base: Option<&ModelFiles>) -> Self {
        let lent = base.map_or(&[][..], |base| &base.weights[..]);
        let lent_edge = lent.len().min(1 << 20);
        let tokenizer = [Some(files), base]
            .into_iter()
            .flatten()
            .find_map(|files| files.tokenizer.as_deref());
        // The head and tail of the weights with their length tell models apart without reading all.
        let weights = &files.weights[..];
        let edge = weights.len().min(1 << 20);
        let fingerprint = hash(&[
            &files.config,
            tokenizer.unwrap_or_default(),
            &weights[..edge],
            &weights[weights.len() - edge..],
            &weights.len().to_le_bytes(),
            &lent[..lent_edge],
            &lent.len().to_le_bytes(),
        ]);
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

    /// Writes what is new; a cache in memory has nothing to write.
    ///
    /// # Errors
    /// When the file cannot be written; the program works without it.
    pub fn save(&mut self) -> Result<(), EncoderError> {
        let Some(path) = self.path.as_ref().filter(|_| self.changed) else {
            return Ok(());
        };
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
        let folder = path.parent().map_or(Ok(()), create_private_folder);
        folder
            .and_then(|()| write_atomic(path, &bytes))
            .map_err(|error| EncoderError::io(error.path)(error.source))?;
        self.changed = false;
        Ok(())
    }
}

/// The records of a whole, undamaged file of this model.
fn parse(bytes: &[u8], fingerprint: &Key) -> Option<HashMap<Key, Vec<f32>>> {
    let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(fingerprint)?;
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
