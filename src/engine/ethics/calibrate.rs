//! Calibrating the ethics judge on messages that training did not see: the held-out examples, as they
//! stand and spelt otherwise, and held-out harmless messages of the other roles.

use super::{EthicsCalibration, EthicsJudge, Scores, classes_trained, scores};
use crate::companion::ethics::{Thresholds, readings};
use crate::content::Pack;
use crate::content::companion::{Category, CompanionPack};
use crate::encoder::nearest::{Calibration, Features, Without};
use crate::encoder::{EncoderError, Text};
use crate::engine::dataset::{distorted, harmless, held_out};

/// Ways in which a held-out message is spelt otherwise.
const SPELLINGS: u64 = 4;
/// A threshold is never lower: what is less likely than this is a guess.
const LOWEST: f32 = 0.3;
/// By how much a threshold is above the likeliest innocent message.
const MARGIN: f32 = 0.02;

/// A message that training did not see: what it has in common with the examples, by reading.
struct Sample {
    category: Category,
    readings: Vec<Features>,
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
    let fitted: Vec<(Features, usize)> = samples
        .iter()
        .flat_map(|sample| {
            let truth = sample.category as usize;
            // As it stands, and as it is read at last.
            let ends = [sample.readings.first(), sample.readings.last()];
            let ends = if sample.readings.len() > 1 {
                &ends[..]
            } else {
                &ends[..1]
            };
            let ends: Vec<_> = ends
                .iter()
                .flatten()
                .map(|f| ((*f).clone(), truth))
                .collect();
            ends
        })
        .collect();
    let classes = Calibration::fit(&fitted);
    let judged: Vec<(Category, Vec<Scores>)> = samples
        .iter()
        .map(|sample| {
            let readings = sample.readings.iter();
            let scores = readings.map(|features| scores(&classes, features));
            (sample.category, scores.collect())
        })
        .collect();
    let calibration = EthicsCalibration {
        classes,
        thresholds: thresholds(&judged),
    };
    judge.set_calibration(calibration.clone());
    Ok(calibration)
}

fn samples(
    judge: &mut EthicsJudge,
    pack: &CompanionPack,
    interview: &Pack,
) -> Result<Vec<Sample>, EncoderError> {
    let classes = classes_trained(judge, pack)?;
    let rows = pack.ethics.iter();
    let rows = rows.map(|row| (row.message.as_str(), row.category));
    let harmless = harmless(pack, interview).into_iter();
    let messages = rows.chain(harmless.map(|message| (message, Category::General)));
    let mut samples = Vec::new();
    for (number, (message, category)) in messages.filter(|(m, _)| held_out(m)).enumerate() {
        let seeds = (0..SPELLINGS).map(|i| 1_000_000 + number as u64 * SPELLINGS + i);
        let spelt = seeds.map(|seed| distorted(message, seed));
        for message in std::iter::once(message.to_owned()).chain(spelt) {
            let texts: Vec<Text> = readings(&message).into_iter().map(Text::from).collect();
            let embeddings = judge.encoder.encode(&texts)?;
            let readings = embeddings.iter();
            let readings = readings
                .map(|e| classes.compare(e, Without::Nothing))
                .collect();
            samples.push(Sample { category, readings });
        }
    }
    Ok(samples)
}

/// For each category, a little more than the most that an innocent message has of it: no innocent one is
/// hit, and every offence that can be told from them is.
fn thresholds(judged: &[(Category, Vec<Scores>)]) -> Thresholds {
    let mut thresholds = Thresholds {
        general: 0.5,
        ..Thresholds::default()
    };
    let innocent = || {
        judged
            .iter()
            .filter(|(category, _)| *category == Category::General)
    };
    for category in Category::ALL {
        let readings = innocent().flat_map(|(_, readings)| readings);
        let suspected = readings.filter(|s| s[Category::General as usize] < thresholds.general);
        let most = suspected.map(|s| s[category as usize]).fold(0., f32::max);
        let threshold = match category {
            Category::Love => &mut thresholds.love,
            Category::Politics => &mut thresholds.politics,
            Category::Family => &mut thresholds.family,
            Category::Hate => &mut thresholds.hate,
            Category::General => continue,
        };
        *threshold = (most + MARGIN).clamp(LOWEST, 0.999);
    }
    thresholds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_lies_above_every_innocent_message_and_no_higher() {
        let love = |p: f32| [p, 0., 0., 0., 1. - p];
        let judged = [
            (Category::General, vec![love(0.1), love(0.6)]),
            (Category::General, vec![love(0.4)]),
            (Category::Love, vec![love(0.9)]),
        ];
        let thresholds = thresholds(&judged);
        assert!((thresholds.love - 0.62).abs() < 1e-6);
        assert_eq!(thresholds.politics, LOWEST);
    }
}
