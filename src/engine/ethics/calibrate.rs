//! Calibrating the ethics judge on messages that training did not see: the held-out examples, as they
//! stand and spelt otherwise, and held-out harmless messages of the other roles.

use super::{Common, EthicsCalibration, EthicsJudge, Scores, Trust, known_trained};
use crate::companion::ethics::{Offence, Thresholds, readings, sanction};
use crate::content::Pack;
use crate::content::companion::{Category, CompanionPack};
use crate::encoder::nearest::Calibration;
use crate::encoder::{EncoderError, Text};
use crate::engine::dataset::{distorted, harmless, held_out};

/// Ways in which a held-out message is spelt otherwise.
const SPELLINGS: u64 = 4;
/// A threshold is never lower: what is less likely than this is a guess.
const LOWEST: f32 = 0.3;
/// By how much a threshold is above the likeliest innocent message.
const MARGIN: f32 = 0.02;

/// Share of the innocent messages that one category may hit. Half of them were written to look like an
/// offence, and a threshold above the last of these would let the plain offences pass.
const HITS: f32 = 0.0015;

/// The same of a category whose first offence is only warned of.
const WARNED_HITS: f32 = 0.004;

/// The same in made-up spellings: they are spelt far worse than people spell what they mean no harm by.
const SPELT_HITS: f32 = 0.01;

/// A message that training did not see: what it has in common with the examples, by reading.
struct Sample {
    category: Category,
    /// As it was written, not spelt otherwise.
    plain: bool,
    readings: Vec<Common>,
}

/// A sample with the scores of its readings.
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
    let samples = samples(judge, pack, interview)?;
    let fitted = fitted(&samples);
    let examples: Vec<_> = fitted
        .iter()
        .map(|(common, truth)| (common.examples.clone(), *truth))
        .collect();
    let mut calibration = EthicsCalibration {
        classes: Calibration::fit(&examples),
        ..EthicsCalibration::default()
    };
    calibration.trust = trust(&calibration, &fitted);
    let judged: Vec<Judged> = samples
        .iter()
        .map(|sample| Judged {
            category: sample.category,
            plain: sample.plain,
            readings: sample
                .readings
                .iter()
                .map(|common| calibration.scores(common))
                .collect(),
        })
        .collect();
    calibration.thresholds = thresholds(&judged);
    judge.set_calibration(calibration.clone());
    Ok(calibration)
}

/// What the probabilities are fitted to: each message as it stands, and in one other spelling as it is
/// read at last; the offences as often as makes them about as many as the innocent messages.
fn fitted(samples: &[Sample]) -> Vec<(&Common, usize)> {
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
        std::iter::repeat_n((common, category as usize), if offence { times } else { 1 })
    });
    weighted.collect()
}

/// The trust under which what is true is the likeliest, to a twentieth.
fn trust(calibration: &EthicsCalibration, samples: &[(&Common, usize)]) -> Trust {
    let steps = |most: usize| (0..=most).map(|step| step as f32 / 20.);
    let pairs: Vec<(Scores, Scores, usize)> = samples
        .iter()
        .map(|(common, truth)| (calibration.by_examples(common), common.letters, *truth))
        .collect();
    let loss = |trust: &Trust| -> f32 {
        let losses = pairs.iter().map(|(examples, letters, truth)| {
            -trust.join(*examples, *letters)[*truth]
                .max(f32::MIN_POSITIVE)
                .ln()
        });
        losses.sum()
    };
    let all =
        steps(30).flat_map(|examples| steps(30).map(move |letters| Trust { examples, letters }));
    all.min_by(|a, b| loss(a).total_cmp(&loss(b)))
        .unwrap_or_default()
}

fn samples(
    judge: &mut EthicsJudge,
    pack: &CompanionPack,
    interview: &Pack,
) -> Result<Vec<Sample>, EncoderError> {
    let known = known_trained(judge, pack)?;
    let rows = pack.ethics.iter();
    let rows = rows.map(|row| (row.message.as_str(), row.category));
    let harmless = harmless(pack, interview).into_iter();
    let messages = rows.chain(harmless.map(|message| (message, Category::General)));
    let mut samples = Vec::new();
    for (number, (message, category)) in messages.filter(|(m, _)| held_out(m)).enumerate() {
        let seeds = (0..SPELLINGS).map(|i| 1_000_000 + number as u64 * SPELLINGS + i);
        let spelt = seeds.map(|seed| distorted(message, seed));
        let ways = std::iter::once(message.to_owned()).chain(spelt);
        for (way, message) in ways.enumerate() {
            let texts = readings(&message);
            let inputs: Vec<Text> = texts.iter().map(|text| text.as_str().into()).collect();
            let embeddings = judge.encoder.encode(&inputs)?;
            let readings = texts.iter().zip(&embeddings);
            let readings = readings
                .map(|(text, embedding)| known.compare(text, embedding))
                .collect();
            samples.push(Sample {
                category,
                plain: way == 0,
                readings,
            });
        }
    }
    Ok(samples)
}

/// For each category the lowest threshold at which hardly an innocent message is hit as it was written, and
/// few are in made-up spellings: every offence that can be told from them is hit.
fn thresholds(judged: &[Judged]) -> Thresholds {
    let mut thresholds = Thresholds {
        general: 0.5,
        ..Thresholds::default()
    };
    let general = Category::General;
    for offence in Offence::ALL {
        // How far each innocent message goes in its worst reading, the farthest first.
        let farthest = |plain: bool| {
            let innocent = judged
                .iter()
                .filter(|j| j.category == general && j.plain == plain);
            let mut most: Vec<f32> = innocent
                .map(|judged| {
                    let readings = judged.readings.iter();
                    let suspected = readings.filter(|s| s[general as usize] < thresholds.general);
                    suspected.map(|s| s[offence as usize]).fold(0., f32::max)
                })
                .collect();
            most.sort_unstable_by(|a, b| b.total_cmp(a));
            most
        };
        // The likeliest innocent message beyond those that may be hit.
        let beyond = |farthest: Vec<f32>, hits: f32| {
            let allowed = (farthest.len() as f32 * hits) as usize;
            farthest.get(allowed).copied().unwrap_or(0.)
        };
        let only_warned = sanction(offence, 0).is_zero();
        let hits = if only_warned { WARNED_HITS } else { HITS };
        let plain = beyond(farthest(true), hits);
        let spelt = beyond(farthest(false), SPELT_HITS);
        let threshold = match offence {
            Offence::Love => &mut thresholds.love,
            Offence::Politics => &mut thresholds.politics,
            Offence::Family => &mut thresholds.family,
            Offence::Hate => &mut thresholds.hate,
        };
        *threshold = (plain.max(spelt) + MARGIN).clamp(LOWEST, 0.999);
    }
    thresholds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_lies_above_every_innocent_message_and_no_higher() {
        let love = |p: f32| [p, 0., 0., 0., 1. - p];
        let judged = |category, plain, readings: &[Scores]| Judged {
            category,
            plain,
            readings: readings.to_vec(),
        };
        let judged = [
            judged(Category::General, true, &[love(0.1), love(0.6)]),
            judged(Category::General, true, &[love(0.4)]),
            judged(Category::General, false, &[love(0.55)]),
            judged(Category::Love, true, &[love(0.9)]),
        ];
        let thresholds = thresholds(&judged);
        assert!((thresholds.love - 0.62).abs() < 1e-6);
        assert_eq!(thresholds.politics, LOWEST);
    }
}
