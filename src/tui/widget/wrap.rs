//! Soft wrap by display width: Korean words are broken at spaces, and only a word that is wider
//! than the whole row is split, between graphemes.

use std::ops::Range;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// Width in terminal cells, as ratatui draws it: grapheme by grapheme.
pub fn width(text: &str) -> usize {
    text.graphemes(true)
        .map(|grapheme| usize::from(grapheme.cell_width()))
        .sum()
}

/// The byte range of each row. Spaces at a break belong to no row; an empty text has one row.
///
/// `text` holds no control characters but `\n` ([`crate::tui::text::clean`]).
pub fn wrap(text: &str, columns: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        wrap_line(line, start, columns.max(1), &mut rows);
        start += line.len() + 1;
    }
    rows
}

/// The longest start of `text` that fits, ending in `…` where something was cut.
pub fn truncate(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else {
        return String::new();
    };
    let mut used = 0;
    let mut short: String = text
        .graphemes(true)
        .take_while(|grapheme| {
            used += usize::from(grapheme.cell_width());
            used <= room
        })
        .collect();
    short.push('…');
    short
}

/// `text` truncated or filled with spaces to exactly `columns` cells.
pub fn fit(text: &str, columns: usize) -> String {
    let mut text = truncate(text, columns);
    let used = width(&text);
    text.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    text
}

fn wrap_line(line: &str, base: usize, columns: usize, rows: &mut Vec<Range<usize>>) {
    let mut row = Row::default();
    for word in words(line) {
        let gap = width(&line[row.end..word.start]);
        let wide = width(&line[word.clone()]);
        if row.used + gap + wide <= columns {
            row.end = word.end;
            row.used += gap + wide;
            continue;
        }
        if row.used > 0 {
            rows.push(base + row.start..base + row.end);
        }
        row = split_word(line, word, base, columns, rows);
    }
    rows.push(base + row.start..base + row.end);
}

/// The row being filled: bytes of the line, and the cells they take.
#[derive(Default)]
struct Row {
    start: usize,
    end: usize,
    used: usize,
}

/// Starts a row with `word`; what is wider than a row is pushed row by row, the rest returned.
fn split_word(
    line: &str,
    word: Range<usize>,
    base: usize,
    columns: usize,
    rows: &mut Vec<Range<usize>>,
) -> Row {
    let mut row = Row {
        start: word.start,
        end: word.start,
        used: 0,
    };
    for grapheme in line[word].graphemes(true) {
        let wide = usize::from(grapheme.cell_width());
        if row.used > 0 && row.used + wide > columns {
            rows.push(base + row.start..base + row.end);
            row = Row {
                start: row.end,
                end: row.end,
                used: 0,
            };
        }
        row.end += grapheme.len();
        row.used += wide;
    }
    row
}

/// The maximal runs without a space.
fn words(line: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + line[at..].find(|c| !is_space(c))?;
        let end = line[start..]
            .find(is_space)
            .map_or(line.len(), |n| start + n);
        at = end;
        Some(start..end)
    })
}

fn is_space(c: char) -> bool {
    c == ' ' || c == '\u{3000}'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str, columns: usize) -> Vec<&str> {
        wrap(text, columns)
            .into_iter()
            .map(|row| &text[row])
            .collect()
    }

    #[test]
    fn korean_words_stay_whole() {
        assert_eq!(
            rows("머신러닝은 데이터에서 배웁니다", 14),
            ["머신러닝은", "데이터에서", "배웁니다"]
        );
    }

    #[test]
    fn a_word_wider_than_the_row_is_split_between_graphemes() {
        assert_eq!(rows("가나다라마", 5), ["가나", "다라", "마"]);
        assert_eq!(
            rows("a e\u{301}e\u{301}e\u{301}", 2),
            ["a", "e\u{301}e\u{301}", "e\u{301}"]
        );
    }

    #[test]
    fn line_ends_and_empty_lines_are_kept() {
        assert_eq!(rows("가\n\n나", 10), ["가", "", "나"]);
        assert_eq!(rows("", 10), [""]);
    }

    #[test]
    fn a_row_is_filled_to_its_last_cell() {
        assert_eq!(rows("가나 다라", 9), ["가나 다라"]);
        assert_eq!(rows("가나 다라", 8), ["가나", "다라"]);
    }

    #[test]
    fn truncation_never_cuts_a_wide_character_in_half() {
        assert_eq!(truncate("가나다", 6), "가나다");
        assert_eq!(truncate("가나다", 5), "가나…");
        assert_eq!(truncate("가나다", 4), "가…");
        assert_eq!(truncate("가나다", 0), "");
        assert_eq!(fit("가나다", 4), "가… ");
    }

    proptest! {
        #[test]
        fn rows_fit_and_lose_nothing_but_spaces(text in "[가-힣a-z \n🙂]{0,80}", columns in 2usize..30) {
            let rows = rows(&text, columns);
            for row in &rows {
                prop_assert!(width(row) <= columns, "{row:?}");
            }
            let kept: String = rows.concat().split_whitespace().collect();
            let given: String = text.split_whitespace().collect();
            prop_assert_eq!(kept, given);
        }
    }
}
