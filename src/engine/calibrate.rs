//! Calibrating the judge on the examples that training did not see.

use super::dataset::{OffTopic, classes, held_out};
use super::judge::{Judge, JudgeCalibration};
use crate::content::{Pack, Topic, TopicKind};
use crate::encoder::EncoderError;
use crate::encoder::nearest::Calibration;
use crate::interview::{Class, JudgeRequest, Thresholds, decide};

/// An intent's example is used in one topic of this many.
const INTENT_EVERY: usize = 8;

/// Share of held-out failures and misconceptions that may pass.
const MAX_FALSE_PASS: f32 = 0.05;

/// A held-out example and what it truly is.
struct Sample<'a> {
    topic: &'a Topic,
    request: JudgeRequest,
    class: Class,
}

/// Fits the probabilities, then the thresholds, and leaves the judge calibrated.
///
/// # Errors
/// When the encoder fails.
pub fn calibrate(
    judge: &mut Judge,
    pack: &Pack,
    include: impl Fn(&Topic) -> bool,
) -> Result<JudgeCalibration, EncoderError> {
    let samples = samples(pack, include);
    let mut fitted = Vec::with_capacity(samples.len());
    for sample in &samples {
        let request = &sample.request;
        let asked = request.asked.as_deref();
        let (features, classes) = judge.features(pack, sample.topic, asked, &request.message)?;
        if let Some(truth) = classes.iter().position(|class| *class == sample.class) {
            fitted.push((features, truth));
        }
    }
    let mut calibration = JudgeCalibration {
        classes: Calibration::fit(&fitted),
        thresholds: Thresholds::default(),
    };
    judge.set_calibration(calibration.clone());
    calibration.thresholds = thresholds(judge, pack, &samples)?;
    judge.set_calibration(calibration.clone());
    Ok(calibration)
}

fn samples(pack: &Pack, include: impl Fn(&Topic) -> bool) -> Vec<Sample<'_>> {
    let off_topic = OffTopic::new(pack);
    let mut samples = Vec::new();
    for (place, topic) in pack.topics.iter().enumerate().filter(|(_, t)| include(t)) {
        for class in classes(topic, pack, &off_topic) {
            let intent = matches!(class.class, Class::Intent(_));
            for (index, message) in class.examples.iter().enumerate() {
                if !held_out(message) || (intent && (index + place) % INTENT_EVERY != 0) {
                    continue;
                }
                let own = match &class.class {
                    Class::Labels(labels) => labels.first().map(String::as_str),
                    _ => topic.labels().nth(index % topic.answers.len().max(1)),
                };
                let asked = own.filter(|_| topic.kind == TopicKind::Experience);
                samples.push(Sample {
                    topic,
                    request: JudgeRequest {
                        topic: topic.title.clone(),
                        message: (*message).to_owned(),
                        asked: asked.map(str::to_owned),
                    },
                    class: class.class.clone(),
                });
            }
        }
    }
    samples
}

/// The lowest credit threshold at which few of the held-out failures and misconceptions pass:
/// telling somebody that a wrong answer is right does the most harm, asking somebody who is right to
/// say more comes next.
fn thresholds(
    judge: &mut Judge,
    pack: &Pack,
    samples: &[Sample],
) -> Result<Thresholds, EncoderError> {
    let mut wrong = Vec::new();
    for sample in samples {
        let judged = matches!(
            sample.topic.kind,
            TopicKind::Question | TopicKind::Experience
        );
        if judged && !matches!(sample.class, Class::Labels(_)) {
            wrong.push((sample, judge.evidence_without(pack, &sample.request)?));
        }
    }
    let passes = |credit: f32| {
        let thresholds = Thresholds {
            credit,
            ..Thresholds::default()
        };
        let passed = wrong.iter().filter(|(sample, evidence)| {
            let open: Vec<String> = sample.topic.labels().map(str::to_owned).collect();
            let asked = sample.request.asked.as_deref();
            !decide(sample.topic, asked, &open, evidence, &thresholds)
                .labels
                .is_empty()
        });
        passed.count() as f32 / wrong.len().max(1) as f32
    };
    let credit = (40..=90)
        .step_by(5)
        .map(|percent| percent as f32 / 100.)
        .find(|credit| passes(*credit) <= MAX_FALSE_PASS)
        .unwrap_or(0.9);
    Ok(Thresholds {
        credit,
        ..Thresholds::default()
    })
}
