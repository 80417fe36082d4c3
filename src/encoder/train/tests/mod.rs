//! Trainings of tiny models: what moves, what is written down, what comes out.

mod classify;
mod export;
mod gradients;
mod running;

use super::*;
use crate::encoder::{Precision, Text};
use crate::testing::encoder;

/// Two topics with two classes of three texts each, and a candidate for each class.
fn toy_data() -> TrainData {
    const CLASSES: [(&str, &str, [&str; 3]); 4] = [
        (
            "모델",
            "손실",
            ["손실 함수", "loss", "손실은 batch loss입니다"],
        ),
        ("모델", "기울기", ["기울기", "기울기를 trace", "slope"]),
        (
            "데이터",
            "과적합",
            ["과적합", "regularization", "과적합이에요"],
        ),
        ("데이터", "학습", ["학습", "train", "학습하세요 model"]),
    ];
    let mut data = TrainData {
        candidates: CLASSES
            .iter()
            .map(|(_, label, _)| (*label).into())
            .collect(),
        ..TrainData::default()
    };
    for (class, (title, _, texts)) in CLASSES.iter().enumerate() {
        for text in texts {
            data.inputs.push(Text {
                head: format!("{title} -> "),
                body: (*text).to_owned(),
                tail: String::new(),
            });
            let one = (0..CLASSES.len()).map(|other| f32::from(u8::from(other == class)));
            data.similarity.extend(one);
            data.groups.push(Group {
                topic: class / 2,
                class,
            });
        }
    }
    data
}

/// Three epochs of two batches, a topic each.
fn config() -> TrainConfig {
    TrainConfig {
        epochs: 3,
        batch: 12,
        lr: 1e-3,
        ..TrainConfig::default()
    }
}

/// Every variable, bit for bit.
fn weights(encoder: &Encoder) -> Vec<(String, Vec<u32>)> {
    encoder
        .variables()
        .iter()
        .map(|(name, var)| {
            let values: Vec<f32> = var.flatten_all().unwrap().to_vec1().unwrap();
            (name.clone(), values.into_iter().map(f32::to_bits).collect())
        })
        .collect()
}
