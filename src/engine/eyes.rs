//! The S-BERTs that look at a text: that of a role, and the base it was tuned from.
//!
//! Tuning moves together what one role calls the same, and forgets some of what the base knew of
//! words. Both see, and the role's judge hears both ([`Pool`](super::pool::Pool)).

use std::path::PathBuf;
use std::sync::Arc;

use crate::encoder::{
    Bits, Bytes, EmbeddingCache, Encoder, EncoderError, ExampleFile, ModelFiles, Packed, Precision,
    Series, Text,
};

/// One S-BERT with the embeddings that it made before.
struct Eye {
    encoder: Arc<Encoder>,
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
            encoder: Encoder::load(files, base, Precision::Int8)?.into(),
            cache: EmbeddingCache::open(cache.clone(), files, base),
        }];
        if let Some(base) = base {
            let mut cache = EmbeddingCache::open(cache, base, None);
            cache.add_shipped(&files.base_examples);
            eyes.push(Eye {
                encoder: Encoder::shared(base)?,
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

    /// The embeddings of all examples that were computed here, to come with the model; where `before`
    /// has some of them, the others.
    pub fn example_files(&self, before: &ModelFiles) -> Vec<ExampleFile> {
        let file = |eye: &Eye, series, before: &[Bytes]| {
            eye.cache.example_file(series, before, Bits::Four)
        };
        let mut eyes = self.0.iter();
        let own = eyes.next();
        let own = own.and_then(|eye| file(eye, Series::Own, &before.examples));
        let base = eyes.next();
        let base = base.and_then(|eye| file(eye, Series::Base, &before.base_examples));
        own.into_iter().chain(base).collect()
    }
}

fn inputs<S: AsRef<str>>(texts: &[S]) -> Vec<Text> {
    texts.iter().map(|text| text.as_ref().into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model_files;

    /// A model that leaves its tokenizer to a base, and the base.
    fn eyes() -> Eyes {
        let base = model_files("tiny-bert");
        let mut own = base.clone();
        own.tokenizer = None;
        Eyes::load(&own, Some(&base), None).unwrap()
    }

    #[test]
    fn a_text_is_seen_by_the_model_and_by_its_base() {
        let eyes = eyes();
        let views = eyes.see(&["손실 함수", "네"]).unwrap();
        assert_eq!(views.len(), 2);
        assert!(views.iter().all(|view| view.len() == 2));
        let alone = Eyes::load(&model_files("tiny-bert"), None, None).unwrap();
        assert_eq!(alone.see(&["네"]).unwrap()[0].len(), 1);
        assert_ne!(alone.fingerprint(), eyes.fingerprint());
    }

    #[test]
    fn what_was_kept_in_one_piece_is_taken_apart_again() {
        let eyes = eyes();
        let view = eyes.see(&["손실"]).unwrap().remove(0);
        let kept = view.concat();
        assert_eq!(eyes.unpacked(&kept), view);
        assert!(eyes.unpacked(&kept[1..]).is_empty());
        assert!(eyes.unpacked(&[&kept[..], &[0.]].concat()).is_empty());
    }

    #[test]
    fn examples_ship_by_eye() {
        let mut eyes = eyes();
        let examples = eyes.examples(&["손실", "함수"]).unwrap();
        assert_eq!(examples.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
        assert_eq!(eyes.last_examples(&["손실"]).unwrap()[0], examples[1][0]);
        let ship = |eyes: &Eyes, before: &ModelFiles| {
            let mut after = before.clone();
            for file in eyes.example_files(before) {
                match file.series {
                    Series::Own => after.examples.push(file.bytes.into()),
                    Series::Base | Series::Talk => after.base_examples.push(file.bytes.into()),
                }
            }
            after
        };
        let counts = |files: &ModelFiles| (files.examples.len(), files.base_examples.len());
        let shipped = ship(&eyes, &model_files("tiny-bert"));
        assert_eq!(counts(&shipped), (1, 1));
        // What is added later goes into files of its own, and then all is known.
        eyes.examples(&["기울기"]).unwrap();
        let shipped = ship(&eyes, &shipped);
        assert_eq!(counts(&shipped), (2, 2));
        assert!(eyes.example_files(&shipped).is_empty());
    }
}
