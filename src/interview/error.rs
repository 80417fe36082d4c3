//! Why an interview can't begin or go on.

/// An interview that can't begin or go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InterviewError {
    /// Nothing to ask.
    #[error("the pack `{pack}` has no topics; add one to `topics` in its pack.toml")]
    NoTopics {
        /// Identifier of the pack.
        pack: String,
    },
    /// The topic to begin with does not exist.
    #[error("the pack `{pack}` has no topic `{title}`; {}", did_you_mean(close))]
    UnknownTopic {
        /// Identifier of the pack.
        pack: String,
        /// What was asked for.
        title: String,
        /// Titles that look like it, best first.
        close: Vec<String>,
    },
    /// The snapshot was taken in another pack.
    #[error(
        "the interview was held in the pack `{was}`, not in `{is}`; open that pack with --pack"
    )]
    OtherPack {
        /// Identifier in the snapshot.
        was: String,
        /// Identifier of the pack given.
        is: String,
    },
    /// The pack has changed under the snapshot.
    #[error(
        "the interview can't go on: the pack `{pack}` no longer holds {what}; restore it or start a new interview"
    )]
    Changed {
        /// Identifier of the pack.
        pack: String,
        /// The topic or label that is gone.
        what: String,
    },
}

fn did_you_mean(close: &[String]) -> String {
    if close.is_empty() {
        return "`ohlora content stats` lists the titles".to_owned();
    }
    let titles: Vec<_> = close.iter().map(|title| format!("`{title}`")).collect();
    format!("did you mean {}?", titles.join(", "))
}

/// Up to three titles that look like `wanted`, best first.
pub(super) fn close_titles<'a>(wanted: &str, titles: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = bigrams(wanted);
    let mut scored: Vec<_> = titles
        .map(|title| (dice(&wanted, &bigrams(title)), title))
        .filter(|(score, _)| *score >= 0.2)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored
        .into_iter()
        .take(3)
        .map(|(_, title)| title.to_owned())
        .collect()
}

fn bigrams(text: &str) -> Vec<[char; 2]> {
    let letters: Vec<char> = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    letters.windows(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// Sørensen–Dice coefficient of two lists of bigrams.
fn dice(a: &[[char; 2]], b: &[[char; 2]]) -> f32 {
    let shared = a.iter().filter(|pair| b.contains(pair)).count();
    match a.len() + b.len() {
        0 => 0.0,
        all => 2.0 * shared as f32 / all as f32,
    }
}
