//! Every variable learns: the gradient of the whole loss reaches it.

use candle_core::backprop::GradStore;

use super::*;
use crate::encoder::train::run::Objective;
use crate::nn::optim::{AdamW, AdamWConfig};
use crate::testing::TINY;

/// The norm of each variable's gradient through both losses, by name.
fn gradient_norms(encoder: &Encoder, step: &mut dyn FnMut(&GradStore)) -> Vec<(String, f32)> {
    let (data, config) = (toy_data(), config());
    let likeness = Likeness::new(encoder, &data, &config).unwrap();
    let batch: Vec<usize> = (0..data.inputs.len()).collect();
    norms_of(&likeness, &batch, step)
}

/// The same of any objective.
pub(super) fn norms_of(
    objective: &impl Objective,
    batch: &[usize],
    step: &mut dyn FnMut(&GradStore),
) -> Vec<(String, f32)> {
    let loss = objective.loss(batch, 0).unwrap().unwrap();
    let grads = loss.backward().unwrap();
    let norms = objective.variables().iter().map(|(name, var)| {
        let grad = grads.get(var);
        let norm = grad.map_or(0., |grad| {
            let squares = grad.sqr().and_then(|squares| squares.sum_all()).unwrap();
            squares.to_scalar::<f32>().unwrap().sqrt()
        });
        (name.clone(), norm)
    });
    let norms = norms.collect();
    step(&grads);
    norms
}

/// Names of the variables whose gradient is as good as zero.
fn still(norms: &[(String, f32)]) -> Vec<&str> {
    let still = norms.iter().filter(|(_, norm)| *norm < 1e-4);
    still.map(|(name, _)| name.as_str()).collect()
}

#[test]
fn full_training_reaches_every_variable() {
    for model in TINY {
        let encoder = encoder(model, Precision::Trainable);
        // Six linear layers and two norms a layer, and the norm of the embeddings: a weight and a
        // bias each.
        assert_eq!(encoder.variables().len(), 2 * (3 * 8 + 1));
        let norms = gradient_norms(&encoder, &mut |_| ());
        // A bias of the keys adds the same to all of a query's scores, and softmax does not notice:
        // its gradient is zero but for rounding.
        let key_bias = |name: &&str| name.ends_with("attention.self.key.bias");
        let still = still(&norms);
        let (expected, unexpected): (Vec<&str>, Vec<&str>) = still.into_iter().partition(key_bias);
        assert_eq!(unexpected, Vec::<&str>::new(), "{model}");
        assert_eq!(expected.len(), 3, "{model}");
    }
}

#[test]
fn adapters_learn_b_first_and_then_a_as_well() {
    for model in TINY {
        let encoder = encoder(model, Precision::Lora { rank: 4, from: 0 });
        assert_eq!(encoder.variables().len(), 2 * 3 * 6);
        let mut adam = AdamW::new(encoder.variables().to_vec(), AdamWConfig::default());
        let first = gradient_norms(&encoder, &mut |grads| {
            adam.step(grads, 1.).unwrap();
        });
        // B is zero at the start, and A's gradient goes through it.
        let still_a = still(&first);
        assert!(still_a.iter().all(|name| name.ends_with("lora_A.weight")));
        assert_eq!(still_a.len(), 3 * 6, "{model}");
        let second = gradient_norms(&encoder, &mut |_| ());
        let nothing = second.iter().filter(|(_, norm)| *norm == 0.);
        let nothing: Vec<_> = nothing.map(|(name, _)| name).collect();
        assert!(nothing.is_empty(), "{model}: {nothing:?}");
    }
}

#[test]
fn frozen_models_have_no_variables() {
    for precision in [Precision::Int8, Precision::Float] {
        assert!(encoder("tiny-bert", precision).variables().is_empty());
    }
}
