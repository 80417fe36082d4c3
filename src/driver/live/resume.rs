//! Going on with an interview that was cut off.

use super::{Driver, DriverError};
use crate::driver::session::{Notice, Speaker, Spoken};
use crate::engine::Request;
use crate::interview::{Input, Interview, Snapshot};
use crate::store::{InterviewId, Unfinished};

impl Driver {
    pub(super) fn resume(&mut self, unfinished: Unfinished) -> Result<Vec<Notice>, DriverError> {
        let snapshot: Snapshot = serde_json::from_value(unfinished.snapshot)?;
        let pack = self.interview.pack().clone();
        self.interview = Interview::resume(pack, self.options.clone(), snapshot)?;
        let earlier = self.earlier(unfinished.id)?;
        for spoken in &earlier {
            if spoken.by == Speaker::Interviewer {
                self.engine.send(Request::Remember(spoken.text.clone()));
            }
        }
        let mut notices = vec![Notice::Earlier(earlier)];
        // The question that is open was recorded when it was first asked.
        let recorder = self.recorder.take();
        let again = self.input(Input::Begin);
        self.recorder = recorder.map(|mut recorder| {
            recorder.resume(unfinished.id);
            recorder
        });
        notices.extend(again?);
        Ok(notices)
    }

    /// What was said in an interview, but its last question, which is asked again.
    fn earlier(&self, id: InterviewId) -> Result<Vec<Spoken>, DriverError> {
        let Some(recorder) = &self.recorder else {
            return Ok(Vec::new());
        };
        let found = recorder
            .store()
            .show(id)
            .map_err(|error| self.failed(error))?;
        let turns = found.map_or(Vec::new(), |found| found.turns);
        let mut spoken = Vec::new();
        for turn in turns {
            if let Some(answer) = turn.answer {
                spoken.push(Spoken {
                    by: Speaker::Learner,
                    text: answer.message,
                });
            }
            if let Some(reply) = turn.reply {
                spoken.push(Spoken {
                    by: Speaker::Interviewer,
                    text: reply.text,
                });
            }
        }
        if spoken
            .last()
            .is_some_and(|last| last.by == Speaker::Interviewer)
        {
            spoken.pop();
        }
        Ok(spoken)
    }
}
