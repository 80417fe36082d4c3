//! Whether a generated reply asks about the topic that was selected.
//!
//! A ridge regression over sentence embeddings of what is known to ask about each topic: the
//! authored wordings, and the questions of `dialogue/` where the pack has any. Of a reply only the
//! question counts: the reaction before it speaks of the topic that was answered. A reply is refused
//! where another topic is clearly likelier than its own; consecutive topics share words, so close is
//! good enough.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::content::Pack;
use crate::content::csv::{InterviewRow, Split};
use crate::encoder::ridge::Ridge;
use crate::encoder::{Bits, Bytes, EmbeddingCache, Encoder, EncoderError, ModelFiles, Text};

/// By how much another topic may score higher. Of the replies of 98 rows kept apart 98.9 % pass at
/// this value, and 0.8 % would with another topic (docs/evaluation.md).
const MARGIN: f32 = 0.1;

/// Titles with what is known to ask about them.
pub struct QuestionCheck {
    encoder: Arc<Encoder>,
    titles: Vec<String>,
    /// For each title, the questions that are known to ask about it.
    known: Vec<HashSet<String>>,
    ridge: Ridge,
}

impl QuestionCheck {
    /// Embeds the pack's wordings and the replies of those of `rows` that are to be learned from;
    /// what `shipped` or the cache on disk hold is not embedded again.
    ///
    /// # Errors
    /// When the encoder cannot be loaded or fails.
    pub fn new(
        base: &ModelFiles,
        cache: Option<PathBuf>,
        shipped: Option<Bytes>,
        pack: &Pack,
        rows: &[InterviewRow],
    ) -> Result<Self, EncoderError> {
        let encoder = Encoder::shared(base)?;
        let mut cache = EmbeddingCache::open(cache, base, None);
        cache.add_shipped(shipped.as_slice());
        let known = known(pack, rows);
        let groups = groups(&encoder, &mut cache, &known)?;
        if let Err(error) = cache.save() {
            tracing::warn!(%error, "embeddings of questions not kept");
        }
        let groups: Vec<&[Vec<f32>]> = groups.iter().map(Vec::as_slice).collect();
        Ok(Self {
            encoder,
            titles: pack.topics.iter().map(|t| t.title.clone()).collect(),
            known: known
                .into_iter()
                .map(|questions| questions.into_iter().map(str::to_owned).collect())
                .collect(),
            ridge: Ridge::fit(&groups),
        })
    }

    /// The embeddings that [`QuestionCheck::new`] needs, to come with a language model as
    /// `questions.emb`.
    ///
    /// # Errors
    /// When the encoder cannot be loaded or fails.
    pub fn embeddings(
        base: &ModelFiles,
        pack: &Pack,
        rows: &[InterviewRow],
    ) -> Result<Vec<u8>, EncoderError> {
        let encoder = Encoder::shared(base)?;
        let mut cache = EmbeddingCache::open(None, base, None);
        groups(&encoder, &mut cache, &known(pack, rows))?;
        Ok(cache.to_bytes(Bits::Eight))
    }

    /// Whether a reply may be about `title`; always where the pack has no such topic (its end).
    ///
    /// # Errors
    /// When the encoder fails.
    pub fn asks_about(&self, reply: &str, title: &str) -> Result<bool, EncoderError> {
        let Some(own) = self.titles.iter().position(|known| known == title) else {
            return Ok(true);
        };
        let asked = question(reply);
        if self
            .known
            .get(own)
            .is_some_and(|known| known.contains(asked))
        {
            return Ok(true);
        }
        let embedding = self.encoder.encode(&[asked.into()])?.remove(0);
        let scores = self.ridge.scores(&embedding);
        let best = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        Ok(scores.get(own).is_none_or(|score| *score >= best - MARGIN))
    }
}

/// For each topic, the questions that are known to ask about it.
fn known<'a>(pack: &'a Pack, rows: &'a [InterviewRow]) -> Vec<Vec<&'a str>> {
    let learned = |row: &&InterviewRow| row.split == Split::Train;
    let topics = pack.topics.iter().map(|topic| {
        let own = topic.questions.iter();
        let parts = topic.answers.iter().flat_map(|answer| &answer.questions);
        let rows = rows.iter().filter(learned);
        let replies = rows.filter(|row| row.next == topic.title);
        own.chain(parts)
            .chain(replies.map(|row| &row.reply))
            .map(|text| question(text))
            .collect()
    });
    topics.collect()
}

/// The embeddings of the questions, topic by topic.
fn groups(
    encoder: &Encoder,
    cache: &mut EmbeddingCache,
    known: &[Vec<&str>],
) -> Result<Vec<Vec<Vec<f32>>>, EncoderError> {
    let groups = known.iter().map(|questions| {
        let texts: Vec<Text> = questions.iter().map(|text| Text::from(*text)).collect();
        cache.encode(encoder, &texts)
    });
    groups.collect()
}

/// The last sentence of a reply that asks something, or its last one.
fn question(reply: &str) -> &str {
    let ends_sentence = |c: char| matches!(c, '.' | '!' | '?' | '~');
    let mut sentences: Vec<&str> = Vec::new();
    let mut rest = reply.trim();
    while let Some(end) = rest
        .char_indices()
        .zip(rest.chars().skip(1))
        .find(|((_, c), next)| ends_sentence(*c) && next.is_whitespace())
        .map(|((at, c), _)| at + c.len_utf8())
    {
        sentences.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    sentences.push(rest);
    sentences.retain(|sentence| sentence.chars().any(char::is_alphabetic));
    let asking = sentences
        .iter()
        .rev()
        .find(|sentence| sentence.contains('?'));
    asking.or(sentences.last()).copied().unwrap_or(reply)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::csv::read_dialogue;
    use crate::interview::check_reply;
    use crate::testing::{model_files, pack, shipped_pack, shipped_pack_folder};

    #[test]
    fn every_row_of_the_shipped_dialogue_passes_the_checks_of_a_reply() {
        let pack = shipped_pack();
        let rows = read_dialogue(&shipped_pack_folder(), &pack).unwrap();
        assert!(rows.len() >= 2_000, "{}", rows.len());
        let faulty: Vec<_> = rows
            .iter()
            .filter_map(|row| Some((check_reply(&row.reply, "ko").err()?, &row.reply)))
            .collect();
        assert!(faulty.is_empty(), "{faulty:#?}");
        for row in &rows {
            assert!(pack.topic(&row.topic).is_some(), "{row:?}");
            let next = row.next == pack.file.end || pack.topic(&row.next).is_some();
            assert!(next, "{row:?}");
        }
    }

    #[test]
    fn the_question_of_a_reply_is_its_last_sentence_that_asks() {
        for (reply, asked) in [
            (
                "맞아! 오차를 제곱하지. MSE는 어디에 써?",
                "MSE는 어디에 써?",
            ),
            (
                "정말? 그럼 LoRA는 뭐야? 편하게 말해 줘 😊",
                "그럼 LoRA는 뭐야?",
            ),
            ("좋아. LoRA를 설명해 줘! 🙂", "LoRA를 설명해 줘!"),
            ("LoRA를 설명해 줘", "LoRA를 설명해 줘"),
            ("log p~ 그게 답이야. 0.5는 왜?", "0.5는 왜?"),
            ("...", "..."),
            ("", ""),
        ] {
            assert_eq!(question(reply), asked);
        }
    }

    #[test]
    fn a_known_wording_is_about_its_own_topic_and_the_end_is_about_anything() {
        let pack = pack();
        let check = QuestionCheck::new(&model_files("tiny-bert"), None, None, &pack, &[]).unwrap();
        for topic in &pack.topics {
            for question in &topic.questions {
                assert!(
                    check.asks_about(question, &topic.title).unwrap(),
                    "{question}"
                );
            }
        }
        assert!(check.asks_about("anything", &pack.file.end).unwrap());
    }

    #[test]
    fn a_wording_of_another_topic_is_refused_somewhere() {
        let pack = pack();
        let check = QuestionCheck::new(&model_files("tiny-bert"), None, None, &pack, &[]).unwrap();
        let refused = pack.topics.iter().flat_map(|asked| {
            let others = pack.topics.iter().filter(move |t| t.title != asked.title);
            others.map(|other| check.asks_about(&asked.questions[0], &other.title).unwrap())
        });
        assert!(refused.filter(|passes| !passes).count() > 0);
    }
}
