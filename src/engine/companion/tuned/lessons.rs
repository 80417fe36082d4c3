//! What a head's classifier learns from the pack, and how it is calibrated on what it did not.
//!
//! All ways of saying an exchange stay together, on one side or the other.

use serde::Serialize;

use super::{HeadCalibration, heard, in_order, kept, told};
use crate::content::exchanges::{Exchange, Mood, Talk};
use crate::encoder::train::classify::ClassData;
use crate::encoder::{Classifier, EncoderError, Text};
use crate::engine::companion::head::{Head, parse_item};
use crate::engine::companion::senses::Senses;
use crate::engine::dataset::held_out;
use crate::engine::fitted::FitCache;
use crate::engine::pool::{join, trust};

/// A message, the reply to it or none, and what is to be made of it.
struct Lesson<'a> {
    message: &'a str,
    reply: &'a str,
    class: String,
    held_out: bool,
    /// From an exchange. Statements were written to be remembered, far more of them than of what people say.
    spoken: bool,
}

/// Everything that a head's classifier may learn from.
pub struct Lessons<'a> {
    head: Head,
    talk: &'a Talk,
    lessons: Vec<Lesson<'a>>,
}

/// How a calibrated head fares on what it was not trained on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HeldOutFigures {
    /// Messages of exchanges, of an expression with each of their replies.
    pub n: usize,
    /// By the senses alone, and by senses and classifier: F1 of the keys of memories, or the share of
    /// right faces.
    pub score: [f64; 2],
}

impl<'a> Lessons<'a> {
    /// Those of the memory head or the expression head; none of the others, which are not classifiers.
    pub fn of(head: Head, talk: &'a Talk) -> Option<Self> {
        let lessons = match head {
            Head::Memory => memories(talk),
            Head::Expression => moods(talk),
            Head::Reply | Head::Summary => return None,
        };
        Some(Self {
            head,
            talk,
            lessons,
        })
    }

    /// What is trained on.
    pub fn data(&self) -> ClassData {
        let mut classes: Vec<String> = self.lessons.iter().map(|l| l.class.clone()).collect();
        classes.sort();
        classes.dedup();
        let learned = self.lessons.iter().filter(|lesson| !lesson.held_out);
        let placed = learned.filter_map(|lesson| {
            let class = classes.binary_search(&lesson.class).ok()?;
            Some((self.text(lesson), class))
        });
        let (texts, targets) = placed.unzip();
        ClassData {
            texts,
            targets,
            classes,
        }
    }

    /// Fits how far a trained classifier is trusted beside senses that have not seen the held-out
    /// examples either, and, on exchanges alone, the bar of a memory.
    ///
    /// # Errors
    /// When the classifier fails.
    pub fn calibrate(
        &self,
        classifier: &Classifier,
    ) -> Result<(HeadCalibration, HeldOutFigures), EncoderError> {
        let senses = Senses::fit(&without_held_out(self.talk), &FitCache::default());
        let classes = senses.classes(self.head);
        let place = |names: &[String], class: &str| names.iter().position(|name| name == class);
        let places: Vec<Option<usize>> = classes
            .iter()
            .map(|class| place(classifier.classes(), class))
            .collect();
        let held = self.lessons.iter().filter(|lesson| lesson.held_out);
        let held: Vec<(&Lesson<'_>, usize)> = held
            .filter_map(|lesson| Some((lesson, place(&classes, &lesson.class)?)))
            .collect();
        let texts: Vec<Text> = held.iter().map(|(lesson, _)| self.text(lesson)).collect();
        let said = classifier.probabilities(&texts)?;
        let heard: Vec<(Vec<Vec<f32>>, usize)> = held
            .iter()
            .zip(said)
            .map(|((lesson, class), said)| {
                let own = senses.alone(self.head, lesson.message, lesson.reply);
                let said = in_order(&own, &said, &places);
                (vec![own, said], *class)
            })
            .collect();
        let fitted = trust(&heard);
        let trust = [fitted[0], fitted[1]];
        let spoken = heard.iter().zip(&held);
        let spoken = spoken.filter(|(_, (lesson, _))| lesson.spoken);
        let (alone, joined): (Vec<_>, Vec<_>) = spoken
            .map(|((said, class), _)| {
                let joined = join(said, |voice| trust[voice]);
                ((said[0].clone(), *class), (joined, *class))
            })
            .unzip();
        let (bar, together) = self.best(&senses, &joined);
        let (_, alone) = self.best(&senses, &alone);
        let calibration = HeadCalibration {
            trust,
            against_nothing: bar,
        };
        let figures = HeldOutFigures {
            n: joined.len(),
            score: [alone, together],
        };
        Ok((calibration, figures))
    }

    fn text(&self, lesson: &Lesson<'_>) -> Text {
        match self.head {
            Head::Memory => told(lesson.message),
            _ => heard(lesson.message, lesson.reply),
        }
    }

    /// The bar with the best score, and the score.
    fn best(&self, senses: &Senses, said: &[(Vec<f32>, usize)]) -> (f32, f64) {
        if self.head == Head::Expression {
            let right = said.iter().filter(|(probabilities, class)| {
                senses.face_of(probabilities) == senses.face_of(&certain(*class))
            });
            return (1., right.count() as f64 / said.len().max(1) as f64);
        }
        let bars = (2..=40).map(|step| step as f32 * 0.05);
        let scored = bars.map(|bar| (bar, f1(said, bar)));
        scored.fold((1., 0.), |best, next| match next.1 > best.1 {
            true => next,
            false => best,
        })
    }
}

/// All probability on one mood.
fn certain(class: usize) -> Vec<f32> {
    let mut probabilities = vec![0.; Mood::ALL.len()];
    if let Some(p) = probabilities.get_mut(class) {
        *p = 1.;
    }
    probabilities
}

/// F1 of the keys that are kept; class 0 is nothing.
fn f1(said: &[(Vec<f32>, usize)], bar: f32) -> f64 {
    let (mut given, mut wanted, mut right) = (0u32, 0u32, 0u32);
    for (probabilities, class) in said {
        let key = kept(probabilities, bar);
        given += u32::from(key.is_some());
        wanted += u32::from(*class != 0);
        right += u32::from(*class != 0 && key == Some(*class));
    }
    2. * f64::from(right) / f64::from((given + wanted).max(1))
}

fn is_held_out(exchange: &Exchange) -> bool {
    exchange
        .messages
        .first()
        .is_some_and(|first| held_out(first))
}

fn without_held_out(talk: &Talk) -> Talk {
    let mut talk = talk.clone();
    talk.exchanges.retain(|exchange| !is_held_out(exchange));
    talk.statements.retain(|(_, message)| !held_out(message));
    talk
}

fn memories(talk: &Talk) -> Vec<Lesson<'_>> {
    let key = |item: &str| parse_item(item).map_or(String::new(), |(key, _)| key.to_owned());
    let exchanges = talk.exchanges.iter();
    let labelled = exchanges.filter_map(|exchange| Some((exchange, exchange.memory.as_deref()?)));
    let exchanges = labelled.flat_map(move |(exchange, memory)| {
        exchange.messages.iter().map(move |message| Lesson {
            message,
            reply: "",
            class: key(memory),
            held_out: is_held_out(exchange),
            spoken: true,
        })
    });
    let statements = talk.statements.iter().map(move |(item, message)| Lesson {
        message,
        reply: "",
        class: key(item),
        held_out: held_out(message),
        spoken: false,
    });
    exchanges.chain(statements).collect()
}

fn moods(talk: &Talk) -> Vec<Lesson<'_>> {
    let each = talk.exchanges.iter().flat_map(|exchange| {
        let replies = exchange.replies.iter().map(String::as_str);
        let replies: Vec<&str> = replies.chain([""]).collect();
        exchange.messages.iter().flat_map(move |message| {
            let replies = replies.clone().into_iter();
            replies.map(move |reply| Lesson {
                message,
                reply,
                class: exchange.mood.word(),
                held_out: is_held_out(exchange),
                spoken: true,
            })
        })
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_no_key() {
        let said = [
            (vec![0.6, 0.4], 0),
            (vec![0.4, 0.6], 1),
            (vec![0.7, 0.3], 1),
        ];
        assert_eq!(f1(&said, 1.), 2. / 3.);
        assert_eq!(f1(&said, 0.5), 2. / 4.);
    }
}
