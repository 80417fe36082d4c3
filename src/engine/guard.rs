//! What scores a message before anybody answers it: the seam for the `ethics` S-BERT.

use crate::companion::ethics::Scores;

/// Scores messages, on the engine's thread. An engine without one lets every message through.
pub trait Guard: Send {
    /// Loads the model, where it is not loaded.
    ///
    /// # Errors
    /// What is wrong and what to do, in one sentence. The interview is then held without a guard,
    /// and it is said.
    fn load(&mut self) -> Result<(), String> {
        Ok(())
    }

    /// Calibrated probabilities, one for each text.
    ///
    /// # Errors
    /// What went wrong, in one sentence. The message is then given back to the learner.
    fn classify(&mut self, texts: &[String]) -> Result<Vec<Scores>, String>;
}
