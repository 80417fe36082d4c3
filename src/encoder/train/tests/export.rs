//! What a training leaves behind can be loaded and means the same.

use std::path::Path;

use super::*;
use crate::encoder::{ModelFiles, cosine};
use crate::testing::{TINY, model_files};

struct Silent;

impl Observer<Encoder> for Silent {
    fn step(&mut self, _: &Step) -> bool {
        true
    }

    fn epoch(&mut self, _: usize, _: &Encoder) -> Result<Vec<(&'static str, f64)>, EncoderError> {
        Ok(Vec::new())
    }
}

fn trained(model: &str, precision: Precision) -> Encoder {
    let folder = tempfile::tempdir().unwrap();
    let encoder = encoder(model, precision);
    let run = Run {
        folder: folder.path().to_owned(),
        resume: false,
    };
    train(&encoder, &toy_data(), &config(), &run, &mut Silent).unwrap();
    encoder
}

fn export_to(folder: &Path, encoder: &Encoder, files: &ModelFiles, shared_base: Option<&str>) {
    let origin = Origin {
        files,
        shared_base,
        role: "answer",
    };
    export(encoder, &origin, folder).unwrap();
}

fn worst_cosine(a: &Encoder, b: &Encoder) -> f32 {
    let texts = toy_data().inputs;
    let (a, b) = (a.encode(&texts).unwrap(), b.encode(&texts).unwrap());
    a.iter()
        .zip(&b)
        .map(|(a, b)| cosine(a, b))
        .fold(1., f32::min)
}

#[test]
fn an_exported_model_stands_on_its_own() {
    for model in TINY {
        for precision in [Precision::Trainable, Precision::Lora { rank: 4, from: 0 }] {
            let encoder = trained(model, precision);
            let folder = tempfile::tempdir().unwrap();
            export_to(folder.path(), &encoder, &model_files(model), None);

            let files = ModelFiles::read(folder.path()).unwrap();
            for precision in [Precision::Int8, Precision::Float] {
                let loaded = Encoder::load(&files, None, precision).unwrap();
                let worst = worst_cosine(&encoder, &loaded);
                assert!(worst > 0.99, "{model}, {precision:?}: {worst}");
                assert_eq!(loaded.config.ohlora.role.as_deref(), Some("answer"));
            }
            let untrained = Encoder::load(&model_files(model), None, Precision::Float).unwrap();
            assert!(worst_cosine(&encoder, &untrained) < 0.99, "nothing learned");
        }
    }
}

#[test]
fn a_model_that_shares_its_base_holds_neither_tokenizer_nor_embeddings() {
    let base = model_files("tiny-roberta");
    let encoder = trained("tiny-roberta", Precision::Trainable);
    let folder = tempfile::tempdir().unwrap();
    export_to(folder.path(), &encoder, &base, Some("base"));

    let files = ModelFiles::read(folder.path()).unwrap();
    assert!(files.tokenizer.is_none());
    assert!(files.weights.len() < base.weights.len() / 2);
    let loaded = Encoder::load(&files, Some(&base), Precision::Int8).unwrap();
    assert!(worst_cosine(&encoder, &loaded) > 0.99);
    assert_eq!(loaded.config.ohlora.base.as_deref(), Some("base"));

    // Alone it is no model, and says so.
    let error = Encoder::load(&files, None, Precision::Int8).err().unwrap();
    assert!(error.to_string().contains("tokenizer.json"), "{error}");
}

#[test]
fn a_model_trained_on_can_be_exported_again() {
    let folder = tempfile::tempdir().unwrap();
    let encoder = trained("tiny-bert", Precision::Trainable);
    export_to(folder.path(), &encoder, &model_files("tiny-bert"), None);

    let files = ModelFiles::read(folder.path()).unwrap();
    let again = Encoder::load(&files, None, Precision::Trainable).unwrap();
    let second = tempfile::tempdir().unwrap();
    export_to(second.path(), &again, &files, None);
    let files = ModelFiles::read(second.path()).unwrap();
    let loaded = Encoder::load(&files, None, Precision::Int8).unwrap();
    assert!(worst_cosine(&again, &loaded) > 0.99);
}

#[test]
fn a_model_that_starts_from_one_with_a_shared_base_shares_it_as_well() {
    let base = model_files("tiny-bert");
    let folder = tempfile::tempdir().unwrap();
    let first = encoder("tiny-bert", Precision::Float);
    export_to(folder.path(), &first, &base, Some("base"));
    let files = ModelFiles::read(folder.path()).unwrap();

    let second = Encoder::load(&files, Some(&base), Precision::Trainable).unwrap();
    let folder = tempfile::tempdir().unwrap();
    export_to(folder.path(), &second, &files, None);
    let files = ModelFiles::read(folder.path()).unwrap();
    let loaded = Encoder::load(&files, Some(&base), Precision::Int8).unwrap();
    assert_eq!(loaded.config.ohlora.base.as_deref(), Some("base"));
    assert!(worst_cosine(&second, &loaded) > 0.99);
}

/// What an earlier model left in the folder must not be taken for this one's.
#[test]
fn sharing_a_base_removes_a_tokenizer_that_stood_there() {
    let base = model_files("tiny-roberta");
    let encoder = encoder("tiny-roberta", Precision::Float);
    let folder = tempfile::tempdir().unwrap();
    export_to(folder.path(), &encoder, &base, None);
    std::fs::write(folder.path().join("calibration.json"), "{}").unwrap();
    export_to(folder.path(), &encoder, &base, Some("base"));
    let files = ModelFiles::read(folder.path()).unwrap();
    assert!(files.tokenizer.is_none() && files.tokenizer_config.is_none());
    assert!(files.calibration.is_none());
}

#[test]
fn a_model_in_eight_bits_is_not_exported_again() {
    let encoder = encoder("tiny-bert", Precision::Int8);
    let files = model_files("tiny-bert");
    let folder = tempfile::tempdir().unwrap();
    let origin = Origin {
        files: &files,
        shared_base: None,
        role: "answer",
    };
    assert!(export(&encoder, &origin, folder.path()).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
