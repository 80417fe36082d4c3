//! Hangul syllables and the letters that they are made of (Unicode 16, section 3.12).

const HEADS: &str = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const VOWELS: &str = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
/// The first stands for none.
const TAILS: &str = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";
/// Two letters that are typed one after the other and written as one.
const PAIRS: [(&str, char); 18] = [
    ("ㄱㅅ", 'ㄳ'),
    ("ㄴㅈ", 'ㄵ'),
    ("ㄴㅎ", 'ㄶ'),
    ("ㄹㄱ", 'ㄺ'),
    ("ㄹㅁ", 'ㄻ'),
    ("ㄹㅂ", 'ㄼ'),
    ("ㄹㅅ", 'ㄽ'),
    ("ㄹㅌ", 'ㄾ'),
    ("ㄹㅍ", 'ㄿ'),
    ("ㄹㅎ", 'ㅀ'),
    ("ㅂㅅ", 'ㅄ'),
    ("ㅗㅏ", 'ㅘ'),
    ("ㅗㅐ", 'ㅙ'),
    ("ㅗㅣ", 'ㅚ'),
    ("ㅜㅓ", 'ㅝ'),
    ("ㅜㅔ", 'ㅞ'),
    ("ㅜㅣ", 'ㅟ'),
    ("ㅡㅣ", 'ㅢ'),
];

/// The number of the silent ㅇ among the heads.
pub const SILENT: u32 = 11;

/// A syllable by the numbers of its letters; tail 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syllable {
    /// Among 19 heads.
    pub head: u32,
    /// Among 21 vowels.
    pub vowel: u32,
    /// Among 28 tails.
    pub tail: u32,
}

impl Syllable {
    /// The letters of a whole syllable.
    pub fn of(c: char) -> Option<Self> {
        let number = u32::from(c).checked_sub(0xac00).filter(|n| *n < 11172)?;
        Some(Self {
            head: number / 588,
            vowel: number / 28 % 21,
            tail: number % 28,
        })
    }

    /// The syllable as it is written.
    pub fn letter(self) -> char {
        let number = (self.head * 21 + self.vowel) * 28 + self.tail;
        char::from_u32(0xac00 + number).unwrap_or(' ')
    }
}

fn number(letters: &str, c: char) -> Option<u32> {
    let at = letters.chars().position(|letter| letter == c)?;
    u32::try_from(at).ok()
}

/// The number of a vowel that stands alone.
pub fn vowel_number(c: char) -> Option<u32> {
    number(VOWELS, c)
}

/// A consonant that stands alone.
pub fn is_consonant(c: char) -> bool {
    ('ㄱ'..='ㅎ').contains(&c)
}

/// A vowel that stands alone.
pub fn is_vowel(c: char) -> bool {
    ('ㅏ'..='ㅣ').contains(&c)
}

/// A syllable, or a letter of one.
pub fn is_hangul(c: char) -> bool {
    Syllable::of(c).is_some() || is_consonant(c) || is_vowel(c)
}

/// The letter that stands alone for one that is meant to be joined (U+1100 and on).
pub fn compatible(c: char) -> char {
    let at = |letters: &str, first: u32| letters.chars().nth((u32::from(c) - first) as usize);
    let found = match u32::from(c) {
        0x1100..=0x1112 => at(HEADS, 0x1100),
        0x1161..=0x1175 => at(VOWELS, 0x1161),
        0x11a8..=0x11c2 => at(TAILS, 0x11a7),
        _ => None,
    };
    found.unwrap_or(c)
}

/// The letters of a syllable, pairs apart; any other character as it is.
pub fn apart(c: char) -> Vec<char> {
    let Some(syllable) = Syllable::of(c) else {
        return vec![c];
    };
    let letter = |letters: &str, at: u32| letters.chars().nth(at as usize).unwrap_or(' ');
    let mut letters = vec![letter(HEADS, syllable.head)];
    let rest = [letter(VOWELS, syllable.vowel), letter(TAILS, syllable.tail)];
    for whole in rest.into_iter().filter(|letter| *letter != ' ') {
        match PAIRS.iter().find(|(_, pair)| *pair == whole) {
            Some((parts, _)) => letters.extend(parts.chars()),
            None => letters.push(whole),
        }
    }
    letters
}

fn pair(first: char, second: char) -> Option<char> {
    let mut known = PAIRS.iter();
    let found = known.find(|(parts, _)| parts.chars().eq([first, second]));
    found.map(|(_, whole)| *whole)
}

/// Puts letters that stand apart together. Laughter, tears and abbreviations (ㅋㅋ, ㅠㅠ, ㅇㅋ) are
/// left: a vowel needs a consonant before it, and a repeated letter is no part of a syllable.
pub fn compose(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out: Vec<(char, bool)> = Vec::with_capacity(letters.len());
    for (at, c) in letters.iter().copied().enumerate() {
        let near = |step: isize| {
            let at = at.checked_add_signed(step);
            at.and_then(|at| letters.get(at)).copied().unwrap_or(' ')
        };
        let vowel_follows = is_vowel(near(1)) && near(1) != near(2);
        let joined = match out.last().copied() {
            Some((last, made)) if is_vowel(c) && near(1) != c && near(-1) != c => {
                with_vowel(last, made, c)
            }
            Some((last, made)) if is_consonant(c) && !vowel_follows => {
                let repeated = near(1) == c || near(-1) == c;
                // Behind a syllable that was whole, initials may begin.
                let initials = !made && (is_consonant(near(1)) || matches!(c, 'ㅋ' | 'ㅎ' | 'ㅇ'));
                if (repeated && !made) || initials {
                    None
                } else {
                    with_tail(last, made, c)
                }
            }
            _ => None,
        };
        match joined {
            Some(syllable) => {
                out.pop();
                out.push((syllable, true));
            }
            None => out.push((c, false)),
        }
    }
    out.into_iter().map(|(c, _)| c).collect()
}

fn with_vowel(last: char, made: bool, c: char) -> Option<char> {
    if let Some(head) = number(HEADS, last) {
        let vowel = vowel_number(c)?;
        return Some(
            Syllable {
                head,
                vowel,
                tail: 0,
            }
            .letter(),
        );
    }
    let syllable = Syllable::of(last).filter(|syllable| made && syllable.tail == 0)?;
    let first = VOWELS.chars().nth(syllable.vowel as usize)?;
    let vowel = vowel_number(pair(first, c)?)?;
    Some(Syllable { vowel, ..syllable }.letter())
}

fn with_tail(last: char, made: bool, c: char) -> Option<char> {
    let syllable = Syllable::of(last)?;
    let tail = match syllable.tail {
        0 => c,
        tail if made => pair(TAILS.chars().nth(tail as usize)?, c)?,
        _ => return None,
    };
    let tail = number(TAILS, tail)?;
    Some(Syllable { tail, ..syllable }.letter())
}
