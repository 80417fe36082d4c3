//! The S-BERTs that look at a text: that of a role, and the base it was tuned from.
//!
//! Tuning moves together what one role calls the same, and forgets some of what the base knew of
//! words. Both see, and the role's judge hears both ([`Pool`](super::pool::Pool)).

use std::path::PathBuf;

use crate::encoder::{
    Bits, EmbeddingCache, Encoder, EncoderError, ModelFiles, Packed, Precision, Text,
};

/// One S-BERT with the embeddings that it made before.
struct Eye {
    encoder: Encoder,
    cache: EmbeddingCache,
}

/// The role's own S-BERT, and behind it the base's, where it has one.
pub struct Eyes(Vec<Eye>);

/// A text as each eye sees it: embeddings of length 1.
pub type View = Vec<Vec<f32>>;

impl Eyes {
    /// Loads the S-BERTs; embeddings of examples are kept in the folder `cache`, where given.
    ///
    /// # Errors
    /// When a file of a model is missing or damaged.
    pub fn load(
        files: &ModelFiles,
        base: Option<&ModelFiles>,
        cache: Option<PathBuf>,
    ) -> Result<Self, EncoderError> {
        let mut eyes = vec![Eye {
            encoder: Encoder::load(files, base, Precision::Int8)?,
            cache: EmbeddingCache::open(cache.clone(), files, base),
        }];
        if let Some(base) = base {
            let mut cache = EmbeddingCache::open(cache, base, None);
            if let Some(shipped) = &files.base_examples {
                cache.add_shipped(shipped);
            }
            eyes.push(Eye {
                encoder: Encoder::load(base, None, Precision::Int8)?,
                cache,
            });
        }
        Ok(Self(eyes))
    }

    /// Stands for the models: what they see is not what others see.
    pub fn fingerprint(&self) -> String {
        self.0.iter().map(|eye| eye.cache.fingerprint()).collect()
    }

    /// How texts look, in their order.
    ///
    /// # Errors
    /// When an encoder fails.
    pub fn see<S: AsRef<str>>(&self, texts: &[S]) -> Result<Vec<View>, EncoderError> {
        let texts = inputs(texts);
        let mut views = vec![View::with_capacity(self.0.len()); texts.len()];
        for eye in &self.0 {
            for (view, embedding) in views.iter_mut().zip(eye.encoder.encode(&texts)?) {
                view.push(embedding);
            }
        }
        Ok(views)
    }

    /// Embeddings of examples, `[eyes][examples]`, of which those that were made before are not
    /// computed.
    ///
    /// # Errors
    /// When an encoder fails.
    pub fn examples(&mut self, texts: &[&str]) -> Result<Vec<Vec<Packed>>, EncoderError> {
        let texts = inputs(texts);
        let each = self.0.iter_mut();
        each.map(|eye| eye.cache.packed(&eye.encoder, &texts))
            .collect()
    }

    /// The same by the last eye alone.
    ///
    /// # Errors
    /// When an encoder fails.
    pub fn last_examples<S: AsRef<str>>(
        &mut self,
        texts: &[S],
    ) -> Result<Vec<Packed>, EncoderError> {
        let last = self.0.last_mut();
        last.map_or(Ok(Vec::new()), |eye| {
            eye.cache.packed(&eye.encoder, &inputs(texts))
        })
    }

    /// A view that was kept in one piece; an empty one where other models made it.
    pub fn unpacked(&self, view: &[f32]) -> View {
        let widths = self.0.iter().map(|eye| eye.encoder.config.hidden_size);
        let mut rest = view;
        let parts: Option<View> = widths
            .map(|width| {
                let (part, behind) = rest.split_at_checked(width)?;
                rest = behind;
                Some(part.to_vec())
            })
            .collect();
        parts.filter(|_| rest.is_empty()).unwrap_or_default()
    }

    /// Writes new embeddings of examples to disk.
    ///
    /// # Errors
    /// When a file cannot be written; the program works without it.
    pub fn save(&mut self) -> Result<(), EncoderError> {
        self.0.iter_mut().try_for_each(|eye| eye.cache.save())
    }

    /// Forgets the embeddings of examples, once they are compared with.
    pub fn forget_examples(&mut self) {
        self.0.iter_mut().for_each(|eye| eye.cache.forget());
    }

    /// The embeddings of all examples that were computed here, as files to come with the model, with
    /// their names.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, Vec<u8>)> {
        let names = ["examples.emb", "examples-base.emb"];
        let eyes = names.into_iter().zip(&self.0);
        eyes.map(|(name, eye)| (name, eye.cache.to_bytes(Bits::Four)))
    }
}

fn inputs<S: AsRef<str>>(texts: &[S]) -> Vec<Text> {
    texts.iter().map(|text| text.as_ref().into()).collect()
}
