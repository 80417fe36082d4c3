//! Messages that are nearly others. A held-out message that differs from one that is trained on by a
//! word's ending measures the ending.

use std::collections::{HashMap, HashSet};

use crate::content::text::fold;

/// Alike from this on: the pairs of neighbouring characters that two texts share, among all that either
/// has (Jaccard).
const ALIKE: f32 = 0.6;
/// Texts with fewer pairs are alike by chance: everybody says "오늘 뭐 해".
const TELLING: usize = 7;

type Pair = (char, char);

/// Texts with where they stand, to be asked for those that another is nearly.
pub(in crate::content) struct Near<'a> {
    places: Vec<&'a str>,
    sizes: Vec<usize>,
    /// By pair, the texts that have it.
    index: HashMap<Pair, Vec<usize>>,
}

impl<'a> Near<'a> {
    /// Of texts, each with its place.
    pub(in crate::content) fn new(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut near = Self {
            places: Vec::new(),
            sizes: Vec::new(),
            index: HashMap::new(),
        };
        for (number, (text, place)) in texts.into_iter().enumerate() {
            let pairs = pairs(text);
            near.places.push(place);
            near.sizes.push(pairs.len());
            for pair in pairs {
                near.index.entry(pair).or_default().push(number);
            }
        }
        near
    }

    /// The place of the text that this one is the most alike, where it is nearly the same.
    pub(in crate::content) fn copy_of(&self, text: &str) -> Option<&'a str> {
        let pairs = pairs(text);
        if pairs.len() < TELLING {
            return None;
        }
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for number in pairs
            .iter()
            .filter_map(|pair| self.index.get(pair))
            .flatten()
        {
            *shared.entry(*number).or_default() += 1;
        }
        let alike = shared.into_iter().map(|(number, shared)| {
            let all = pairs.len() + self.sizes[number] - shared;
            (shared as f32 / all as f32, self.places[number])
        });
        let copies = alike.filter(|(alike, _)| *alike >= ALIKE);
        let most = copies.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)));
        most.map(|(_, place)| place)
    }
}

fn pairs(text: &str) -> HashSet<Pair> {
    let folded: Vec<char> = fold(text).chars().collect();
    folded.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_ending_is_a_copy_and_another_matter_is_none() {
        let near = Near::new([
            ("점심으로 뭐 먹을지 후보 좀 골라줘", "a:1"),
            ("오늘 뭐 해", "a:2"),
            ("점심으로 뭐 먹을지 후보 좀 골라 줘라", "a:3"),
        ]);
        assert_eq!(
            near.copy_of("점심으로 뭐 먹을지 후보 좀 골라줘요!"),
            Some("a:1")
        );
        assert_eq!(near.copy_of("저녁에 만날 친구한테 선물 뭐 사 가지"), None);
        assert_eq!(near.copy_of("오늘 뭐 해?"), None, "said by everybody");
    }
}
