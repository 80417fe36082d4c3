//! What the senses learn from: what people say of themselves, and how she feels in an exchange.

use std::collections::BTreeSet;

use super::super::head::parse_item;
use super::super::spans::{Spans, Statement};
use crate::content::exchanges::{Mood, Talk};
use crate::engine::fitted::standing;
use crate::engine::grams::{Sparse, grams};
use crate::engine::linear::{Labelled, Linear};

/// How much an example of a message without a reply counts.
const MESSAGE_ALONE: f32 = 0.5;

/// Passes over the examples of moods.
const MOOD_PASSES: usize = 5;
/// Passes over the examples of memories, of which there are many.
const MEMORY_PASSES: usize = 6;

/// Spaces of n-grams: what is said to her, and what she says.
const MESSAGE: u8 = 0;
const REPLY: u8 = 1;

/// A message, as the memory head sees it.
pub(super) fn told(message: &str) -> Sparse {
    grams(message, MESSAGE)
}

/// A message and a reply, as the expression head sees them.
pub(super) fn heard(message: &str, reply: &str) -> Sparse {
    let mut all = grams(reply, REPLY);
    all.extend(grams(message, MESSAGE));
    all
}

/// Messages with the memory in each, or none: those of the exchanges, then the statements.
pub(super) struct Told<'a> {
    /// Memory, or nothing, and message.
    statements: Vec<(&'a str, &'a str)>,
    /// All keys, each once.
    keys: BTreeSet<&'a str>,
}

impl<'a> Told<'a> {
    pub(super) fn of(talk: &'a Talk) -> Self {
        let labelled = talk.exchanges.iter();
        let labelled =
            labelled.filter_map(|exchange| Some((exchange, exchange.memory.as_deref()?)));
        let exchanges = labelled.flat_map(|(exchange, memory)| {
            let messages = exchange.messages.iter();
            messages.map(move |message| (memory, message.as_str()))
        });
        let own = talk.statements.iter();
        let own = own.map(|(item, message)| (item.as_str(), message.as_str()));
        let statements: Vec<_> = exchanges.chain(own).collect();
        let items = statements.iter().map(|(item, _)| *item);
        Self {
            keys: items.filter_map(|item| Some(parse_item(item)?.0)).collect(),
            statements,
        }
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.keys.iter().map(|key| (*key).to_owned()).collect()
    }

    /// Stands for all of them.
    pub(super) fn standing(&self) -> String {
        let lines = self.statements.iter();
        standing(lines.map(|(item, message)| format!("{item}\t{message}\n")))
    }

    /// Which key a message tells; the class before all keys is nothing.
    pub(super) fn fit_memories(&self) -> Linear {
        let class = |item| {
            let (key, _) = parse_item(item)?;
            let place = self.keys.iter().position(|known| *known == key)?;
            Some(place + 1)
        };
        let examples = self.statements.iter().map(|(item, message)| Labelled {
            grams: told(message),
            class: class(item).unwrap_or_default(),
            weight: 1.,
        });
        Linear::fit(examples.collect(), self.keys.len() + 1, MEMORY_PASSES)
    }

    /// Which part of a message is the value.
    pub(super) fn fit_spans(&self) -> Spans {
        let statements = self.statements.iter().filter_map(|(item, message)| {
            let (key, value) = parse_item(item)?;
            Some((key, *message, value))
        });
        Spans::fit(&statements.collect::<Vec<Statement<'_>>>())
    }
}

/// The exchanges, by their moods.
pub(super) struct Heard<'a>(pub(super) &'a Talk);

impl Heard<'_> {
    /// Stands for all of them.
    pub(super) fn standing(&self) -> String {
        let lines = self.0.exchanges.iter().map(|exchange| {
            let (messages, replies) = (&exchange.messages, &exchange.replies);
            format!("{}\t{messages:?}\t{replies:?}\n", exchange.mood.word())
        });
        standing(lines)
    }

    /// Which mood a message and a reply show, in the order of [`Mood::ALL`].
    pub(super) fn fit_moods(&self) -> Linear {
        let mut examples = Vec::new();
        for exchange in &self.0.exchanges {
            let class = Mood::ALL.iter().position(|mood| *mood == exchange.mood);
            let class = class.unwrap_or_default();
            let mut add = |message: &str, reply: &str, weight| {
                examples.push(Labelled {
                    grams: heard(message, reply),
                    class,
                    weight,
                });
            };
            for message in &exchange.messages {
                add(message, "", MESSAGE_ALONE);
                for reply in &exchange.replies {
                    add(message, reply, 1.);
                }
            }
        }
        Linear::fit(examples, Mood::ALL.len(), MOOD_PASSES)
    }
}
