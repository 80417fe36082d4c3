//! Measuring a language model's replies: how many may be said, and how varied they are.

use std::collections::HashSet;
use std::time::Instant;

use serde::Serialize;

use super::prompt::Turn;
use super::voice::{Voice, VoiceError};
use crate::content::csv::InterviewRow;
use crate::interview::Fault;

/// What was measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ReplyFigures {
    /// `interviewer`.
    pub role: &'static str,
    /// Rows that were answered.
    pub prompts: usize,
    /// Replies to all of them.
    pub samples: usize,
    /// Share of replies that pass the checks of a reply.
    pub well_formed: f64,
    /// Share of the well-formed that ask about the selected topic.
    pub on_topic: f64,
    /// Share of replies that stand word for word in a training row.
    pub copied: f64,
    /// Mean number of different replies to a prompt.
    pub distinct: f64,
    /// Share of prompts with at least three different replies.
    pub three_distinct: f64,
    /// Share of prompts to which no sample passes: the authored words would stand in.
    pub fallback: f64,
    /// Mean time of a reply.
    pub seconds_per_reply: f64,
    /// Mean length of a reply.
    pub tokens_per_reply: f64,
}

/// A reply with what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled<'a> {
    /// The row it answers.
    pub row: &'a InterviewRow,
    /// The reply.
    pub text: String,
    /// Why it may not be said.
    pub fault: Option<Fault>,
}

/// Answers every row of `asked` several times; `learned` are the rows that the model was trained on.
///
/// # Errors
/// When a prompt is too long or the model damaged.
pub fn measure<'a>(
    voice: &mut Voice,
    language: &str,
    asked: &'a [InterviewRow],
    learned: &[InterviewRow],
    samples: u64,
    temperature: f32,
) -> Result<(ReplyFigures, Vec<Sampled<'a>>), VoiceError> {
    let known: HashSet<&str> = learned.iter().map(|row| row.reply.as_str()).collect();
    let mut sums = ReplyFigures {
        role: "interviewer",
        prompts: asked.len(),
        ..ReplyFigures::default()
    };
    let mut said = Vec::new();
    for (index, row) in asked.iter().enumerate() {
        let prompt = Turn::from(row).prompt(voice.style);
        let mut different = HashSet::new();
        let mut passed = false;
        for sample in 0..samples {
            let seed = index as u64 * samples + sample + 1;
            let started = Instant::now();
            let reply = voice.say(&prompt, temperature, seed, &mut |_| true)?;
            sums.seconds_per_reply += started.elapsed().as_secs_f64();
            sums.tokens_per_reply += reply.tokens as f64;
            sums.samples += 1;
            let fault = voice.fault(&reply, &row.next, language);
            sums.well_formed += share(matches!(fault, None | Some(Fault::OffTopic)));
            sums.on_topic += share(fault.is_none());
            passed |= fault.is_none();
            let text = reply.text;
            sums.copied += share(known.contains(text.as_str()));
            different.insert(text.clone());
            said.push(Sampled { row, text, fault });
        }
        sums.distinct += different.len() as f64;
        sums.three_distinct += share(different.len() >= 3);
        sums.fallback += share(!passed);
    }
    Ok((sums.mean(), said))
}

/// What one of many adds to their share.
fn share(is: bool) -> f64 {
    f64::from(u8::from(is))
}

impl ReplyFigures {
    fn mean(mut self) -> Self {
        let samples = self.samples.max(1) as f64;
        let prompts = self.prompts.max(1) as f64;
        self.on_topic /= self.well_formed.max(1.);
        for sum in [
            &mut self.well_formed,
            &mut self.copied,
            &mut self.seconds_per_reply,
            &mut self.tokens_per_reply,
        ] {
            *sum /= samples;
        }
        for sum in [
            &mut self.distinct,
            &mut self.three_distinct,
            &mut self.fallback,
        ] {
            *sum /= prompts;
        }
        self
    }
}
