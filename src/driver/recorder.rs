//! What the driver writes into the record. Without a record an interview is held all the same.

use jiff::Timestamp;
use serde_json::Value;

use crate::companion::Sanctioned;
use crate::companion::ethics::Offence;
use crate::companion::ethics::block::Block;
use crate::content::Pack;
use crate::interview::{EndReason, Snapshot, Utterance, Verdict};
use crate::store::{
    Conversation, DisputeRecord, InterviewId, NewInterview, QuestionRecord, Reply, Store,
    StoreError, Timings, TurnRecord,
};

/// A record with the interview that is being held.
pub struct Recorder {
    store: Store,
    id: Option<InterviewId>,
}

impl Recorder {
    /// Writes into `store`; `id` where an interview goes on.
    pub fn new(store: Store, id: Option<InterviewId>) -> Self {
        Self { store, id }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The block that is running.
    pub(super) fn block(&mut self) -> Result<Option<Block>, StoreError> {
        Ok(self.store.standing(Timestamp::now())?.block)
    }

    /// Writes down what follows from a message that offends.
    pub(super) fn sanction(
        &mut self,
        message: &str,
        offences: &[Offence],
    ) -> Result<Sanctioned, StoreError> {
        let at = Timestamp::now();
        self.store
            .sanction(at, Conversation::Interview, message, offences, None)
    }

    /// Writes down an objection; says whether there was anything to object to.
    pub(super) fn object(&mut self, message: &str) -> Result<bool, StoreError> {
        self.store.object(Timestamp::now(), message)
    }

    /// Takes up an unfinished interview.
    pub fn resume(&mut self, id: InterviewId) {
        self.id = Some(id);
    }

    /// Leaves an unfinished interview behind: it is not offered again.
    pub(super) fn abandon(&mut self, id: InterviewId) -> Result<(), StoreError> {
        self.store.abandon(id)
    }

    fn begun(&mut self, pack: &Pack, writer: &str, seed: u64) -> Result<InterviewId, StoreError> {
        if let Some(id) = self.id {
            return Ok(id);
        }
        let id = self.store.begin_interview(&NewInterview {
            at: Timestamp::now(),
            pack_id: pack.file.id.clone(),
            pack_title: pack.file.title.clone(),
            language: pack.file.language.clone(),
            writer: writer.to_owned(),
            seed,
        })?;
        self.id = Some(id);
        Ok(id)
    }

    pub(super) fn question(
        &mut self,
        pack: &Pack,
        seed: u64,
        (turn, topic): (u32, &str),
        (utterance, write_ms): (&Utterance, f64),
        snapshot: &Snapshot,
    ) -> Result<(), StoreError> {
        let id = self.begun(pack, &utterance.writer, seed)?;
        let question = QuestionRecord {
            turn,
            at: Timestamp::now(),
            topic: topic.to_owned(),
            reply: Reply {
                utterance: utterance.clone(),
                ms: Timings::from([("write".to_owned(), write_ms)]),
            },
        };
        self.store.record_question(id, &question, &json(snapshot))
    }

    pub(super) fn turn(
        &mut self,
        (turn, topic): (u32, &str),
        message: &str,
        (verdict, next): (&Verdict, &str),
        ms: Timings,
        snapshot: &Snapshot,
    ) -> Result<(), StoreError> {
        let Some(id) = self.id else { return Ok(()) };
        let record = TurnRecord {
            turn,
            at: Timestamp::now(),
            topic: topic.to_owned(),
            message: message.to_owned(),
            verdict: verdict.clone(),
            next: next.to_owned(),
            ms,
            reply: None,
        };
        self.store.record_turn(id, &record, &json(snapshot))
    }

    pub(super) fn dispute(
        &mut self,
        turn: u32,
        topic: &str,
        label: &str,
        message: &str,
        snapshot: &Snapshot,
    ) -> Result<(), StoreError> {
        let Some(id) = self.id else { return Ok(()) };
        let record = DisputeRecord {
            turn,
            at: Timestamp::now(),
            topic: topic.to_owned(),
            label: label.to_owned(),
            message: message.to_owned(),
        };
        self.store.record_dispute(id, &record, &json(snapshot))
    }

    /// An interview that was finished or stopped has an end; one that broke off can be resumed.
    pub(super) fn end(&mut self, reason: EndReason) -> Result<(), StoreError> {
        match (self.id, reason) {
            (Some(id), EndReason::Finished | EndReason::Stopped | EndReason::Sanctioned) => {
                self.store.end_interview(id, Timestamp::now(), reason)
            }
            _ => Ok(()),
        }
    }
}

fn json(snapshot: &Snapshot) -> Value {
    serde_json::to_value(snapshot).unwrap_or(Value::Null)
}
