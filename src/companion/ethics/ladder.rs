//! What an offence costs (spec.md, section 2): by category, and by how often it was sanctioned before.

use jiff::SignedDuration;

use super::category::Offence;

const fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

const fn days(days: i64) -> SignedDuration {
    hours(24 * days)
}

/// The most that the sanctions of one message last together.
pub const MOST: SignedDuration = days(1461);

/// Zero is a warning.
const WARNING: SignedDuration = SignedDuration::ZERO;
const LOVE: &[SignedDuration] = &[WARNING, hours(1), days(1), days(14), days(1461)];
const POLITICS: &[SignedDuration] = &[WARNING, days(3), days(7), days(30), days(365)];
const FAMILY: &[SignedDuration] = &[days(7), days(30), days(1461)];
const HATE: &[SignedDuration] = &[days(1), days(7), days(90), days(1461)];

/// How long an offence blocks both conversations; zero is a warning. `earlier` counts the sanctions
/// in this category that were not lifted; the last level repeats.
pub fn sanction(offence: Offence, earlier: u32) -> SignedDuration {
    let ladder = match offence {
        Offence::Love => LOVE,
        Offence::Politics => POLITICS,
        Offence::Family => FAMILY,
        Offence::Hate => HATE,
    };
    let last = ladder.len() - 1;
    ladder[usize::try_from(earlier).map_or(last, |level| level.min(last))]
}

/// How long the sanctions of one message last together.
pub fn together(durations: impl IntoIterator<Item = SignedDuration>) -> SignedDuration {
    durations
        .into_iter()
        .fold(SignedDuration::ZERO, SignedDuration::saturating_add)
        .min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_hours(offence: Offence) -> Vec<i64> {
        (0..6)
            .map(|earlier| sanction(offence, earlier).as_hours())
            .collect()
    }

    #[test]
    fn the_ladders_of_the_specification() {
        assert_eq!(
            in_hours(Offence::Love),
            [0, 1, 24, 14 * 24, 1461 * 24, 1461 * 24]
        );
        assert_eq!(in_hours(Offence::Politics), [0, 72, 168, 720, 8760, 8760]);
        assert_eq!(
            in_hours(Offence::Family),
            [168, 720, 35064, 35064, 35064, 35064]
        );
        assert_eq!(
            in_hours(Offence::Hate),
            [24, 168, 2160, 35064, 35064, 35064]
        );
        assert_eq!(sanction(Offence::Hate, u32::MAX), MOST);
    }

    #[test]
    fn durations_add_up_to_four_years_at_most() {
        assert_eq!(together([days(7), days(1)]), days(8));
        assert_eq!(together([WARNING, WARNING]), WARNING);
        assert_eq!(together([MOST, days(7)]), MOST);
    }

    proptest! {
        #[test]
        fn a_ladder_never_goes_down(offence in 0usize..4, earlier in 0u32..20) {
            let offence = Offence::ALL[offence];
            prop_assert!(sanction(offence, earlier) <= sanction(offence, earlier + 1));
            prop_assert!(sanction(offence, earlier) <= MOST);
        }
    }
}
