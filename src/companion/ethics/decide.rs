//! Which offences a message commits.

use serde::{Deserialize, Serialize};

use super::category::{Offence, Scores};
use crate::companion::spelling;

/// Probabilities at which a text counts as an offence, calibrated with the model on held-out messages
/// and kept in its `calibration.json`. The defaults are those of spec.md, for a model without.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thresholds {
    /// For a declaration of love.
    #[serde(rename = "사랑 고백/만남")]
    pub love: f32,
    /// For politics.
    #[serde(rename = "정치")]
    pub politics: f32,
    /// For insults to parents.
    #[serde(rename = "패드립")]
    pub family: f32,
    /// For hate.
    #[serde(rename = "혐오/기타")]
    pub hate: f32,
    /// For an offence of whatever kind: where several share the probability, the likeliest counts.
    /// None for a model that was not calibrated for it.
    #[serde(rename = "모두", skip_serializing_if = "Option::is_none")]
    pub any: Option<f32>,
    /// A text that is harmless with at least this probability is no offence.
    #[serde(rename = "일반")]
    pub general: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            love: 0.98,
            politics: 0.95,
            family: 0.90,
            hate: 0.90,
            any: None,
            general: 0.5,
        }
    }
}

impl Thresholds {
    fn of(&self, offence: Offence) -> f32 {
        match offence {
            Offence::Love => self.love,
            Offence::Politics => self.politics,
            Offence::Family => self.family,
            Offence::Hate => self.hate,
        }
    }

    /// Where either is higher: what passes under one of them passes.
    pub fn at_least(self, other: &Self) -> Self {
        Self {
            love: self.love.max(other.love),
            politics: self.politics.max(other.politics),
            family: self.family.max(other.family),
            hate: self.hate.max(other.hate),
            any: self.any.zip(other.any).map(|(a, b)| a.max(b)),
            general: self.general.min(other.general),
        }
    }

    fn hits(&self, scores: &Scores) -> Vec<Offence> {
        if scores.general >= self.general {
            return Vec::new();
        }
        let over = |offence: &Offence| scores.of(*offence) >= self.of(*offence);
        Offence::ALL.into_iter().filter(over).collect()
    }

    /// The likeliest offence of a text in which several may share the probability.
    fn hits_any(&self, scores: &Scores) -> Option<Offence> {
        let offends = self.any.is_some_and(|any| scores.offends() >= any);
        (offends && scores.general < self.general).then(|| scores.likeliest())
    }
}

/// The offences of a message, in the order of spec.md, from the scores of its [`readings`]. Each
/// reading is judged by itself; what one of them commits, the message commits. Where none commits anything
/// by itself, an offence of whatever kind counts. Numbers that are none commit nothing.
pub fn decide(scores: &[Scores], thresholds: &Thresholds) -> Vec<Offence> {
    let mut offences: Vec<_> = scores
        .iter()
        .flat_map(|scores| thresholds.hits(scores))
        .collect();
    if offences.is_empty() {
        offences.extend(
            scores
                .iter()
                .filter_map(|scores| thresholds.hits_any(scores)),
        );
    }
    offences.sort_unstable();
    offences.dedup();
    offences
}

/// Characters of a text that the S-BERT reads in whole: its 64 tokens, with room to spare.
const WINDOW: usize = 60;

/// A reading of fewer characters is all of a message, never a part: parts are longer.
pub const WHOLE: usize = WINDOW / 3;

/// Texts that are looked at; the parts of a message of 4,000 characters, each spelt in several ways.
const MOST_READINGS: usize = 400;

/// The texts that stand for a message: the message itself and what it may be meant to be read as. A
/// message of more than one window is read window by window, so that nothing hides behind what the
/// S-BERT cuts off.
pub fn readings(message: &str) -> Vec<String> {
    let mut readings = Vec::new();
    for text in spelling::readings(message) {
        for window in windows(&text) {
            if !readings.contains(&window) && readings.len() < MOST_READINGS {
                readings.push(window);
            }
        }
    }
    readings
}

/// A text in parts of at most [`WINDOW`] characters, cut at ends of sentences where there are any,
/// else between words, else anywhere.
fn windows(text: &str) -> Vec<String> {
    let mut windows: Vec<String> = Vec::new();
    let mut rest: Vec<char> = text.trim().chars().collect();
    while rest.len() > WINDOW {
        let cut = |end: fn(char) -> bool| {
            let found = rest[..WINDOW].iter().rposition(|c| end(*c));
            found.map(|at| at + 1).filter(|at| *at > WHOLE)
        };
        let at = cut(|c| matches!(c, '.' | '!' | '?' | '\n'))
            .or_else(|| cut(char::is_whitespace))
            .unwrap_or(WINDOW);
        let tail = rest.split_off(at);
        windows.push(rest.into_iter().collect::<String>().trim().to_owned());
        rest = tail;
    }
    windows.push(rest.into_iter().collect::<String>().trim().to_owned());
    windows.retain(|window| !window.is_empty());
    windows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scores(hate: f32, family: f32, general: f32) -> Scores {
        Scores {
            hate,
            family,
            general,
            ..Scores::default()
        }
    }

    #[test]
    fn of_two_kinds_of_thresholds_the_kinder_ones_are_kept() {
        let her_tab = Thresholds {
            love: 0.6,
            hate: 0.9,
            ..Thresholds::default()
        };
        let interview = Thresholds {
            love: 0.9,
            hate: 0.3,
            ..Thresholds::default()
        };
        let kept = interview.at_least(&her_tab);
        assert_eq!((kept.love, kept.hate, kept.general), (0.9, 0.9, 0.5));
    }

    #[test]
    fn a_hit_is_sure_and_not_harmless() {
        let thresholds = Thresholds::default();
        let decide = |scores| decide(&[scores], &thresholds);
        assert_eq!(decide(scores(0.9, 0.0, 0.1)), [Offence::Hate], "at least");
        assert_eq!(decide(scores(0.89, 0.0, 0.1)), []);
        assert_eq!(
            decide(scores(0.99, 0.0, 0.5)),
            [],
            "it may well be harmless"
        );
        assert_eq!(decide(scores(f32::NAN, 0.0, 0.1)), []);
    }

    #[test]
    fn two_categories_in_one_message_both_count() {
        let both = [
            scores(0.95, 0.0, 0.0),
            scores(0.0, 0.95, 0.0),
            scores(0.0, 0.0, 1.0),
        ];
        assert_eq!(
            decide(&both, &Thresholds::default()),
            [Offence::Family, Offence::Hate]
        );
        let at_once = [scores(0.95, 0.92, 0.0)];
        assert_eq!(
            decide(&at_once, &Thresholds::default()),
            [Offence::Family, Offence::Hate]
        );
    }

    #[test]
    fn two_offences_that_share_the_probability_are_no_excuse_for_one_another() {
        let shared = [scores(0.45, 0.48, 0.07)];
        assert_eq!(decide(&shared, &Thresholds::default()), []);
        let thresholds = Thresholds {
            any: Some(0.9),
            ..Thresholds::default()
        };
        assert_eq!(decide(&shared, &thresholds), [Offence::Family]);
        assert_eq!(decide(&[scores(0.4, 0.48, 0.12)], &thresholds), []);
        assert_eq!(
            decide(&[scores(0.95, 0.02, 0.03)], &thresholds),
            [Offence::Hate]
        );
    }

    #[test]
    fn thresholds_come_from_the_models_file() {
        let text = r#"{"사랑 고백/만남":0.7,"정치":0.6,"패드립":0.5,"혐오/기타":0.4,"일반":0.3}"#;
        let read: Thresholds = serde_json::from_str(text).unwrap();
        assert_eq!((read.love, read.hate, read.general), (0.7, 0.4, 0.3));
        let some: Thresholds = serde_json::from_str(r#"{"정치":0.6}"#).unwrap();
        assert_eq!(
            (some.politics, some.family),
            (0.6, 0.9),
            "the others as in spec.md"
        );
    }

    #[test]
    fn what_stands_at_the_end_of_a_long_message_is_read() {
        let long: String = (0..50)
            .map(|n| format!("{n}번째 이야기를 해 볼게. "))
            .collect();
        let message = format!("{long}마지막 말.");
        let readings = readings(&message);
        assert!(readings.len() > 5);
        assert!(readings.iter().any(|reading| reading.contains("마지막 말")));
    }

    proptest! {
        #[test]
        fn windows_hold_every_word(message in "([가-힣]{1,9}[ .!?]{1,2}){0,60}") {
            let windows = windows(&message);
            prop_assert!(windows.iter().all(|window| window.chars().count() <= WINDOW));
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&windows.concat()), bare(&message));
        }
    }
}
