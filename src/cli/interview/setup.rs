//! Everything an interview is held with, from arguments, settings and what is on disk.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use color_eyre::eyre::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::mpsc::UnboundedReceiver;

use super::InterviewArgs;
use crate::cli::context::Context;
use crate::cli::{companion, voice};
use crate::content::watch::{PackWatcher, watch};
use crate::content::{LoadError, Pack};
use crate::driver::session::ResumeOffer;
use crate::driver::{Driver, Holding, Recorder};
use crate::engine::judge::JudgeCalibration;
use crate::engine::speaker::Speaker;
use crate::engine::{Event, Setup, Writer};
use crate::interview::{Authored, Options};
use crate::store::{Store, Unfinished};

/// An interview that is ready to begin.
pub struct Prepared {
    /// The interview.
    pub driver: Driver,
    /// What the engine sends.
    pub events: UnboundedReceiver<Event>,
    /// Chose among authored wordings.
    pub seed: u64,
    /// An interview that was interrupted.
    pub offer: Option<ResumeOffer>,
    /// Something about the record that the learner should know.
    pub notice: Option<String>,
    /// Reads the pack again when it is edited; stops when dropped.
    pub watcher: Option<PackWatcher>,
}

/// Loads the pack, opens the record, starts the engine.
///
/// # Errors
/// When the pack cannot be loaded, the topic is not in it, or the writer is unknown.
pub fn prepare(args: &InterviewArgs, context: &Context) -> Result<Prepared> {
    let writer = args
        .writer
        .as_deref()
        .unwrap_or_else(|| context.config.writer());
    let location = context.pack_location(args.pack.as_deref());
    let pack = context.pack(args.pack.as_deref())?;
    let models = context.models();
    let calibration: JudgeCalibration = models.find("answer")?.calibration("answer")?;
    let seed = args.seed.unwrap_or_else(clock_seed);
    let options = Options {
        start_topic: args.topic.clone(),
        seed,
        max_failures: context.config.interview.max_failures,
        thresholds: calibration.thresholds,
    };
    let writer = match writer {
        "authored" => Box::new(Authored::new(pack.clone(), seed)) as Box<dyn Writer>,
        name => {
            let load = voice::loader(name, &location, &pack, context)?;
            Box::new(Speaker::new(name.to_owned(), load, pack.clone(), seed))
        }
    };
    let (store, notice) = open_store(context);
    let unfinished = store
        .as_ref()
        .and_then(|store| store.unfinished().ok().flatten());
    let unfinished = unfinished.filter(|unfinished| unfinished.pack_id == pack.file.id);
    let offer = unfinished
        .as_ref()
        .map(|unfinished| offer(unfinished, &pack));
    let (guard, boundaries) = companion::guard(context)?;
    let setup = Setup {
        models,
        cache: Some(context.embedding_cache()),
        pack: pack.clone(),
        writer,
        guard: Some(guard),
        talker: Some(companion::talker(context, seed)?),
    };
    let (driver, events) = Driver::new(Holding {
        pack,
        options,
        setup,
        recorder: store.map(|store| Recorder::new(store, None)),
        boundaries,
        unfinished,
        messages: context.messages.clone(),
    })?;
    let watcher = location.folder().and_then(|folder| {
        let announcer = driver.announcer();
        let changed = move |change: Result<Pack, LoadError>| {
            let change = change.map(Arc::new).map_err(|error| error.to_string());
            announcer.tell(Event::Edited(change));
        };
        watch(folder.clone(), changed).ok()
    });
    Ok(Prepared {
        driver,
        events,
        seed,
        offer,
        notice,
        watcher,
    })
}

/// The learner's record; without one the interview is held all the same, and it is said.
fn open_store(context: &Context) -> (Option<Store>, Option<String>) {
    match Store::open(&context.paths.profile, Timestamp::now()) {
        Ok(store) => {
            let notice = store.notice(&context.messages);
            (Some(store), notice)
        }
        Err(error) => (None, Some(error.explain(&context.messages))),
    }
}

fn offer(unfinished: &Unfinished, pack: &Arc<Pack>) -> ResumeOffer {
    let started = unfinished.started.to_zoned(TimeZone::system());
    let topic = pack
        .topic(&unfinished.topic)
        .map_or(unfinished.topic.as_str(), |(_, topic)| topic.display());
    ResumeOffer {
        when: started.strftime("%Y-%m-%d %H:%M").to_string(),
        topic: topic.to_owned(),
        turns: unfinished.turn,
    }
}

fn clock_seed() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
