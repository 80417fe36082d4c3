//! `config.toml`: what the user may set, and the defaults where they don't.
//!
//! The file at the top of the repository documents every key. Reading is strict: an unknown key or
//! a value out of range is refused in one sentence that names file, line, key and remedy.

mod error;
mod load;
mod section;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use error::{ConfigError, Expected};

use crate::messages::Lang;

/// All settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Language of the interface; that of the system where there is none.
    pub lang: Option<Lang>,
    /// `[interview]`.
    pub interview: Interview,
    /// `[ui]`.
    pub ui: Ui,
    /// `[models]`.
    pub models: Models,
    /// `[llm]`.
    pub llm: Llm,
    /// The file these were read from; none where all are defaults.
    pub file: Option<PathBuf>,
}

/// `[interview]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interview {
    /// Failures on a topic after which the model answer is given, 1 to 10.
    pub max_failures: u32,
    /// Folder of the question pack; the shipped one where there is none.
    pub pack: Option<PathBuf>,
    /// `authored`, `nano`, or a language model's name; see [`Config::writer`] where there is none.
    pub writer: Option<String>,
}

impl Default for Interview {
    fn default() -> Self {
        Self {
            max_failures: 3,
            pack: None,
            writer: None,
        }
    }
}

/// `[ui]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ui {
    /// The colours.
    pub theme: Theme,
    /// Whether spinners and gauges move.
    pub motion: bool,
    /// Whether mouse events are taken from the terminal.
    pub mouse: bool,
    /// How Oh-LoRA's face is shown.
    pub face: FaceStyle,
}

impl Default for Ui {
    fn default() -> Self {
        Self {
            theme: Theme::Auto,
            motion: true,
            mouse: false,
            face: FaceStyle::Drawn,
        }
    }
}

/// The colours of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Those of the terminal.
    #[default]
    Auto,
    /// For a light background.
    Light,
    /// For a dark background.
    Dark,
}

/// How Oh-LoRA's face is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FaceStyle {
    /// As a picture where there is room.
    #[default]
    Drawn,
    /// In words, for screen readers.
    Text,
}

/// `[models]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Models {
    /// Folder of the models; searched for where there is none.
    pub dir: Option<PathBuf>,
}

/// `[llm]`: a server that runs the language model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Llm {
    /// Address of its completions API, without `/completions`; models run in this process where
    /// there is none.
    pub endpoint: Option<String>,
    /// What the server calls the model; the writer's name where there is none.
    pub model: Option<String>,
}

impl Config {
    /// Who words the replies where nothing else is asked for: the one set, the model behind a
    /// server, or the authored texts.
    pub fn writer(&self) -> &str {
        let served = self.llm.endpoint.as_ref().map(|_| {
            let model = self.llm.model.as_deref();
            model.unwrap_or("interviewer")
        });
        let set = self.interview.writer.as_deref();
        set.or(served).unwrap_or("authored")
    }

    /// The language of the interface: the one set, or the system's.
    pub fn language(&self) -> Lang {
        self.lang.unwrap_or_else(system_language)
    }
}

/// The language of the system's locale. Right also before there is a [`Config`], to say why there
/// is none.
pub fn system_language() -> Lang {
    Lang::from_locale(&sys_locale::get_locale().unwrap_or_default())
}
