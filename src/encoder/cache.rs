//! Embeddings kept on disk, keyed by the weights and the text.
//!
//! A file per model holds records of a text's hash and its embedding in eight bits a dimension (or
//! fewer, where it ships), and ends with a hash of them all. An edited example is the only one that is
//! computed again; a damaged file is computed anew. A model may come with such files of its own, so that
//! the examples of the pack that it was trained on need not be embedded at the first start:
//! `examples.emb`, and a small one beside it for each time that examples were added.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::{Bits, Bytes, Encoder, EncoderError, ExampleFile, ModelFiles, Packed, Series, Text};

/// How a file begins, by the bits of a dimension.
const MAGIC: [(Bits, &[u8; 8]); 3] = [
    (Bits::Eight, b"OHLEMB03"),
    (Bits::Four, b"OHLEMB04"),
    (Bits::Two, b"OHLEMB05"),
];
const KEY: usize = 16;

pub(super) type Key = [u8; KEY];

/// Embeddings of one model by text.
pub struct EmbeddingCache {
    path: Option<PathBuf>,
    fingerprint: Key,
    /// Those that came with the model, or with something else.
    shipped: Vec<Records>,
    /// Those that were computed here.
    own: HashMap<Key, Packed>,
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

fn hex(key: &Key) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Tells models apart without reading all of them: by the small files and the edges of the weights,
/// of the model and of its base.
pub(super) fn fingerprint(files: &ModelFiles, base: Option<&ModelFiles>) -> Key {
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
        let name = hex(&fingerprint);
        let path = folder.map(|folder| folder.join(format!("{name}.emb")));
        let read = path.as_ref().and_then(|path| std::fs::read(path).ok());
        let read = read.and_then(|bytes| Records::parse(bytes.into(), &fingerprint));
        let mut cache = Self {
            own: read
                .map(|records| records.all().collect())
                .unwrap_or_default(),
            shipped: Vec::new(),
            path,
            fingerprint,
            changed: false,
        };
        cache.add_shipped(&files.examples);
        cache
    }

    /// Adds files of embeddings that came with something; damaged ones are none.
    pub fn add_shipped(&mut self, files: &[Bytes]) {
        self.shipped.extend(self.records(files));
    }

    fn records(&self, files: &[Bytes]) -> Vec<Records> {
        let parse = |file: &Bytes| Records::parse(file.clone(), &self.fingerprint);
        files.iter().filter_map(parse).collect()
    }

    /// Forgets what was shipped, read from disk and made here: another cache reads it again.
    pub fn forget(&mut self) {
        self.shipped = Vec::new();
        self.own = HashMap::new();
        self.changed = false;
    }

    /// Stands for the model that the embeddings are of.
    pub fn fingerprint(&self) -> String {
        hex(&self.fingerprint)
    }

    fn get(&self, key: &Key) -> Option<Packed> {
        let shipped = self.shipped.iter().find_map(|records| records.get(key));
        shipped.or_else(|| self.own.get(key).cloned())
    }

    fn knows(&self, key: &Key) -> bool {
        let mut shipped = self.shipped.iter();
        self.own.contains_key(key) || shipped.any(|records| records.find(key).is_some())
    }

    /// Those of `texts` that are not known yet.
    pub fn missing(&self, texts: &[Text]) -> Vec<Text> {
        texts
            .iter()
            .filter(|text| !self.knows(&key(text)))
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
        let packed = self.packed(encoder, texts)?;
        Ok(packed.iter().map(Packed::embedding).collect())
    }

    /// The same, as they are kept.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn packed(
        &mut self,
        encoder: &Encoder,
        texts: &[Text],
    ) -> Result<Vec<Packed>, EncoderError> {
        let keys: Vec<Key> = texts.iter().map(key).collect();
        let missing: Vec<usize> = (0..texts.len())
            .filter(|index| !self.knows(&keys[*index]))
            .collect();
        if !missing.is_empty() {
            let new: Vec<Text> = missing.iter().map(|index| texts[*index].clone()).collect();
            for (index, embedding) in missing.into_iter().zip(encoder.encode(&new)?) {
                self.own.insert(keys[index], Packed::new(&embedding));
            }
            self.changed = true;
        }
        Ok(keys
            .iter()
            .map(|key| self.get(key).unwrap_or_default())
            .collect())
    }

    /// A file of all that was computed here.
    pub fn to_bytes(&self, bits: Bits) -> Vec<u8> {
        file(&self.fingerprint, &self.own, bits)
    }

    /// The file of what was computed here, to come with a model. Where `before` holds files of these
    /// weights it goes behind them, with what they lack, in few bits: so an example more does not renew
    /// a file of megabytes. `None` where they lack nothing.
    pub fn example_file(
        &self,
        series: Series,
        before: &[Bytes],
        bits: Bits,
    ) -> Option<ExampleFile> {
        let before = self.records(before);
        if before.is_empty() {
            let bytes = self.to_bytes(bits);
            return Some(ExampleFile {
                series,
                place: 0,
                bytes,
            });
        }
        let known = |key| before.iter().any(|records| records.find(key).is_some());
        let new = self.own.iter().filter(|(key, _)| !known(key));
        let new: HashMap<Key, Packed> = new.map(|(key, packed)| (*key, packed.clone())).collect();
        (!new.is_empty()).then(|| ExampleFile {
            series,
            place: before.len(),
            bytes: file(&self.fingerprint, &new, Bits::Two),
        })
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
        let bytes = file(&self.fingerprint, &self.own, Bits::Eight);
        let folder = path.parent().unwrap_or(path);
        crate::fs::create_private_folder(folder)
            .and_then(|()| crate::fs::write_atomic(path, &bytes))
            .map_err(|error| EncoderError::io(path)(error.source))
    }
}

/// The contents of a file of these records, in the order of their keys.
fn file(fingerprint: &Key, records: &HashMap<Key, Packed>, bits: Bits) -> Vec<u8> {
    let magic = MAGIC.iter().filter(|(of, _)| *of == bits);
    let mut bytes: Vec<u8> = magic.flat_map(|(_, magic)| **magic).collect();
    bytes.extend(fingerprint);
    let width = records.values().next().map_or(0, Packed::width);
    bytes.extend((width as u32).to_le_bytes());
    let mut records: Vec<_> = records.iter().collect();
    records.sort_by_key(|(key, _)| **key);
    let mut mean = vec![0f32; bits.mean(width)];
    for (_, packed) in &records {
        for (mean, x) in mean.iter_mut().zip(packed.embedding()) {
            *mean += x / records.len() as f32;
        }
    }
    bytes.extend(mean.iter().flat_map(|mean| mean.to_le_bytes()));
    for (key, packed) in records {
        bytes.extend(key);
        bytes.extend(packed.to_record(bits, &mean));
    }
    bytes.extend(hash(&[&bytes]));
    bytes
}

/// A whole, undamaged file of a model. It is searched where it lies, since most of them are part of the
/// binary: its records are in the order of their keys.
struct Records {
    bytes: Bytes,
    bits: Bits,
    width: usize,
    mean: Vec<f32>,
}

/// Bytes before the mean and the records: what a file begins with, the model, the width.
const HEAD: usize = 8 + KEY + size_of::<u32>();

impl Records {
    fn parse(bytes: Bytes, fingerprint: &Key) -> Option<Self> {
        let (contents, sum) = bytes.split_last_chunk::<KEY>()?;
        if hash(&[contents]) != *sum {
            return None;
        }
        let mut known = MAGIC.iter();
        let (bits, rest) = known.find_map(|(bits, magic)| {
            let rest = contents.strip_prefix(&magic[..])?;
            Some((*bits, rest))
        })?;
        let rest = rest.strip_prefix(fingerprint)?;
        let (width, records) = rest.split_first_chunk::<4>()?;
        let width = u32::from_le_bytes(*width) as usize;
        let (mean, records) = records.split_at_checked(bits.mean(width) * size_of::<f32>())?;
        let mean = mean.as_chunks().0.iter().copied().map(f32::from_le_bytes);
        let mean = mean.collect();
        let whole = width > 0 && records.len() % (KEY + bits.size(width)) == 0;
        whole.then_some(Self {
            bytes,
            bits,
            width,
            mean,
        })
    }

    /// Bytes before the records.
    fn head(&self) -> usize {
        HEAD + self.mean.len() * size_of::<f32>()
    }

    fn size(&self) -> usize {
        KEY + self.bits.size(self.width)
    }

    /// Keys and what follows them, in the order of the keys.
    fn record(&self, place: usize) -> Option<(&Key, &[u8])> {
        let from = self.head() + place * self.size();
        self.bytes
            .get(from..from + self.size())?
            .split_first_chunk()
    }

    fn len(&self) -> usize {
        (self.bytes.len() - self.head() - KEY) / self.size()
    }

    fn find(&self, key: &Key) -> Option<&[u8]> {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from.midpoint(to);
            let (found, record) = self.record(middle)?;
            match found.cmp(key) {
                Ordering::Less => from = middle + 1,
                Ordering::Greater => to = middle,
                Ordering::Equal => return Some(record),
            }
        }
        None
    }

    fn get(&self, key: &Key) -> Option<Packed> {
        self.packed(self.find(key)?)
    }

    fn packed(&self, record: &[u8]) -> Option<Packed> {
        Packed::from_record(record, self.width, self.bits, &self.mean)
    }

    fn all(&self) -> impl Iterator<Item = (Key, Packed)> {
        (0..self.len()).filter_map(|place| {
            let (key, record) = self.record(place)?;
            Some((*key, self.packed(record)?))
        })
    }
}
