//! Her reply.
//!
//! A reply is found in this order; each must pass the checks, and none is said that was said lately:
//!
//! 1. to somebody in danger, authored words that tell where help is;
//! 2. a language model that was given the role, in five tries;
//! 3. to who asks for the day or the time, what the clock says;
//! 4. an authored exchange that is near enough and makes use of what is remembered; where something is
//!    asked, authored words about what is remembered; any exchange that is near enough;
//! 5. authored words about something new that is said;
//! 6. authored words about how it is meant;
//! 7. to what is told, that she listens; to what is asked, that she doesn't know.
//!
//! What stands in for a model, and what is no answer to the message itself (6, 7), is marked as a
//! fallback.

use std::cell::LazyCell;

use super::{AUTHORED, Ask, LANGUAGE, Mind, MindError, REPLY_TRIES, Reply};
use crate::companion::clock;
use crate::companion::distress::is_distress;
use crate::content::exchanges::{Fallback, Mood, Recall};
use crate::engine::companion::head::{Head, Input};
use crate::engine::companion::models::Asked;
use crate::engine::companion::retrieval::{Found, Query};
use crate::engine::companion::senses::Remembered;
use crate::interview::check_reply;
use crate::talk::{particle, sentences};

/// How near an exchange must be for its reply to be said (docs/evaluation.md, "Companion heads").
pub const NEAR: f32 = 0.54;

/// Probability of a mood from which she may react to it alone.
const SURE_OF_MOOD: f32 = 0.5;
/// Probability of a key from which she may answer with words about it.
const SURE_OF_KEY: f32 = 0.5;

/// Exchanges that are looked at.
const LOOKED_AT: usize = 12;

/// Words to say, and what is known of them.
struct Chosen {
    text: String,
    mood: Mood,
    summary: Option<String>,
    /// They do not answer the message itself.
    beside: bool,
}

impl Mind {
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
        // Who is in danger is answered in words that people chose.
        if !is_distress(input.message)
            && let Some(reply) = self.generated(ask, refuses, draft)
        {
            self.note(input, &reply.text, None, None);
            return Ok(reply);
        }
        let embedding = self.embed(input.message)?;
        let before = input
            .summary
            .map(|summary| self.embed(summary))
            .transpose()?;
        let whole = Query {
            input,
            embedding: &embedding,
            before: before.as_deref(),
        };
        // "안녕! 나 오늘 면접 봤어": what it says stands in its last sentence.
        let last = last_and_most(input.message).filter(|_| !is_distress(input.message));
        let embedding = last.map(|last| self.embed(last)).transpose()?;
        let last = last.zip(embedding.as_deref());
        let last = last.map(|(message, embedding)| Query {
            input: Input { message, ..input },
            embedding,
            ..whole
        });
        let nearness = |query: &Query<'_>| {
            let found = self.retrieval.nearest(query, 1, |_| false);
            found.first().map_or(0., |found| found.score)
        };
        let query = last
            .filter(|last| nearness(last) > nearness(&whole))
            .unwrap_or(whole);
        let told = self.senses.memory(input.message);
        let may = |text: &str| self.may_say(text, ask.last, refuses);
        let mut chosen = self.choose(&query, told.as_ref(), ask.turn, &may);
        // What has no answer as a whole may have one in one of its sentences, or without what leads to
        // it ("근데 배고프다").
        let parts = sentences(input.message).into_iter().rev();
        for part in parts.chain(without_lead(input.message)) {
            if !chosen.beside {
                break;
            }
            let embedding = self.embed(part)?;
            let query = Query {
                input: Input {
                    message: part,
                    ..input
                },
                embedding: &embedding,
                ..query
            };
            chosen = self.choose(&query, told.as_ref(), ask.turn, &may);
        }
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
        if is_distress(input.message)
            && let Some(chosen) = self.help(query, turn, may)
        {
            return chosen;
        }
        if let Some(chosen) = self.clock(input, turn, may) {
            return chosen;
        }
        let found = self.retrieval.nearest(query, LOOKED_AT, |_| false);
        let near = |found: &&Found| found.score >= NEAR;
        let remembers = |found: &&Found| {
            let exchange = self.retrieval.exchange(found.exchange);
            exchange.is_some_and(|exchange| exchange.known.is_some())
        };
        let of_memory = found.iter().filter(near).filter(remembers);
        let asked = asks(input.message);
        // Who tells something wants it heard, and not what it reminds her of.
        let recalled = input.memory.filter(|_| asked).and_then(|item| {
            let words = filled(&self.talk.persona.recalls, item);
            self.pick(words, turn, may)
        });
        let mood = LazyCell::new(|| self.senses.mood(input.message, ""));
        let sure_of_mood = || Some(mood.0).filter(|_| mood.1 >= SURE_OF_MOOD);
        // Who is sad is asked what happened, not about what there is to note of it.
        let is_sad = || matches!(sure_of_mood(), Some(Mood::Sad | Mood::Worried));
        let noted = told
            .filter(|told| told.probability >= SURE_OF_KEY && !is_sad())
            .and_then(|told| {
                let words = filled(&self.talk.persona.noted, (&told.key, &told.value));
                self.pick(words, turn, may)
            });
        let of_memory = of_memory.filter_map(|found| self.authored(found, input, turn, may));
        let near = found.iter().filter(near);
        let near = near.filter_map(|found| self.authored(found, input, turn, may));
        let mut authored = of_memory.chain(recalled).chain(near).chain(noted);
        if let Some(chosen) = authored.next() {
            return chosen;
        }
        let reactions =
            sure_of_mood().map(|mood| words_of(&self.talk.persona.reactions, |own| own == mood));
        let reaction = reactions.and_then(|words| self.pick(words, turn, may));
        let listens = (!asked)
            .then(|| self.pick(words_of(&self.talk.persona.listening, |_| true), turn, may))
            .flatten();
        // A question is no trouble, though she may not know the answer.
        let known = |own: Mood| own != Mood::Worried || mood.0 == Mood::Worried;
        let honest = || self.pick(words_of(&self.talk.persona.fallbacks, known), turn, may);
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
        let chosen = reaction.or(listens).or_else(honest).unwrap_or_else(last);
        Chosen {
            beside: true,
            ..chosen
        }
    }

    /// What the clock says to who asks for it.
    fn clock(&self, input: Input<'_>, turn: u32, may: &dyn Fn(&str) -> bool) -> Option<Chosen> {
        let value = clock::answer(input.message, input.time?)?;
        let words = words_of(&self.talk.persona.clocks, |_| true).into_iter();
        let words = words.map(|(text, mood)| (particle::fill(&text, "{value}", &value), mood));
        self.pick(words.collect(), turn, may)
    }

    /// The nearest reply to somebody in danger; one that was said before rather than none.
    fn help(&self, query: &Query<'_>, turn: u32, may: &dyn Fn(&str) -> bool) -> Option<Chosen> {
        let all = self.retrieval.nearest(query, usize::MAX, |_| false);
        let of_help: Vec<&Found> = all
            .iter()
            .filter(|found| {
                let exchange = self.retrieval.exchange(found.exchange);
                exchange.is_some_and(|exchange| exchange.distress)
            })
            .collect();
        let said = |may: &dyn Fn(&str) -> bool| {
            let mut found = of_help.iter();
            found.find_map(|found| self.authored(found, query.input, turn, may))
        };
        said(may).or_else(|| said(&|_| true))
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
}

/// Words that ask, wherever they stand.
const ASKING: [&str; 14] = [
    "?",
    "뭐",
    "뭔",
    "무슨",
    "무엇",
    "왜",
    "어떻게",
    "어때",
    "언제",
    "어디",
    "누구",
    "몇",
    "알려",
    "부탁",
];
/// Endings that ask.
const ASKS: [&str; 9] = [
    "냐",
    "니",
    "까",
    "까요",
    "나요",
    "가요",
    "는지",
    "줘",
    "주세요",
];

/// Words that lead to what is said.
const LEADS: [&str; 26] = [
    "근데",
    "그런데",
    "그리고",
    "그래서",
    "그럼",
    "그냥",
    "암튼",
    "아무튼",
    "하여튼",
    "아니",
    "아",
    "오",
    "음",
    "어",
    "와",
    "헐",
    "야",
    "참",
    "아참",
    "응",
    "네",
    "사실",
    "저기",
    "있잖아",
    "오로라",
    "오로라야",
];

/// A message without the words that lead to it; none where it has none, or is nothing else.
fn without_lead(message: &str) -> Option<&str> {
    let (first, rest) = message.split_once(char::is_whitespace)?;
    let bare = first.trim_end_matches(|c: char| !c.is_alphanumeric() || "ㅋㅎㅠㅜ".contains(c));
    let rest = rest.trim_start();
    let leads = LEADS.contains(&bare) && !rest.is_empty();
    leads.then(|| without_lead(rest).unwrap_or(rest))
}

/// The last of several sentences, where it has at least half of the letters.
fn last_and_most(message: &str) -> Option<&str> {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    let last = sentences(message).pop()?;
    (2 * letters(last) >= letters(message)).then_some(last)
}

/// Whether a message wants an answer rather than an ear.
fn asks(message: &str) -> bool {
    let bare = message.trim_end_matches(|c: char| !c.is_alphanumeric() || "ㅋㅎㅠㅜ".contains(c));
    ASKING.iter().any(|word| message.contains(word)) || ASKS.iter().any(|end| bare.ends_with(end))
}

/// Words about an item, filled in.
pub(super) fn filled(recalls: &[Recall], (key, value): (&str, &str)) -> Vec<(String, Mood)> {
    let own = recalls
        .iter()
        .filter(|recall| recall.keys.iter().any(|known| known == key));
    own.flat_map(|recall| {
        let fill =
            |text: &String| particle::fill(&particle::fill(text, "{value}", value), "{name}", key);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sentence_counts_where_it_is_the_most() {
        assert_eq!(
            last_and_most("안녕! 나 오늘 면접 봤어"),
            Some("나 오늘 면접 봤어")
        );
        assert_eq!(last_and_most("나 오늘 면접 봤어. 떨어졌어"), None);
        assert_eq!(last_and_most("나 오늘 면접 봤어"), None);
    }

    #[test]
    fn what_leads_to_a_message_is_left_out() {
        assert_eq!(without_lead("근데 배고프다"), Some("배고프다"));
        assert_eq!(without_lead("아, 근데.. 나 졸려"), Some("나 졸려"));
        assert_eq!(without_lead("배고프다"), None);
        assert_eq!(without_lead("아 "), None);
        assert_eq!(without_lead("아이스크림 먹자"), None);
    }
}
