//! JSON schemas of the content files, generated from their types, so that an editor completes and
//! underlines as an instructor types.

use std::path::{Path, PathBuf};

use schemars::{JsonSchema, schema_for};

use crate::fs::{WriteError, create_folder, write_atomic};

use super::companion::PlainFile;
use super::exchanges::{ExchangeFile, Persona};
use super::types::{EvalFile, Intents, PackFile, Topic};

/// File names and contents of all schemas.
pub fn schemas() -> [(&'static str, String); 7] {
    [
        ("pack.json", render::<PackFile>()),
        ("topic.json", render::<Topic>()),
        ("intents.json", render::<Intents>()),
        ("eval.json", render::<EvalFile>()),
        ("persona.json", render::<Persona>()),
        ("exchanges.json", render::<ExchangeFile>()),
        ("plain.json", render::<PlainFile>()),
    ]
}

fn render<T: JsonSchema>() -> String {
    format!("{:#}\n", schema_for!(T).as_value())
}

/// Writes all schemas into a folder; returns their paths.
///
/// # Errors
/// The folder cannot be made or written to.
pub fn write(folder: &Path) -> Result<Vec<PathBuf>, WriteError> {
    create_folder(folder)?;
    let mut paths = Vec::new();
    for (name, text) in schemas() {
        let path = folder.join(name);
        write_atomic(&path, text.as_bytes())?;
        paths.push(path);
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemas_in_the_repository_are_those_of_the_types() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
        for (name, text) in schemas() {
            let on_disk = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert!(
                on_disk == text,
                "schema/{name} is stale: renew it with `cargo run -- content schema`"
            );
        }
    }

    #[test]
    fn written_schemas_are_the_generated_ones() {
        let dir = tempfile::tempdir().unwrap();
        let paths = write(&dir.path().join("schema")).unwrap();
        for (path, (name, text)) in paths.iter().zip(schemas()) {
            assert!(path.ends_with(name));
            assert_eq!(std::fs::read_to_string(path).unwrap(), text);
        }
    }
}
