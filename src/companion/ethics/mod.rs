//! Boundaries: what a message is classified as, what follows from it, and for how long.
//!
//! - [`category`]: the four offences and the scores of a text
//! - [`mod@decide`]: which offences a message commits, by thresholds calibrated with the model
//! - [`ladder`]: what an offence costs, by how often it was committed
//! - [`block`]: whether a block is running, also when the clock was set back
//! - [`wording`]: what the sanctioned read

pub mod block;
pub mod category;
pub mod decide;
pub mod ladder;
pub mod wording;

pub use block::{Incident, Standing, standing};
pub use category::{Offence, Scores};
pub use decide::{Thresholds, WHOLE, decide, readings};
pub use ladder::{MOST, sanction, together};
pub use wording::{period, sanctioned, standing_text};
