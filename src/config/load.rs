//! Finds the file and reads it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::section::{Section, Source};
use super::{Config, ConfigError, FaceStyle, Interview, Llm, Models, Theme, Ui};
use crate::messages::Lang;
use crate::paths::{self, Paths};

/// The name of the file in every folder that is searched.
const FILE: &str = "config.toml";

impl Config {
    /// Reads the first of: the file asked for, `./config.toml`, the user's `config.toml`; the
    /// defaults where none is there.
    ///
    /// # Errors
    /// The file asked for is missing, a file can't be read, or holds something that is not understood.
    pub fn load(asked: Option<&Path>, paths: &Paths) -> Result<Self, ConfigError> {
        if let Some(path) = asked {
            return Self::read(path);
        }
        Self::first_of(&[PathBuf::from(FILE), paths.config.join(FILE)])
    }

    pub(super) fn first_of(candidates: &[PathBuf]) -> Result<Self, ConfigError> {
        for path in candidates {
            match Self::read(path) {
                Err(ConfigError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {}
                read => return read,
            }
        }
        Ok(Self::default())
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let bytes = fs::read(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            ConfigError::NotUtf8 {
                path: path.to_owned(),
                line: 1 + good.iter().filter(|&&byte| byte == b'\n').count(),
            }
        })?;
        Self::parse(path, &text)
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let source = Source { path, text };
        let base = path.parent().unwrap_or(Path::new(""));
        let mut root = Section::root(&source)?;
        let config = Self {
            lang: root
                .choice(
                    "lang",
                    &[
                        ("auto", None),
                        ("ko", Some(Lang::Ko)),
                        ("en", Some(Lang::En)),
                    ],
                )?
                .flatten(),
            interview: interview(root.section("interview")?, base)?,
            ui: ui(root.section("ui")?)?,
            models: models(root.section("models")?, base)?,
            llm: llm(root.section("llm")?)?,
            file: Some(path.to_owned()),
        };
        root.finish()?;
        Ok(config)
    }
}

fn interview(mut section: Section<'_>, base: &Path) -> Result<Interview, ConfigError> {
    let default = Interview::default();
    let read = Interview {
        max_failures: section
            .integer("max_failures", 1..=10)?
            .unwrap_or(default.max_failures),
        pack: folder(&mut section, "pack", base)?,
        writer: named(&mut section, "writer")?,
    };
    section.finish()?;
    Ok(read)
}

fn ui(mut section: Section<'_>) -> Result<Ui, ConfigError> {
    let default = Ui::default();
    let read = Ui {
        theme: section
            .choice(
                "theme",
                &[
                    ("auto", Theme::Auto),
                    ("light", Theme::Light),
                    ("dark", Theme::Dark),
                ],
            )?
            .unwrap_or(default.theme),
        motion: section.flag("motion")?.unwrap_or(default.motion),
        mouse: section.flag("mouse")?.unwrap_or(default.mouse),
        face: section
            .choice(
                "face",
                &[("drawn", FaceStyle::Drawn), ("text", FaceStyle::Text)],
            )?
            .unwrap_or(default.face),
    };
    section.finish()?;
    Ok(read)
}

fn models(mut section: Section<'_>, base: &Path) -> Result<Models, ConfigError> {
    let dir = folder(&mut section, "dir", base)?;
    section.finish()?;
    Ok(Models { dir })
}

fn llm(mut section: Section<'_>) -> Result<Llm, ConfigError> {
    let read = Llm {
        endpoint: section.address("endpoint")?,
        model: section
            .text("model")?
            .filter(|name| !name.trim().is_empty()),
    };
    section.finish()?;
    Ok(read)
}

/// A name where `""` stands for none.
fn named(section: &mut Section<'_>, key: &'static str) -> Result<Option<String>, ConfigError> {
    let text = section.text(key)?;
    let name = text.map(|text| text.trim().to_owned());
    Ok(name.filter(|name| !name.is_empty()))
}

/// A folder where `""` stands for none.
fn folder(
    section: &mut Section<'_>,
    key: &'static str,
    base: &Path,
) -> Result<Option<PathBuf>, ConfigError> {
    let text = section.text(key)?.filter(|text| !text.is_empty());
    Ok(text.map(|text| paths::from_user(&text, base)))
}
