//! What answers the companion's turns: a reply, then what is worth remembering, a summary, a face.
//!
//! A reply is found in this order; each must pass the checks, and none is said that was said lately:
//!
//! 1. a language model that was given the role, in five tries;
//! 2. an authored exchange that is near enough, those that make use of what is remembered first;
//! 3. authored words about what is remembered, or about something new that is said;
//! 4. authored words about how it is meant;
//! 5. that she doesn't know.
//!
//! What stands in for a model, and what is no answer to the message itself (4, 5), is marked as a
//! fallback.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use super::forms;
use super::head::{Head, Input, parse_item};
use super::models::{Asked, HeadModel, SharedHeads};
use super::retrieval::{Found, Query, Retrieval};
use super::senses::{Remembered, Senses};
use crate::content::exchanges::{Face, Fallback, Mood, Recall, Talk};
use crate::decoder::DecoderError;
use crate::encoder::{EmbeddingCache, Encoder, EncoderError, ModelFiles, Precision, Text};
use crate::engine::voice::VoiceError;
use crate::interview::check_reply;

/// How near an exchange must be for its reply to be said (docs/evaluation.md, "Companion heads").
pub const NEAR: f32 = 0.48;

/// Probability of a mood from which she may react to it alone.
const SURE_OF_MOOD: f32 = 0.5;
/// Probability of a key from which she may answer with words about it.
const SURE_OF_KEY: f32 = 0.5;

/// Tries of a head (spec.md, section 2).
const REPLY_TRIES: u64 = 5;
const SUMMARY_TRIES: u64 = 3;

/// Replies that are not to be said again soon.
const REMEMBERED: usize = 40;
/// Exchanges that are looked at.
const LOOKED_AT: usize = 12;

/// Language of what she says.
const LANGUAGE: &str = "ko";

/// Embeddings of the examples, as they come with the heads.
pub const EMBEDDINGS: &str = "talk.emb";

/// Whose words a reply is.
pub const AUTHORED: &str = "authored";

/// What is to be answered.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Number of the turn.
    pub turn: u32,
    /// What the reply head reads.
    pub prompt: &'a str,
    /// What she said last.
    pub last: Option<&'a str>,
}

/// What she says.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The words.
    pub text: String,
    /// `authored`, or the name of a model.
    pub writer: String,
    /// Authored words stand in.
    pub fallback: bool,
}

/// A reply that was said, and what its authors know of it.
#[derive(Debug, Clone, PartialEq)]
struct Spoken {
    message: String,
    text: String,
    mood: Option<Mood>,
    summary: Option<String>,
}

/// Everything that answers a turn; on the engine's thread.
pub struct Mind {
    talk: Arc<Talk>,
    encoder: Encoder,
    retrieval: Retrieval,
    senses: Senses,
    /// Models that were given a role, with their names; they come before everything authored.
    models: HashMap<Head, (String, Box<dyn HeadModel>)>,
    /// Heads on the base that ships; used where nothing better is known.
    shared: Option<SharedHeads>,
    seed: u64,
    said: VecDeque<String>,
    spoken: VecDeque<Spoken>,
}

/// Why the companion cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum MindError {
    /// The encoder.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// The language model of the heads.
    #[error(transparent)]
    Decoder(#[from] DecoderError),
}

impl Mind {
    /// Loads what she answers with: the encoder, and the embeddings of all examples, of which those
    /// in `shipped` or in the cache folder need not be computed.
    ///
    /// # Errors
    /// When the encoder cannot be loaded or fails.
    pub fn load(
        base: &ModelFiles,
        cache: Option<PathBuf>,
        shipped: Option<&[u8]>,
        talk: Arc<Talk>,
        seed: u64,
    ) -> Result<Self, MindError> {
        let encoder = Encoder::load(base, None, Precision::Int8)?;
        let mut cache = EmbeddingCache::open(cache, base, None);
        if let Some(shipped) = shipped {
            cache.add_shipped(shipped);
        }
        let near = cache.encode(&encoder, &texts(Retrieval::texts(&talk)))?;
        let told = Senses::statements(&talk)
            .into_iter()
            .map(|(_, message)| message.to_owned());
        let told = cache.encode(&encoder, &texts(told))?;
        if let Err(error) = cache.save() {
            tracing::warn!(%error, "embeddings of exchanges not kept");
        }
        Ok(Self {
            retrieval: Retrieval::new(talk.clone(), near),
            senses: Senses::fit(&talk, &told),
            talk,
            encoder,
            models: HashMap::new(),
            shared: None,
            seed,
            said: VecDeque::new(),
            spoken: VecDeque::new(),
        })
    }

    /// A file of the embeddings that [`Mind::load`] needs, to come with the heads.
    ///
    /// # Errors
    /// When the encoder cannot be loaded or fails.
    pub fn embeddings(base: &ModelFiles, talk: &Talk) -> Result<Vec<u8>, EncoderError> {
        let encoder = Encoder::load(base, None, Precision::Int8)?;
        let mut cache = EmbeddingCache::open(None, base, None);
        cache.encode(&encoder, &texts(Retrieval::texts(talk)))?;
        let told = Senses::statements(talk)
            .into_iter()
            .map(|(_, message)| message.to_owned());
        cache.encode(&encoder, &texts(told))?;
        Ok(cache.to_bytes())
    }

    /// Gives a model a role.
    pub fn give(&mut self, head: Head, name: String, model: Box<dyn HeadModel>) {
        self.models.insert(head, (name, model));
    }

    /// Adds the heads that share the small base.
    pub fn share(&mut self, heads: SharedHeads) {
        self.shared = Some(heads);
    }

    /// What the authored examples tell.
    pub fn senses(&self) -> &Senses {
        &self.senses
    }

    /// The exchanges.
    pub fn retrieval(&self) -> &Retrieval {
        &self.retrieval
    }

    /// A reply said in an earlier session, not to be said again soon.
    pub fn remember(&mut self, text: &str) {
        self.said.push_back(text.to_owned());
        if self.said.len() > REMEMBERED {
            self.said.pop_front();
        }
    }

    /// The embedding of a message.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn embed(&self, message: &str) -> Result<Vec<f32>, EncoderError> {
        let mut embeddings = self.encoder.encode(&texts([message.to_owned()]))?;
        Ok(embeddings.pop().unwrap_or_default())
    }

    /// Words a reply. `refuses` says what may not be said at this moment, beyond what no reply may
    /// be; `draft` is given the text so far and answers whether to go on.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn reply(
        &mut self,
        ask: &Ask<'_>,
        refuses: &dyn Fn(&str) -> bool,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Reply, MindError> {
        let input = Input::of(ask.prompt);
        let given = self.models.contains_key(&Head::Reply);
        if let Some(reply) = self.generated(ask, refuses, draft) {
            self.note(input, &reply.text, None, None);
            return Ok(reply);
        }
        let embedding = self.embed(input.message)?;
        let before = input
            .summary
            .map(|summary| self.embed(summary))
            .transpose()?;
        let query = Query {
            input,
            embedding: &embedding,
            before: before.as_deref(),
        };
        let told = self.senses.memory(input.message, &embedding);
        let may = |text: &str| self.may_say(text, ask.last, refuses);
        let chosen = self.choose(&query, told.as_ref(), ask.turn, &may);
        draft(&chosen.text);
        let reply = Reply {
            text: chosen.text,
            writer: AUTHORED.to_owned(),
            fallback: given || chosen.beside,
        };
        self.note(input, &reply.text, Some(chosen.mood), chosen.summary);
        Ok(reply)
    }

    /// A reply of the model that has the role.
    fn generated(
        &mut self,
        ask: &Ask<'_>,
        refuses: &dyn Fn(&str) -> bool,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Option<Reply> {
        let (name, mut model) = self.models.remove(&Head::Reply)?;
        let mut reply = None;
        for attempt in 0..REPLY_TRIES {
            let asked = Asked {
                head: Head::Reply,
                prompt: ask.prompt,
                form: None,
                seed: self.seed_of(ask.turn, attempt),
            };
            match model.say(&asked, draft) {
                Ok(Some(text)) if self.may_say(&text, ask.last, refuses) => {
                    reply = Some(Reply {
                        text,
                        writer: name.clone(),
                        fallback: false,
                    });
                    break;
                }
                Ok(said) => tracing::info!(?said, "not said"),
                Err(error) => {
                    tracing::warn!(%error, "the reply head failed");
                    break;
                }
            }
        }
        self.models.insert(Head::Reply, (name, model));
        reply
    }

    /// The authored words to say.
    fn choose(
        &self,
        query: &Query<'_>,
        told: Option<&Remembered>,
        turn: u32,
        may: &dyn Fn(&str) -> bool,
    ) -> Chosen {
        let input = query.input;
        let found = self.retrieval.nearest(query, LOOKED_AT, |_| false);
        let near = |found: &&Found| found.score >= NEAR;
        let remembers = |found: &&Found| {
            let exchange = self.retrieval.exchange(found.exchange);
            exchange.is_some_and(|exchange| exchange.known.is_some())
        };
        let of_memory = found.iter().filter(near).filter(remembers);
        let recalled = input.memory.and_then(|item| {
            let words = filled(&self.talk.persona.recalls, item);
            self.pick(words, turn, may)
        });
        let noted = told
            .filter(|told| told.probability >= SURE_OF_KEY)
            .and_then(|told| {
                let words = filled(&self.talk.persona.noted, (&told.key, &told.value));
                self.pick(words, turn, may)
            });
        let mut authored = of_memory
            .filter_map(|found| self.authored(found, input, turn, may))
            .chain(recalled)
            .chain(
                found
                    .iter()
                    .filter(near)
                    .filter_map(|found| self.authored(found, input, turn, may)),
            )
            .chain(noted);
        if let Some(chosen) = authored.next() {
            return chosen;
        }
        let (mood, probability) = self.senses.mood(input.message, "");
        let reactions = (probability >= SURE_OF_MOOD)
            .then(|| words_of(&self.talk.persona.reactions, |own| own == mood));
        let reaction = reactions.and_then(|words| self.pick(words, turn, may));
        let honest = || self.pick(words_of(&self.talk.persona.fallbacks, |_| true), turn, may);
        let last = || Chosen {
            text: self
                .talk
                .persona
                .fallbacks
                .iter()
                .flat_map(|f| &f.replies)
                .next()
                .cloned()
                .unwrap_or_default(),
            mood: Mood::Unsure,
            summary: None,
            beside: true,
        };
        let chosen = reaction.or_else(honest).unwrap_or_else(last);
        Chosen {
            beside: true,
            ..chosen
        }
    }

    /// A reply of an exchange.
    fn authored(
        &self,
        found: &Found,
        input: Input<'_>,
        turn: u32,
        may: &dyn Fn(&str) -> bool,
    ) -> Option<Chosen> {
        let exchange = self.retrieval.exchange(found.exchange)?;
        let replies = self.retrieval.replies(found.exchange, &input);
        let words = replies
            .into_iter()
            .map(|text| (text.to_owned(), exchange.mood));
        let chosen = self.pick(words.collect(), turn, may)?;
        Some(Chosen {
            summary: Some(exchange.summary.clone()),
            ..chosen
        })
    }

    /// One of several texts that may be said, by seed and turn.
    fn pick(
        &self,
        words: Vec<(String, Mood)>,
        turn: u32,
        may: &dyn Fn(&str) -> bool,
    ) -> Option<Chosen> {
        let mut words: Vec<_> = words.into_iter().filter(|(text, _)| may(text)).collect();
        if words.is_empty() {
            return None;
        }
        let place = self.seed_of(turn, 0) % words.len() as u64;
        let (text, mood) = words.swap_remove(place as usize);
        Some(Chosen {
            text,
            mood,
            summary: None,
            beside: false,
        })
    }

    fn may_say(&self, text: &str, last: Option<&str>, refuses: &dyn Fn(&str) -> bool) -> bool {
        let again = self.said.iter().any(|said| said == text) || last == Some(text);
        !again && check_reply(text, LANGUAGE).is_ok() && !refuses(text)
    }

    fn seed_of(&self, turn: u32, attempt: u64) -> u64 {
        let mixed = self.seed ^ (u64::from(turn) * REPLY_TRIES + attempt);
        mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 7
    }

    fn note(&mut self, input: Input<'_>, text: &str, mood: Option<Mood>, summary: Option<String>) {
        let spoken = Spoken {
            message: input.message.to_owned(),
            text: text.to_owned(),
            mood,
            summary,
        };
        self.remember(text);
        self.spoken.push_back(spoken);
        if self.spoken.len() > REMEMBERED {
            self.spoken.pop_front();
        }
    }

    /// What was said lately in these words.
    fn spoken(&self, text: &str) -> Option<&Spoken> {
        self.spoken.iter().rev().find(|spoken| spoken.text == text)
    }

    /// The exchange in short, of what the summary head reads; none where nothing sensible is known.
    pub fn summary(&mut self, turn: u32, prompt: &str) -> Option<String> {
        let read = strip(prompt, Head::Summary);
        let reply = read
            .rsplit_once("(오로라 답변)")
            .map(|(_, reply)| reply.trim());
        let authored = reply.and_then(|reply| self.spoken(reply)?.summary.clone());
        if authored.is_some() && !self.models.contains_key(&Head::Summary) {
            return authored;
        }
        for attempt in 0..SUMMARY_TRIES {
            let said = self.ask(Head::Summary, prompt, None, self.seed_of(turn, attempt))?;
            if check_reply(&said, LANGUAGE).is_ok() {
                return Some(said);
            }
        }
        authored
    }

    /// What is worth remembering of what the memory head reads.
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn memory(
        &mut self,
        turn: u32,
        prompt: &str,
    ) -> Result<Option<(String, String)>, MindError> {
        let input = Input::timed(strip(prompt, Head::Memory));
        if self.models.contains_key(&Head::Memory) {
            let form = forms::memory(self.senses.keys(), input.message, |_| true);
            let said = self.ask(Head::Memory, prompt, Some(&form), self.seed_of(turn, 0));
            let item = said.as_deref().and_then(parse_item);
            return Ok(item.map(|(key, value)| (key.to_owned(), value.to_owned())));
        }
        let embedding = self.embed(input.message)?;
        let told = self.senses.memory(input.message, &embedding);
        Ok(told.map(|told| (told.key, told.value)))
    }

    /// The face that goes with what the expression head reads.
    pub fn expression(&mut self, turn: u32, prompt: &str) -> Face {
        let reply = strip(prompt, Head::Expression).trim();
        if self.models.contains_key(&Head::Expression) {
            let form = forms::expression(Face::all());
            let said = self.ask(Head::Expression, prompt, Some(&form), self.seed_of(turn, 0));
            if let Some(face) = said.as_deref().and_then(Face::parse) {
                return face;
            }
        }
        match self.spoken(reply) {
            Some(Spoken {
                mood: Some(mood), ..
            }) => self.talk.persona.face(*mood),
            Some(spoken) => self.senses.face(&spoken.message, reply),
            None => self.senses.face("", reply),
        }
    }

    /// What the model of a head says: the one that was given the role, or the adapter on the shared
    /// base.
    fn ask(
        &mut self,
        head: Head,
        prompt: &str,
        form: Option<&crate::decoder::Form>,
        seed: u64,
    ) -> Option<String> {
        let asked = Asked {
            head,
            prompt,
            form,
            seed,
        };
        let said = match (self.models.get_mut(&head), &mut self.shared) {
            (Some((_, model)), _) => model.say(&asked, &mut |_| true),
            (None, Some(shared)) if shared.has(head) => shared.say(&asked, &mut |_| true),
            _ => return None,
        };
        let failed = |error: VoiceError| tracing::warn!(%error, %head, "the head failed");
        said.map_err(failed).ok().flatten()
    }
}

/// Words to say, and what is known of them.
struct Chosen {
    text: String,
    mood: Mood,
    summary: Option<String>,
    /// They do not answer the message itself.
    beside: bool,
}

/// What a head reads, without the marker at its end.
fn strip(prompt: &str, head: Head) -> &str {
    let prompt = prompt.trim();
    prompt.strip_suffix(head.start()).unwrap_or(prompt)
}

/// Words about an item, filled in.
fn filled(recalls: &[Recall], (key, value): (&str, &str)) -> Vec<(String, Mood)> {
    let own = recalls
        .iter()
        .filter(|recall| recall.keys.iter().any(|known| known == key));
    own.flat_map(|recall| {
        let fill = |text: &String| text.replace("{value}", value).replace("{name}", key);
        recall
            .replies
            .iter()
            .map(move |text| (fill(text), recall.mood))
    })
    .collect()
}

fn words_of(lists: &[Fallback], wanted: impl Fn(Mood) -> bool) -> Vec<(String, Mood)> {
    let lists = lists.iter().filter(|list| wanted(list.mood));
    lists
        .flat_map(|list| list.replies.iter().map(|text| (text.clone(), list.mood)))
        .collect()
}

/// Texts as the base encoder reads what is asked for.
fn texts(texts: impl IntoIterator<Item = String>) -> Vec<Text> {
    texts
        .into_iter()
        .map(|body| Text {
            head: "query: ".to_owned(),
            body,
            tail: String::new(),
        })
        .collect()
}

#[cfg(test)]
#[path = "mind_tests.rs"]
mod tests;
