//! Losses over cosines, by the names of sentence-transformers.

use candle_core::{Device, Result, Tensor};
use serde::{Deserialize, Serialize};

use super::Group;
use crate::nn::ops::{log_softmax, log_sum_exp};

/// Sharpness of CoSENT and of the label softmax: a cosine is multiplied by it.
const SCALE: f64 = 20.;

/// A loss between the cosines [texts, candidates] of a batch and their targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Mean squared error of the cosine (CosineSimilarityLoss).
    CosineSimilarity,
    /// Every pair with the higher target should have the higher cosine (CoSENTLoss, Su 2022).
    CoSent,
    /// Cross-entropy of the softmax over the candidates.
    LabelSoftmax,
    /// The softmax for the order of the candidates, the squared error for their scale: a text that is
    /// like none of them has no share in the first.
    Both,
}

/// Weight of the squared error beside the softmax: at the end of a training they are about as large.
const SQUARED: f64 = 10.;

impl Loss {
    /// The loss of a batch, a scalar.
    ///
    /// # Errors
    /// When the shapes differ.
    pub fn of(self, cosines: &Tensor, target: &Tensor) -> Result<Tensor> {
        match self {
            Self::CosineSimilarity => (cosines - target)?.sqr()?.mean_all(),
            Self::CoSent => cosent(cosines, target),
            Self::Both => {
                let squared = (Self::CosineSimilarity.of(cosines, target)? * SQUARED)?;
                Self::LabelSoftmax.of(cosines, target)? + squared
            }
            Self::LabelSoftmax => {
                let total = target.sum_keepdim(1)?.maximum(1e-9)?;
                let target = target.broadcast_div(&total)?;
                (log_softmax(&(cosines * SCALE)?)? * target)?
                    .sum(1)?
                    .mean_all()?
                    .neg()
            }
        }
    }
}

/// `log(1 + Σ exp(scale·(cos_j − cos_i)))` over pairs with target_i > target_j. The sum factorises
/// where targets are 0 and 1, but similarities may be graded, so all pairs of the batch are taken.
fn cosent(cosines: &Tensor, target: &Tensor) -> Result<Tensor> {
    let (scores, truth) = ((cosines.flatten_all()? * SCALE)?, target.flatten_all()?);
    let n = scores.elem_count();
    // [i, j] = s_j − s_i, kept where pair i should score higher.
    let difference = scores
        .reshape((1, n))?
        .broadcast_sub(&scores.reshape((n, 1))?)?;
    let ordered = truth
        .reshape((n, 1))?
        .broadcast_gt(&truth.reshape((1, n))?)?
        .to_dtype(scores.dtype())?;
    let masked = (difference + ((ordered - 1.)? * 1e9)?)?.flatten_all()?;
    let all = Tensor::cat(
        &[masked, Tensor::zeros(1, scores.dtype(), scores.device())?],
        0,
    )?;
    log_sum_exp(&all.reshape((1, n * n + 1))?)?.mean_all()
}

/// Mean cross-entropy of `logits` [n, classes] against a class for each row, of which a share is spread
/// evenly over all.
///
/// # Errors
/// When the shapes differ, or a target is no class.
pub fn smoothed_cross_entropy(
    logits: &Tensor,
    targets: &[usize],
    smoothing: f64,
) -> Result<Tensor> {
    let (n, classes) = logits.dims2()?;
    let mut wanted = vec![(smoothing / classes as f64) as f32; n * classes];
    for (row, target) in wanted.chunks_mut(classes).zip(targets) {
        match row.get_mut(*target) {
            Some(share) => *share += (1. - smoothing) as f32,
            None => candle_core::bail!("target {target} of {classes} classes"),
        }
    }
    let wanted = Tensor::from_vec(wanted, (n, classes), logits.device())?;
    (log_softmax(logits)? * wanted)?.sum(1)?.mean_all()?.neg()
}

/// Supervised contrastive loss: for each text, the log-share of the texts of its class among all
/// texts of its topic. `None` where no text has a partner.
///
/// # Errors
/// When a tensor operation fails.
pub fn contrastive(
    embeddings: &Tensor,
    groups: &[Group],
    temperature: f64,
) -> Result<Option<Tensor>> {
    let n = groups.len();
    let (mut apart, mut positive) = (vec![0f32; n * n], vec![0f32; n * n]);
    let mut anchors = 0f64;
    for (i, a) in groups.iter().enumerate() {
        let partners = |(j, b): (usize, &Group)| j != i && b.class == a.class;
        let count = groups
            .iter()
            .enumerate()
            .filter(|pair| partners(*pair))
            .count();
        anchors += f64::from(u8::from(count > 0));
        for (j, b) in groups.iter().enumerate() {
            if i == j || a.topic != b.topic {
                apart[i * n + j] = -1e9;
            } else if b.class == a.class {
                positive[i * n + j] = 1. / count as f32;
            }
        }
    }
    if anchors == 0. {
        return Ok(None);
    }
    let apart = Tensor::from_vec(apart, (n, n), &Device::Cpu)?;
    let positive = Tensor::from_vec(positive, (n, n), &Device::Cpu)?;
    let logits = ((embeddings.matmul(&embeddings.t()?)? / temperature)? + apart)?;
    let loss = (log_softmax(&logits)? * positive)?.sum_all()?;
    Ok(Some((loss / -anchors)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(rows: &[&[f32]]) -> Tensor {
        let rows: Vec<Vec<f32>> = rows.iter().map(|row| row.to_vec()).collect();
        Tensor::new(rows, &Device::Cpu).unwrap()
    }

    fn loss(loss: Loss, cosines: &[&[f32]], target: &[&[f32]]) -> f32 {
        let loss = loss.of(&tensor(cosines), &tensor(target)).unwrap();
        loss.to_scalar().unwrap()
    }

    #[test]
    fn every_loss_prefers_the_right_candidate() {
        for kind in [
            Loss::CosineSimilarity,
            Loss::CoSent,
            Loss::LabelSoftmax,
            Loss::Both,
        ] {
            let right = loss(kind, &[&[0.9, 0.1], &[0.2, 0.8]], &[&[1., 0.], &[0., 1.]]);
            let wrong = loss(kind, &[&[0.1, 0.9], &[0.8, 0.2]], &[&[1., 0.], &[0., 1.]]);
            assert!(right < wrong, "{kind:?}: {right} {wrong}");
        }
    }

    #[test]
    fn smoothed_cross_entropy_equals_its_definition() {
        let logits = tensor(&[&[2., 0., -1.], &[0.5, 0.5, 3.]]);
        let of = |smoothing| {
            let loss = smoothed_cross_entropy(&logits, &[0, 1], smoothing).unwrap();
            loss.to_scalar::<f32>().unwrap()
        };
        let rows: [[f64; 3]; 2] = [[2., 0., -1.], [0.5, 0.5, 3.]];
        let logs = rows.map(|row| {
            let sum: f64 = row.iter().map(|x| x.exp()).sum();
            row.map(|x| x - sum.ln())
        });
        let hard = -(logs[0][0] + logs[1][1]) / 2.;
        let even = -logs.iter().flatten().sum::<f64>() / 6.;
        assert!((f64::from(of(0.)) - hard).abs() < 1e-5);
        assert!((f64::from(of(0.3)) - (0.7 * hard + 0.3 * even)).abs() < 1e-5);
        assert!(smoothed_cross_entropy(&logits, &[0, 3], 0.).is_err());
    }

    #[test]
    fn cosent_equals_its_definition() {
        let ours = loss(Loss::CoSent, &[&[0.3, 0.5]], &[&[1., 0.]]);
        let expected = (1f32 + (20f32 * 0.2).exp()).ln();
        assert!((ours - expected).abs() < 1e-4, "{ours} {expected}");
    }

    #[test]
    fn classes_repel_within_their_topic_only() {
        let group = |topic, class| Group { topic, class };
        let near = tensor(&[&[1., 0.], &[1., 0.], &[1., 0.], &[1., 0.]]);
        let one_topic = [group(0, 0), group(0, 0), group(0, 1), group(0, 1)];
        let two_topics = [group(0, 0), group(0, 0), group(1, 1), group(1, 1)];
        let of = |groups: &[Group]| -> f32 {
            let loss = contrastive(&near, groups, 0.1).unwrap().unwrap();
            loss.to_scalar().unwrap()
        };
        assert!((of(&one_topic) - 3f32.ln()).abs() < 1e-4);
        assert!(of(&two_topics).abs() < 1e-4);
        let alone = [group(0, 0), group(0, 1), group(1, 2), group(1, 3)];
        assert!(contrastive(&near, &alone, 0.1).unwrap().is_none());
    }
}
