//! The places in a line where a caret may stand: between graphemes, never inside one.

use unicode_segmentation::UnicodeSegmentation;

/// Where graphemes begin and the line ends, in characters.
pub fn boundaries(line: &str) -> impl Iterator<Item = usize> + '_ {
    let mut at = 0;
    std::iter::once(0).chain(line.graphemes(true).map(move |grapheme| {
        at += grapheme.chars().count();
        at
    }))
}

/// The last of them that is not after `column`.
pub fn last_boundary(line: &str, column: usize) -> usize {
    boundaries(line)
        .take_while(|boundary| *boundary <= column)
        .last()
        .unwrap_or(0)
}
