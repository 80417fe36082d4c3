//! What the companion remembers: `[key: value]` items, one value a key.
//!
//! - [`item`]: the form, read and written
//! - [`key`]: which keys are one, and how long a key holds
//! - [`dates`]: the date that a plan's day means, and when the plan is over
//! - [`shelf`]: what a new item or a new day changes among those that are there
//! - [`choice`]: which item goes before a message
//! - [`harmless`]: a text that cannot be taken for a part of the prompt
//! - [`mod@file`]: the text file with an item a line

pub mod choice;
pub mod dates;
pub mod file;
pub mod harmless;
pub mod item;
pub mod key;
pub mod shelf;

pub use choice::{Scored, choose};
pub use dates::dated;
pub use file::{Finding, Imported, export, import};
pub use harmless::{flatten, without_markers};
pub use item::{Item, ItemError};
pub use key::{Canonical, Lifetime};
pub use shelf::{Change, Kept, turn_day};
