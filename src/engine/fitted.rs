//! What is fitted to examples, kept on disk: to fit takes seconds, to read a moment.
//!
//! A file names the examples that it was fitted to. Where they are others now, or the file is damaged, the
//! model is fitted anew and takes the file's place.

use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};
use sha2::{Digest, Sha256};

/// Metadata of a file: what stands for the examples.
const EXAMPLES: &str = "examples";

/// Raised whenever models are fitted otherwise than before, so that what was kept is fitted anew.
const VERSION: u32 = 1;

/// A model that is fitted to examples, as a file.
pub trait Fitted: Sized {
    /// The file; `examples` stands for what the model was fitted to.
    ///
    /// # Errors
    /// When safetensors refuses it.
    fn to_bytes(&self, examples: &str) -> Result<Vec<u8>, SafeTensorError>;

    /// The model of a file; none where it is damaged, or was fitted to other examples.
    fn from_bytes(file: &[u8], examples: &str) -> Option<Self>;
}

/// Stands for examples, one line for each, and for whatever else a model depends on.
pub fn standing(lines: impl IntoIterator<Item = String>) -> String {
    let mut hasher = Sha256::new();
    for line in lines {
        hasher.update(line);
    }
    let digest = hasher.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Name, type, shape and bytes.
pub(super) type Tensor = (&'static str, Dtype, Vec<usize>, Vec<u8>);

/// A safetensors file of a model that was fitted to `examples`.
///
/// # Errors
/// When safetensors refuses it.
pub(super) fn file(tensors: &[Tensor], examples: &str) -> Result<Vec<u8>, SafeTensorError> {
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        Ok((*name, TensorView::new(*dtype, shape.clone(), bytes)?))
    });
    let views = views.collect::<Result<Vec<_>, SafeTensorError>>()?;
    let metadata = [(EXAMPLES.to_owned(), examples.to_owned())].into();
    safetensors::serialize(views, Some(metadata))
}

/// The tensors of such a file; none where it is damaged, or of other examples.
pub(super) fn tensors<'a>(file: &'a [u8], examples: &str) -> Option<SafeTensors<'a>> {
    let (_, header) = SafeTensors::read_metadata(file).ok()?;
    let of = header.metadata().as_ref()?.get(EXAMPLES)?;
    let tensors = SafeTensors::deserialize(file).ok()?;
    (of == examples).then_some(tensors)
}

/// A folder of fitted models, or none, where nothing is kept.
#[derive(Debug, Clone, Default)]
pub struct FitCache {
    folder: Option<PathBuf>,
}

impl FitCache {
    /// Keeps models in a folder, which is made when there is something to keep.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// The model of a name: as it was kept, or fitted and kept. Either way it is what the file holds, so
    /// that a second start answers as the first did.
    pub fn get<T: Fitted>(&self, name: &str, examples: &str, fit: impl FnOnce() -> T) -> T {
        let Some(folder) = &self.folder else {
            return fit();
        };
        let path = folder.join(format!("{name}.safetensors"));
        let examples = &format!("{examples} {VERSION}");
        let kept = std::fs::read(&path).ok();
        if let Some(model) = kept.and_then(|file| T::from_bytes(&file, examples)) {
            return model;
        }
        let fitted = fit();
        let file = match fitted.to_bytes(examples) {
            Ok(file) => file,
            Err(error) => {
                tracing::warn!(%error, name, "a fitted model has no file");
                return fitted;
            }
        };
        keep(folder, &path, &file);
        T::from_bytes(&file, examples).unwrap_or(fitted)
    }
}

/// Writes a file; the program works without it, only slower.
fn keep(folder: &Path, path: &Path, file: &[u8]) {
    let written =
        crate::fs::create_private_folder(folder).and_then(|()| crate::fs::write_atomic(path, file));
    if let Err(error) = written {
        tracing::warn!(%error, path = %path.display(), "a fitted model is not kept");
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// A number that is rounded where it is kept.
    #[derive(Debug, PartialEq)]
    struct Number(f32);

    impl Fitted for Number {
        fn to_bytes(&self, examples: &str) -> Result<Vec<u8>, SafeTensorError> {
            Ok(format!("{examples} {:.1}", self.0).into())
        }

        fn from_bytes(file: &[u8], examples: &str) -> Option<Self> {
            let (of, number) = std::str::from_utf8(file).ok()?.rsplit_once(' ')?;
            (of == examples).then_some(Self(number.parse().ok()?))
        }
    }

    #[test]
    fn what_was_kept_is_fitted_again_only_for_other_examples_or_a_damaged_file() {
        let folder = tempfile::tempdir().unwrap();
        let cache = FitCache::new(Some(folder.path().join("embeddings")));
        let fits = Cell::new(0);
        let get = |examples: &str| {
            cache.get("number", examples, || {
                fits.set(fits.get() + 1);
                Number(0.123)
            })
        };
        assert_eq!(get("a"), Number(0.1), "what the file holds");
        assert_eq!((get("a"), fits.get()), (Number(0.1), 1));
        get("b");
        assert_eq!(fits.get(), 2);
        std::fs::write(folder.path().join("embeddings/number.safetensors"), "b 1 x").unwrap();
        get("b");
        get("b");
        assert_eq!(fits.get(), 3);
    }

    #[test]
    fn where_nothing_can_be_kept_the_model_is_there_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        std::fs::write(&taken, "a file").unwrap();
        let number = FitCache::new(Some(taken)).get("number", "a", || Number(0.1));
        assert_eq!(number, Number(0.1));
        let number = FitCache::default().get("number", "a", || Number(0.123));
        assert_eq!(number, Number(0.123));
    }

    #[test]
    fn other_lines_stand_for_other_examples() {
        let of = |lines: &[&str]| standing(lines.iter().map(|line| (*line).to_owned()));
        assert_eq!(of(&["a\n", "b\n"]), of(&["a\n", "b\n"]));
        assert_ne!(of(&["a\n", "b\n"]), of(&["b\n", "a\n"]));
    }
}
