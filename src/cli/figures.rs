//! Figures of an evaluation as a person reads them: a table, the confusions, the wrong verdicts.

use std::io::{self, Write};

use crate::engine::evaluate::Figures;
use crate::messages::Messages;

/// The most frequent confusions, as many as fit on a screen.
const CONFUSIONS: usize = 20;

/// Writes all that was measured.
pub(super) fn write(
    out: &mut impl Write,
    figures: &Figures,
    messages: &Messages,
) -> io::Result<()> {
    let percent = |share: f64| format!("{:.2} %", 100. * share);
    let mut rows = vec![
        ("n", figures.n.to_string()),
        ("accuracy", percent(figures.accuracy)),
        ("mean_diff", format!("{:.4}", figures.mean_diff)),
        ("mse", format!("{:.5}", figures.mse)),
        ("mae", format!("{:.5}", figures.mae)),
        ("corr", format!("{:.4}", figures.corr)),
        ("ece", format!("{:.4}", figures.ece)),
    ];
    let shares = [
        ("false_pass", figures.false_pass),
        ("misconceptions_named", figures.misconceptions_named),
        ("intents_followed", figures.intents_followed),
        ("accuracy_unrestricted", figures.accuracy_unrestricted),
    ];
    rows.extend(
        shares
            .into_iter()
            .filter_map(|(name, share)| Some((name, percent(share?)))),
    );
    for (name, value) in rows {
        writeln!(out, "{name:<22} {value}")?;
    }
    if !figures.confusion.is_empty() {
        writeln!(out, "\n{}", messages.get("train.confusion"))?;
        for (truth, best, times) in figures.confusion.iter().take(CONFUSIONS) {
            writeln!(out, "{times:>4}  {truth}  ->  {best}")?;
        }
    }
    if !figures.wrong.is_empty() {
        writeln!(out, "\n{}", messages.get("train.wrong"))?;
        for wrong in &figures.wrong {
            writeln!(
                out,
                "{:.2}  {}  |  {} -> {}",
                wrong.score, wrong.input, wrong.r#true, wrong.best
            )?;
        }
    }
    Ok(())
}
