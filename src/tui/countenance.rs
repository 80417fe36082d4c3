//! Her face as a part of the state: an expression, how it moves, and its words.

use std::time::Duration;

use crate::companion::expression::{Expression, Eyes, Face, Motion, Mouth, Pose, Scores};
use crate::messages::Messages;

/// Her face in a tab.
#[derive(Debug, Clone)]
pub struct Countenance {
    motion: Motion,
    expression: Expression,
}

impl Countenance {
    /// A face at rest; the seed decides when it blinks.
    pub fn new(seed: u64) -> Self {
        Self {
            motion: Motion::new(seed),
            expression: Expression::default(),
        }
    }

    /// Begins an expression.
    pub fn express(&mut self, expression: Expression, scores: Scores, now: Duration) {
        self.expression = expression;
        self.motion.express(scores, now);
    }

    /// The expression that came last.
    pub fn expression(&self) -> Expression {
        self.expression
    }

    /// The face at a moment; where nothing may move, the last expression.
    pub fn at(&self, now: Duration, moves: bool) -> Face {
        if moves {
            self.motion.at(now)
        } else {
            self.motion.still()
        }
    }

    /// When a picture is due after one of a moment.
    pub fn next(&self, after: Duration) -> Duration {
        self.motion.next(after)
    }

    /// The expression in words, for whoever does not see the picture.
    pub fn label(&self, messages: &Messages) -> String {
        let Expression { eyes, mouth, pose } = self.expression;
        let eyes = match eyes {
            Eyes::Small => "tui.eyes_small",
            Eyes::Normal => "tui.eyes_normal",
            Eyes::Big => "tui.eyes_big",
            Eyes::Huge => "tui.eyes_huge",
        };
        let mouth = match mouth {
            Mouth::Normal => "tui.mouth_normal",
            Mouth::Big => "tui.mouth_big",
            Mouth::Huge => "tui.mouth_huge",
        };
        let pose = match pose {
            Pose::Straight => "tui.pose_straight",
            Pose::Turned => "tui.pose_turned",
            Pose::Away => "tui.pose_away",
        };
        messages.fill(
            "tui.face",
            &[
                ("eyes", &messages.get(eyes)),
                ("mouth", &messages.get(mouth)),
                ("pose", &messages.get(pose)),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::companion::expression::draw;
    use crate::messages::Lang;

    #[test]
    fn the_korean_label_has_the_words_of_the_form() {
        let messages = Messages::new(Lang::Ko);
        let mut face = Countenance::new(1);
        for expression in Expression::all() {
            face.express(expression, draw(expression, 1), Duration::ZERO);
            assert_eq!(face.label(&messages), format!("표정: {expression}"));
        }
    }

    #[test]
    fn a_still_face_has_its_expression_at_once() {
        let expression = Expression {
            eyes: Eyes::Huge,
            ..Expression::default()
        };
        let scores = draw(expression, 1);
        let mut face = Countenance::new(1);
        face.express(expression, scores, Duration::ZERO);
        assert_eq!(face.at(Duration::ZERO, false).scores, scores);
        assert_ne!(face.at(Duration::ZERO, true).scores, scores);
    }
}
