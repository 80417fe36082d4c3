//! What a hub, the user or the files in the way can say no to.

use std::fs;

use crate::hub::Faults;
use crate::place::{Place, bytes, sentence, writer};

#[test]
fn a_token_is_asked_for_and_sent() {
    let place = Place::new();
    for (status, code, part) in [
        (401, "", "HF_TOKEN"),
        (401, "GatedRepo", "HF_TOKEN"),
        (403, "GatedRepo", "accept its terms"),
        (401, "RepoNotFound", "private"),
        (429, "", "wait a few minutes"),
    ] {
        place.hub.fail(Faults {
            token: Some(("hf_good", status, code)),
            ..Faults::default()
        });
        let said = place.refuse(1);
        assert!(said.contains(part), "{status} {code}: {said}");
        assert!(said.contains("HF_TOKEN"), "{status} {code}: {said}");
    }
    let mut command = place.command(&["pull", "writer", "--yes"]);
    assert!(
        command
            .env("HF_TOKEN", "hf_bad")
            .output()
            .unwrap()
            .status
            .code()
            == Some(1)
    );
    let output = command.env("HF_TOKEN", "hf_good").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_missing_repository_revision_or_file_is_named() {
    let place = Place::new();
    let output = place.run(&["pull", "other", "--yes"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(sentence(&output).contains("owner/none"), "{output:?}");

    let output = place.run(&["pull", "writer", "--yes", "--revision", "v9"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(sentence(&output).contains("`v9`"), "{output:?}");

    place.hub.fail(Faults {
        lost: Some("tokenizer.json"),
        ..Faults::default()
    });
    let said = place.refuse(1);
    assert!(
        said.contains("tokenizer.json") && said.contains("owner/writer"),
        "{said}"
    );

    let mut without = writer();
    without.files.remove("model.safetensors");
    place.hub.put("owner/writer", without);
    let said = place.refuse(1);
    assert!(said.contains("`*.safetensors`"), "{said}");
}

#[test]
fn a_file_never_leaves_the_folder() {
    let place = Place::new();
    let mut sly = writer();
    sly.files.insert("../../x.safetensors", bytes(4, 10));
    place.hub.put("owner/writer", sly);
    // The pattern does not reach into folders, so it is not even looked at …
    place.pull();
    // … and where one does, it is refused.
    let manifest = place.models().join("manifest.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let text = text.replace(
        "{ repository = \"owner/writer\" }",
        "{ repository = \"owner/writer\", files = [\"**\"] }",
    );
    fs::write(&manifest, text).unwrap();
    let output = place.run(&["pull", "writer", "--yes", "--revision", "main"]);
    assert!(!place.home.path().join("data/ohlora/x.safetensors").exists());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(sentence(&output).contains("x.safetensors"), "{output:?}");
}

#[test]
fn nobody_to_ask_and_no_yes_is_wrong_usage() {
    let place = Place::new();
    let output = place.run(&["pull", "writer"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(sentence(&output).contains("--yes"), "{output:?}");
    assert!(place.hub.log().is_empty());
}

#[test]
fn a_folder_of_the_user_is_left_alone() {
    let place = Place::new();
    let mine = place.models().join("writer/config.json");
    fs::create_dir_all(mine.parent().unwrap()).unwrap();
    fs::write(&mine, "mine").unwrap();
    let output = place.run(&["pull", "writer", "--yes"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(sentence(&output).contains("move that folder"), "{output:?}");
    let output = place.run(&["rm", "writer", "--yes"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
}

#[test]
fn a_manifest_with_a_mistake_is_named_with_its_line() {
    let place = Place::new();
    let manifest = place.models().join("manifest.toml");
    fs::write(&manifest, "format_version = 1\n[[model]]\nname = 3\n").unwrap();
    let output = place.run(&["list"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        sentence(&output).contains("manifest.toml, line 3"),
        "{output:?}"
    );
}
