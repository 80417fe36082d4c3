//! How the face moves, as a function of time: it eases to an expression and back, blinks when idle,
//! and is never quite still.
//!
//! Whoever draws asks for [`Motion::at`] a moment and draws what comes back; nothing is counted in
//! between, so a picture that is left out changes nothing. A still face is drawn from
//! [`Motion::still`].

use std::f32::consts::{PI, TAU};
use std::time::Duration;

use super::scores::{REST, Random, Scores};

/// A picture's time at 20 a second.
pub const FRAME: Duration = Duration::from_millis(50);

/// Frames to an expression.
const UP: u32 = 50;
/// Frames for which it is held.
const HOLD: u32 = 10;
/// Frames back.
const DOWN: u32 = 50;
/// An expression from its beginning to rest.
const SPAN: Duration = FRAME.saturating_mul(UP + HOLD + DOWN);

/// Lids go down and up again in this time.
const BLINK: Duration = FRAME.saturating_mul(4);
/// In each stretch of this length there is one blink …
const STRETCH: Duration = Duration::from_millis(5_000);
/// … within its first part, so that 2 s lie between the end of one and the next beginning.
const EARLY: Duration = Duration::from_millis(2_800);

/// A face at rest is drawn anew this often: jitter is slow.
const IDLE: Duration = Duration::from_millis(250);

/// The most that jitter moves a score.
const JITTER: f32 = 0.03;

/// A picture of the face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Eyes, mouth and head.
    pub scores: Scores,
    /// How far the lids are down, 0 (open) to 1 (shut).
    pub lids: f32,
}

/// A face in motion. All times are since the face was first shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Motion {
    seed: u64,
    /// Where it was when the last expression began, what that is, and when.
    last: Option<(Scores, Scores, Duration)>,
}

impl Motion {
    /// A face at rest; the seed decides when it blinks.
    pub fn new(seed: u64) -> Self {
        Self { seed, last: None }
    }

    /// Begins an expression; from wherever the face is.
    pub fn express(&mut self, scores: Scores, now: Duration) {
        self.last = Some((self.eased(now), scores, now));
    }

    /// The face at a moment.
    pub fn at(&self, now: Duration) -> Face {
        let eased = self.eased(now);
        let jitter = |phase: f32, period: f32| {
            let turns = now.as_secs_f32() / period + phase;
            JITTER * (TAU * turns).sin()
        };
        // Periods that have no common multiple soon: the face does not repeat itself.
        let phase = Random(self.seed).share();
        Face {
            scores: Scores {
                eyes: eased.eyes + jitter(phase, 3.1),
                mouth: eased.mouth + jitter(phase + 0.3, 4.7),
                pose: eased.pose + jitter(phase + 0.7, 7.9),
            },
            lids: self.lids(now),
        }
    }

    /// The face without motion: the last expression, as long as it is the last.
    pub fn still(&self) -> Face {
        let scores = self.last.map_or(REST, |(_, scores, _)| scores);
        Face { scores, lids: 0.0 }
    }

    /// An expression is under way.
    pub fn is_moving(&self, now: Duration) -> bool {
        self.last.is_some_and(|(_, _, begun)| now < begun + SPAN)
    }

    /// When a picture is due after one of a moment: with the next frame in an expression or a blink,
    /// at rest a few times a second and as a blink begins.
    pub fn next(&self, after: Duration) -> Duration {
        if self.is_moving(after) {
            return after + FRAME;
        }
        let stretch = after.as_millis() / STRETCH.as_millis();
        let stretch = u64::try_from(stretch).unwrap_or_default();
        let blinks = [self.blink(stretch), self.blink(stretch + 1)];
        for begins in blinks.into_iter().filter(|begins| !self.busy(*begins)) {
            if after < begins {
                return begins.min(after + IDLE);
            }
            if after < begins + BLINK {
                return after + FRAME;
            }
        }
        after + IDLE
    }

    fn eased(&self, now: Duration) -> Scores {
        let Some((from, to, begun)) = self.last else {
            return REST;
        };
        let frames = now.saturating_sub(begun).as_secs_f32() / FRAME.as_secs_f32();
        let cosine = |share: f32| (1.0 - (PI * share.clamp(0.0, 1.0)).cos()) / 2.0;
        let (up, hold, down) = (UP as f32, HOLD as f32, DOWN as f32);
        if frames < up {
            from.towards(to, cosine(frames / up))
        } else {
            to.towards(REST, cosine((frames - up - hold) / down))
        }
    }

    fn lids(&self, now: Duration) -> f32 {
        let stretch = now.as_millis() / STRETCH.as_millis();
        let begins = self.blink(u64::try_from(stretch).unwrap_or_default());
        let since = now.saturating_sub(begins);
        if now < begins || since >= BLINK || self.busy(begins) {
            return 0.0;
        }
        let share = since.as_secs_f32() / BLINK.as_secs_f32();
        (PI * share).sin()
    }

    /// When the blink of a stretch begins.
    fn blink(&self, stretch: u64) -> Duration {
        let mixed = self.seed ^ stretch.wrapping_mul(0xd6e8_feb8_6659_fd93);
        let begins = STRETCH.as_secs_f64() * stretch as f64;
        Duration::from_secs_f64(begins) + EARLY.mul_f32(Random(mixed).share())
    }

    /// An expression is under way when a blink would begin.
    fn busy(&self, at: Duration) -> bool {
        self.last
            .is_some_and(|(_, _, begun)| begun <= at && at < begun + SPAN)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Expression, draw};
    use super::*;
    use proptest::prelude::*;

    fn frames(n: u32) -> Duration {
        FRAME * n
    }

    fn surprised() -> Scores {
        draw(
            Expression::parse("눈 아주 크게, 입 아주 크게, 고개 돌림 많이").unwrap(),
            3,
        )
    }

    #[test]
    fn an_expression_comes_stays_and_goes() {
        let mut motion = Motion::new(1);
        motion.express(surprised(), frames(100));
        assert_eq!(motion.eased(frames(100)), REST);
        let half = motion.eased(frames(125)).eyes;
        assert!(
            (half - (REST.eyes + surprised().eyes) / 2.0).abs() < 1e-4,
            "{half}"
        );
        for frame in [150, 155, 160] {
            let eyes = motion.eased(frames(frame)).eyes;
            assert!(
                (eyes - surprised().eyes).abs() < 1e-4,
                "frame {frame}: {eyes}"
            );
        }
        let back = motion.eased(frames(210));
        assert!((back.eyes - REST.eyes).abs() < 1e-4);
        assert!(motion.is_moving(frames(209)) && !motion.is_moving(frames(210)));
        assert_eq!(motion.still().scores, surprised());
    }

    #[test]
    fn a_new_expression_takes_over_from_where_the_face_is() {
        let mut motion = Motion::new(1);
        motion.express(surprised(), frames(0));
        let before = motion.eased(frames(30));
        motion.express(REST, frames(30));
        assert_eq!(motion.eased(frames(30)), before, "nothing jumps");
    }

    #[test]
    fn it_blinks_when_idle_and_not_in_an_expression() {
        let mut motion = Motion::new(9);
        let blinks = |motion: &Motion, from: u32, to: u32| {
            (from..to)
                .filter(|frame| motion.at(frames(*frame)).lids > 0.5)
                .count()
        };
        assert!(blinks(&motion, 0, 1200) >= 8, "in a minute");
        motion.express(surprised(), frames(1200));
        assert_eq!(blinks(&motion, 1205, 1310), 0);
        assert!(blinks(&motion, 1310, 1600) > 0, "and again afterwards");
    }

    #[test]
    fn pictures_are_many_in_an_expression_and_few_at_rest() {
        let mut motion = Motion::new(5);
        let pictures = |motion: &Motion, from: Duration| {
            let times = std::iter::successors(Some(from), |now| Some(motion.next(*now)));
            times.take_while(|now| *now < from + SPAN).count()
        };
        let at_rest = pictures(&motion, frames(1000));
        assert!(at_rest < 40, "{at_rest} in 5.5 s");
        motion.express(surprised(), frames(1000));
        assert_eq!(pictures(&motion, frames(1000)), 110);
    }

    proptest! {
        #[test]
        fn no_blink_is_missed(seed in any::<u64>(), from in 0u32..2_000) {
            let motion = Motion::new(seed);
            let mut now = FRAME * from;
            let mut shut = 0.0f32;
            while now < FRAME * (from + 220) {
                shut = shut.max(motion.at(now).lids);
                prop_assert!(motion.next(now) > now);
                now = motion.next(now);
            }
            prop_assert!(shut > 0.6, "{shut}");
        }

        #[test]
        fn blinks_are_two_seconds_apart(seed in any::<u64>(), stretch in 0u64..100_000) {
            let motion = Motion::new(seed);
            let (one, next) = (motion.blink(stretch), motion.blink(stretch + 1));
            prop_assert!(next >= one + BLINK + Duration::from_secs(2), "{one:?} {next:?}");
        }

        #[test]
        fn the_face_moves_little_between_two_frames(seed in any::<u64>(), frame in 0u32..400, at in 0u32..300) {
            let mut motion = Motion::new(seed);
            motion.express(surprised(), frames(at));
            let (one, next) = (motion.at(frames(frame)), motion.at(frames(frame + 1)));
            for (a, b) in [(one.scores.eyes, next.scores.eyes), (one.scores.mouth, next.scores.mouth), (one.scores.pose, next.scores.pose)] {
                prop_assert!((a - b).abs() < 0.1, "{a} {b}");
            }
            prop_assert!((0.0..=1.0).contains(&one.lids));
        }
    }
}
