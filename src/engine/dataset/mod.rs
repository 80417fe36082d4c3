//! A pack as training data for the two S-BERTs. Training sees the pack alone: held-out answers are
//! in `eval/`, which a [`Pack`](crate::content::Pack) does not hold.

mod answer;
mod classes;
mod distort;
mod ethics;
mod memory;
mod next;
mod off_topic;
mod pairs;
mod rows;
#[cfg(test)]
mod tests;

use std::hash::{Hash, Hasher};

pub use answer::answer_data;
pub use classes::{TopicClass, classes};
pub use distort::distorted;
pub use ethics::{ethics_data, harmless, unseen_answers};
pub use memory::{MemoryTarget, Targets, memory_data, same_key, word_overlap};
pub use next::{NextRow, next_data, next_rows};
pub use off_topic::OffTopic;
pub use pairs::{memory_pairs_data, pairs_data};
pub use rows::rows_data;

use siphasher::sip::SipHasher13;

use crate::content::inputs::Input;
use crate::encoder::Text;

impl From<Input> for Text {
    fn from(input: Input) -> Self {
        Self {
            head: input.before,
            body: input.message,
            tail: input.after,
        }
    }
}

/// One text in `SHARE` is kept out of training, to calibrate on.
const SHARE: u64 = 8;

/// Whether a message is kept for calibration: decided by its own text, so that it stays decided when
/// others are added.
pub fn held_out(message: &str) -> bool {
    bucket(message, SHARE) == 0
}

/// A number below `buckets` that depends on the text alone, today and under any compiler: the shipped
/// models were trained with this split.
pub fn bucket(text: &str, buckets: u64) -> u64 {
    let mut hasher = SipHasher13::new();
    text.hash(&mut hasher);
    hasher.finish() % buckets
}
