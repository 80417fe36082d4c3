//! What a head whose output is a form may say: an automaton over bytes.
//!
//! Every text that leads from the start to an end is allowed, and nothing else. It knows bytes, not
//! characters or tokens, so that a token that holds half a character, or the end of one word and the
//! beginning of the next, is followed exactly.

/// An automaton; its paths are the texts that may be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    next: Vec<(u8, usize)>,
    is_end: bool,
}

/// A place in a [`Form`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place(usize);

impl Default for Form {
    fn default() -> Self {
        Self::new()
    }
}

impl Form {
    /// A form without a text.
    pub fn new() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }

    /// One of these texts.
    pub fn one_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut form = Self::new();
        for text in texts {
            let end = form.add(form.start(), text);
            form.end(end);
        }
        form
    }

    /// Where every text begins.
    pub fn start(&self) -> Place {
        Place(0)
    }

    /// A place that nothing leads to yet.
    pub fn place(&mut self) -> Place {
        self.nodes.push(Node::default());
        Place(self.nodes.len() - 1)
    }

    /// Allows a text from a place on; where it leads, which texts with a common beginning share.
    pub fn add(&mut self, from: Place, text: &str) -> Place {
        text.bytes()
            .fold(from, |at, byte| match self.step(at, byte) {
                Some(next) => next,
                None => {
                    let next = self.place();
                    self.nodes[at.0].next.push((byte, next.0));
                    next
                }
            })
    }

    /// Allows a text that leads to a place that is there already. The last byte must not lead
    /// elsewhere yet; it then leads there as before.
    pub fn join(&mut self, from: Place, text: &str, to: Place) {
        let Some((last, before)) = text.as_bytes().split_last() else {
            return;
        };
        let at = before
            .iter()
            .fold(from, |at, byte| match self.step(at, *byte) {
                Some(next) => next,
                None => {
                    let next = self.place();
                    self.nodes[at.0].next.push((*byte, next.0));
                    next
                }
            });
        if self.step(at, *last).is_none() {
            self.nodes[at.0].next.push((*last, to.0));
        }
    }

    /// A text may end here.
    pub fn end(&mut self, at: Place) {
        self.nodes[at.0].is_end = true;
    }

    /// Where a byte leads; none where it may not be said.
    pub fn step(&self, at: Place, byte: u8) -> Option<Place> {
        let next = &self.nodes.get(at.0)?.next;
        let found = next.iter().find(|(known, _)| *known == byte);
        found.map(|(_, place)| Place(*place))
    }

    /// Where bytes lead; none where they may not be said.
    pub fn walk(&self, from: Place, bytes: &[u8]) -> Option<Place> {
        bytes.iter().try_fold(from, |at, byte| self.step(at, *byte))
    }

    /// Whether a text may end here.
    pub fn may_end(&self, at: Place) -> bool {
        self.nodes.get(at.0).is_some_and(|node| node.is_end)
    }

    /// Whether nothing more may be said here.
    pub fn is_over(&self, at: Place) -> bool {
        self.nodes.get(at.0).is_none_or(|node| node.next.is_empty())
    }

    /// Whether a text is allowed, whole.
    pub fn allows(&self, text: &str) -> bool {
        self.walk(self.start(), text.as_bytes())
            .is_some_and(|at| self.may_end(at))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_that_meet_again_share_the_rest() {
        let mut form = Form::new();
        let value = form.place();
        for key in ["[이름: ", "[나이: "] {
            form.join(form.start(), key, value);
        }
        let end = form.add(value, "수]");
        form.end(end);
        form.end(form.start());
        for text in ["", "[이름: 수]", "[나이: 수]"] {
            assert!(form.allows(text), "{text}");
        }
        for text in ["[이름: ", "[이름: 수", "[나: 수]", "수]", "[이름: 수]]"] {
            assert!(!form.allows(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn exactly_the_texts_that_were_added_are_allowed(
            texts in prop::collection::vec("[가나a]{0,4}", 1..8),
            other in "[가나a]{0,4}",
        ) {
            let form = Form::one_of(texts.iter().map(String::as_str));
            for text in &texts {
                prop_assert!(form.allows(text));
            }
            prop_assert_eq!(form.allows(&other), texts.contains(&other));
        }
    }
}
