//! What was drawn out, shortened: 시이이발, 시시시발, 병시이인.

use super::jamo::{SILENT, Syllable};

/// Shortens vowels that go on through the next syllables, and syllables that are repeated; laughter
/// stays.
pub(super) fn shorten(text: &str) -> String {
    let mut out: Vec<char> = Vec::with_capacity(text.len() / 3);
    // Syllables running that were the same as the last of `out`.
    let mut repeated = 0;
    for c in text.chars() {
        let last = out.last().copied();
        if last == Some(c) && Syllable::of(c).is_some() && !is_laughter(c) {
            repeated += 1;
            continue;
        }
        if repeated == 1 {
            // Twice is a word (개개인, 나나); three times and more is drawn out.
            out.extend(last);
        }
        repeated = 0;
        match (last.and_then(Syllable::of), Syllable::of(c)) {
            (Some(mut before), Some(now))
                if goes_on(before, now) && !last.is_some_and(is_laughter) =>
            {
                before.jong = now.jong;
                out.pop();
                out.push(before.letter());
            }
            _ => out.push(c),
        }
    }
    if repeated == 1 {
        out.extend(out.last().copied());
    }
    out.into_iter().collect()
}

/// 시이, 바아알: the vowel of an open syllable is said again.
fn goes_on(before: Syllable, now: Syllable) -> bool {
    before.jong == 0 && before.cho != SILENT && now.cho == SILENT && now.jung == before.jung
}

fn is_laughter(c: char) -> bool {
    matches!(
        c,
        '하' | '히' | '호' | '헤' | '흐' | '푸' | '크' | '후' | '아' | '오' | '음' | '네' | '응'
    )
}
