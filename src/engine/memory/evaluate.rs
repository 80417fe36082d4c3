//! Measuring the memory finder: against the targets of its training, and in conversations.

use serde::Serialize;

use super::MemoryFinder;
use crate::content::companion::{Combination, Conversation};
use crate::encoder::EncoderError;
use crate::encoder::metrics::PairFigures;
use crate::engine::dataset::Targets;
use crate::engine::evaluate::Wrong;

/// The figures of an evaluation.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MemoryFigures {
    /// `memory`.
    pub role: &'static str,
    /// Combinations.
    pub n: usize,
    /// The score of every memory × message against the share of words that the keys have in common.
    pub iou: PairFigures,
    /// The same of the plain cosine.
    pub iou_cosine: PairFigures,
    /// The cosine against that of the keys under the base S-BERT, rescaled.
    pub base: PairFigures,
    /// In conversations, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversations: Option<ConversationFigures>,
    /// Score from which the best item is taken.
    pub threshold: f32,
    /// Conversations that ended otherwise.
    pub wrong: Vec<Wrong>,
}

/// How conversations ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ConversationFigures {
    /// Conversations.
    pub n: usize,
    /// Share with the right item, or rightly none.
    pub accuracy: f64,
    /// Another item than the right one.
    pub wrong_item: usize,
    /// None where one was called for.
    pub missed: usize,
    /// One where none was called for.
    pub not_called_for: usize,
}

/// Every memory × message against both targets.
///
/// # Errors
/// When the encoder fails.
pub fn evaluate_combinations(
    finder: &MemoryFinder,
    combinations: &[Combination],
    (words, meaning): (&Targets, &Targets),
) -> Result<MemoryFigures, EncoderError> {
    let items: Vec<String> = combinations.iter().map(Combination::item).collect();
    let items = finder.items(&items)?;
    let (mut scores, mut cosines) = (Vec::new(), Vec::new());
    for combination in combinations {
        scores.push(finder.overlaps(&combination.message, &items)?);
        cosines.push(finder.cosines(&combination.message, &items)?);
    }
    let figures = |predicted: &[Vec<f32>], targets: &Targets| {
        let row = |a: &Combination| {
            let others = combinations.iter();
            others.map(|b| targets.of(&a.key, &b.key)).collect()
        };
        let target: Vec<Vec<f32>> = combinations.iter().map(row).collect();
        PairFigures::of(predicted, &target)
    };
    Ok(MemoryFigures {
        role: "memory",
        n: combinations.len(),
        iou: figures(&scores, words),
        iou_cosine: figures(&cosines, words),
        base: figures(&cosines, meaning),
        threshold: finder.threshold(),
        ..MemoryFigures::default()
    })
}

/// Which item each conversation ends with.
///
/// # Errors
/// When the encoder fails.
pub fn evaluate_conversations(
    finder: &MemoryFinder,
    conversations: &[Conversation],
) -> Result<(ConversationFigures, Vec<Wrong>), EncoderError> {
    let mut figures = ConversationFigures {
        n: conversations.len(),
        ..ConversationFigures::default()
    };
    let mut wrong = Vec::new();
    for conversation in conversations {
        let items = finder.items(&conversation.items)?;
        let found = finder.find(&conversation.message, &items)?;
        let item = found.map_or("", |(place, _)| conversation.items[place].as_str());
        let expected = conversation.expected.as_str();
        if item == expected {
            continue;
        }
        match (item, expected) {
            ("", _) => figures.missed += 1,
            (_, "") => figures.not_called_for += 1,
            _ => figures.wrong_item += 1,
        }
        wrong.push(Wrong {
            input: conversation.message.clone(),
            r#true: expected.to_owned(),
            best: item.to_owned(),
            score: found.map_or(0., |(_, score)| score),
        });
    }
    let right = conversations.len() - wrong.len();
    figures.accuracy = right as f64 / conversations.len().max(1) as f64;
    Ok((figures, wrong))
}
