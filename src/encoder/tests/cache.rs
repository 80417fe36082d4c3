//! Embeddings on disk.

use std::path::{Path, PathBuf};

use super::*;
use crate::nn::bytes::SharedBytes;
use crate::testing::{encoder, model_files, with_config};

fn texts(texts: &[&str]) -> Vec<Text> {
    texts.iter().map(|text| Text::from(*text)).collect()
}

fn open(folder: &Path) -> EmbeddingCache {
    EmbeddingCache::open(Some(folder.to_owned()), &model_files("tiny-bert"), None)
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

/// A cache that holds the embeddings of three texts, in a folder that was not there before.
fn filled(folder: &Path) -> Vec<Vec<f32>> {
    let encoder = encoder("tiny-bert", Precision::Int8);
    let mut cache = open(folder);
    let embeddings = cache
        .encode(&encoder, &texts(&["손실", "함수", "손실"]))
        .unwrap();
    cache.save().unwrap();
    embeddings
}

#[test]
fn what_was_stored_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("not/there/yet");
    let embeddings = filled(&folder);
    assert_eq!(embeddings[0], embeddings[2]);
    assert_eq!(files(&folder).len(), 1);

    let mut cache = open(&folder);
    assert!(cache.missing(&texts(&["손실", "함수"])).is_empty());
    // Another model would give other embeddings: none is computed.
    let other = encoder("tiny-roberta", Precision::Int8);
    let found = cache.encode(&other, &texts(&["함수", "손실"])).unwrap();
    for (found, stored) in found.iter().zip([&embeddings[1], &embeddings[0]]) {
        assert!(cosine(found, stored) > 0.9999);
    }
}

#[test]
fn only_an_edited_text_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let cache = open(folder.path());
    let edited = texts(&["손실!", "함수"]);
    assert_eq!(cache.missing(&edited), edited[..1]);
    // The same words in other parts are another text.
    let split = Text {
        head: "손".into(),
        body: "실".into(),
        tail: String::new(),
    };
    assert_eq!(cache.missing(std::slice::from_ref(&split)), [split]);
}

#[test]
fn a_new_text_joins_those_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let encoder = encoder("tiny-bert", Precision::Int8);
    let mut cache = open(folder.path());
    cache.encode(&encoder, &texts(&["기울기"])).unwrap();
    cache.save().unwrap();
    let cache = open(folder.path());
    assert!(
        cache
            .missing(&texts(&["손실", "함수", "기울기"]))
            .is_empty()
    );
    assert_eq!(files(folder.path()).len(), 1);
}

#[test]
fn a_damaged_file_is_an_empty_cache() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let file = files(folder.path()).remove(0);
    let whole = std::fs::read(&file).unwrap();
    let is_empty = |what: &str, bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        let missing = open(folder.path()).missing(&texts(&["손실", "함수"]));
        assert_eq!(missing.len(), 2, "{what}");
    };
    for length in 0..whole.len() {
        is_empty(&format!("{length} bytes"), &whole[..length]);
    }
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 0x10;
        is_empty(&format!("byte {place}"), &changed);
    }
    is_empty("one byte more", &[&whole[..], &[0]].concat());
    is_empty("no cache at all", b"\0\0\0");

    // It is computed anew, and good again.
    filled(folder.path());
    assert_eq!(std::fs::read(&file).unwrap().len(), whole.len());
    assert!(open(folder.path()).missing(&texts(&["손실"])).is_empty());
}

#[test]
fn other_weights_have_another_file() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let is_other = |files: &ModelFiles, base: Option<&ModelFiles>| {
        let cache = EmbeddingCache::open(Some(folder.path().to_owned()), files, base);
        cache.missing(&texts(&["손실"])).len() == 1
    };
    let real = model_files("tiny-bert");
    assert!(!is_other(&real, None));

    let mut weights = real.clone();
    let middle = weights.weights.len() / 2;
    weights.weights = flipped(&real.weights, middle);
    assert!(is_other(&weights, None));
    let config = with_config(real.clone(), |config| {
        config["layer_norm_eps"] = 1e-6.into()
    });
    assert!(is_other(&config, None));
    let mut tokenizer = real.clone();
    tokenizer.tokenizer.as_mut().unwrap().to_mut().push(b' ');
    assert!(is_other(&tokenizer, None));

    // The base counts as much as the model itself.
    let mut own = real.clone();
    own.tokenizer = None;
    let base = model_files("tiny-bert");
    let with_base = EmbeddingCache::open(Some(folder.path().to_owned()), &own, Some(&base));
    let mut with_base = with_base;
    let encoder = encoder("tiny-bert", Precision::Int8);
    with_base.encode(&encoder, &texts(&["손실"])).unwrap();
    with_base.save().unwrap();
    assert!(!is_other(&own, Some(&base)));
    let mut other_base = base.clone();
    other_base.weights = flipped(&base.weights, middle);
    assert!(is_other(&own, Some(&other_base)));
    assert!(is_other(&own, Some(&tokenizer)));
}

#[test]
fn a_model_brings_embeddings_of_its_own_and_only_new_ones_are_written() {
    let encoder = encoder("tiny-bert", Precision::Int8);
    let mut made = EmbeddingCache::open(None, &model_files("tiny-bert"), None);
    let embeddings = made.encode(&encoder, &texts(&["손실", "함수"])).unwrap();
    let shipped = ModelFiles {
        examples: vec![made.to_bytes(Bits::Eight).into()],
        ..model_files("tiny-bert")
    };

    let folder = tempfile::tempdir().unwrap();
    let open =
        |files: &ModelFiles| EmbeddingCache::open(Some(folder.path().to_owned()), files, None);
    let mut cache = open(&shipped);
    let asked = texts(&["손실", "함수", "기울기"]);
    assert_eq!(cache.missing(&asked), asked[2..]);
    assert_eq!(cache.encode(&encoder, &asked).unwrap()[..2], embeddings);
    cache.save().unwrap();
    assert!(open(&shipped).missing(&asked).is_empty());
    let alone = open(&model_files("tiny-bert"));
    assert_eq!(alone.missing(&asked), asked[..2]);

    let damaged = ModelFiles {
        examples: vec![made.to_bytes(Bits::Eight)[1..].to_vec().into()],
        ..model_files("tiny-bert")
    };
    assert_eq!(open(&damaged).missing(&asked), asked[..2]);
}

#[test]
fn what_ships_in_few_bits_is_read_as_well() {
    let encoder = encoder("tiny-bert", Precision::Int8);
    let mut made = EmbeddingCache::open(None, &model_files("tiny-bert"), None);
    let asked = texts(&["손실", "함수", "기울기", "학습"]);
    let embeddings = made.encode(&encoder, &asked).unwrap();
    for bits in [Bits::Four, Bits::Two] {
        let shipped = ModelFiles {
            examples: vec![made.to_bytes(bits).into()],
            ..model_files("tiny-bert")
        };
        let mut cache = EmbeddingCache::open(None, &shipped, None);
        assert!(cache.missing(&asked).is_empty());
        let found = cache.encode(&encoder, &asked).unwrap();
        for (found, made) in found.iter().zip(&embeddings) {
            let length = cosine(found, found).sqrt();
            assert!(cosine(found, made) / length > 0.97, "{bits:?}");
        }
    }
}

#[test]
fn what_is_added_goes_into_a_small_file_behind_the_others() {
    let encoder = encoder("tiny-bert", Precision::Int8);
    let files = model_files("tiny-bert");
    let mut cache = EmbeddingCache::open(None, &files, None);
    let ship = |cache: &EmbeddingCache, before: &[Bytes]| {
        cache.example_file(Series::Own, before, Bits::Eight)
    };
    cache.encode(&encoder, &texts(&["손실", "함수"])).unwrap();
    let first = ship(&cache, &[]).unwrap();
    let before: [Bytes; 1] = [first.bytes.into()];
    assert_eq!(ship(&cache, &before), None);
    cache.encode(&encoder, &texts(&["기울기"])).unwrap();
    let second = ship(&cache, &before).unwrap();
    assert_eq!((first.place, second.place), (0, 1));

    let [first] = before;
    let shipped = ModelFiles {
        examples: vec![first, second.bytes.into()],
        ..files
    };
    let known = EmbeddingCache::open(None, &shipped, None);
    let asked = texts(&["손실", "함수", "기울기", "학습"]);
    assert_eq!(known.missing(&asked), asked[3..]);
    // Files of other weights are none to go behind.
    let other = EmbeddingCache::open(None, &model_files("tiny-roberta"), None);
    let anew = ship(&other, &shipped.examples).unwrap();
    assert_eq!(anew.place, 0);
}

#[test]
fn an_embedding_is_the_same_whether_it_was_computed_now_or_before() {
    let folder = tempfile::tempdir().unwrap();
    let embeddings = filled(folder.path());
    let encoder = encoder("tiny-bert", Precision::Int8);
    let again = open(folder.path()).encode(&encoder, &texts(&["손실", "함수", "손실"]));
    assert_eq!(again.unwrap(), embeddings);
    let exact = encoder.encode(&texts(&["손실"])).unwrap().remove(0);
    let cosine = cosine(&exact, &embeddings[0]);
    assert!(cosine > 0.9995, "{cosine}");
}

#[test]
fn a_cache_in_memory_writes_nothing_and_knows_what_it_saw() {
    let mut cache = EmbeddingCache::open(None, &model_files("tiny-bert"), None);
    let encoder = encoder("tiny-bert", Precision::Int8);
    cache.encode(&encoder, &texts(&["손실"])).unwrap();
    cache.save().unwrap();
    assert!(cache.missing(&texts(&["손실"])).is_empty());
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a file");
    std::fs::write(&file, "").unwrap();
    let encoder = encoder("tiny-bert", Precision::Int8);
    let mut cache = open(&file);
    cache.encode(&encoder, &texts(&["손실"])).unwrap();
    let error = cache.save().unwrap_err().to_string();
    assert!(error.contains("a file"), "{error}");
    assert!(cache.save().is_ok(), "there is nothing new to write");
}

fn flipped(bytes: &[u8], at: usize) -> SharedBytes {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes.into()
}
