//! The ethics judge as the guard of both conversations.

use super::{EthicsJudge, named};
use crate::companion::ethics::Scores;
use crate::engine::Guard;

/// Loads the judge; what is wrong is said in one sentence.
pub type LoadJudge = Box<dyn FnOnce() -> Result<EthicsJudge, String> + Send>;

/// A judge that is loaded when the engine begins.
pub struct EthicsGuard {
    load: Option<LoadJudge>,
    judge: Option<EthicsJudge>,
}

impl EthicsGuard {
    /// A guard whose model is not loaded yet.
    pub fn new(load: LoadJudge) -> Self {
        Self {
            load: Some(load),
            judge: None,
        }
    }
}

impl Guard for EthicsGuard {
    fn load(&mut self) -> Result<(), String> {
        if let Some(load) = self.load.take() {
            let mut judge = load()?;
            judge.settle();
            self.judge = Some(judge);
        }
        Ok(())
    }

    fn classify(&mut self, texts: &[String]) -> Result<Vec<Scores>, String> {
        let Some(judge) = &self.judge else {
            return Ok(Vec::new());
        };
        let scores = judge.scores_of(texts).map_err(|error| error.to_string())?;
        Ok(scores.into_iter().map(named).collect())
    }
}
