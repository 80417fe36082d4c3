//! What Oh-LoRA says, and whose words they are.

use serde::{Deserialize, Serialize};

/// What a writer said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Utterance {
    /// The words; in an interview, reaction and question.
    pub text: String,
    /// `authored`, `nano`, or a model's name.
    pub writer: String,
    /// The authored text stands in for a model's that failed its checks.
    pub fallback: bool,
}
