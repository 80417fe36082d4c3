//! Which item goes before a message.

use serde::{Deserialize, Serialize};

use super::item::Item;

/// An item, and what it has in common with a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// Its number in the store.
    pub id: i64,
    /// What is remembered.
    pub item: Item,
    /// Its score by the memory S-BERT.
    pub score: f32,
}

/// The best item, if its score is at least the threshold; of equals the newest.
pub fn choose(scored: &[Scored], threshold: f32) -> Option<&Scored> {
    scored
        .iter()
        .filter(|scored| scored.score >= threshold)
        .max_by(|a, b| a.score.total_cmp(&b.score).then(a.id.cmp(&b.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(id: i64, score: f32) -> Scored {
        let item = Item::new("오늘 일정", &id.to_string()).unwrap();
        Scored { id, item, score }
    }

    #[test]
    fn the_best_is_taken_where_it_is_good_enough() {
        let items = [scored(1, 0.2), scored(2, 0.7), scored(3, 0.65)];
        assert_eq!(choose(&items, 0.6).map(|found| found.id), Some(2));
        assert_eq!(
            choose(&items, 0.7).map(|found| found.id),
            Some(2),
            "at least"
        );
        assert_eq!(choose(&items, 0.71), None);
        assert_eq!(choose(&[], 0.0), None);
    }

    #[test]
    fn equals_and_numbers_that_are_none() {
        let items = [scored(4, 0.9), scored(7, 0.9), scored(9, f32::NAN)];
        assert_eq!(choose(&items, 0.6).map(|found| found.id), Some(7));
    }
}
