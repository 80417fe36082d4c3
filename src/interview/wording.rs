//! Authored wordings: where they come from when a pack leaves a list short, and how one is drawn.

use crate::content::Pack;
use crate::messages::{Lang, Messages};

/// The interviewer's texts that stand in for a pack's, in the pack's language.
pub(super) fn messages(pack: &Pack) -> Messages {
    Messages::new(Lang::from_locale(&pack.file.language))
}

/// The pack's wordings; where there are fewer than two, the program's own `interview.{name}_N`
/// join them, so that none need be said twice running.
pub(super) fn pool(own: &[String], name: &str, messages: &Messages) -> Vec<String> {
    let mut pool = own.to_vec();
    if pool.len() < 2 {
        pool.extend(fallbacks(name, messages));
    }
    pool
}

fn fallbacks(name: &str, messages: &Messages) -> Vec<String> {
    (1..)
        .map(|number| format!("interview.{name}_{number}"))
        .map_while(|key| {
            let text = messages.get(&key);
            (text != key).then(|| text.to_owned())
        })
        .collect()
}

/// The line of advice for a hedged answer; the next turn gets another one.
pub(super) fn coaching(pack: &Pack, seed: u64, turn: u32) -> String {
    let own = &pack.intents.coaching_hedge;
    let lines = if own.is_empty() {
        fallbacks("coaching_hedge", &messages(pack))
    } else {
        own.clone()
    };
    let index = seed.wrapping_add(u64::from(turn)) as usize % lines.len().max(1);
    lines.into_iter().nth(index).unwrap_or_default()
}

/// A number that depends on nothing but its arguments (SplitMix64 over FNV-1a): the same interview
/// with the same seed reads the same on every machine.
pub(super) fn draw(seed: u64, turn: u32, list: &str) -> u64 {
    let hash = list.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut z = hash ^ seed.wrapping_add(u64::from(turn).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
