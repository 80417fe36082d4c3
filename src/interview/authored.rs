//! The writer that needs no model: the pack's own wordings, put together.
//!
//! A reply is a reaction, what the situation calls for (a correction, a hint, a model answer, a
//! line of advice) and the next question. The seed and the turn choose among wordings; none of a
//! list is said twice running.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::content::{Answer, Pack, Topic, TopicKind};
use crate::messages::Messages;

use super::flow::is_judged;
use super::terms::asked_term;
use super::types::{Situation, Utterance, WriteRequest};
use super::wording::{draw, messages, pool};

/// One in so many questions on a new topic comes with a transition.
const LEAD_ODDS: u64 = 3;

/// Wordings of a list that are not said again at once.
const MEMORY: usize = 3;

/// Writes replies out of a pack.
#[derive(Debug, Clone)]
pub struct Authored {
    pack: Arc<Pack>,
    seed: u64,
    messages: Messages,
    /// The wordings of each list that were used last, oldest first.
    recent: BTreeMap<String, VecDeque<String>>,
    /// What was said last.
    last: String,
    /// Topics and labels whose hint was given.
    hinted: BTreeSet<(String, String)>,
}

impl Authored {
    /// A writer that has said nothing yet. The same seed words the same interview the same way.
    pub fn new(pack: Arc<Pack>, seed: u64) -> Self {
        Self {
            messages: messages(&pack),
            pack,
            seed,
            recent: BTreeMap::new(),
            last: String::new(),
            hinted: BTreeSet::new(),
        }
    }

    /// Tells the writer what was said last, where it didn't say it itself: after a resume, or when
    /// a language model did.
    pub fn remember(&mut self, text: &str) {
        text.clone_into(&mut self.last);
    }

    /// Goes on with the words of an edited pack.
    pub fn use_pack(&mut self, pack: Arc<Pack>) {
        self.messages = messages(&pack);
        self.pack = pack;
    }

    /// Writes the reply that is asked for.
    pub fn write(&mut self, request: &WriteRequest) -> Utterance {
        let pack = Arc::clone(&self.pack);
        let topic = pack.topic(&request.topic).map(|(_, topic)| topic);
        let next = pack.topic(&request.next).map(|(_, topic)| topic);

        let reaction = self.reaction(request, topic);
        let support = topic.map_or_else(Vec::new, |topic| self.support(request, topic));
        let lead = self.lead(request, next);
        let question = match next {
            Some(next) if asks(request, next) => self.question(request, next),
            None if request.situation != Situation::Closing => {
                self.pick(request.turn, "closing", &pack.intents.reactions.closing)
            }
            _ => String::new(),
        };

        let separator = if support.is_empty() { " " } else { "\n" };
        let asking = join(&[lead, question], " ");
        let text = join(&[reaction, support.join("\n"), asking], separator);
        self.last.clone_from(&text);
        Utterance {
            text,
            writer: "authored".to_owned(),
            fallback: false,
        }
    }

    fn reaction(&mut self, request: &WriteRequest, topic: Option<&Topic>) -> String {
        let pack = Arc::clone(&self.pack);
        let intents = &pack.intents;
        let said = &intents.reactions;
        let none: &[String] = &[];
        let stays = request.topic == request.next;
        let tells = topic.is_some_and(|topic| topic.kind == TopicKind::Experience);
        let has_hint = topic
            .and_then(|topic| hinted_answer(request, topic))
            .is_some();
        let praise = topic.and_then(|topic| praise(request, topic));
        let (name, list) = match request.situation {
            Situation::Pass if praise.is_some() => ("praise", praise.unwrap_or_default()),
            Situation::Opening => ("opening", intents.opening.as_slice()),
            Situation::Pass => ("pass", said.pass.as_slice()),
            Situation::Partial => ("partial", said.partial.as_slice()),
            Situation::FirstFailure if has_hint => ("first_failure", said.first_failure.as_slice()),
            Situation::FirstFailure | Situation::Fail => ("fail", said.fail.as_slice()),
            Situation::DontKnow => ("dont_know", said.dont_know.as_slice()),
            Situation::Misconception => ("misconception", said.misconception.as_slice()),
            Situation::Unclear => ("pump", intents.pump.as_slice()),
            Situation::Reveal if tells => ("reveal_experience", none),
            Situation::Reveal => ("reveal", said.reveal.as_slice()),
            Situation::Skip => ("skip", said.skip.as_slice()),
            Situation::TermQuestion => ("term_question", said.term_question.as_slice()),
            Situation::GreetingWait => ("greeting_wait", said.greeting_wait.as_slice()),
            Situation::GreetingDone => ("greeting_done", none),
            Situation::SmallTalk if stays && !said.aside.is_empty() => {
                ("aside", said.aside.as_slice())
            }
            Situation::SmallTalk => ("small_talk", said.small_talk.as_slice()),
            Situation::Rest if stays => ("rest_wait", none),
            Situation::Rest => ("rest", said.rest.as_slice()),
            Situation::Closing => ("closing", said.closing.as_slice()),
            Situation::Dispute => ("dispute", said.dispute.as_slice()),
        };
        let remaining = request.remaining.join(", ");
        let usable: Vec<String> = list
            .iter()
            .filter(|wording| !remaining.is_empty() || !wording.contains("{remaining}"))
            .cloned()
            .collect();
        self.pick(request.turn, name, &usable)
            .replace("{remaining}", &remaining)
    }

    /// What stands between the reaction and the question, a line each.
    fn support(&mut self, request: &WriteRequest, topic: &Topic) -> Vec<String> {
        let mut lines: Vec<String> = topic
            .misconceptions
            .iter()
            .filter(|misconception| request.misconceptions.contains(&misconception.label))
            .map(|misconception| misconception.correction.clone())
            .collect();
        let explained = self.explanation(request, topic);
        lines.extend(explained.or_else(|| self.hint(request, topic)));
        if request.situation == Situation::Reveal {
            lines.extend(model_answers(request, topic));
        }
        lines.extend(request.coaching.clone());
        lines.retain(|line| !line.is_empty());
        lines
    }

    /// What the term means that was asked about, where the pack explains it.
    fn explanation(&mut self, request: &WriteRequest, topic: &Topic) -> Option<String> {
        if request.situation != Situation::TermQuestion {
            return None;
        }
        let pack = Arc::clone(&self.pack);
        let term = asked_term(&pack, topic, &request.message)?;
        let list = format!("term\n{}", term.names.first()?);
        Some(self.draw_from(request.turn, &list, term.explanations.clone()))
    }

    /// The hint for the part that is asked for: on a question about terms always, after a failure
    /// once.
    fn hint(&mut self, request: &WriteRequest, topic: &Topic) -> Option<String> {
        let answer = hinted_answer(request, topic)?;
        let key = (topic.title.clone(), answer.label.clone());
        match request.situation {
            Situation::TermQuestion => Some(answer.hint.clone()),
            Situation::FirstFailure => {
                self.hinted.insert(key);
                Some(answer.hint.clone())
            }
            Situation::DontKnow | Situation::Fail => self.hinted.insert(key).then(|| {
                let hint: &dyn std::fmt::Display = &answer.hint;
                self.messages.fill("interview.hint", &[("hint", hint)])
            }),
            _ => None,
        }
    }

    /// A short transition to a new question, sometimes; always after a model answer.
    fn lead(&mut self, request: &WriteRequest, next: Option<&Topic>) -> String {
        let moves = request.topic != request.next && next.is_some_and(is_judged);
        let wanted = match request.situation {
            Situation::Reveal => true,
            Situation::Pass | Situation::Skip | Situation::Misconception => {
                draw(self.seed, request.turn, "lead?").is_multiple_of(LEAD_ODDS)
            }
            _ => false,
        };
        if !moves || !wanted {
            return String::new();
        }
        let pack = Arc::clone(&self.pack);
        self.pick(request.turn, "lead", &pack.intents.next_question_lead)
    }

    fn question(&mut self, request: &WriteRequest, topic: &Topic) -> String {
        let part = request
            .ask
            .as_deref()
            .and_then(|label| topic.answer(label))
            .filter(|answer| !answer.questions.is_empty());
        let (list, wordings) = match part {
            Some(answer) => (
                format!("{}\n{}", topic.title, answer.label),
                &answer.questions,
            ),
            None => (topic.title.clone(), &topic.questions),
        };
        let subject = request.ask.as_deref().unwrap_or(topic.display());
        let own = pool(wordings, "question", &self.messages);
        self.draw_from(request.turn, &list, own)
            .replace("{subject}", subject)
    }

    fn pick(&mut self, turn: u32, name: &str, own: &[String]) -> String {
        let pool = pool(own, name, &self.messages);
        self.draw_from(turn, name, pool)
    }

    /// Draws a wording that was not among the list's last ones and not in the last reply.
    fn draw_from(&mut self, turn: u32, list: &str, mut pool: Vec<String>) -> String {
        let recent = self.recent.entry(list.to_owned()).or_default();
        let fresh = |wording: &String| !recent.contains(wording) && !self.last.contains(wording);
        if pool.iter().any(fresh) {
            pool.retain(fresh);
        } else if let Some(last) = recent.back()
            && pool.iter().any(|wording| wording != last)
        {
            pool.retain(|wording| wording != last);
        }
        if pool.is_empty() {
            return String::new();
        }
        let index = draw(self.seed, turn, list) as usize % pool.len();
        let wording = pool.swap_remove(index);
        recent.retain(|used| *used != wording);
        recent.push_back(wording.clone());
        while recent.len() > MEMORY {
            recent.pop_front();
        }
        wording
    }
}

/// Whether the reply ends with a question of the topic that is asked next.
fn asks(request: &WriteRequest, next: &Topic) -> bool {
    let stays = request.topic == request.next;
    match request.situation {
        // The pump asks by itself.
        Situation::Unclear => false,
        _ if stays && next.kind == TopicKind::Greeting => false,
        Situation::Rest => !stays,
        _ => true,
    }
}

/// What is said to the one label that was earned, where the pack has words for it.
fn praise<'a>(request: &WriteRequest, topic: &'a Topic) -> Option<&'a [String]> {
    let [label] = &request.labels[..] else {
        return None;
    };
    let praise = &topic.answer(label)?.praise;
    (!praise.is_empty()).then_some(praise)
}

/// The answer of the part asked for, or of the first open one, if it has a hint.
fn hinted_answer<'a>(request: &WriteRequest, topic: &'a Topic) -> Option<&'a Answer> {
    let asked = request
        .ask
        .as_deref()
        .filter(|_| request.next == topic.title);
    let label = asked.or(request.remaining.first().map(String::as_str))?;
    topic.answer(label).filter(|answer| !answer.hint.is_empty())
}

/// What would have earned the labels that are missing; of an experience, the first part as an
/// example.
fn model_answers(request: &WriteRequest, topic: &Topic) -> Vec<String> {
    let shown = match topic.kind {
        TopicKind::Experience => 1,
        _ => usize::MAX,
    };
    let missing: Vec<_> = topic
        .answers
        .iter()
        .filter(|answer| request.remaining.contains(&answer.label))
        .take(shown)
        .collect();
    let named = missing.len() > 1;
    missing
        .into_iter()
        .map(|answer| {
            let text = match answer.model_answer.as_str() {
                "" => &answer.key_point,
                model_answer => model_answer,
            };
            if named {
                format!("{}: {text}", answer.label)
            } else {
                text.to_owned()
            }
        })
        .collect()
}

fn join(parts: &[String], separator: &str) -> String {
    let filled: Vec<_> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    filled.join(separator)
}
