//! Words that may stand for one another, to make more of the rows that a head reads.

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::content::csv::{CompanionRow, Split};

/// Share of the words that have a synonym which are swapped.
const SWAPPED: f64 = 0.5;

/// Groups of words that may stand for one another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Synonyms(Vec<Vec<String>>);

impl Synonyms {
    /// A group a line, words separated by commas; `#` begins a comment.
    pub fn parse(text: &str) -> Self {
        let lines = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or(""));
        let words = |line: &str| -> Vec<String> {
            let words = line.split(',').map(str::trim);
            words
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Self(lines.map(words).filter(|group| group.len() > 1).collect())
    }

    /// A copy of each training row in which words of the input are swapped; what is said of it stays.
    pub fn augment(&self, rows: &[CompanionRow], seed: u64) -> Vec<CompanionRow> {
        let mut rng = StdRng::seed_from_u64(seed);
        let learned = rows.iter().filter(|row| row.split == Split::Train);
        let swapped = learned.filter_map(|row| {
            let input = self.swap(&row.input, &mut rng);
            (input != row.input).then(|| CompanionRow {
                input,
                ..row.clone()
            })
        });
        swapped.collect()
    }

    fn swap(&self, text: &str, rng: &mut StdRng) -> String {
        let words = text.split(' ').map(|word| {
            let group = self
                .0
                .iter()
                .find(|group| group.iter().any(|known| known == word));
            match group.filter(|_| rng.random_bool(SWAPPED)) {
                Some(group) => group.choose(rng).map_or(word, String::as_str),
                None => word,
            }
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_input_alone_are_swapped() {
        let synonyms = Synonyms::parse("진짜, 정말, 완전 # sehr\n혼자\n\n밥, 식사\n");
        let row = CompanionRow {
            split: Split::Train,
            input: "[취미: 낚시] 진짜 밥 먹기 싫다".into(),
            reply: "진짜 밥은 먹어야지".into(),
            memory: String::new(),
            summary: String::new(),
            expression: String::new(),
        };
        let held = CompanionRow {
            split: Split::Valid,
            ..row.clone()
        };
        let rows: Vec<_> = std::iter::repeat_n(row.clone(), 40).chain([held]).collect();
        let more = synonyms.augment(&rows, 1);
        assert!(more.len() > 10 && more.len() <= 40, "{}", more.len());
        for new in &more {
            assert_eq!(new.reply, row.reply);
            assert_ne!(new.input, row.input);
            assert!(new.input.starts_with("[취미: 낚시] ") && new.input.ends_with(" 먹기 싫다"));
        }
        assert_eq!(more, synonyms.augment(&rows, 1));
    }
}
