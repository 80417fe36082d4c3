//! Words put into a sentence, with the particles behind them: 제주구나, 부산이구나.

/// What follows a noun that ends in a vowel; one that ends in a consonant takes 이 before it.
const COPULA: [&str; 7] = ["구나", "라고", "라니", "라던", "잖아", "지", "야"];
/// What follows a noun that ends in a consonant, and in a vowel.
const PAIRS: [(&str, &str); 4] = [("을", "를"), ("은", "는"), ("이", "가"), ("과", "와")];

/// Whether a word ends in a consonant when read aloud; none where that cannot be told.
fn ends_in_consonant(word: &str) -> Option<bool> {
    match word.chars().next_back()? {
        c @ '가'..='힣' => Some(!(c as u32 - '가' as u32).is_multiple_of(28)),
        // 영, 일, 삼, 육, 칠, 팔.
        c @ '0'..='9' => Some(matches!(c, '0' | '1' | '3' | '6' | '7' | '8')),
        // 엘, 엠, 엔, 알.
        c if c.is_ascii_alphabetic() => {
            Some(matches!(c.to_ascii_lowercase(), 'l' | 'm' | 'n' | 'r'))
        }
        _ => None,
    }
}

/// A text with a word in the place of `slot`; the particle behind it, also behind a quotation mark, is
/// the one that the word takes.
pub fn fill(text: &str, slot: &str, word: &str) -> String {
    let mut parts = text.split(slot);
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        filled.push_str(word);
        let mark = rest.len() - rest.trim_start_matches(['\'', '"', '’', '”']).len();
        let (mark, rest) = rest.split_at(mark);
        filled.push_str(mark);
        let (particle, rest) = match ends_in_consonant(word) {
            Some(closed) => particle(rest, closed),
            None => (String::new(), rest),
        };
        filled.push_str(&particle);
        filled.push_str(rest);
    }
    filled
}

/// The particle that a text begins with, as it is behind a consonant or a vowel, and what follows.
fn particle(rest: &str, closed: bool) -> (String, &str) {
    if let Some(copula) = COPULA.iter().find(|copula| rest.starts_with(**copula)) {
        let joint = if closed { "이" } else { "" };
        return (format!("{joint}{copula}"), &rest[copula.len()..]);
    }
    for (behind_consonant, behind_vowel) in PAIRS {
        for written in [behind_consonant, behind_vowel] {
            if let Some(after) = rest.strip_prefix(written)
                && !after.starts_with(char::is_alphabetic)
            {
                let right = if closed {
                    behind_consonant
                } else {
                    behind_vowel
                };
                return (right.to_owned(), after);
            }
        }
    }
    (String::new(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_takes_its_own_particles() {
        let said = |text: &str, word: &str| fill(text, "{value}", word);
        assert_eq!(said("{value}구나!", "부산"), "부산이구나!");
        assert_eq!(said("{value}구나!", "제주"), "제주구나!");
        assert_eq!(
            said("'{value}'라고 했지?", "12월 3일"),
            "'12월 3일'이라고 했지?"
        );
        assert_eq!(said("'{value}'라고 했지?", "ISFP"), "'ISFP'라고 했지?");
        assert_eq!(said("{value}을 적었어", "취미"), "취미를 적었어");
        assert_eq!(said("{value}이 좋다", "RNN"), "RNN이 좋다");
        assert_eq!(said("{value}에는 {value}!", "강릉"), "강릉에는 강릉!");
        assert_eq!(said("{value}구나", "🙂"), "🙂구나");
        assert_eq!(said("{value}", ""), "");
    }
}
