//! What the authored examples tell of a turn without a language model: the mood of a reply, and what
//! a message says that is worth remembering.

mod examples;

use std::collections::BTreeMap;

use examples::{Heard, Told, heard, told};

use super::head::Head;
use super::plausible::{introduced, may_tell, perhaps_introduced};
use super::spans::Spans;
use super::tuned::{self, Tuned, kept};
use crate::companion::distress::is_distress;
use crate::companion::expression::Expression;
use crate::content::exchanges::{Mood, Talk};
use crate::encoder::metrics::argmax;
use crate::engine::fitted::FitCache;
use crate::engine::linear::Linear;
use crate::talk::sentences;

/// Without a classifier, a key is remembered where it is more probable than nothing, times this: what is
/// missed is lost, and what is kept can be edited.
const AGAINST_NOTHING: f32 = 0.5;

/// The key of the learner's name.
const NAME: &str = "이름";

/// Tells moods and memories.
#[derive(Default)]
pub struct Senses {
    moods: Linear,
    faces: Vec<Expression>,
    keys: Vec<String>,
    memories: Linear,
    spans: Spans,
    tuned_moods: Option<Tuned>,
    tuned_memories: Option<Tuned>,
}

/// Something worth remembering.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    /// Its key.
    pub key: String,
    /// Its value, a part of the message.
    pub value: String,
    /// How probable the key is.
    pub probability: f32,
}

/// `[key: value]`.
impl std::fmt::Display for Remembered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}: {}]", self.key, self.value)
    }
}

impl Senses {
    /// Learns from all examples, or reads from `kept` what was learned from them before.
    pub fn fit(talk: &Talk, kept: &FitCache) -> Self {
        let (heard, told) = (Heard(talk), Told::of(talk));
        let (moods, (memories, spans)) = rayon::join(
            || kept.get("moods", &heard.standing(), || heard.fit_moods()),
            || {
                let examples = told.standing();
                rayon::join(
                    || kept.get("memories", &examples, || told.fit_memories()),
                    || kept.get("spans", &examples, || told.fit_spans()),
                )
            },
        );
        Self {
            moods,
            faces: Mood::ALL
                .iter()
                .map(|mood| talk.persona.face(*mood))
                .collect(),
            memories,
            keys: told.keys(),
            spans,
            tuned_moods: None,
            tuned_memories: None,
        }
    }

    /// From now on a head's classifier is heard as well.
    pub fn hear(&mut self, tuned: Tuned) {
        let head = tuned.head();
        let tuned = Some(tuned.beside(&self.classes(head)));
        match head {
            Head::Expression => self.tuned_moods = tuned,
            Head::Memory => self.tuned_memories = tuned,
            Head::Reply | Head::Summary => {}
        }
    }

    /// What a head chooses among, in the order of probabilities: nothing (an empty name) and the keys,
    /// or the moods.
    pub fn classes(&self, head: Head) -> Vec<String> {
        match head {
            Head::Memory => {
                let keys = self.keys.iter().cloned();
                std::iter::once(String::new()).chain(keys).collect()
            }
            Head::Expression => Mood::ALL.map(Mood::word).into(),
            Head::Reply | Head::Summary => Vec::new(),
        }
    }

    /// Probabilities of a head's classes by the senses alone, without its classifier.
    pub fn alone(&self, head: Head, message: &str, reply: &str) -> Vec<f32> {
        match head {
            Head::Memory => self.memories.probabilities(told(message)),
            Head::Expression => self.moods.probabilities(heard(message, reply)),
            Head::Reply | Head::Summary => Vec::new(),
        }
    }

    /// Probabilities of the moods, in the order of [`Mood::ALL`], of a reply to a message; either may
    /// be empty.
    pub fn moods(&self, message: &str, reply: &str) -> Vec<f32> {
        let alone = self.alone(Head::Expression, message, reply);
        match &self.tuned_moods {
            Some(tuned) => tuned.joined(alone, tuned::heard(message, reply)),
            None => alone,
        }
    }

    /// The likeliest mood with its probability.
    pub fn mood(&self, message: &str, reply: &str) -> (Mood, f32) {
        let probabilities = self.moods(message, reply);
        let all = Mood::ALL.into_iter().zip(probabilities);
        all.fold((Mood::Calm, f32::NEG_INFINITY), |best, next| {
            match next.1 > best.1 {
                true => next,
                false => best,
            }
        })
    }

    /// The face that goes with a reply to a message.
    pub fn face(&self, message: &str, reply: &str) -> Expression {
        self.face_of(&self.moods(message, reply))
    }

    /// The face whose moods are the likeliest together.
    pub fn face_of(&self, moods: &[f32]) -> Expression {
        let mut sums: BTreeMap<Expression, f32> = BTreeMap::new();
        for (face, probability) in self.faces.iter().zip(moods) {
            *sums.entry(*face).or_default() += probability;
        }
        let best = sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        best.map(|(face, _)| face).unwrap_or_default()
    }

    /// What a message says that is worth remembering.
    pub fn memory(&self, message: &str) -> Option<Remembered> {
        if is_distress(message) {
            return None;
        }
        let name = introduced(message).filter(|_| self.keys.iter().any(|key| key == NAME));
        if let Some(name) = name {
            return Some(named(name));
        }
        let mut parts = sentences(message).into_iter().rev();
        self.told_in(message)
            .or_else(|| parts.find_map(|part| self.told_in(part)))
    }

    /// What a text says, taken as a whole.
    fn told_in(&self, message: &str) -> Option<Remembered> {
        let alone = self.alone(Head::Memory, message, "");
        let (mut probabilities, bar) = match &self.tuned_memories {
            Some(tuned) => {
                let bar = tuned.calibration().against_nothing;
                (tuned.joined(alone, tuned::told(message)), bar)
            }
            None => (alone, AGAINST_NOTHING),
        };
        for (key, probability) in self.keys.iter().zip(probabilities.iter_mut().skip(1)) {
            if !may_tell(key, message) {
                *probability = 0.;
            }
        }
        // Whose likeliest key is a name, and whose form is an introduction's, says a name.
        let likeliest = argmax(probabilities.get(1..).unwrap_or_default());
        if let Some(name) = perhaps_introduced(message)
            && self.keys.get(likeliest).is_some_and(|key| key == NAME)
        {
            return Some(named(name));
        }
        let place = kept(&probabilities, bar)?;
        let key = self.keys.get(place - 1)?;
        Some(Remembered {
            key: key.clone(),
            value: self.spans.find(key, message)?.to_owned(),
            probability: *probabilities.get(place)?,
        })
    }

    /// The keys that it knows.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }
}

fn named(name: &str) -> Remembered {
    Remembered {
        key: NAME.to_owned(),
        value: name.to_owned(),
        probability: 1.,
    }
}
