//! Which term of the pack a learner asks about.

use crate::content::{Pack, Term, Topic};

/// The term with the longest name in the message: one of the topic's own, or another topic's. A
/// term of another topic that is what this one asks about is left alone: it would give the answer
/// away.
pub(super) fn asked_term<'a>(pack: &'a Pack, topic: &'a Topic, message: &str) -> Option<&'a Term> {
    let message = Text::new(message);
    let asked: Vec<Text> = [topic.title.as_str(), topic.display()]
        .into_iter()
        .chain(topic.labels())
        .map(Text::new)
        .collect();
    let others = pack
        .topics
        .iter()
        .filter(|other| other.title != topic.title);
    let others = others.flat_map(|other| &other.terms);
    let others = others.filter(|term| {
        let mut names = term.names.iter();
        !names.any(|name| asked.iter().any(|text| text.names(name)))
    });
    longest(&topic.terms, &message).or_else(|| longest(others, &message))
}

fn longest<'a>(terms: impl IntoIterator<Item = &'a Term>, message: &Text) -> Option<&'a Term> {
    let found = terms.into_iter().filter_map(|term| {
        let named = term.names.iter().filter(|name| message.names(name));
        Some((named.map(|name| name.chars().count()).max()?, term))
    });
    // The first of equals.
    found
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, term)| term)
}

/// A text in lower case, without spaces and hyphens; where they were is kept, to tell words apart.
struct Text {
    letters: Vec<char>,
    /// Whether a letter begins a word.
    begins: Vec<bool>,
}

impl Text {
    fn new(text: &str) -> Self {
        let (mut letters, mut begins) = (Vec::new(), Vec::new());
        let mut begin = true;
        for c in text.chars() {
            if c.is_whitespace() || c == '-' {
                begin = true;
                continue;
            }
            for lower in c.to_lowercase() {
                letters.push(lower);
                begins.push(begin);
                begin = false;
            }
        }
        Self { letters, begins }
    }

    /// Whether a name stands in the text: in Latin letters as a word of its own, since CE is not in
    /// BCE; Korean words take endings.
    fn names(&self, name: &str) -> bool {
        let name = Self::new(name).letters;
        if name.is_empty() || name.len() > self.letters.len() {
            return false;
        }
        let is_latin = |c: Option<&char>| c.is_some_and(char::is_ascii_alphanumeric);
        (0..=self.letters.len() - name.len()).any(|at| {
            let end = at + name.len();
            let before = at.checked_sub(1).and_then(|i| self.letters.get(i));
            let joined = is_latin(name.first()) && is_latin(before) && !self.begins[at];
            let goes_on = is_latin(name.last())
                && is_latin(self.letters.get(end))
                && !self.begins.get(end).copied().unwrap_or(true);
            self.letters[at..end] == name[..] && !joined && !goes_on
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::shipped_pack;

    fn term(topic: &str, message: &str) -> Option<String> {
        let pack = shipped_pack();
        let (_, topic) = pack.topic(topic).unwrap();
        let term = asked_term(&pack, topic, message);
        term.map(|term| term.names[0].clone())
    }

    #[test]
    fn the_term_is_found_however_it_is_written() {
        for message in [
            "소프트맥스가 뭐예요?",
            "softmax?",
            "SoftMax가 머임",
            "soft max 뜻",
        ] {
            let found = term("Multi-Label 에서 CE + Softmax 적용 문제점", message);
            assert_eq!(found.as_deref(), Some("Softmax"), "{message}");
        }
        assert_eq!(term("LoRA", "랭크(rank)가 뭐죠?").as_deref(), Some("랭크"));
        assert_eq!(term("LoRA", "그게 뭔데요?"), None);
    }

    #[test]
    fn a_word_within_a_word_is_another_word() {
        let title = "Multi-Label 에서 CE + Softmax 적용 문제점";
        assert_eq!(term(title, "CE가 뭐예요").as_deref(), Some("CE"));
        assert_ne!(term(title, "BCE가 뭐예요").as_deref(), Some("CE"));
    }

    #[test]
    fn another_topics_term_helps_unless_it_is_what_is_asked() {
        assert_eq!(
            term("LoRA", "소프트맥스가 뭐예요").as_deref(),
            Some("Softmax")
        );
        assert_eq!(
            term("BCE Loss 설명", "BCE가 뭐예요?"),
            None,
            "that is the question"
        );
    }
}
