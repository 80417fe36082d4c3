//! Every variable learns: the gradient of a loss over the logits reaches it.

use candle_core::{DType, Tensor};

use super::*;
use crate::nn::block_quant::BlockType;
use crate::nn::ops::check;

/// Norms of the gradients of a loss on two texts, by variable.
fn norms(decoder: &Decoder) -> Vec<(String, f32)> {
    let (hidden, _) = decoder
        .hidden_states(&[&[5, 17, 300, 42], &[9, 128, 7]])
        .unwrap();
    let logits = decoder.head(&hidden).unwrap();
    let weights = check::values(logits.elem_count(), 3);
    let weights = Tensor::from_vec(weights, logits.shape(), logits.device()).unwrap();
    let loss = (logits * weights).unwrap().sum_all().unwrap();
    let grads = loss.backward().unwrap();
    let norm = |var: &candle_core::Var| match grads.get(var) {
        Some(grad) => {
            let sum = grad.sqr().unwrap().sum_all().unwrap();
            sum.to_dtype(DType::F32)
                .unwrap()
                .to_scalar::<f32>()
                .unwrap()
        }
        None => 0.,
    };
    let variables = decoder.variables().iter();
    variables
        .map(|(name, var)| (name.clone(), norm(var)))
        .collect()
}

#[test]
fn full_training_reaches_every_variable() {
    // Seven matrices and two norms a layer, the last norm, the tied embeddings; and a fused
    // projection, three more matrices, all with biases, two norms with biases, both ends; and two norms
    // more than the first.
    for (name, count) in TINY.into_iter().zip([2 * 9 + 2, 2 * 12 + 4, 2 * 11 + 2]) {
        let norms = norms(&decoder(name, &Precision::Trainable));
        assert_eq!(norms.len(), count, "{name}");
        let still: Vec<_> = norms.iter().filter(|(_, norm)| *norm < 1e-6).collect();
        assert!(still.is_empty(), "{name}: {still:?}");
    }
}

#[test]
fn adapters_begin_with_b_and_leave_the_rest_alone() {
    for (name, layers) in TINY.into_iter().zip([7, 4, 7]) {
        let lora = LoraConfig {
            rank: 3,
            alpha: 6.,
            dropout: 0.,
            targets: Vec::new(),
        };
        let kind = BlockType::Q4_0;
        for precision in [
            Precision::Lora(lora.clone()),
            Precision::QLora { kind, lora },
        ] {
            let decoder = decoder(name, &precision);
            let begun = norms(&decoder);
            assert_eq!(begun.len(), 2 * 2 * layers, "{name}");
            // B is zero at the start, and A's gradient goes through it.
            for (name, norm) in &begun {
                assert_eq!(*norm > 0., name.ends_with("lora_B.weight"), "{name}");
            }
            for (_, var) in decoder.variables() {
                let seed = var.elem_count() as u32;
                var.set(check::var(var.dims(), seed).as_tensor()).unwrap();
            }
            for (name, norm) in norms(&decoder) {
                assert!(norm > 1e-6, "{name}");
            }
        }
    }
}

#[test]
fn targets_choose_the_layers_that_get_an_adapter() {
    let lora = LoraConfig {
        rank: 2,
        alpha: 2.,
        dropout: 0.,
        targets: vec!["q_proj".into(), "down_proj".into()],
    };
    let decoder = decoder("tiny-llama", &Precision::Lora(lora));
    let names: Vec<&str> = decoder
        .variables()
        .iter()
        .map(|(n, _)| n.as_str())
        .collect();
    assert_eq!(names.len(), 2 * 2 * 2);
    assert!(names.contains(&"model.layers.1.self_attn.q_proj.lora_A.weight"));
}

#[test]
fn frozen_models_have_no_variables() {
    for precision in [Precision::Stored, Precision::Float] {
        assert!(decoder("tiny-llama", &precision).variables().is_empty());
    }
}
