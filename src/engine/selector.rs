//! The selector: S-BERT no. 2 ranks the topics that the flow allows.

use std::path::PathBuf;

use crate::content::inputs::next_input;
use crate::encoder::{EmbeddingCache, Encoder, EncoderError, ModelFiles, Precision, Text, cosine};
use crate::interview::SelectRequest;

/// The model and the embeddings of the titles.
pub struct Selector {
    encoder: Encoder,
    cache: EmbeddingCache,
}

impl Selector {
    /// Loads the model; embeddings of titles are kept in `cache`, where given.
    ///
    /// # Errors
    /// When a file of the model is missing or damaged.
    pub fn load(
        files: &ModelFiles,
        base: Option<&ModelFiles>,
        cache: Option<PathBuf>,
    ) -> Result<Self, EncoderError> {
        Ok(Self {
            encoder: Encoder::load(files, base, Precision::Int8)?,
            cache: EmbeddingCache::open(cache, files, base),
        })
    }

    /// Cosines of the message in its state with each title, in the order of `titles`.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn scores(
        &mut self,
        request: &SelectRequest,
        titles: &[&str],
    ) -> Result<Vec<f32>, EncoderError> {
        let input = next_input(&request.topic, &request.message, &request.remaining);
        let embedding = self.encoder.encode(&[input.into()])?.remove(0);
        let texts: Vec<Text> = titles.iter().map(|title| Text::from(*title)).collect();
        let titles = self.cache.encode(&self.encoder, &texts)?;
        Ok(titles
            .iter()
            .map(|title| cosine(&embedding, title))
            .collect())
    }

    /// The allowed title that fits best; the last, the flow's default, where none is allowed.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn select(&mut self, request: &SelectRequest) -> Result<String, EncoderError> {
        let allowed: Vec<&str> = request.allowed.iter().map(String::as_str).collect();
        let scores = self.scores(request, &allowed)?;
        let best = crate::encoder::metrics::argmax(&scores);
        Ok(allowed.get(best).copied().unwrap_or_default().to_owned())
    }

    /// Writes new embeddings to disk.
    ///
    /// # Errors
    /// When the file cannot be written; the selector works without it.
    pub fn save_cache(&mut self) -> Result<(), EncoderError> {
        self.cache.save()
    }
}
