//! A linear classifier over embeddings: ridge regression onto class membership (Hoerl & Kennard
//! 1970; "RLSC", Rifkin & Lippert 2007).
//!
//! It is solved in closed form within milliseconds, so a topic file that has just been saved has its
//! classifier at once; and what it would say of each example without having seen it costs little
//! more, which is what the calibration is fitted on.

use nalgebra::DMatrix;

use super::Packed;

/// Strength of the penalty, for embeddings of length 1; chosen on the training texts that are held
/// out for calibration.
const PENALTY: f64 = 0.05;

/// Examples that are read at once.
const BLOCK: usize = 256;

/// An embedding, as it is held.
pub trait Row: Sync {
    /// Dimensions.
    fn width(&self) -> usize;
    /// One of them.
    fn at(&self, dimension: usize) -> f32;
}

impl Row for Vec<f32> {
    fn width(&self) -> usize {
        self.len()
    }

    fn at(&self, dimension: usize) -> f32 {
        self[dimension]
    }
}

impl Row for Packed {
    fn width(&self) -> usize {
        Packed::width(self)
    }

    fn at(&self, dimension: usize) -> f32 {
        f32::from(self.values()[dimension]) * self.scale()
    }
}

/// The fitted classifier.
#[derive(Debug, Clone, Default)]
pub struct Ridge {
    /// Mean of all examples, [width].
    mean: Vec<f32>,
    /// [classes][width].
    weights: Vec<Vec<f32>>,
    /// Share of the examples by class.
    share: Vec<f32>,
}

impl Ridge {
    /// Fits to the examples of each class; embeddings of one width.
    pub fn fit<E: Row>(classes: &[&[E]]) -> Self {
        let examples = Examples::new(classes);
        let Some((_, weights)) = examples.solve() else {
            return Self::default();
        };
        let column = |class| weights.column(class).iter().map(|x| *x as f32).collect();
        Self {
            mean: examples.mean.iter().map(|x| *x as f32).collect(),
            weights: (0..classes.len()).map(column).collect(),
            share: examples.share.iter().map(|x| *x as f32).collect(),
        }
    }

    /// The scores of each example by the others alone, `[examples][classes]`, the examples in the order
    /// of their classes; nothing where something is not a number.
    pub fn left_out<E: Row>(classes: &[&[E]]) -> Vec<Vec<f32>> {
        let examples = Examples::new(classes);
        let Some((inverse, weights)) = examples.solve() else {
            return Vec::new();
        };
        let mut left_out = Vec::with_capacity(examples.all.len());
        for (centred, target) in examples.blocks() {
            let residual = &target - &centred * &weights;
            let leverage = (&centred * &inverse).component_mul(&centred).column_sum();
            left_out.extend((0..target.nrows()).map(|row| {
                let scores = examples.share.iter().enumerate().map(|(class, share)| {
                    let residual = residual[(row, class)] / (1. - leverage[row]);
                    (target[(row, class)] - residual + share) as f32
                });
                scores.collect()
            }));
        }
        left_out
    }

    /// How much an embedding belongs to each class: about 1 for its own, about 0 for the others.
    pub fn scores(&self, query: &[f32]) -> Vec<f32> {
        let centred: Vec<f32> = query.iter().zip(&self.mean).map(|(x, m)| x - m).collect();
        self.weights
            .iter()
            .zip(&self.share)
            .map(|(weights, share)| share + super::cosine(&centred, weights))
            .collect()
    }
}

/// All examples with their class. They are read in blocks, so that nothing as large as all of them is
/// held in 64 bits.
struct Examples<'a, E> {
    all: Vec<(usize, &'a E)>,
    mean: Vec<f64>,
    share: Vec<f64>,
}

impl<'a, E: Row> Examples<'a, E> {
    fn new(classes: &[&'a [E]]) -> Self {
        let all: Vec<(usize, &E)> = classes
            .iter()
            .enumerate()
            .flat_map(|(owner, class)| class.iter().map(move |example| (owner, example)))
            .collect();
        let (count, width) = (all.len(), all.first().map_or(0, |e| e.1.width()));
        let share = |n: usize| n as f64 / count.max(1) as f64;
        Self {
            share: classes.iter().map(|class| share(class.len())).collect(),
            mean: (0..width)
                .map(|i| all.iter().map(|e| f64::from(e.1.at(i))).sum::<f64>() / count as f64)
                .collect(),
            all,
        }
    }

    /// Centred embeddings and centred membership, [block, width] and [block, classes].
    fn blocks(&self) -> impl Iterator<Item = (DMatrix<f64>, DMatrix<f64>)> {
        self.all.chunks(BLOCK).map(|block| {
            let centred = |row: usize, i: usize| f64::from(block[row].1.at(i)) - self.mean[i];
            let member = |row: usize, class: usize| {
                f64::from(u8::from(block[row].0 == class)) - self.share[class]
            };
            (
                DMatrix::from_fn(block.len(), self.mean.len(), centred),
                DMatrix::from_fn(block.len(), self.share.len(), member),
            )
        })
    }

    /// The inverse of the penalised Gram matrix, [width, width], and the weights, [width, classes];
    /// none where something is not a number.
    fn solve(&self) -> Option<(DMatrix<f64>, DMatrix<f64>)> {
        let width = self.mean.len();
        let mut gram = DMatrix::identity(width, width) * PENALTY;
        let mut moment = DMatrix::zeros(width, self.share.len());
        for (centred, target) in self.blocks() {
            // `gemm_tr` would not use the fast kernel of `gemm`.
            let transposed = centred.transpose();
            gram.gemm(1., &transposed, &centred, 1.);
            moment.gemm(1., &transposed, &target, 1.);
        }
        let inverse = gram.cholesky()?.inverse();
        let weights = &inverse * moment;
        Some((inverse, weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two classes apart along the first axis, with something of their own along the others.
    fn classes() -> [Vec<Vec<f32>>; 2] {
        let example = |side: f32, i: usize| {
            let own = (i as f32 * 0.7).sin() * 0.3;
            vec![side, own, 0.2 - own * side]
        };
        [1f32, -1.].map(|side| (0..6).map(|i| example(side, i)).collect())
    }

    fn fit(classes: &[Vec<Vec<f32>>]) -> Ridge {
        let classes: Vec<&[Vec<f32>]> = classes.iter().map(Vec::as_slice).collect();
        Ridge::fit(&classes)
    }

    fn left_out(classes: &[Vec<Vec<f32>>]) -> Vec<Vec<f32>> {
        let classes: Vec<&[Vec<f32>]> = classes.iter().map(Vec::as_slice).collect();
        Ridge::left_out(&classes)
    }

    #[test]
    fn a_text_scores_near_one_in_its_own_class_and_near_zero_in_the_other() {
        let ridge = fit(&classes());
        for (side, own) in [(1., 0), (-1., 1)] {
            let scores = ridge.scores(&[side, 0.1, 0.1]);
            assert!((scores[own] - 1.).abs() < 0.1, "{scores:?}");
            assert!(scores[1 - own].abs() < 0.1, "{scores:?}");
        }
    }

    #[test]
    fn an_example_scores_lower_by_the_others_alone_and_still_in_its_class() {
        let all = classes();
        let ridge = fit(&all);
        let by_others = &left_out(&all)[0];
        let seen = ridge.scores(&all[0][0]);
        assert!(
            by_others[0] < seen[0] && by_others[0] > 0.8,
            "{by_others:?} {seen:?}"
        );
        assert_eq!(left_out(&all).len(), 12);
    }

    /// The closed form keeps the mean and the shares of all examples, and so does this.
    #[test]
    fn scores_left_out_are_those_of_a_fit_without_the_example() {
        let all = classes();
        let ridge = fit(&all);
        let scores_by_others = left_out(&all);
        let examples: Vec<(usize, &Vec<f32>)> = all
            .iter()
            .enumerate()
            .flat_map(|(owner, class)| class.iter().map(move |example| (owner, example)))
            .collect();
        for (left_out, (_, query)) in examples.iter().enumerate() {
            // Normal equations of the penalised least squares over the others.
            let mut gram = DMatrix::<f64>::identity(3, 3) * PENALTY;
            let mut target = DMatrix::<f64>::zeros(3, 2);
            for (index, (owner, example)) in examples.iter().enumerate() {
                if index == left_out {
                    continue;
                }
                let x = DMatrix::from_fn(3, 1, |i, _| f64::from(example[i] - ridge.mean[i]));
                let y =
                    DMatrix::from_fn(1, 2, |_, class| f64::from(u8::from(class == *owner)) - 0.5);
                gram += &x * x.transpose();
                target += &x * y;
            }
            let weights = gram.lu().solve(&target).unwrap();
            let x = DMatrix::from_fn(1, 3, |_, i| f64::from(query[i] - ridge.mean[i]));
            let expected = x * weights;
            let scores = &scores_by_others[left_out];
            for class in 0..2 {
                let difference = f64::from(scores[class]) - (expected[(0, class)] + 0.5);
                assert!(difference.abs() < 1e-4, "{left_out}: {difference}");
            }
        }
    }

    #[test]
    fn nothing_to_learn_from_is_no_panic() {
        assert!(fit(&[]).scores(&[1., 0.]).is_empty());
        assert_eq!(fit(&[vec![], vec![]]).scores(&[1., 0.]).len(), 2);
        let nan = fit(&[vec![vec![f32::NAN, 0.]], vec![vec![1., 0.]]]);
        assert!(nan.scores(&[1., 0.]).is_empty());
    }
}
