//! A language model as the interviewer's voice.
//!
//! What it says is checked before it counts: it must be well-formed Korean, not what was just said,
//! and ask about the topic that was selected. After a few tries the authored words stand in.

use std::collections::VecDeque;
use std::sync::Arc;

use super::prompt::{PromptStyle, of_request};
use super::voice::{TEMPERATURE, Voice};
use super::writer::Writer;
use crate::content::Pack;
use crate::decoder::Finish;
use crate::interview::{Authored, Situation, Utterance, WriteRequest};

/// Texts generated for one reply before the authored words stand in (spec.md, section 3).
const TRIES: u64 = 5;

/// Replies that are not to be given again.
const REMEMBERED: usize = 40;

/// Loads a voice, or says in one sentence why it cannot.
pub type LoadVoice = Box<dyn FnOnce() -> Result<Voice, String> + Send>;

/// A language model that words replies; until it is loaded, and where it fails, the authored words.
pub struct Speaker {
    name: String,
    load: Option<LoadVoice>,
    voice: Option<Voice>,
    authored: Authored,
    pack: Arc<Pack>,
    seed: u64,
    said: VecDeque<String>,
}

impl Speaker {
    /// A speaker called `name` on the screen; equal seeds give equal interviews.
    pub fn new(name: String, load: LoadVoice, pack: Arc<Pack>, seed: u64) -> Self {
        Self {
            name,
            load: Some(load),
            voice: None,
            authored: Authored::new(pack.clone(), seed),
            pack,
            seed,
            said: VecDeque::new(),
        }
    }

    /// A reply that passes all checks; none after too many tries, or when the model fails.
    fn speak(
        &mut self,
        request: &WriteRequest,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Option<String> {
        let voice = self.voice.as_mut()?;
        if voice.style == PromptStyle::Detailed && request.situation == Situation::TermQuestion {
            return None; // so small a model makes meanings up; the pack's glossary does not
        }
        let prompt = of_request(request, voice.style);
        let language = &self.pack.file.language;
        for attempt in 0..TRIES {
            let turn = u64::from(request.turn) * TRIES + attempt;
            let seed = self.seed.wrapping_mul(0x9e37_79b9).wrapping_add(turn);
            let said = match voice.say(&prompt, TEMPERATURE, seed, draft) {
                Ok(said) => said,
                Err(error) => {
                    tracing::warn!(%error, "the language model failed");
                    return None;
                }
            };
            if said.finish == Finish::Cancelled {
                return None; // nobody waits for it any more
            }
            let fault = voice.fault(&said, &request.next, language);
            match fault.is_none() && !self.said.contains(&said.text) {
                true => return Some(said.text),
                false => tracing::info!(said.text, ?fault, "not said"),
            }
        }
        None
    }
}

impl Writer for Speaker {
    fn load(&mut self) -> Result<(), String> {
        if let Some(load) = self.load.take() {
            self.voice = Some(load()?);
        }
        Ok(())
    }

    fn model(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn write(&mut self, request: &WriteRequest, draft: &mut dyn FnMut(&str) -> bool) -> Utterance {
        match self.speak(request, draft) {
            Some(text) => {
                self.remember(&text);
                Utterance {
                    text,
                    writer: self.name.clone(),
                    fallback: false,
                }
            }
            None => Utterance {
                fallback: true,
                ..Authored::write(&mut self.authored, request)
            },
        }
    }

    fn remember(&mut self, text: &str) {
        self.authored.remember(text);
        self.said.push_back(text.to_owned());
        if self.said.len() > REMEMBERED {
            self.said.pop_front();
        }
    }

    fn use_pack(&mut self, pack: Arc<Pack>) {
        self.authored.use_pack(pack.clone());
        self.pack = pack;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decoder::{Decoder, ModelFiles, Precision};
    use crate::engine::question_check::QuestionCheck;
    use crate::engine::voice::Local;
    use crate::testing::{model_files, model_folder, pack};

    /// A speaker whose model says random words.
    fn speaker() -> Speaker {
        let pack = Arc::new(pack());
        let asked = pack.clone();
        let load = move || {
            let files = ModelFiles::at(&model_folder("tiny-llama"));
            let decoder = Decoder::load(&files, None, &Precision::Float).unwrap();
            let base = model_files("tiny-bert");
            Ok(Voice {
                model: Box::new(Local::new(decoder)),
                style: PromptStyle::Plain,
                check: QuestionCheck::new(&base, None, None, &asked, &[]).unwrap(),
            })
        };
        Speaker::new("tiny".to_owned(), Box::new(load), pack, 1)
    }

    fn request() -> WriteRequest {
        let pack = pack();
        WriteRequest {
            situation: Situation::GreetingWait,
            topic: pack.topics[0].title.clone(),
            message: "안녕".to_owned(),
            labels: Vec::new(),
            misconceptions: Vec::new(),
            remaining: Vec::new(),
            coaching: None,
            next: pack.topics[0].title.clone(),
            ask: None,
            turn: 1,
        }
    }

    #[test]
    fn what_fails_the_checks_is_replaced_by_the_authored_words_and_marked() {
        let mut speaker = speaker();
        speaker.load().unwrap();
        let mut drafts = 0;
        let said = speaker.write(&request(), &mut |_| {
            drafts += 1;
            true
        });
        assert!(drafts > 5, "every try is shown: {drafts}");
        assert_eq!((said.writer.as_str(), said.fallback), ("authored", true));
        let authored = Authored::new(Arc::new(pack()), 1).write(&request());
        assert_eq!(said.text, authored.text);
    }

    #[test]
    fn a_model_that_cannot_be_loaded_leaves_the_authored_words() {
        let missing = || Err("models/tiny: missing".to_owned());
        let mut speaker = Speaker::new("tiny".to_owned(), Box::new(missing), Arc::new(pack()), 1);
        assert_eq!(speaker.load(), Err("models/tiny: missing".to_owned()));
        assert!(speaker.write(&request(), &mut |_| true).fallback);
    }

    #[test]
    fn whoever_stops_it_is_obeyed_within_a_token() {
        let mut speaker = speaker();
        speaker.load().unwrap();
        let mut tokens = 0;
        speaker.write(&request(), &mut |text| {
            tokens += usize::from(!text.is_empty());
            tokens < 2
        });
        assert_eq!(tokens, 2, "and nothing is generated again");
    }
}
