//! Measuring the ethics judge as the conversations use it.

use serde::Serialize;

use super::EthicsJudge;
use crate::companion::ethics::Thresholds;
use crate::content::companion::Category;
use crate::content::csv::EthicsRow;
use crate::encoder::EncoderError;
use crate::encoder::metrics::ece;
use crate::engine::evaluate::Wrong;

/// The figures of one category.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CategoryFigures {
    /// Its word.
    pub category: &'static str,
    /// Its messages.
    pub n: usize,
    /// Those that were taken for it.
    pub right: usize,
}

/// The figures of an evaluation.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct EthicsFigures {
    /// `ethics`.
    pub role: &'static str,
    /// Messages.
    pub n: usize,
    /// Share whose category is right: the offence that is hit, or none.
    pub accuracy: f64,
    /// Innocent messages that were sanctioned.
    pub innocent_hit: usize,
    /// Share of the offences that were hit, in whatever category.
    pub offences_hit: f64,
    /// Expected calibration error of the likeliest category of the worst reading.
    pub ece: f64,
    /// By category.
    pub categories: Vec<CategoryFigures>,
    /// `[true][taken for]`, in the order of `categories`.
    pub confusion: [[usize; 5]; 5],
    /// The thresholds.
    pub thresholds: Thresholds,
    /// What was wrong.
    pub wrong: Vec<Wrong>,
}

/// Judges every row by these thresholds.
///
/// # Errors
/// When the encoder fails.
pub fn evaluate(
    judge: &mut EthicsJudge,
    rows: &[EthicsRow],
    thresholds: Thresholds,
) -> Result<EthicsFigures, EncoderError> {
    let mut figures = EthicsFigures {
        role: "ethics",
        n: rows.len(),
        thresholds,
        ..EthicsFigures::default()
    };
    let mut confidence = Vec::new();
    for row in rows {
        let verdict = judge.judge(&row.message, &thresholds)?;
        let taken = verdict.category();
        figures.confusion[row.category as usize][taken as usize] += 1;
        let best = crate::encoder::metrics::argmax(&verdict.scores);
        confidence.push((verdict.scores[best], best == row.category as usize));
        if taken != row.category {
            figures.wrong.push(Wrong {
                input: row.message.clone(),
                r#true: row.category.word().to_owned(),
                best: taken.word().to_owned(),
                score: verdict.scores[taken as usize],
            });
        }
    }
    let general = Category::General as usize;
    let innocent: usize = figures.confusion[general].iter().sum();
    let missed: usize = (0..general).map(|c| figures.confusion[c][general]).sum();
    let offences = rows.len() - innocent;
    figures.categories = Category::ALL
        .map(|category| CategoryFigures {
            category: category.word(),
            n: figures.confusion[category as usize].iter().sum(),
            right: figures.confusion[category as usize][category as usize],
        })
        .into();
    let right: usize = figures.categories.iter().map(|c| c.right).sum();
    figures.accuracy = right as f64 / rows.len().max(1) as f64;
    figures.innocent_hit = innocent - figures.confusion[general][general];
    figures.offences_hit = (offences - missed) as f64 / offences.max(1) as f64;
    figures.ece = ece(&confidence);
    Ok(figures)
}
