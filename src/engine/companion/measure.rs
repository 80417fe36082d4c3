//! Measuring what the companion makes of held-out rows.

use std::collections::HashSet;
use std::time::Instant;

use serde::Serialize;

use super::forms;
use super::head::{Head, Input, parse_item};
use super::mind::{Ask, Mind, MindError};
use super::models::{Asked, HeadModel};
use super::retrieval::Query;
use crate::companion::expression::Expression;
use crate::content::csv::CompanionRow;

/// What says something of a row: all that is known together, or a language model alone.
pub enum Judge<'a> {
    /// As the program uses it.
    Mind(&'a mut Mind),
    /// One head alone; the keys are those that the memory head may say.
    Head(
        &'a mut dyn HeadModel,
        &'a [String],
        &'a dyn Fn(char) -> bool,
    ),
}

/// Figures of a head.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct HeadFigures {
    /// The head.
    pub head: &'static str,
    /// Rows.
    pub n: usize,
    /// Share of outputs that have the form; of replies and summaries, that may be said.
    pub valid: f64,
    /// Expression: share of right labels of the eyes, the mouth, the head, and of all three.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<[f64; 4]>,
    /// Memory: precision, recall and F1 of exact keys, and F1 of keys with exactly the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<[f64; 4]>,
    /// Replies: share that an exchange or something remembered answers, not that she doesn't know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<f64>,
    /// Mean milliseconds.
    pub ms: f64,
    /// The longest.
    pub longest_ms: f64,
    /// What was said, with what was wanted.
    #[serde(skip)]
    pub said: Vec<[String; 3]>,
}

/// Has every row judged.
///
/// # Errors
/// When a model fails.
pub fn measure(
    judge: &mut Judge<'_>,
    head: Head,
    rows: &[CompanionRow],
) -> Result<HeadFigures, MindError> {
    let mut figures = HeadFigures {
        head: head.name(),
        ..HeadFigures::default()
    };
    let mut seen = HashSet::new();
    let rows = rows
        .iter()
        .filter(|row| seen.insert((head.prompt(row), head.target(row))));
    for (turn, row) in rows.enumerate() {
        let prompt = head.prompt(row);
        let started = Instant::now();
        let (said, answered) = say(judge, head, &prompt, row, turn as u32)?;
        let ms = started.elapsed().as_secs_f64() * 1000.;
        figures.ms += ms;
        figures.longest_ms = figures.longest_ms.max(ms);
        figures.n += 1;
        if head == Head::Reply {
            *figures.answered.get_or_insert(0.) += f64::from(u8::from(answered));
        }
        let wanted = head.target(row).to_owned();
        figures
            .said
            .push([prompt, said.unwrap_or_else(|| "∅".into()), wanted]);
    }
    let n = figures.n.max(1) as f64;
    figures.ms /= n;
    figures.answered = figures.answered.map(|sum| sum / n);
    let valid = figures
        .said
        .iter()
        .filter(|[_, said, _]| is_valid(head, said))
        .count();
    figures.valid = valid as f64 / n;
    match head {
        Head::Expression => figures.labels = Some(labels(&figures.said)),
        Head::Memory => figures.keys = Some(keys(&figures.said)),
        Head::Reply | Head::Summary => {}
    }
    Ok(figures)
}

fn say(
    judge: &mut Judge<'_>,
    head: Head,
    prompt: &str,
    row: &CompanionRow,
    turn: u32,
) -> Result<(Option<String>, bool), MindError> {
    let input = Input::of(&row.input);
    match judge {
        Judge::Mind(mind) => Ok(match head {
            Head::Reply => {
                let ask = Ask {
                    turn,
                    prompt,
                    last: None,
                };
                let reply = mind.reply(&ask, &|_| false, &mut |_| true)?;
                (Some(reply.text), !reply.fallback)
            }
            Head::Summary => (mind.summary(turn, prompt), true),
            Head::Memory => {
                let item = mind.memory(turn, prompt);
                let text = item.map(|(key, value)| format!("[{key}: {value}]"));
                (Some(text.unwrap_or_default()), true)
            }
            Head::Expression => {
                let face = mind.senses().face(input.message, &row.reply);
                (Some(face.to_string()), true)
            }
        }),
        Judge::Head(model, known, can_say) => {
            let form = match head {
                Head::Memory => Some(forms::memory(known, input.message, &**can_say)),
                Head::Expression => Some(forms::expression(Expression::all())),
                Head::Reply | Head::Summary => None,
            };
            let asked = Asked {
                head,
                prompt,
                form: form.as_ref(),
                seed: u64::from(turn),
            };
            let said = model.say(&asked, &mut |_| true);
            let said = said.unwrap_or_else(|error| {
                tracing::warn!(%error, "the head failed");
                None
            });
            let answered = said.is_some();
            Ok((said, answered))
        }
    }
}

fn is_valid(head: Head, said: &str) -> bool {
    match head {
        Head::Expression => Expression::parse(said).is_ok(),
        Head::Memory => said.is_empty() || parse_item(said).is_some(),
        Head::Reply | Head::Summary => crate::interview::check_reply(said, "ko").is_ok(),
    }
}

fn labels(said: &[[String; 3]]) -> [f64; 4] {
    let mut right = [0f64; 4];
    for [_, said, wanted] in said {
        if let (Ok(said), Ok(wanted)) = (Expression::parse(said), Expression::parse(wanted)) {
            let same = [
                said.eyes == wanted.eyes,
                said.mouth == wanted.mouth,
                said.pose == wanted.pose,
                said == wanted,
            ];
            for (sum, same) in right.iter_mut().zip(same) {
                *sum += f64::from(u8::from(same));
            }
        }
    }
    right.map(|sum| sum / said.len().max(1) as f64)
}

fn keys(said: &[[String; 3]]) -> [f64; 4] {
    let (mut given, mut wanted_in_all, mut right, mut whole) = (0f64, 0f64, 0f64, 0f64);
    for [_, said, wanted] in said {
        let (said, wanted) = (parse_item(said), parse_item(wanted));
        given += f64::from(u8::from(said.is_some()));
        wanted_in_all += f64::from(u8::from(wanted.is_some()));
        if let (Some(said), Some(wanted)) = (said, wanted) {
            right += f64::from(u8::from(said.0 == wanted.0));
            whole += f64::from(u8::from(said == wanted));
        }
    }
    let f1 = |right: f64| 2. * right / (given + wanted_in_all).max(1.);
    [
        right / given.max(1.),
        right / wanted_in_all.max(1.),
        f1(right),
        f1(whole),
    ]
}

/// How near the nearest exchange is to each text that nothing was written for, the farthest first.
///
/// # Errors
/// When the encoder fails.
pub fn nearest_to(mind: &Mind, texts: &[&str]) -> Result<Vec<f32>, MindError> {
    let mut scores = Vec::with_capacity(texts.len());
    for text in texts {
        let embedding = mind.embed(text)?;
        let query = Query {
            input: Input::of(text),
            embedding: &embedding,
            before: None,
        };
        let found = mind.retrieval().nearest(&query, 1, |_| false);
        scores.push(found.first().map_or(-1., |found| found.score));
    }
    scores.sort_by(f32::total_cmp);
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_labels_are_counted() {
        let row = |said: &str, wanted: &str| [String::new(), said.to_owned(), wanted.to_owned()];
        let [precision, recall, f1, whole] = keys(&[
            row("[이름: 수]", "[이름: 수]"),
            row("[나이: 서른]", "[나이: 서른둘]"),
            row("[이름: 비]", ""),
            row("", "[취미: 낚시]"),
            row("", ""),
        ]);
        assert_eq!((precision, recall), (2. / 3., 2. / 3.));
        assert_eq!((f1, whole), (2. / 3., 1. / 3.));
        let faces = [
            "눈 크게, 입 보통, 고개 돌림 없음",
            "눈 작게, 입 보통, 고개 돌림 없음",
        ];
        let counted = labels(&[row(faces[0], faces[0]), row(faces[0], faces[1])]);
        assert_eq!(counted, [0.5, 1., 1., 0.5]);
    }
}
