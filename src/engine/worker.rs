//! The engine thread: the only one that touches tensors. Requests in, events out.
//!
//! It loads the models, answers what is asked, and between requests embeds the examples of the
//! topics still to come, a few at a time, so that a request never waits for long.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{
    UnboundedReceiver, UnboundedSender, WeakUnboundedSender, unbounded_channel,
};

use super::guard::Guard;
use super::judge::Judge;
use super::models::ModelStore;
use super::selector::Selector;
use super::talker::{Dropped, TalkAnswer, TalkRequest, Talker, Talking};
use super::writer::Writer;
use crate::companion::ethics::Scores;
use crate::content::Pack;
use crate::encoder::EncoderError;
use crate::interview::{Evidence, JudgeRequest, SelectRequest, Utterance, WriteRequest};

/// Names a request, so that an answer nobody waits for any more can be told.
pub type RequestId = u64;

/// Something to do.
#[derive(Debug, Clone)]
pub enum Request {
    /// Score the readings of a message, before it is answered.
    Classify(RequestId, Vec<String>),
    /// Compare a message with its topic.
    Judge(RequestId, JudgeRequest),
    /// Choose among the topics that the flow allows.
    Select(RequestId, SelectRequest),
    /// Word a reply.
    Write(RequestId, WriteRequest),
    /// Something for the companion.
    Talk(RequestId, TalkRequest),
    /// A reply given earlier, not to be repeated.
    Remember(String),
    /// The pack was edited: judge and write by the new one.
    Pack(Arc<Pack>),
}

/// Something done.
#[derive(Debug, Clone)]
pub enum Event {
    /// A model is being loaded: how many are, of how many.
    Loading {
        /// Models loaded.
        done: u64,
        /// Models in all.
        total: u64,
        /// The model that is being loaded.
        what: String,
    },
    /// The models are loaded; milliseconds since the start.
    Ready {
        /// Milliseconds.
        ms: f64,
    },
    /// [`Request::Classify`] is answered, a score for each text; none at all without a guard.
    Classified(RequestId, Vec<Scores>, f64),
    /// [`Request::Judge`] is answered.
    Judged(RequestId, Evidence, f64),
    /// [`Request::Select`] is answered.
    Selected(RequestId, String, f64),
    /// A reply as far as it is written.
    Draft(RequestId, String),
    /// [`Request::Write`] is answered.
    Written(RequestId, Utterance, f64),
    /// [`Request::Talk`] is answered, or being answered; milliseconds.
    Talked(RequestId, TalkAnswer, f64),
    /// The pack was edited: the new one, or what is wrong with it.
    Edited(Result<Arc<Pack>, String>),
    /// A request could not be answered.
    Failed(Option<RequestId>, String),
}

/// What the engine works with.
pub struct Setup {
    /// Where the models are.
    pub models: ModelStore,
    /// Where embeddings are kept; nowhere if none.
    pub cache: Option<PathBuf>,
    /// The pack in use.
    pub pack: Arc<Pack>,
    /// Words the replies.
    pub writer: Box<dyn Writer>,
    /// Scores messages before they are answered; none where there is no model for it.
    pub guard: Option<Box<dyn Guard>>,
    /// Answers as the companion; without one she is silent.
    pub talker: Option<Box<dyn Talker>>,
}

/// The engine as others hold it; when the last copy is dropped, the thread ends.
#[derive(Clone)]
pub struct Engine {
    requests: Sender<Request>,
    cancelled: Arc<AtomicU64>,
    dropped: Dropped,
    events: WeakUnboundedSender<Event>,
}

/// Puts news from elsewhere among the engine's events, as long as the engine lives.
#[derive(Debug, Clone)]
pub struct Announcer(WeakUnboundedSender<Event>);

impl Announcer {
    /// Sends an event.
    pub fn tell(&self, event: Event) {
        if let Some(events) = self.0.upgrade() {
            let _ = events.send(event);
        }
    }
}

impl Engine {
    /// Starts the thread. Events come in the order of the requests.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(setup: Setup) -> std::io::Result<(Self, UnboundedReceiver<Event>)> {
        let (requests, inbox) = channel();
        let (outbox, events) = unbounded_channel();
        let cancelled = Arc::new(AtomicU64::new(0));
        let dropped = Dropped::default();
        let weak = outbox.downgrade();
        let mut setup = setup;
        let worker = Worker {
            talking: setup.talker.take().map(Talking::new),
            setup,
            inbox,
            outbox,
            cancelled: cancelled.clone(),
            dropped: dropped.clone(),
        };
        std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || worker.run())?;
        let engine = Self {
            requests,
            cancelled,
            dropped,
            events: weak,
        };
        Ok((engine, events))
    }

    /// Sends a request; one that comes after the thread's end is lost with it.
    pub fn send(&self, request: Request) {
        let _ = self.requests.send(request);
    }

    /// Lets others put events among the engine's.
    pub fn announcer(&self) -> Announcer {
        Announcer(self.events.clone())
    }

    /// Stops requests up to this one: what is generated ends, what waits is passed over.
    pub fn cancel(&self, id: RequestId) {
        self.cancelled.fetch_max(id, Ordering::Relaxed);
    }

    /// Gives up a request of the companion's: what is generated ends, what waits is passed over.
    pub fn give_up(&self, id: RequestId) {
        if let Ok(mut dropped) = self.dropped.lock() {
            dropped.insert(id);
        }
    }
}

struct Worker {
    talking: Option<Talking>,
    dropped: Dropped,
    setup: Setup,
    inbox: Receiver<Request>,
    outbox: UnboundedSender<Event>,
    cancelled: Arc<AtomicU64>,
}

/// Both S-BERTs.
struct Loaded {
    judge: Judge,
    selector: Selector,
}

/// Texts embedded between two looks at the inbox.
const BACKGROUND_TEXTS: usize = 16;
/// What is new is written to the cache this often while there is more to embed: the learner may
/// leave at any moment.
const KEEP: Duration = Duration::from_secs(3);
/// The greeting is asked for as soon as the models are there, and does not wait for the guard, which is
/// loaded when nothing has been asked for this long, or a message is to be judged.
const GREETING: Duration = Duration::from_millis(150);
/// What is new is written to the cache when the engine has been idle this long.
const IDLE: Duration = Duration::from_millis(300);

impl Worker {
    fn run(mut self) {
        let started = Instant::now();
        let loaded = match self.load() {
            Ok(loaded) => Some(loaded),
            Err(error) => {
                self.tell(Event::Failed(None, error.to_string()));
                None
            }
        };
        self.load_writer();
        if loaded.is_some() {
            self.tell(Event::Ready {
                ms: milliseconds(started),
            });
        }
        self.serve(loaded);
    }

    /// Loads both models. Examples are embedded later: those of a topic take a moment at most.
    fn load(&self) -> Result<Loaded, EncoderError> {
        let loading = |done, what: &str| {
            self.tell(Event::Loading {
                done,
                total: 2,
                what: what.to_owned(),
            });
        };
        let Setup { models, cache, .. } = &self.setup;
        loading(0, "answer");
        let files = models.find("answer")?;
        let base = models.base_of(&files)?;
        let judge = Judge::load(&files, base.as_ref(), cache.clone())?;
        loading(1, "next");
        let files = models.find("next")?;
        let base = models.base_of(&files)?;
        let selector = Selector::load(&files, base.as_ref(), cache.clone())?;
        Ok(Loaded { judge, selector })
    }

    /// Loads the guard's model, where it is not loaded. Without it messages are let through, and it is said.
    fn load_guard(&mut self) {
        let loaded = self
            .setup
            .guard
            .as_mut()
            .map_or(Ok(()), |guard| guard.load());
        if let Err(reason) = loaded {
            self.setup.guard = None;
            self.tell(Event::Failed(None, reason));
        }
    }

    /// Loads the writer's model. Without it the authored words go on, so the interview does.
    fn load_writer(&mut self) {
        if let Some(what) = self.setup.writer.model() {
            let what = what.to_owned();
            self.tell(Event::Loading {
                done: 2,
                total: 3,
                what,
            });
        }
        if let Err(reason) = self.setup.writer.load() {
            self.tell(Event::Failed(None, reason));
        }
    }

    /// Answers requests until nobody can send any.
    fn serve(&mut self, mut loaded: Option<Loaded>) {
        let mut background = true;
        let mut unguarded = true;
        let mut kept = Instant::now();
        loop {
            let patience = match (unguarded, background) {
                (true, _) => GREETING,
                (false, true) => Duration::ZERO,
                (false, false) => IDLE,
            };
            let request = self.inbox.recv_timeout(patience);
            match request {
                Ok(request) => {
                    background |= matches!(request, Request::Pack(_));
                    self.answer(request, loaded.as_mut());
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if unguarded => {
                    self.load_guard();
                    unguarded = false;
                }
                Err(RecvTimeoutError::Timeout) => match loaded.as_mut() {
                    Some(loaded) if background => {
                        background = self.prepare(&mut loaded.judge);
                        if kept.elapsed() > KEEP {
                            self.save(loaded);
                            kept = Instant::now();
                        }
                    }
                    Some(loaded) => self.save(loaded),
                    None => background = false,
                },
            }
        }
        if let Some(mut loaded) = loaded {
            self.save(&mut loaded);
        }
    }

    /// Embeds a few examples of the first topic that lacks some; false when none does.
    fn prepare(&self, judge: &mut Judge) -> bool {
        let pack = &self.setup.pack;
        for topic in &pack.topics {
            match judge.prepare(pack, topic, BACKGROUND_TEXTS) {
                Ok(true) => {}
                Ok(false) => return true,
                Err(error) => {
                    tracing::warn!(%error, topic = topic.title, "examples not embedded");
                    return false;
                }
            }
        }
        false
    }

    /// A cache that cannot be written costs time at the next start, nothing else.
    fn save(&self, loaded: &mut Loaded) {
        for result in [loaded.judge.save_cache(), loaded.selector.save_cache()] {
            if let Err(error) = result {
                tracing::warn!(%error, "embeddings not kept");
            }
        }
    }

    fn answer(&mut self, request: Request, loaded: Option<&mut Loaded>) {
        let started = Instant::now();
        match (request, loaded) {
            (Request::Pack(pack), _) => {
                self.setup.writer.use_pack(pack.clone());
                self.setup.pack = pack;
            }
            (Request::Remember(text), _) => self.setup.writer.remember(&text),
            (Request::Talk(id, request), _) => self.talk(id, request),
            (
                Request::Classify(id, _)
                | Request::Judge(id, _)
                | Request::Select(id, _)
                | Request::Write(id, _),
                _,
            ) if self.is_cancelled(id) => {}
            (Request::Classify(id, texts), _) => {
                self.load_guard();
                let guard = self.setup.guard.as_mut();
                let scores = guard.map_or(Ok(Vec::new()), |guard| guard.classify(&texts));
                self.tell(match scores {
                    Ok(scores) => Event::Classified(id, scores, milliseconds(started)),
                    Err(reason) => Event::Failed(Some(id), reason),
                });
            }
            (Request::Write(id, request), _) => {
                let (outbox, cancelled) = (&self.outbox, &self.cancelled);
                let mut shown = String::new();
                let mut draft = |text: &str| {
                    // Asked many times while a prompt is read, when there is nothing new to see.
                    if text != shown {
                        text.clone_into(&mut shown);
                        let _ = outbox.send(Event::Draft(id, shown.clone()));
                    }
                    cancelled.load(Ordering::Relaxed) < id
                };
                let utterance = self.setup.writer.write(&request, &mut draft);
                self.tell(Event::Written(id, utterance, milliseconds(started)));
            }
            (Request::Judge(id, request), Some(loaded)) => {
                let pack = self.setup.pack.clone();
                self.tell(match loaded.judge.evidence(&pack, &request) {
                    Ok(evidence) => Event::Judged(id, evidence, milliseconds(started)),
                    Err(error) => Event::Failed(Some(id), error.to_string()),
                });
            }
            (Request::Select(id, request), Some(loaded)) => {
                self.tell(match loaded.selector.select(&request) {
                    Ok(next) => Event::Selected(id, next, milliseconds(started)),
                    Err(error) => Event::Failed(Some(id), error.to_string()),
                });
            }
            (Request::Judge(id, _) | Request::Select(id, _), None) => {
                let reason = "the models are not loaded, so nothing can be judged; restart after mending what was said then";
                self.tell(Event::Failed(Some(id), reason.to_owned()));
            }
        }
    }

    /// Answers the companion's machine. A reply is always answered, with prepared words where it was
    /// given up: the learner's message is owed one.
    fn talk(&mut self, id: RequestId, request: TalkRequest) {
        let started = Instant::now();
        let dropped = self.dropped.clone();
        let given_up = || dropped.lock().is_ok_and(|dropped| dropped.contains(&id));
        if given_up() && !matches!(request, TalkRequest::Reply(_)) {
            return;
        }
        let outbox = self.outbox.clone();
        let mut shown = String::new();
        let mut draft = |text: &str| {
            if text != shown {
                text.clone_into(&mut shown);
                let answer = TalkAnswer::Draft(shown.clone());
                let _ = outbox.send(Event::Talked(id, answer, milliseconds(started)));
            }
            !given_up()
        };
        if matches!(request, TalkRequest::Classify(_)) {
            self.load_guard();
        }
        let answer = match (request, &mut self.talking, &mut self.setup.guard) {
            (TalkRequest::Classify(texts), _, Some(guard)) => Some(match guard.classify(&texts) {
                Ok(scores) => TalkAnswer::Classified(scores),
                Err(reason) => TalkAnswer::Failed(reason),
            }),
            (request, Some(talking), _) => talking.answer(request, &mut draft),
            (_, None, _) => Some(TalkAnswer::Failed("there is nobody to talk to".to_owned())),
        };
        if let Some(answer) = answer {
            self.tell(Event::Talked(id, answer, milliseconds(started)));
        }
    }

    fn is_cancelled(&self, id: RequestId) -> bool {
        self.cancelled.load(Ordering::Relaxed) >= id
    }

    /// Nobody may be left to hear it.
    fn tell(&self, event: Event) {
        let _ = self.outbox.send(event);
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
