//! Good answers to another question: said here, they earn nothing.
//!
//! Neighbouring topics share some of their answers: what a loss punishes is also why it is
//! preferred to another. So an example is taken only where its wording speaks clearly of its own
//! topic, by naive Bayes over the character n-grams of all examples.

use std::collections::{HashMap, HashSet};

use crate::content::{Answer, Pack, Topic, TopicKind};

/// Examples taken of every label of another topic.
const PER_LABEL: usize = 3;

/// Lengths of the n-grams, in characters.
const GRAMS: [usize; 2] = [2, 3];

/// Log-likelihood per n-gram by which an example must lean to its own topic: about four in five do
/// by this much against a topic nearby, nearly all against one far off.
const MARGIN: f64 = 0.9;

/// Counted for an n-gram that no example of a topic has.
const SMOOTHING: f64 = 0.1;

/// By title, the answers to other questions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OffTopic(HashMap<String, Vec<String>>);

impl OffTopic {
    /// Chooses them for every question of a pack.
    pub fn new(pack: &Pack) -> Self {
        let kind = TopicKind::Question;
        let topics: Vec<&Topic> = pack.topics.iter().filter(|t| t.kind == kind).collect();
        let wording = Wording::new(&topics);
        let mut taken = HashMap::new();
        for (here, topic) in topics.iter().enumerate() {
            let others = topics.iter().enumerate().filter(|(own, _)| *own != here);
            let answers = others.flat_map(|(own, other)| {
                let labels = other.answers.iter();
                labels.map(move |answer| (own, answer))
            });
            let texts = answers
                .flat_map(|(own, answer)| wording.strangers(answer, own, here))
                .collect();
            taken.insert(topic.title.clone(), texts);
        }
        Self(taken)
    }

    /// Those that earn nothing in a topic.
    pub fn of(&self, topic: &Topic) -> &[String] {
        self.0.get(&topic.title).map_or(&[], Vec::as_slice)
    }
}

/// How often the topics' examples have each n-gram.
struct Wording {
    /// Examples of a topic.
    sizes: Vec<f64>,
    /// Examples of each topic that have an n-gram.
    counts: HashMap<String, Vec<f64>>,
}

impl Wording {
    fn new(topics: &[&Topic]) -> Self {
        let mut sizes = vec![0.; topics.len()];
        let mut counts: HashMap<String, Vec<f64>> = HashMap::new();
        for (place, topic) in topics.iter().enumerate() {
            let combined = topic
                .combined
                .iter()
                .flat_map(|combined| &combined.examples);
            for example in topic.answers.iter().flat_map(examples).chain(combined) {
                sizes[place] += 1.;
                for gram in grams(example) {
                    counts.entry(gram).or_insert_with(|| vec![0.; topics.len()])[place] += 1.;
                }
            }
        }
        Self { sizes, counts }
    }

    /// A spread of the examples of an answer of topic `own` that are none in topic `here`.
    fn strangers(&self, answer: &Answer, own: usize, here: usize) -> Vec<String> {
        let strange = examples(answer).filter(|example| self.leaning(example, own, here) >= MARGIN);
        let strange: Vec<&String> = strange.collect();
        let n = strange.len();
        (0..PER_LABEL.min(n))
            .map(|i| strange[(i * n / PER_LABEL.min(n) + here) % n].clone())
            .collect()
    }

    /// How much likelier an example of topic `own` is there than `here`, per n-gram; it does not
    /// count for itself.
    fn leaning(&self, example: &str, own: usize, here: usize) -> f64 {
        let share = |count: f64, size: f64| ((count + SMOOTHING) / (size + 2. * SMOOTHING)).ln();
        let grams = grams(example);
        let leanings = grams.iter().filter_map(|gram| {
            let counts = self.counts.get(gram)?;
            let there = share(counts[own] - 1., self.sizes[own] - 1.);
            Some(there - share(counts[here], self.sizes[here]))
        });
        leanings.sum::<f64>() / grams.len().max(1) as f64
    }
}

fn examples(answer: &Answer) -> impl Iterator<Item = &String> {
    let variants = answer.variants.iter().flat_map(|variant| &variant.examples);
    answer.examples.iter().chain(variants)
}

/// The n-grams of a text's letters and digits, each once.
fn grams(text: &str) -> HashSet<String> {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    let letters: Vec<char> = letters.flat_map(char::to_lowercase).collect();
    let windows = GRAMS.into_iter().flat_map(|n| letters.windows(n));
    windows.map(|window| window.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::shipped_pack;

    /// Whether one of the answers taken for `here` stands in the topic `other`.
    fn takes(pack: &Pack, taken: &OffTopic, here: &str, other: &str) -> bool {
        let (_, here) = pack.topic(here).unwrap();
        let (_, other) = pack.topic(other).unwrap();
        let known: HashSet<&String> = other.answers.iter().flat_map(examples).collect();
        taken.of(here).iter().any(|text| known.contains(text))
    }

    #[test]
    fn every_question_has_answers_to_others_and_none_of_its_own() {
        let pack = shipped_pack();
        let taken = OffTopic::new(&pack);
        for topic in &pack.topics {
            let title = topic.title.as_str();
            assert!(!takes(&pack, &taken, title, title), "{title}");
            let expected = topic.kind == TopicKind::Question;
            assert_eq!(!taken.of(topic).is_empty(), expected, "{title}");
        }
        let near = ["MSE Loss 설명", "MSE Loss 용도"];
        assert!(takes(&pack, &taken, near[0], near[1]));
        assert!(takes(&pack, &taken, near[1], near[0]));
    }

    #[test]
    fn what_both_topics_say_is_taken_for_neither() {
        let mut pack = shipped_pack();
        let (from, to) = ("MSE Loss 설명", "MSE Loss 용도");
        let (place, _) = pack.topic(from).unwrap();
        let shared = pack.topics[place].answers[0].examples.clone();
        let (place, _) = pack.topic(to).unwrap();
        pack.topics[place].answers[0].examples = shared;
        let taken = OffTopic::new(&pack);
        assert!(!takes(&pack, &taken, to, from));
    }
}
