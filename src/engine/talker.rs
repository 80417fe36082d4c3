//! What answers the companion's turns on the engine's thread: the seam between her machine and the
//! models.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use super::worker::RequestId;
use crate::companion::ethics::Scores;
use crate::companion::expression::Expression;
use crate::companion::memory::Item;
use crate::companion::{Head, HeadRequest, ReplyRequest};
use crate::talk::Utterance;

/// The model that answers as the companion: it remembers, replies, and makes something of it.
pub trait Talker: Send {
    /// Loads what it needs, at the first request.
    ///
    /// # Errors
    /// What is wrong and what to do, in one sentence.
    fn load(&mut self) -> Result<(), String>;

    /// What tells embeddings of this model from those of another.
    fn fingerprint(&self) -> String;

    /// Embeds items that are remembered.
    ///
    /// # Errors
    /// What went wrong, in one sentence.
    fn embed(&mut self, items: &[Item]) -> Result<Vec<Vec<f32>>, String>;

    /// Takes these embeddings as those of what is remembered, for [`Talker::recall`].
    fn shelve(&mut self, items: &[(&Item, Vec<f32>)]);

    /// Scores a message against what was shelved, one score each.
    ///
    /// # Errors
    /// What went wrong, in one sentence.
    fn recall(&mut self, message: &str) -> Result<Vec<f32>, String>;

    /// Words a reply that passes its checks. `draft` is given the text so far and answers whether to
    /// go on; told to stop, prepared words stand in.
    fn reply(
        &mut self,
        request: &ReplyRequest,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Utterance, String>;

    /// What is worth remembering of a message.
    fn extract(&mut self, request: &HeadRequest) -> Option<Item>;

    /// The exchange in short.
    fn summarise(&mut self, request: &HeadRequest) -> Option<String>;

    /// The expression that goes with a reply.
    fn express(&mut self, request: &HeadRequest) -> Option<Expression>;

    /// A reply said in an earlier session, not to be said again soon.
    fn remember(&mut self, text: &str);
}

/// Something for the companion's models.
#[derive(Debug, Clone)]
pub enum TalkRequest {
    /// Score the readings of a message.
    Classify(Vec<String>),
    /// Score what is remembered against a message; items without an embedding are given one.
    Recall(String, Arc<Shelf>),
    /// Word a reply.
    Reply(ReplyRequest),
    /// Run a head.
    Head(Head, HeadRequest),
    /// A reply given earlier, not to be repeated.
    Said(String),
    /// Load what is needed before anything is asked.
    Prepare,
}

/// What is remembered, as it was at one time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shelf {
    /// Another number, other items.
    pub generation: u64,
    /// The items.
    pub items: Vec<Remembering>,
}

/// A remembered item with its embedding, where the record has one.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembering {
    /// Its number in the record.
    pub id: i64,
    /// What is remembered.
    pub item: Item,
    /// Its embedding, by the model of this fingerprint.
    pub embedding: Option<(String, Vec<f32>)>,
}

/// What the companion's models answered.
#[derive(Debug, Clone)]
pub enum TalkAnswer {
    /// The reply as far as it is written.
    Draft(String),
    /// A score for each reading; none at all without a guard.
    Classified(Vec<Scores>),
    /// A score for each item, and the embeddings that were missing.
    Recalled(Vec<f32>, Embedded),
    /// A reply.
    Replied(Utterance),
    /// What is worth remembering.
    Extracted(Option<Item>),
    /// The exchange in short.
    Summarised(Option<String>),
    /// An expression.
    Expressed(Option<Expression>),
    /// It could not be answered.
    Failed(String),
}

/// Embeddings to be recorded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Embedded {
    /// The model that made them.
    pub fingerprint: String,
    /// Number, item and embedding.
    pub items: Vec<(i64, Item, Vec<f32>)>,
}

/// A talker that is loaded at its first request.
pub(super) struct Talking {
    talker: Box<dyn Talker>,
    loaded: bool,
    /// The generation of the items that the talker has.
    shelved: Option<u64>,
}

impl Talking {
    pub(super) fn new(talker: Box<dyn Talker>) -> Self {
        Self {
            talker,
            loaded: false,
            shelved: None,
        }
    }

    /// Answers anything but [`TalkRequest::Classify`], which the guard answers.
    pub(super) fn answer(
        &mut self,
        request: TalkRequest,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Option<TalkAnswer> {
        if !self.loaded {
            if let Err(reason) = self.talker.load() {
                return Some(TalkAnswer::Failed(reason));
            }
            self.loaded = true;
        }
        let talker = &mut self.talker;
        Some(match request {
            TalkRequest::Said(text) => {
                talker.remember(&text);
                return None;
            }
            TalkRequest::Prepare => return None,
            TalkRequest::Classify(_) => TalkAnswer::Classified(Vec::new()),
            TalkRequest::Recall(message, items) => match self.recall(&message, &items) {
                Ok((scores, embedded)) => TalkAnswer::Recalled(scores, embedded),
                Err(reason) => TalkAnswer::Failed(reason),
            },
            TalkRequest::Reply(request) => match talker.reply(&request, draft) {
                Ok(utterance) => TalkAnswer::Replied(utterance),
                Err(reason) => TalkAnswer::Failed(reason),
            },
            TalkRequest::Head(Head::Memory, request) => {
                TalkAnswer::Extracted(talker.extract(&request))
            }
            TalkRequest::Head(Head::Summary, request) => {
                TalkAnswer::Summarised(talker.summarise(&request))
            }
            TalkRequest::Head(Head::Expression, request) => {
                TalkAnswer::Expressed(talker.express(&request))
            }
        })
    }

    fn recall(&mut self, message: &str, shelf: &Shelf) -> Result<(Vec<f32>, Embedded), String> {
        let mut embedded = Embedded::default();
        if self.shelved != Some(shelf.generation) {
            embedded = self.shelve(&shelf.items)?;
            self.shelved = Some(shelf.generation);
        }
        Ok((self.talker.recall(message)?, embedded))
    }

    /// Gives the talker the items, and embeds those that have no embedding of its own.
    fn shelve(&mut self, items: &[Remembering]) -> Result<Embedded, String> {
        let fingerprint = self.talker.fingerprint();
        let known =
            |item: &&Remembering| matches!(&item.embedding, Some((by, _)) if *by == fingerprint);
        let missing = items.iter().filter(|item| !known(item));
        let missing: Vec<Item> = missing.map(|item| item.item.clone()).collect();
        let mut made = self.talker.embed(&missing)?.into_iter();
        let mut embeddings = Vec::with_capacity(items.len());
        let mut new = Vec::new();
        for item in items {
            match &item.embedding {
                Some((_, embedding)) if known(&item) => {
                    embeddings.push((&item.item, embedding.clone()));
                }
                _ => {
                    let embedding = made.next().ok_or("an item was not embedded")?;
                    new.push((item.id, item.item.clone(), embedding.clone()));
                    embeddings.push((&item.item, embedding));
                }
            }
        }
        self.talker.shelve(&embeddings);
        Ok(Embedded {
            fingerprint,
            items: new,
        })
    }
}

/// Which requests nobody waits for any more.
pub type Dropped = Arc<Mutex<HashSet<RequestId>>>;
