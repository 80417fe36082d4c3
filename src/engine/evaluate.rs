//! Measuring the judge and the selector as the interview uses them, and the S-BERTs alone.

use serde::Serialize;

use super::judge::Judge;
use super::selector::Selector;
use crate::content::csv::{InterviewRow, untagged};
use crate::content::inputs::{FAILURE_LABEL, TERM_QUESTION_LABEL, next_candidates};
use crate::content::{EvalSet, Pack, Topic, TopicKind};
use crate::encoder::metrics::{PairFigures, argmax, ece};
use crate::encoder::train::TrainData;
use crate::encoder::{Encoder, EncoderError, cosine};
use crate::interview::{
    Class, Evidence, FlowDecision, Intent, JudgeRequest, Outcome, SelectRequest, Verdict, allowed,
    decide,
};

/// A wrong answer, for the list at the end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wrong {
    /// Topic and message.
    pub input: String,
    /// What it should have been.
    pub r#true: String,
    /// What it was taken for.
    pub best: String,
    /// How sure the model was.
    pub score: f32,
}

/// The figures of contract.md, "eval, last line with --json".
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    /// `answer`, `next`, ….
    pub role: String,
    /// Inputs.
    pub n: usize,
    /// Share that is right.
    pub accuracy: f64,
    /// Mean margin of the best candidate.
    pub mean_diff: f64,
    /// Mean squared error over all pairs.
    pub mse: f64,
    /// Mean absolute error over all pairs.
    pub mae: f64,
    /// Pearson correlation over all pairs.
    pub corr: f64,
    /// Expected calibration error of the best candidate's probability.
    pub ece: f64,
    /// Share of failures and misconceptions that earned something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_pass: Option<f64>,
    /// Share of misconceptions that were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub misconceptions_named: Option<f64>,
    /// Share of intents (skip, term question) that were followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intents_followed: Option<f64>,
    /// Accuracy of the plain argmax over all topics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_unrestricted: Option<f64>,
    /// Rows that could not be judged: their topic is not in the pack.
    pub skipped: usize,
    /// What went wrong.
    pub wrong: Vec<Wrong>,
    /// How often a true class was taken for another: (true, taken for, times).
    #[serde(skip)]
    pub confusion: Vec<(String, String, usize)>,
}

/// One message with its gold verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What the judge is asked.
    pub request: JudgeRequest,
    /// Labels that it earns.
    pub labels: Vec<String>,
    /// The wrong idea that it holds.
    pub misconception: Option<String>,
    /// `skip`, `term_question`, …, where the outcome is what counts.
    pub intent: Option<String>,
}

/// The held-out answers of a pack.
pub fn eval_cases(eval: &EvalSet) -> Vec<Case> {
    eval.cases()
        .map(|(topic, case)| Case {
            request: JudgeRequest {
                topic: topic.to_owned(),
                message: case.message.clone(),
                asked: case.asked.clone(),
            },
            labels: case.labels.clone(),
            misconception: case.misconception.clone(),
            intent: case.intent.clone(),
        })
        .collect()
}

/// The rows of a CSV file whose topic is in the pack, and how many are not.
pub fn row_cases(pack: &Pack, rows: &[InterviewRow]) -> (Vec<Case>, usize) {
    let mut skipped = 0;
    let cases = rows.iter().filter_map(|row| {
        let Some((_, topic)) = pack.topic(&row.topic) else {
            skipped += 1;
            return None;
        };
        let (asked, message) = row.untagged(topic);
        let known: Vec<String> = topic
            .labels()
            .filter(|label| {
                row.answered == *label || row.answered.split(", ").any(|part| part == *label)
            })
            .map(str::to_owned)
            .collect();
        Some(Case {
            request: JudgeRequest {
                topic: row.topic.clone(),
                message: message.to_owned(),
                asked: asked.map(str::to_owned),
            },
            labels: known,
            misconception: None,
            intent: (row.answered == TERM_QUESTION_LABEL).then(|| "term_question".to_owned()),
        })
    });
    let cases = cases.collect();
    (cases, skipped)
}

/// Judges every case with all of its topic's labels open.
///
/// # Errors
/// When the encoder fails.
pub fn judge_cases(
    judge: &mut Judge,
    pack: &Pack,
    cases: &[Case],
) -> Result<Figures, EncoderError> {
    let mut tally = Tally::default();
    for case in cases {
        let Some((_, topic)) = pack.topic(&case.request.topic) else {
            tally.figures.skipped += 1;
            continue;
        };
        let evidence = judge.evidence(pack, &case.request)?;
        let open: Vec<String> = topic.labels().map(str::to_owned).collect();
        let asked = case.request.asked.as_deref();
        let verdict = decide(topic, asked, &open, &evidence, &judge.thresholds());
        tally.add(case, topic.kind, &verdict);
    }
    Ok(tally.finish("answer"))
}

#[derive(Default)]
struct Tally {
    figures: Figures,
    right: usize,
    confidence: Vec<(f32, bool)>,
    predicted: Vec<Vec<f32>>,
    target: Vec<Vec<f32>>,
    failures: (usize, usize),
    misconceptions: (usize, usize),
    intents: (usize, usize),
}

impl Tally {
    fn add(&mut self, case: &Case, kind: TopicKind, verdict: &Verdict) {
        let judged = matches!(kind, TopicKind::Question | TopicKind::Experience);
        let mut got = verdict.labels.clone();
        let mut gold = case.labels.clone();
        got.sort_unstable();
        gold.sort_unstable();
        let right = match case.intent.as_deref() {
            Some("term_question") if judged => verdict.outcome == Outcome::TermQuestion,
            // Small talk, greeting, rest and last words are judged by their outcome.
            _ if !judged && !gold.is_empty() => verdict.outcome == Outcome::SmallTalk,
            _ if !judged => true,
            _ => got == gold,
        };
        self.figures.n += 1;
        self.right += usize::from(right);
        if judged && gold.is_empty() {
            self.failures.1 += 1;
            self.failures.0 += usize::from(!got.is_empty());
        }
        if let Some(misconception) = &case.misconception {
            self.misconceptions.1 += 1;
            self.misconceptions.0 += usize::from(verdict.misconceptions.contains(misconception));
        }
        let wanted = match case.intent.as_deref() {
            Some("skip") if judged => Some(verdict.outcome == Outcome::Skip),
            Some("term_question") if judged => Some(verdict.outcome == Outcome::TermQuestion),
            _ => None,
        };
        if let Some(followed) = wanted {
            self.intents.1 += 1;
            self.intents.0 += usize::from(followed);
        }
        if judged {
            self.pairs(case, verdict, &gold);
        }
        if !right {
            let taken = describe(verdict);
            let truth = truth(case);
            self.figures.wrong.push(Wrong {
                input: format!("{} -> {}", case.request.topic, case.request.message),
                r#true: truth.clone(),
                best: taken.clone(),
                score: verdict.score,
            });
            let known = self
                .figures
                .confusion
                .iter_mut()
                .find(|(t, b, _)| *t == truth && *b == taken);
            match known {
                Some((_, _, times)) => *times += 1,
                None => self.figures.confusion.push((truth, taken, 1)),
            }
        }
    }

    /// Probabilities against truth: every candidate of the topic is one. What earns nothing is one
    /// candidate, however it is meant.
    fn pairs(&mut self, case: &Case, verdict: &Verdict, gold: &[String]) {
        let mut scores = Vec::new();
        let mut truth = Vec::new();
        let mut nothing = 0.;
        for candidate in &verdict.candidates {
            match &candidate.class {
                Class::Labels(labels) => {
                    let mut labels = labels.clone();
                    labels.sort_unstable();
                    truth.push(f32::from(u8::from(labels == gold)));
                    scores.push(candidate.score);
                }
                Class::Intent(Intent::TermQuestion) => {
                    let asked = case.intent.as_deref() == Some("term_question");
                    truth.push(f32::from(u8::from(asked)));
                    scores.push(candidate.score);
                }
                _ => nothing += candidate.score,
            }
        }
        scores.push(nothing);
        let other = truth.iter().all(|t| *t == 0.);
        truth.push(f32::from(u8::from(other)));
        let best = argmax(&scores);
        self.confidence.push((scores[best], truth[best] == 1.));
        self.predicted.push(scores);
        self.target.push(truth);
    }

    fn finish(self, role: &str) -> Figures {
        let pairs = PairFigures::of(&self.predicted, &self.target);
        let share = |(part, all): (usize, usize)| (all > 0).then(|| part as f64 / all as f64);
        let mut figures = self.figures;
        figures
            .confusion
            .sort_by_key(|(_, _, times)| std::cmp::Reverse(*times));
        Figures {
            role: role.to_owned(),
            accuracy: self.right as f64 / figures.n.max(1) as f64,
            mean_diff: pairs.mean_diff,
            mse: pairs.mse,
            mae: pairs.mae,
            corr: pairs.corr,
            ece: ece(&self.confidence),
            false_pass: share(self.failures),
            misconceptions_named: share(self.misconceptions),
            intents_followed: share(self.intents),
            ..figures
        }
    }
}

fn truth(case: &Case) -> String {
    match (&case.misconception, case.intent.as_deref()) {
        _ if !case.labels.is_empty() => case.labels.join(", "),
        (Some(misconception), _) => format!("오개념: {misconception}"),
        (_, Some("term_question")) => TERM_QUESTION_LABEL.to_owned(),
        _ => FAILURE_LABEL.to_owned(),
    }
}

fn describe(verdict: &Verdict) -> String {
    match verdict.outcome {
        Outcome::Pass => verdict.labels.join(", "),
        Outcome::Misconception => format!("오개념: {}", verdict.misconceptions.join(", ")),
        Outcome::TermQuestion => TERM_QUESTION_LABEL.to_owned(),
        Outcome::Fail => FAILURE_LABEL.to_owned(),
        Outcome::Unclear => "unclear".to_owned(),
        Outcome::Skip => "skip".to_owned(),
        Outcome::SmallTalk => "small_talk".to_owned(),
    }
}

/// One turn for the selector with the topic that truly follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextCase {
    /// Title of the topic.
    pub topic: String,
    /// The message.
    pub message: String,
    /// Labels that remain after it.
    pub remaining: Vec<String>,
    /// The topic that follows.
    pub next: String,
}

/// What the interview knows of the way on when the selector is asked: the judge has read the
/// message, the labels that remain are given.
fn decision<'a>(
    topic: &Topic,
    remaining: &[String],
    verdict: &Verdict,
    evidence: &'a Evidence,
) -> FlowDecision<'a> {
    let variant = evidence.variant.as_deref();
    let fails = topic.next.iter().any(|next| next.when == "failed");
    let credited = !verdict.labels.is_empty();
    match topic.kind {
        TopicKind::Question | TopicKind::Experience | TopicKind::SmallTalk
            if remaining.is_empty() =>
        {
            FlowDecision::Done { variant }
        }
        _ if verdict.outcome == Outcome::Skip => FlowDecision::Failed,
        TopicKind::Greeting | TopicKind::Rest | TopicKind::Closing
            if credited || ready(evidence) =>
        {
            FlowDecision::Done { variant }
        }
        TopicKind::Experience if fails && verdict.outcome == Outcome::Fail => FlowDecision::Failed,
        _ => FlowDecision::Stay,
    }
}

/// The likeliest reading is that the learner wants to go on.
fn ready(evidence: &Evidence) -> bool {
    let best = evidence.candidates.first();
    best.is_some_and(|best| best.class == Class::Intent(Intent::Ready))
}

/// Selects for every case: within what the flow allows after the judge's verdict, and among all
/// topics.
///
/// # Errors
/// When the encoder fails.
pub fn select_cases(
    judge: &mut Judge,
    selector: &mut Selector,
    pack: &Pack,
    cases: &[NextCase],
) -> Result<Figures, EncoderError> {
    let titles = next_candidates(pack);
    let mut figures = Figures {
        role: "next".to_owned(),
        ..Figures::default()
    };
    let (mut right, mut plain) = (0usize, 0usize);
    let (mut predicted, mut target, mut confidence) = (Vec::new(), Vec::new(), Vec::new());
    for case in cases {
        let Some((_, topic)) = pack.topic(&case.topic) else {
            figures.skipped += 1;
            continue;
        };
        let (asked, message) = untagged(&case.message, topic);
        let read = JudgeRequest {
            topic: case.topic.clone(),
            message: message.to_owned(),
            asked: asked.map(str::to_owned),
        };
        let evidence = judge.evidence(pack, &read)?;
        let open: Vec<String> = topic.labels().map(str::to_owned).collect();
        let verdict = decide(topic, asked, &open, &evidence, &judge.thresholds());
        let decision = decision(topic, &case.remaining, &verdict, &evidence);
        let allowed = allowed(pack, topic, &case.remaining, decision);
        let request = SelectRequest {
            topic: case.topic.clone(),
            message: case.message.clone(),
            remaining: case.remaining.clone(),
            allowed,
        };
        let scores = selector.scores(&request, &titles)?;
        let candidates: Vec<usize> = (0..titles.len())
            .filter(|index| request.allowed.iter().any(|title| title == titles[*index]))
            .collect();
        let within: Vec<f32> = candidates.iter().map(|index| scores[*index]).collect();
        let best = candidates.get(argmax(&within)).copied().unwrap_or_default();
        figures.n += 1;
        right += usize::from(titles[best] == case.next);
        plain += usize::from(titles[argmax(&scores)] == case.next);
        confidence.push((scores[best].clamp(0., 1.), titles[best] == case.next));
        if titles[best] != case.next {
            figures.wrong.push(Wrong {
                input: format!(
                    "{} -> {} ({})",
                    case.topic,
                    case.message,
                    case.remaining.join(", ")
                ),
                r#true: case.next.clone(),
                best: titles[best].to_owned(),
                score: scores[best],
            });
        }
        target.push(
            titles
                .iter()
                .map(|title| f32::from(u8::from(*title == case.next)))
                .collect(),
        );
        predicted.push(scores);
    }
    let pairs = PairFigures::of(&predicted, &target);
    let n = figures.n.max(1) as f64;
    Ok(Figures {
        accuracy: right as f64 / n,
        accuracy_unrestricted: Some(plain as f64 / n),
        mean_diff: pairs.mean_diff,
        mse: pairs.mse,
        mae: pairs.mae,
        corr: pairs.corr,
        ece: ece(&confidence),
        ..figures
    })
}

/// The S-BERT alone: raw cosines of every input with every candidate of the data.
///
/// # Errors
/// When the encoder fails.
pub fn pair_figures(
    encoder: &Encoder,
    data: &TrainData,
    role: &str,
) -> Result<Figures, EncoderError> {
    let inputs = encoder.encode(&data.inputs)?;
    let candidates = encoder.encode(&data.candidates)?;
    let predicted: Vec<Vec<f32>> = inputs
        .iter()
        .map(|input| candidates.iter().map(|c| cosine(input, c)).collect())
        .collect();
    let width = data.candidates.len().max(1);
    let target: Vec<Vec<f32>> = data.similarity.chunks(width).map(<[f32]>::to_vec).collect();
    let pairs = PairFigures::of(&predicted, &target);
    let mut figures = Figures {
        role: role.to_owned(),
        n: pairs.n,
        accuracy: pairs.accuracy,
        mean_diff: pairs.mean_diff,
        mse: pairs.mse,
        mae: pairs.mae,
        corr: pairs.corr,
        ..Figures::default()
    };
    let mut confidence = Vec::new();
    for ((input, scores), truth) in data.inputs.iter().zip(&predicted).zip(&target) {
        let (best, gold) = (argmax(scores), argmax(truth));
        let right = truth[best] >= truth[gold];
        confidence.push((scores[best].clamp(0., 1.), right));
        if !right {
            figures.wrong.push(Wrong {
                input: input.to_string(),
                r#true: data.candidates[gold].to_string(),
                best: data.candidates[best].to_string(),
                score: scores[best],
            });
        }
    }
    figures.ece = ece(&confidence);
    Ok(figures)
}
