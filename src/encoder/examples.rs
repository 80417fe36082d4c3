//! Files of embeddings that come with a model: `examples.emb`, `examples-2.emb` and so on as the model
//! sees the examples of its pack, `examples-base.emb` and so on as its base does. With the companion's
//! heads come `talk.emb` and so on, of her exchanges.

use std::io::ErrorKind;
use std::path::Path;

use super::{Bytes, EncoderError};

/// Whose embeddings they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Series {
    /// The model's.
    Own,
    /// Those of the base that it was tuned from.
    Base,
    /// Those of the companion's exchanges.
    Talk,
}

impl Series {
    /// The name of the file at a place, from 0.
    fn name(self, place: usize) -> String {
        let series = match self {
            Self::Own => "examples",
            Self::Base => "examples-base",
            Self::Talk => "talk",
        };
        match place {
            0 => format!("{series}.emb"),
            _ => format!("{series}-{}.emb", place + 1),
        }
    }

    /// The files by name, up to the first that is not there.
    ///
    /// # Errors
    /// Those of `file`.
    pub fn collect<E>(
        self,
        file: impl Fn(&str) -> Result<Option<Bytes>, E>,
    ) -> Result<Vec<Bytes>, E> {
        let files = (0..).map(|place| file(&self.name(place)).transpose());
        files.map_while(|file| file).collect()
    }
}

/// One more of these files.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleFile {
    /// Whose embeddings it holds.
    pub series: Series,
    /// How many of its series come before.
    pub place: usize,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl ExampleFile {
    /// Writes it into a model's folder. Those that lay there from its place on were of other weights,
    /// and go.
    ///
    /// # Errors
    /// When a file cannot be written or removed.
    pub fn write(&self, folder: &Path) -> Result<(), EncoderError> {
        let path = |place| folder.join(self.series.name(place));
        crate::fs::write_atomic(&path(self.place), &self.bytes)
            .map_err(|error| EncoderError::io(&path(self.place))(error.source))?;
        for place in self.place + 1.. {
            match std::fs::remove_file(path(place)) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => break,
                Err(error) => return Err(EncoderError::io(&path(place))(error)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(series: Series, place: usize) -> ExampleFile {
        ExampleFile {
            series,
            place,
            bytes: vec![place as u8],
        }
    }

    fn read(folder: &Path, series: Series) -> Vec<Bytes> {
        let files = series.collect(|name| match std::fs::read(folder.join(name)) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        });
        files.unwrap()
    }

    #[test]
    fn files_are_found_in_their_order_and_a_new_first_one_ends_the_others() {
        let folder = tempfile::tempdir().unwrap();
        for place in 0..3 {
            file(Series::Own, place).write(folder.path()).unwrap();
        }
        file(Series::Base, 0).write(folder.path()).unwrap();
        assert!(folder.path().join("examples-3.emb").is_file());
        assert_eq!(
            read(folder.path(), Series::Own),
            [vec![0], vec![1], vec![2]]
        );
        file(Series::Own, 0).write(folder.path()).unwrap();
        assert_eq!(read(folder.path(), Series::Own), [vec![0]]);
        assert!(!folder.path().join("examples-3.emb").exists());
        assert_eq!(read(folder.path(), Series::Base), [vec![0]]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_error() {
        let error = Series::Own.collect(|name| Err::<Option<Bytes>, _>(name.to_owned()));
        assert_eq!(error.unwrap_err(), "examples.emb");
    }
}
