//! Calibrating the ethics judge on messages that training did not see: the held-out examples, as they
//! stand and spelt otherwise, and held-out harmless messages of the other roles.

use super::{Common, EthicsCalibration, EthicsJudge, Known, Scores, known_trained, named};
use crate::companion::ethics::{Offence, Thresholds, decide, readings, sanction};
use crate::content::Pack;
use crate::content::companion::{Category, CompanionPack};
use crate::encoder::EncoderError;
use crate::engine::dataset::{distorted, harmless, held_out, unseen_answers};
use crate::engine::pool::{self, Pool};
use crate::engine::threshold::cheapest;

/// Ways in which a held-out message is spelt otherwise.
const SPELLINGS: u64 = 4;
/// Messages that are read at once.
const AT_ONCE: usize = 512;

/// Offences that may pass to spare one innocent message.
#[derive(Clone, Copy)]
struct Hit {
    /// Where the first offence is only warned of.
    warned: usize,
    /// Where it is blocked.
    blocked: usize,
}

impl Hit {
    fn cost(self, first: Offence) -> usize {
        match sanction(first, 0).is_zero() {
            true => self.warned,
            false => self.blocked,
        }
    }
}

const HER_TAB: Hit = Hit {
    warned: 2,
    blocked: 5,
};
/// Hardly anybody offends in an interview, and everybody answers.
const INTERVIEW: Hit = Hit {
    warned: 1000,
    blocked: 1000,
};

/// What the odds that a short message is harmless are multiplied by: chosen with everyday messages and
/// short offences that nothing was trained on (docs/evaluation.md, "Ethics").
const SHORT_ODDS: f32 = 1.5;

/// A message that training did not see: what it has in common with the examples, by reading.
struct Sample {
    category: Category,
    /// As it was written, not spelt otherwise.
    plain: bool,
    readings: Vec<Common>,
}

/// A sample with the scores of its readings.
#[derive(Clone)]
struct Judged {
    category: Category,
    plain: bool,
    readings: Vec<Scores>,
}

/// Fits the probabilities, then the thresholds, and leaves the judge calibrated.
///
/// The examples that it is compared with meanwhile are those that were trained on, so that no message
/// meets itself or another spelling of itself.
///
/// # Errors
/// When the encoder fails.
pub fn calibrate(
    judge: &mut EthicsJudge,
    pack: &CompanionPack,
    interview: &Pack,
) -> Result<EthicsCalibration, EncoderError> {
    let known = known_trained(judge, pack)?;
    let samples = compared(judge, &known, &held_out_messages(pack, interview))?;
    let answers = unseen_answers(interview);
    let answers: Vec<_> = answers
        .map(|answer| (answer.to_owned(), Category::General, true))
        .collect();
    let answers = compared(judge, &known, &answers)?;
    let mut calibration = EthicsCalibration {
        pool: Pool::fit(&fitted(&samples)),
        ..EthicsCalibration::default()
    };
    let judged = |samples: &[Sample]| -> Vec<Judged> {
        let judged = samples.iter().map(|sample| Judged {
            category: sample.category,
            plain: sample.plain,
            readings: sample
                .readings
                .iter()
                .map(|common| calibration.scores(common))
                .collect(),
        });
        judged.collect()
    };
    let companion = judged(&samples);
    let mut interviewed = judged(&answers);
    interviewed.extend(
        companion
            .iter()
            .filter(|j| j.category != Category::General)
            .cloned(),
    );
    calibration.thresholds = thresholds(&companion, HER_TAB);
    calibration.interview = thresholds(&interviewed, INTERVIEW).at_least(&calibration.thresholds);
    calibration.short = SHORT_ODDS;
    judge.set_calibration(calibration.clone());
    Ok(calibration)
}

/// What the probabilities are fitted to: each message as it stands, and in one other spelling as it is
/// read at last; the offences as often as makes them about as many as the innocent messages.
fn fitted(samples: &[Sample]) -> Vec<pool::Sample> {
    let innocent = |sample: &&Sample| sample.category == Category::General;
    let innocents = samples.iter().filter(innocent).count();
    let times = innocents as f32 / (samples.len() - innocents).max(1) as f32;
    let times = (times.round() as usize).max(1);
    let ways = samples.chunks(1 + SPELLINGS as usize);
    let shown = ways.filter_map(|ways| Some((ways.first()?, ways.get(1))));
    let shown = shown.flat_map(|(plain, spelt)| {
        let spelt = spelt.and_then(|sample| sample.readings.last());
        let both = [plain.readings.first(), spelt].into_iter().flatten();
        both.map(|common| (common, plain.category))
    });
    let weighted = shown.flat_map(|(common, category)| {
        let offence = category != Category::General;
        let sample = pool::Sample {
            features: common.examples.clone(),
            experts: vec![common.letters.to_vec()],
            class: category as usize,
        };
        std::iter::repeat_n(sample, if offence { times } else { 1 })
    });
    weighted.collect()
}

/// Held-out messages as they stand, and spelt otherwise.
fn held_out_messages(pack: &CompanionPack, interview: &Pack) -> Vec<(String, Category, bool)> {
    let rows = pack.ethics.iter();
    let rows = rows.map(|row| (row.message.as_str(), row.category));
    let harmless = harmless(pack, interview).into_iter();
    let messages = rows.chain(harmless.map(|message| (message, Category::General)));
    let held = messages.filter(|(message, _)| held_out(message));
    let ways = held.enumerate().flat_map(|(number, (message, category))| {
        let seeds = (0..SPELLINGS).map(move |i| 1_000_000 + number as u64 * SPELLINGS + i);
        let spelt = seeds.map(move |seed| (distorted(message, seed), category, false));
        std::iter::once((message.to_owned(), category, true)).chain(spelt)
    });
    ways.collect()
}

fn compared(
    judge: &EthicsJudge,
    known: &Known,
    messages: &[(String, Category, bool)],
) -> Result<Vec<Sample>, EncoderError> {
    let mut samples = Vec::with_capacity(messages.len());
    for messages in messages.chunks(AT_ONCE) {
        let texts: Vec<Vec<String>> = messages.iter().map(|(text, ..)| readings(text)).collect();
        let mut common = known.of(&judge.eyes, &texts.concat())?.into_iter();
        for ((_, category, plain), texts) in messages.iter().zip(texts) {
            samples.push(Sample {
                category: *category,
                plain: *plain,
                readings: common.by_ref().take(texts.len()).collect(),
            });
        }
    }
    Ok(samples)
}

/// For each category the threshold that costs least: offences that pass, and innocent messages that are
/// hit, at what such a hit costs.
fn thresholds(judged: &[Judged], hit: Hit) -> Thresholds {
    let mut thresholds = Thresholds {
        general: 0.5,
        ..Thresholds::default()
    };
    let general = Category::General;
    for offence in Offence::ALL {
        // How far a message goes in its worst reading.
        let reach = |judged: &Judged| {
            let readings = judged.readings.iter();
            let suspected = readings.filter(|s| s[general as usize] < thresholds.general);
            suspected.map(|s| s[offence as usize]).fold(0., f32::max)
        };
        let hit_cost = hit.cost(offence);
        let told: Vec<(f32, bool, usize)> = judged
            .iter()
            .filter(|j| j.category == general || j.category as usize == offence as usize)
            .map(|j| (reach(j), j.category == general, weight(j)))
            .collect();
        let cost = |threshold: f32| {
            let costs = told.iter().map(|(reach, innocent, weight)| {
                match (innocent, *reach >= threshold) {
                    (true, true) => weight * hit_cost,
                    (false, false) => *weight,
                    _ => 0,
                }
            });
            costs.sum()
        };
        let threshold = match offence {
            Offence::Love => &mut thresholds.love,
            Offence::Politics => &mut thresholds.politics,
            Offence::Family => &mut thresholds.family,
            Offence::Hate => &mut thresholds.hate,
        };
        *threshold = cheapest(cost);
    }
    thresholds.any = Some(any(judged, &thresholds, hit));
    thresholds
}

/// The threshold for an offence of whatever kind, among the messages that pass under those of each.
fn any(judged: &[Judged], thresholds: &Thresholds, hit: Hit) -> f32 {
    let scores =
        |judged: &Judged| -> Vec<_> { judged.readings.iter().map(|s| named(*s)).collect() };
    let pass = judged
        .iter()
        .map(|j| (j, scores(j)))
        .filter(|(_, scores)| decide(scores, thresholds).is_empty());
    let told: Vec<_> = pass
        .map(|(j, scores)| (j.category, weight(j), scores))
        .collect();
    cheapest(|threshold| {
        let thresholds = Thresholds {
            any: Some(threshold),
            ..*thresholds
        };
        let costs = told.iter().map(|(category, weight, scores)| {
            let hits = decide(scores, &thresholds);
            match (*category == Category::General, hits.first()) {
                (true, Some(offence)) => weight * hit.cost(*offence),
                (false, None) => *weight,
                _ => 0,
            }
        });
        costs.sum()
    })
}

/// What was written counts as much as its made-up spellings together.
fn weight(judged: &Judged) -> usize {
    if judged.plain { SPELLINGS as usize } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_weighs_what_passes_against_who_is_hit() {
        let judged = |category, scores: Scores| Judged {
            category,
            plain: true,
            readings: vec![scores],
        };
        let of = |category: Category, p: f32| {
            let mut scores = [0.; 5];
            scores[category as usize] = p;
            scores[Category::General as usize] = 1. - p;
            scores
        };
        let general = Category::General;
        let messages = |category: Category| {
            let mut all = vec![
                judged(general, of(category, 0.1)),
                judged(general, of(category, 0.8)),
            ];
            all.extend([0.6, 0.65, 0.7, 0.9].map(|p| judged(category, of(category, p))));
            all
        };
        let all: Vec<Judged> = [Category::Love, Category::Hate]
            .into_iter()
            .flat_map(messages)
            .collect();
        let thresholds = thresholds(&all, HER_TAB);
        // A warning is worth three declarations of love; a block is not worth three insults.
        assert!(thresholds.love < 0.6, "{thresholds:?}");
        assert!((thresholds.hate - 0.85).abs() < 0.02, "{thresholds:?}");
    }
}
