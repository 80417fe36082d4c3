//! Colours: the terminal's own foreground and background, and its sixteen ANSI colours on top.
//!
//! A colour never says anything alone: there is always a mark or a word beside it.

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Serialize};

/// The `theme` setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// What `COLORFGBG` tells, else colours that can be read on both.
    #[default]
    Auto,
    /// For a light background.
    Light,
    /// For a dark background.
    Dark,
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    /// Running text.
    #[default]
    Plain,
    /// A heading.
    Strong,
    /// Something beside the point.
    Dim,
    /// The interviewer, and what has the focus.
    Accent,
    /// The learner.
    Learner,
    /// Earned.
    Good,
    /// Worth a look.
    Warn,
    /// Missed, or gone wrong.
    Bad,
    /// The selected choice.
    Selected,
}

/// How many colours a picture may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// Sixteen or none: a picture is drawn in lines.
    #[default]
    Few,
    /// 256.
    Many,
    /// All.
    True,
}

/// What the terminal's background is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ground {
    /// Nobody said.
    #[default]
    Unknown,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// A palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    colors: Option<Palette>,
    depth: Depth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Palette {
    accent: Color,
    learner: Color,
    good: Color,
    warn: Color,
    bad: Color,
}

const BOTH: Palette = Palette {
    accent: Color::Magenta,
    learner: Color::Blue,
    good: Color::Green,
    warn: Color::Magenta,
    bad: Color::Red,
};
const LIGHT: Palette = Palette {
    accent: Color::Magenta,
    learner: Color::Blue,
    good: Color::Green,
    warn: Color::Red,
    bad: Color::Red,
};
const DARK: Palette = Palette {
    accent: Color::LightMagenta,
    learner: Color::LightCyan,
    good: Color::LightGreen,
    warn: Color::LightYellow,
    bad: Color::LightRed,
};

impl Depth {
    /// What the environment variables `COLORTERM` and `TERM` tell.
    pub fn new(colorterm: Option<&str>, term: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        let all = colorterm.is_some_and(|value| matches!(value, "truecolor" | "24bit"));
        if all || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color") || colorterm.is_some_and(|value| !value.is_empty()) {
            Self::Many
        } else {
            Self::Few
        }
    }
}

impl Theme {
    /// No colours at all, only bold, dim and reversed text.
    pub const MONOCHROME: Self = Self {
        colors: None,
        depth: Depth::Few,
    };

    /// The palette of a setting. `no_color` and `colorfgbg` are the environment variables
    /// `NO_COLOR` and `COLORFGBG` (`foreground;background`, set by some terminals).
    pub fn new(choice: ThemeChoice, no_color: Option<&str>, colorfgbg: Option<&str>) -> Self {
        if no_color.is_some_and(|value| !value.is_empty()) {
            return Self::MONOCHROME;
        }
        let colors = match choice {
            ThemeChoice::Light => LIGHT,
            ThemeChoice::Dark => DARK,
            ThemeChoice::Auto => match colorfgbg.and_then(background) {
                Some(7 | 9..=15) => LIGHT,
                Some(_) => DARK,
                None => BOTH,
            },
        };
        Self {
            colors: Some(colors),
            depth: Depth::default(),
        }
    }

    /// The same with so many colours for pictures; without colours it has none for them either.
    #[must_use]
    pub fn with_depth(self, depth: Depth) -> Self {
        match self.colors {
            Some(_) => Self { depth, ..self },
            None => self,
        }
    }

    /// The palette of a setting in this process's environment.
    pub fn from_env(choice: ThemeChoice) -> Self {
        let variable = |name| std::env::var(name).ok();
        Self::new(
            choice,
            variable("NO_COLOR").as_deref(),
            variable("COLORFGBG").as_deref(),
        )
        .with_depth(Depth::new(
            variable("COLORTERM").as_deref(),
            variable("TERM").as_deref(),
        ))
    }

    /// How many colours a picture may have.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// What the background is, as far as the setting or the terminal tells.
    pub fn ground(&self) -> Ground {
        match self.colors {
            Some(LIGHT) => Ground::Light,
            Some(DARK) => Ground::Dark,
            _ => Ground::Unknown,
        }
    }

    /// How a tone looks.
    pub fn style(&self, tone: Tone) -> Style {
        let modifier = match tone {
            Tone::Plain | Tone::Good => Modifier::empty(),
            Tone::Strong | Tone::Accent | Tone::Learner | Tone::Warn | Tone::Bad => Modifier::BOLD,
            Tone::Dim => Modifier::DIM,
            Tone::Selected => Modifier::REVERSED,
        };
        let style = Style::new().add_modifier(modifier);
        let Some(palette) = self.colors else {
            return style;
        };
        match tone {
            Tone::Plain | Tone::Strong | Tone::Dim | Tone::Selected => style,
            Tone::Accent => style.fg(palette.accent),
            Tone::Learner => style.fg(palette.learner),
            Tone::Good => style.fg(palette.good),
            Tone::Warn => style.fg(palette.warn),
            Tone::Bad => style.fg(palette.bad),
        }
    }
}

/// The background's number in `COLORFGBG`.
fn background(colorfgbg: &str) -> Option<u8> {
    colorfgbg.rsplit(';').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TONES: [Tone; 9] = [
        Tone::Plain,
        Tone::Strong,
        Tone::Dim,
        Tone::Accent,
        Tone::Learner,
        Tone::Good,
        Tone::Warn,
        Tone::Bad,
        Tone::Selected,
    ];

    #[test]
    fn the_background_belongs_to_the_terminal() {
        for choice in [ThemeChoice::Auto, ThemeChoice::Light, ThemeChoice::Dark] {
            let theme = Theme::new(choice, None, None);
            for tone in TONES {
                assert_eq!(theme.style(tone).bg, None);
            }
            assert_eq!(theme.style(Tone::Plain), Style::new());
        }
    }

    #[test]
    fn no_color_means_no_color() {
        let theme = Theme::new(ThemeChoice::Dark, Some("1"), None);
        assert!(TONES.iter().all(|tone| theme.style(*tone).fg.is_none()));
        assert_eq!(theme.with_depth(Depth::True).depth(), Depth::Few);
        assert_ne!(
            Theme::new(ThemeChoice::Dark, Some(""), None),
            Theme::MONOCHROME
        );
    }

    #[test]
    fn auto_follows_the_terminal_where_it_tells() {
        let auto = |value| Theme::new(ThemeChoice::Auto, None, value);
        assert_eq!(auto(Some("0;15")).colors, Some(LIGHT));
        assert_eq!(auto(Some("15;default;0")).colors, Some(DARK));
        assert_eq!(auto(None).colors, Some(BOTH));
        assert_eq!(auto(Some("what")).colors, Some(BOTH));
    }

    #[test]
    fn the_terminal_tells_how_many_colours_it_has() {
        assert_eq!(Depth::new(Some("truecolor"), None), Depth::True);
        assert_eq!(Depth::new(None, Some("xterm-256color")), Depth::Many);
        assert_eq!(Depth::new(Some(""), Some("linux")), Depth::Few);
        assert_eq!(Depth::new(None, None), Depth::Few);
    }
}
