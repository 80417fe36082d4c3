//! A base S-BERT that several roles look through, loaded once for all of them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use super::cache::{Key, fingerprint};
use super::{Encoder, EncoderError, ModelFiles, Precision};

impl Encoder {
    /// A model in eight bits with a tokenizer of its own; the one that is in memory already, where it is.
    ///
    /// # Errors
    /// When a file is missing, cut or of another model.
    pub fn shared(files: &ModelFiles) -> Result<Arc<Self>, EncoderError> {
        static LOADED: LazyLock<Mutex<HashMap<Key, Weak<Encoder>>>> = LazyLock::new(Mutex::default);
        let fingerprint = fingerprint(files, None);
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded.get(&fingerprint).and_then(Weak::upgrade) {
            return Ok(known);
        }
        let new = Arc::new(Self::load(files, None, Precision::Int8)?);
        loaded.insert(fingerprint, Arc::downgrade(&new));
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model_files;

    #[test]
    fn all_who_ask_for_a_model_have_the_same() {
        let files = model_files("tiny-bert");
        let first = Encoder::shared(&files).unwrap();
        let again = Encoder::shared(&files).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let other = Encoder::shared(&model_files("tiny-roberta")).unwrap();
        assert!(!Arc::ptr_eq(&first, &other));
        let cut = ModelFiles {
            weights: files.weights[..64].to_vec().into(),
            ..files
        };
        assert!(Encoder::shared(&cut).is_err());
    }
}
