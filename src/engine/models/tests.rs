//! Folders before the binary, and a clear word where there is neither.

use super::*;
use crate::testing::{copy_model, with_config};

const EMBEDDED: &[EmbeddedModel] = &[
    EmbeddedModel {
        name: "answer",
        files: &[
            ("config.json", b"in the binary"),
            ("model.safetensors", b""),
        ],
    },
    EmbeddedModel {
        name: "broken",
        files: &[("config.json", b"{}")],
    },
];

#[test]
fn a_folder_comes_before_the_binary_and_the_first_folder_before_the_second() {
    let root = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| root.path().join(name));
    let store = ModelStore {
        folders: vec![first.clone(), second.clone()],
        embedded: EMBEDDED,
    };
    let found = store.find("answer").unwrap();
    assert_eq!(
        (&*found.name, &*found.config),
        ("answer", &b"in the binary"[..])
    );
    assert!(found.tokenizer.is_none());

    copy_model("tiny-bert", &second.join("answer"));
    let found = store.find("answer").unwrap();
    assert_eq!(found.name, second.join("answer").display().to_string());
    assert!(found.tokenizer.is_some() && found.tokenizer_config.is_some());

    copy_model("tiny-roberta", &first.join("answer"));
    let found = store.find("answer").unwrap();
    assert_eq!(found.name, first.join("answer").display().to_string());
}

/// Half a model in a folder is somebody's mistake: it is told, and not passed over.
#[test]
fn a_folder_with_half_a_model_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    copy_model("tiny-bert", &root.path().join("answer"));
    std::fs::remove_file(root.path().join("answer/model.safetensors")).unwrap();
    let store = ModelStore {
        folders: vec![root.path().to_owned()],
        embedded: EMBEDDED,
    };
    let error = store.find("answer").unwrap_err().to_string();
    assert!(error.contains("model.safetensors is missing"), "{error}");
}

#[test]
fn a_model_that_is_nowhere_is_an_error_that_names_it() {
    let store = ModelStore {
        folders: vec!["/no/such/folder".into()],
        embedded: EMBEDDED,
    };
    let error = store.find("next").unwrap_err();
    assert!(matches!(error, EncoderError::Missing { .. }), "{error:?}");
    assert!(error.to_string().starts_with("next: "), "{error}");
    let error = store.find("broken").unwrap_err().to_string();
    assert!(
        error.contains("broken: model.safetensors is missing"),
        "{error}"
    );
}

#[test]
fn a_named_folder_comes_before_the_name_of_the_role() {
    let root = tempfile::tempdir().unwrap();
    copy_model("tiny-bert", root.path());
    let store = ModelStore {
        folders: Vec::new(),
        embedded: EMBEDDED,
    };
    let named = store.role("answer", Some(root.path())).unwrap();
    assert_eq!(named.name, root.path().display().to_string());
    assert_eq!(store.role("answer", None).unwrap().name, "answer");
    assert!(
        store
            .role("answer", Some(Path::new("/no/such/folder")))
            .is_err()
    );
}

#[test]
fn a_model_names_its_base() {
    let root = tempfile::tempdir().unwrap();
    copy_model("tiny-bert", &root.path().join("base"));
    let store = ModelStore {
        folders: vec![root.path().to_owned()],
        embedded: EMBEDDED,
    };
    let plain = store.find("base").unwrap();
    assert!(store.base_of(&plain).unwrap().is_none());
    let with_base = |name: &str| {
        with_config(plain.clone(), |config| {
            config["ohlora"] = serde_json::json!({ "base": name });
        })
    };
    let base = store.base_of(&with_base("base")).unwrap().unwrap();
    assert!(base.name.ends_with("base"));
    let error = store.base_of(&with_base("other")).unwrap_err().to_string();
    assert!(error.starts_with("other: "), "{error}");
    assert!(store.base_of(&store.find("answer").unwrap()).is_err());
}
