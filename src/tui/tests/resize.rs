//! Every size from one cell to a big screen, in every kind of state: no panic, and a cursor.

use crossterm::event::KeyCode;
use proptest::prelude::*;

use super::fake::{Fake, end, judged, offer, question};
use super::stage::{Stage, options};
use crate::interview::EndReason;
use crate::messages::Lang;
use crate::tui::session::{Notice, Phase};

const KINDS: usize = 8;

fn stage(kind: usize) -> Stage {
    let mut stage = match kind {
        0 => return Stage::before(Fake::default(), options(Lang::Ko, None)),
        1 => return Stage::before(Fake::default(), options(Lang::Ko, Some(offer()))),
        _ => Stage::ready_with(Fake::default(), Lang::En),
    };
    stage.answer("머신러닝은 데이터에서 배우는데 잘 모르겠어요");
    stage.engine(Phase::Writing, [judged(1, "답")]);
    match kind {
        2 => stage.engine(Phase::Writing, [Notice::Draft("말하는 중".repeat(40))]),
        3 => {
            stage.engine(Phase::Waiting, [question(1, &"긴 질문 ".repeat(100))]);
            stage.key(KeyCode::PageUp);
            stage.paste(&"한글과 English가 섞인 답\n".repeat(12));
        }
        4 => stage.engine(Phase::Ended(EndReason::Stopped), [end(EndReason::Stopped)]),
        5 => stage.key(KeyCode::F(1)),
        6 => stage.key(KeyCode::F(10)),
        _ => stage.key(KeyCode::F(3)),
    }
    stage
}

#[test]
fn every_size_draws() {
    for kind in 0..KINDS {
        let mut stage = stage(kind);
        for width in (1..=120).step_by(5) {
            for height in 1..=50 {
                stage.resize(width, height);
                let (x, y) = stage.cursor();
                assert!(x < width && y < height, "{kind}: {width}×{height}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_storm_of_sizes_and_keys_leaves_the_cursor_on_the_screen(
        kind in 0..KINDS,
        steps in prop::collection::vec((1u16..=120, 1u16..=50, 0usize..15), 1..20),
    ) {
        let mut stage = stage(kind);
        for (width, height, key) in steps {
            stage.resize(width, height);
            let keys = [
                KeyCode::PageUp, KeyCode::PageDown, KeyCode::Up, KeyCode::Down, KeyCode::Esc,
                KeyCode::F(1), KeyCode::F(3), KeyCode::F(6), KeyCode::Enter, KeyCode::Char('한'),
                KeyCode::Home, KeyCode::Backspace, KeyCode::F(8), KeyCode::F(9), KeyCode::Delete,
            ];
            stage.key(keys[key]);
            let (x, y) = stage.cursor();
            prop_assert!(x < width && y < height);
        }
    }
}
