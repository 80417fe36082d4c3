//! Training data from a CSV of input × candidate pairs, anyone's.

use std::collections::HashMap;

use crate::content::csv::{MemoryPair, Pair};
use crate::content::inputs::Input;
use crate::encoder::Text;
use crate::encoder::train::TrainData;

/// Groups pairs by input. A pair that the file does not hold is taken as dissimilar.
pub fn pairs_data(pairs: &[Pair]) -> TrainData {
    let (mut inputs, mut candidates) = (Numbering::default(), Numbering::default());
    let cells: Vec<(usize, usize, f32)> = pairs
        .iter()
        .map(|pair| {
            let (input, candidate) = (inputs.of(&pair.input), candidates.of(&pair.candidate));
            (input, candidate, pair.similarity)
        })
        .collect();
    let width = candidates.texts.len();
    let mut similarity = vec![0f32; inputs.texts.len() * width];
    for (input, candidate, value) in cells {
        similarity[input * width + candidate] = value;
    }
    TrainData {
        inputs: inputs
            .texts
            .iter()
            .map(|text| Input::parse(text).into())
            .collect(),
        candidates: candidates
            .texts
            .iter()
            .map(|text| Text::from(*text))
            .collect(),
        similarity,
        groups: Vec::new(),
        drawn: None,
    }
}

/// As [`pairs_data`], of memories (the candidates) and messages (the inputs).
pub fn memory_pairs_data(pairs: &[MemoryPair]) -> TrainData {
    let pairs = pairs.iter().map(|pair| Pair {
        input: pair.message.clone(),
        candidate: pair.memory.clone(),
        similarity: pair.similarity,
    });
    let mut data = pairs_data(&pairs.collect::<Vec<_>>());
    data.drawn = Some(super::memory::DRAWN);
    data
}

/// Distinct texts in the order in which they come.
#[derive(Default)]
struct Numbering<'a> {
    texts: Vec<&'a str>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Numbering<'a> {
    fn of(&mut self, text: &'a str) -> usize {
        *self.places.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() - 1
        })
    }
}
