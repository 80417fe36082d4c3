//! Single jamo, composed to syllables as a keyboard does, and syllables taken apart.

const CHO: [char; 19] = [
    'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ',
    'ㅌ', 'ㅍ', 'ㅎ',
];
const JUNG: [char; 21] = [
    'ㅏ', 'ㅐ', 'ㅑ', 'ㅒ', 'ㅓ', 'ㅔ', 'ㅕ', 'ㅖ', 'ㅗ', 'ㅘ', 'ㅙ', 'ㅚ', 'ㅛ', 'ㅜ', 'ㅝ', 'ㅞ',
    'ㅟ', 'ㅠ', 'ㅡ', 'ㅢ', 'ㅣ',
];
/// The first stands for none.
const JONG: [char; 28] = [
    ' ', 'ㄱ', 'ㄲ', 'ㄳ', 'ㄴ', 'ㄵ', 'ㄶ', 'ㄷ', 'ㄹ', 'ㄺ', 'ㄻ', 'ㄼ', 'ㄽ', 'ㄾ', 'ㄿ', 'ㅀ',
    'ㅁ', 'ㅂ', 'ㅄ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ',
];
/// Two vowels typed one after the other.
const DIPHTHONGS: [(char, char, char); 7] = [
    ('ㅗ', 'ㅏ', 'ㅘ'),
    ('ㅗ', 'ㅐ', 'ㅙ'),
    ('ㅗ', 'ㅣ', 'ㅚ'),
    ('ㅜ', 'ㅓ', 'ㅝ'),
    ('ㅜ', 'ㅔ', 'ㅞ'),
    ('ㅜ', 'ㅣ', 'ㅟ'),
    ('ㅡ', 'ㅣ', 'ㅢ'),
];

/// A syllable's parts, as positions in the order of Unicode; `jong` is 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syllable {
    /// The first consonant, 0 to 18.
    pub cho: u32,
    /// The vowel, 0 to 20.
    pub jung: u32,
    /// The last consonant, 1 to 27, or 0.
    pub jong: u32,
}

/// ㅇ at the beginning of a syllable.
pub const SILENT: u32 = 11;

impl Syllable {
    /// The parts of a syllable.
    pub fn of(c: char) -> Option<Self> {
        let index = matches!(c, '가'..='힣').then(|| u32::from(c) - u32::from('가'))?;
        Some(Self {
            cho: index / 588,
            jung: index / 28 % 21,
            jong: index % 28,
        })
    }

    /// The syllable of these parts.
    pub fn letter(self) -> char {
        let index = (self.cho * 21 + self.jung) * 28 + self.jong;
        char::from_u32(u32::from('가') + index).unwrap_or('가')
    }
}

/// A consonant or vowel by itself.
pub fn is_jamo(c: char) -> bool {
    matches!(c, 'ㄱ'..='ㅣ')
}

/// A consonant by itself.
pub fn is_consonant(c: char) -> bool {
    matches!(c, 'ㄱ'..='ㅎ')
}

/// A vowel by itself.
pub fn is_vowel(c: char) -> bool {
    matches!(c, 'ㅏ'..='ㅣ')
}

/// A part of a syllable as the letter that is typed; any other character as it is.
pub fn compatible(c: char) -> char {
    let from = |table: &[char], base: char, skip: usize| {
        let at = (u32::from(c) - u32::from(base)) as usize + skip;
        table.get(at).copied().unwrap_or(c)
    };
    match c {
        '\u{1100}'..='\u{1112}' => from(&CHO, '\u{1100}', 0),
        '\u{1161}'..='\u{1175}' => from(&JUNG, '\u{1161}', 0),
        '\u{11a8}'..='\u{11c2}' => from(&JONG, '\u{11a8}', 1),
        c => c,
    }
}

/// A position in one of the tables, which are short.
fn index(table: &[char], c: char) -> Option<u32> {
    table
        .iter()
        .position(|entry| *entry == c)
        .and_then(|at| u32::try_from(at).ok())
}

/// Composes jamo: ㅅㅣㅂㅏㄹ is 시발, 시바ㄹ as well. Laughter and initials (ㅋㅋ, ㅇㅇ) stay, as does a
/// consonant that several others follow.
pub fn compose(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied();
    let vowel = |i: usize| at(i).is_some_and(is_vowel);
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while let Some(c) = at(i) {
        i += 1;
        let mut syllable = match (index(&CHO, c), at(i).and_then(|next| index(&JUNG, next))) {
            (Some(cho), Some(mut jung)) => {
                let first = at(i);
                i += 1;
                let second = DIPHTHONGS
                    .iter()
                    .find(|(a, b, _)| Some(*a) == first && Some(*b) == at(i));
                if let Some(both) = second.and_then(|(_, _, both)| index(&JUNG, *both)) {
                    jung = both;
                    i += 1;
                }
                Syllable { cho, jung, jong: 0 }
            }
            _ => match Syllable::of(c) {
                Some(open) if open.jong == 0 && !at(i + 1).is_some_and(is_jamo) => open,
                _ => {
                    out.push(c);
                    continue;
                }
            },
        };
        let typed = is_jamo(c);
        let last = at(i).filter(|c| is_consonant(*c) && (typed || !matches!(c, 'ㅋ' | 'ㅎ')));
        let last = last.and_then(|c| index(&JONG, c)).filter(|_| !vowel(i + 1));
        if let Some(jong) = last {
            syllable.jong = jong;
            i += 1;
        }
        out.push(syllable.letter());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_are_composed_as_a_keyboard_does() {
        for (typed, composed) in [
            ("ㅎㅏㄴㄱㅡㄹ", "한글"),
            ("ㄱㅏㄴㅏ", "가나"),
            ("ㅇㅗㅏㄴㅕㅇ", "와녕"),
            ("ㅇㅡㅣㅅㅏ", "의사"),
            ("바ㄹ", "발"),
            ("바ㄹㅏ", "바라"),
            ("아ㅋㅋ", "아ㅋㅋ"),
            ("아ㅋ", "아ㅋ"),
            ("ㅇㅇ", "ㅇㅇ"),
            ("네ㄴㄴ", "네ㄴㄴ"),
            ("ㅠㅠ", "ㅠㅠ"),
            ("abc 한글", "abc 한글"),
        ] {
            assert_eq!(compose(typed), composed, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn syllables_typed_letter_by_letter_come_back(text in "[가-힣]{0,12}") {
            let mut typed = String::new();
            for c in text.chars() {
                let syllable = Syllable::of(c).unwrap();
                prop_assert_eq!(syllable.letter(), c);
                typed.push(CHO[syllable.cho as usize]);
                typed.push(JUNG[syllable.jung as usize]);
                if syllable.jong > 0 {
                    typed.push(JONG[syllable.jong as usize]);
                }
            }
            prop_assert_eq!(compose(&typed), text);
        }

        #[test]
        fn whole_syllables_stay(text in "[가-힣 a-z]{0,20}") {
            prop_assert_eq!(compose(&text), text);
        }
    }
}
