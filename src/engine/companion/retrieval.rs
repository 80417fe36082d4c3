//! Which authored exchange a message is nearest to, and which of its replies may be said.
//!
//! How near is told by embeddings, less what all of them have in common, and by shared n-grams. What
//! an exchange presupposes must be so: something remembered, an exchange before, a time.

use std::collections::HashMap;
use std::sync::Arc;

use super::head::{Input, parse_item};
use super::tense::is_past;
use crate::companion::distress::is_distress;
use crate::content::exchanges::{Exchange, Talk};
use crate::encoder::centre::{centred, mean};
use crate::encoder::cosine;
use crate::engine::grams::grams;

/// Share of the n-grams in a score; from 0.2 on they find the exchange most often
/// (docs/evaluation.md, "Companion heads").
const GRAMS: f32 = 0.2;
/// Added where the message before is what the exchange follows on from, times how near the two are.
const FOLLOWS: f32 = 0.15;
/// How near the exchange before must be to what the exchange follows on from.
const NEAR_BEFORE: f32 = 0.35;
/// Added where an exchange makes use of what is remembered.
const REMEMBERS: f32 = 0.15;
/// How near a message must be to an exchange with somebody in danger that does not speak of it in plain
/// words: nobody is to be asked whether they want to live for a tired remark.
const SURELY_DISTRESS: f32 = 0.63;

/// Taken away where one of two messages tells of what is over, and the other doesn't.
const OTHER_TENSE: f32 = 0.1;

/// Words of a reply that hold at one time only, with what the time must contain; the evening
/// belongs to both its names.
const TIMED: [(&str, &[&str]); 21] = [
    ("월요일", &["월요일"]),
    ("화요일", &["화요일"]),
    ("수요일", &["수요일"]),
    ("목요일", &["목요일"]),
    ("금요일", &["금요일"]),
    ("토요일", &["토요일"]),
    ("일요일", &["일요일"]),
    ("월요병", &["월요일"]),
    ("불금", &["금요일"]),
    ("주말", &["금요일", "토요일", "일요일"]),
    ("아침", &["오전"]),
    ("오전", &["오전"]),
    ("점심", &["오전", "오후"]),
    ("오후", &["오후"]),
    ("저녁", &["저녁", "오후"]),
    ("밤", &["저녁"]),
    ("새벽", &["저녁", "오전"]),
    ("퇴근", &["오후", "저녁"]),
    ("출근", &["오전"]),
    ("자정", &["저녁"]),
    ("한 주", &["월요일", "금요일", "일요일"]),
];

/// Days of which a reply speaks because the message did.
const DAYS: [&str; 6] = ["오늘", "내일", "모레", "어제", "주말", "다음주"];

/// The exchanges, ready to be compared with.
pub struct Retrieval {
    talk: Arc<Talk>,
    messages: Vec<Message>,
    mean: Vec<f32>,
    /// By bucket, the messages that have it, and how much of it.
    index: HashMap<u32, Vec<(usize, f32)>>,
    /// Embeddings of what exchanges follow on from, by exchange.
    before: HashMap<usize, Vec<f32>>,
}

/// A message of an exchange.
struct Message {
    /// Place of the exchange.
    exchange: usize,
    /// Less the mean, of length 1.
    embedding: Vec<f32>,
    /// Whether it tells of what is over, where it says so.
    past: Option<bool>,
}

/// A message as it is compared.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// What the reply head reads, taken apart.
    pub input: Input<'a>,
    /// The message's embedding.
    pub embedding: &'a [f32],
    /// That of the summary before it.
    pub before: Option<&'a [f32]>,
}

/// An exchange that may answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Its place among all.
    pub exchange: usize,
    /// How near it is.
    pub score: f32,
}

impl Retrieval {
    /// The texts to be embedded for [`Retrieval::new`], in order: the messages of all exchanges, then
    /// what exchanges follow on from.
    pub fn texts(talk: &Talk) -> Vec<String> {
        let messages = talk
            .exchanges
            .iter()
            .flat_map(|exchange| &exchange.messages);
        let before = talk
            .exchanges
            .iter()
            .filter_map(|exchange| exchange.before.as_ref());
        messages.chain(before).cloned().collect()
    }

    /// Compares with the exchanges of `talk`; `embeddings` are those of [`Retrieval::texts`].
    pub fn new(talk: Arc<Talk>, embeddings: Vec<Vec<f32>>) -> Self {
        let owners = talk.exchanges.iter().enumerate();
        let owners: Vec<usize> = owners
            .flat_map(|(place, exchange)| exchange.messages.iter().map(move |_| place))
            .collect();
        let mean = mean(embeddings.iter().take(owners.len()));
        let mut index: HashMap<u32, Vec<(usize, f32)>> = HashMap::new();
        let texts = talk
            .exchanges
            .iter()
            .flat_map(|exchange| &exchange.messages);
        for (place, text) in texts.clone().enumerate() {
            for (bucket, value) in grams(text, 0) {
                index.entry(bucket).or_default().push((place, value));
            }
        }
        let follows = talk.exchanges.iter().enumerate();
        let follows = follows.filter(|(_, exchange)| exchange.before.is_some());
        let mut embeddings = embeddings.into_iter();
        let messages = texts.zip(owners).zip(embeddings.by_ref());
        let messages = messages.map(|((text, exchange), embedding)| Message {
            exchange,
            embedding: centred(&embedding, &mean),
            past: is_past(text),
        });
        let messages = messages.collect();
        let before = follows.map(|(place, _)| place).zip(embeddings);
        let before = before.map(|(place, embedding)| (place, centred(&embedding, &mean)));
        Self {
            before: before.collect(),
            talk,
            messages,
            mean,
            index,
        }
    }

    /// The exchanges that may answer, the nearest first, at most `limit`; those whose messages `skip`
    /// names are left out.
    pub fn nearest(
        &self,
        query: &Query<'_>,
        limit: usize,
        skip: impl Fn(usize) -> bool,
    ) -> Vec<Found> {
        let own = centred(query.embedding, &self.mean);
        let mut shared = vec![0f32; self.messages.len()];
        for (bucket, value) in grams(query.input.message, 0) {
            for (place, other) in self.index.get(&bucket).into_iter().flatten() {
                shared[*place] += value * other;
            }
        }
        let before = query.before.map(|before| centred(before, &self.mean));
        let distress = is_distress(query.input.message);
        let mut best: HashMap<usize, f32> = HashMap::new();
        let past = is_past(query.input.message);
        for (place, message) in self.messages.iter().enumerate() {
            if skip(place) {
                continue;
            }
            let mut score = (1. - GRAMS) * cosine(&own, &message.embedding) + GRAMS * shared[place];
            if message.past.zip(past).is_some_and(|(a, b)| a != b) {
                score -= OTHER_TENSE;
            }
            let known = best.entry(message.exchange).or_insert(f32::NEG_INFINITY);
            *known = known.max(score);
        }
        let mut found: Vec<Found> = best
            .into_iter()
            .filter_map(|(exchange, score)| {
                if score < SURELY_DISTRESS && !distress && self.talk.exchanges[exchange].distress {
                    return None;
                }
                let more = self.presupposed(exchange, query, before.as_deref())?;
                Some(Found {
                    exchange,
                    score: score + more,
                })
            })
            .collect();
        found.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then(a.exchange.cmp(&b.exchange))
        });
        found.truncate(limit);
        found
    }

    /// What speaks for an exchange beside its messages; none where what it presupposes is not so.
    fn presupposed(&self, place: usize, query: &Query<'_>, before: Option<&[f32]>) -> Option<f32> {
        let exchange = self.talk.exchanges.get(place)?;
        let mut more = 0.;
        if let Some(known) = exchange.known.as_deref().and_then(parse_item) {
            if !is_same(known, query.input.memory?) {
                return None;
            }
            more += REMEMBERS;
        }
        if exchange.before.is_some() {
            let near = cosine(before?, self.before.get(&place)?);
            if near < NEAR_BEFORE {
                return None;
            }
            more += FOLLOWS * near;
        }
        Some(more)
    }

    /// The replies of an exchange that may be said to a message.
    pub fn replies(&self, place: usize, input: &Input<'_>) -> Vec<&str> {
        let Some(exchange) = self.talk.exchanges.get(place) else {
            return Vec::new();
        };
        let replies = exchange.replies.iter().map(String::as_str);
        replies
            .filter(|reply| fits(reply, exchange, input.time) && is_theirs(reply, exchange, input))
            .collect()
    }

    /// The exchange at a place.
    pub fn exchange(&self, place: usize) -> Option<&Exchange> {
        self.talk.exchanges.get(place)
    }
}

/// Whether an item says what an exchange presupposes: an equal key, and a value that has all of the
/// other's. Who has a cat has none called Nabi.
fn is_same(known: (&str, &str), own: (&str, &str)) -> bool {
    let bare = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    known.0 == own.0 && bare(own.1).contains(&bare(known.1))
}

/// Whether what a reply says of the one who wrote was said by this one: words of what the exchange
/// remembers, numbers and days that stand in its messages.
fn is_theirs(reply: &str, exchange: &Exchange, input: &Input<'_>) -> bool {
    let own: String = input.message.split_whitespace().collect();
    let item = exchange.memory.as_deref().and_then(parse_item);
    let value = item.map_or("", |(_, value)| value);
    // Without a particle: its first two characters name a word well enough.
    let words = value.split_whitespace().map(|word| {
        let end = word.char_indices().nth(2).map_or(word.len(), |(at, _)| at);
        &word[..end]
    });
    let is_number = |c: char| c.is_ascii_digit();
    let numbers = reply
        .split(|c| !is_number(c))
        .filter(|number| !number.is_empty());
    let theirs = |number: &&str| {
        let mut messages = exchange.messages.iter();
        messages.any(|message| message.split(|c| !is_number(c)).any(|own| own == *number))
    };
    let said = |word: &&str| exchange.messages.iter().any(|m| m.contains(*word));
    let days = DAYS.into_iter();
    let days = days.filter(|day| reply.contains(day)).filter(said);
    words
        .filter(|word| word.chars().count() > 1 && reply.contains(word))
        .chain(numbers.filter(theirs))
        .chain(days)
        .all(|said| own.contains(said))
}

/// Whether a reply written for one time may be said at another. What is said of a time that the
/// message does not ask for is only said where it was written for no time either.
fn fits(reply: &str, exchange: &Exchange, time: Option<&str>) -> bool {
    let Some(written) = exchange.time.as_deref() else {
        return true;
    };
    if Some(written) == time {
        return true;
    }
    TIMED
        .iter()
        .filter(|(word, _)| reply.contains(word))
        .all(|(_, at)| time.is_some_and(|time| at.iter().any(|part| time.contains(part))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::exchanges::{Mood, Persona};

    fn exchange(message: &str, reply: &str) -> Exchange {
        Exchange {
            messages: vec![message.to_owned()],
            time: None,
            known: None,
            before: None,
            distress: false,
            replies: vec![reply.to_owned()],
            memory: None,
            summary: String::new(),
            mood: Mood::Calm,
        }
    }

    fn retrieval(exchanges: Vec<Exchange>) -> Retrieval {
        let talk = Talk {
            persona: Persona {
                format_version: 1,
                name: String::new(),
                about: Vec::new(),
                fallbacks: Vec::new(),
                recalls: Vec::new(),
                noted: Vec::new(),
                reactions: Vec::new(),
                listening: Vec::new(),
                clocks: Vec::new(),
                faces: Vec::new(),
            },
            exchanges,
            statements: Vec::new(),
        };
        let texts = Retrieval::texts(&talk);
        let embeddings = texts.iter().map(|text| embed(text)).collect();
        Retrieval::new(Arc::new(talk), embeddings)
    }

    /// Letters counted: near where texts share them.
    fn embed(text: &str) -> Vec<f32> {
        let mut counts = vec![0f32; 64];
        text.chars().for_each(|c| counts[c as usize % 64] += 1.);
        counts
    }

    fn nearest(retrieval: &Retrieval, text: &str) -> Option<usize> {
        let input = Input::of(text);
        let before = input.summary.map(embed);
        let embedding = embed(input.message);
        let query = Query {
            input,
            embedding: &embedding,
            before: before.as_deref(),
        };
        retrieval
            .nearest(&query, 1, |_| false)
            .first()
            .map(|found| found.exchange)
    }

    #[test]
    fn what_is_not_the_learners_is_not_said() {
        let mut lunch = exchange("점심 뭐 먹지", "떡볶이 좋아하잖아!");
        lunch.known = Some("[좋아하는 음식: 떡볶이]".into());
        let all = retrieval(vec![
            lunch,
            exchange("점심 골라 줘", "따뜻한 거 어때?"),
            exchange("안녕", "안녕!"),
        ]);
        assert_eq!(nearest(&all, "점심 뭐 먹지"), Some(1));
        assert_eq!(nearest(&all, "[좋아하는 음식: 초밥] 점심 뭐 먹지"), Some(1));
        assert_eq!(
            nearest(&all, "[싫어하는 음식: 떡볶이] 점심 뭐 먹지"),
            Some(1)
        );
        assert_eq!(
            nearest(&all, "[좋아하는 음식: 매운 떡볶이] 점심 뭐 먹지"),
            Some(0)
        );
        assert_eq!(nearest(&all, "[좋아하는 음식: 떡] 점심 뭐 먹지"), Some(1));
    }

    #[test]
    fn what_follows_on_needs_what_it_follows_on_from() {
        let mut thanks = exchange("응 그럴게", "힘내!");
        thanks.before = Some("면접을 앞두고 떨린다고 해서 응원했다".into());
        let all = retrieval(vec![
            thanks,
            exchange("응", "응?"),
            exchange("비 온다", "우산!"),
        ]);
        assert_eq!(nearest(&all, "응 그럴게"), Some(1));
        let after = "(오로라 답변 요약) 면접을 앞두고 떨린다고 해서 달랬다 (사용자 질문) 응 그럴게";
        assert_eq!(nearest(&all, after), Some(0));
        let after = "(오로라 답변 요약) zzz (사용자 질문) 응 그럴게";
        assert_eq!(nearest(&all, after), Some(1));
    }

    #[test]
    fn a_reply_of_another_time_is_not_said() {
        let mut friday = exchange("오늘 뭐 하지", "불금이니까 놀아!");
        friday.time = Some("금요일 저녁".into());
        friday.replies.push("산책 어때?".into());
        let all = retrieval(vec![friday]);
        let at = |time| {
            let input = Input {
                time,
                ..Input::of("오늘 뭐 하지")
            };
            all.replies(0, &input)
        };
        assert_eq!(at(Some("금요일 저녁")).len(), 2);
        assert_eq!(at(Some("금요일 오후")).len(), 2);
        assert_eq!(at(Some("화요일 저녁")), ["산책 어때?"]);
        assert_eq!(at(None), ["산책 어때?"]);
    }

    #[test]
    fn nobody_is_called_by_the_name_of_another() {
        let mut name = exchange("나는 지훈이야", "지훈이구나, 반가워!");
        name.replies.push("이름 예쁘다!".into());
        name.memory = Some("[이름: 지훈]".into());
        let mut birthday = exchange("내 생일 3월 9일이야", "오, 3월 9일!");
        birthday.memory = Some("[생일: 3월 9일]".into());
        let all = retrieval(vec![name, birthday]);
        assert_eq!(all.replies(0, &Input::of("나는 소라야")), ["이름 예쁘다!"]);
        assert_eq!(all.replies(0, &Input::of("나 지훈이라고 해")).len(), 2);
        assert!(all.replies(1, &Input::of("내 생일 5월 2일이야")).is_empty());
        assert_eq!(all.replies(1, &Input::of("생일이 3월 9일이야")).len(), 1);
        let mut dentist = exchange("내일 치과 가", "적어뒀어, 내일 치과!");
        dentist.memory = Some("[내일 일정: 치과]".into());
        let all = retrieval(vec![dentist]);
        assert!(
            all.replies(0, &Input::of("다음주 화요일에 치과 가야돼"))
                .is_empty()
        );
        assert_eq!(all.replies(0, &Input::of("내일 치과 가야 해")).len(), 1);
    }
}
