//! What may be put into an encoder, and what comes out.

use proptest::prelude::*;

use super::*;
use crate::testing::{TINY, encoder};

fn texts() -> Vec<Text> {
    [
        "손실 함수",
        "",
        "model",
        "기울기 loss batch train, regularization!",
    ]
    .map(Text::from)
    .to_vec()
}

#[test]
fn embeddings_have_length_one_and_come_in_the_order_of_the_texts() {
    for model in TINY {
        for precision in [Precision::Float, Precision::Int8] {
            let encoder = encoder(model, precision);
            let together = encoder.encode(&texts()).unwrap();
            for (text, embedding) in texts().into_iter().zip(&together) {
                assert!((cosine(embedding, embedding) - 1.).abs() < 1e-5);
                let alone = encoder.encode(&[text]).unwrap().remove(0);
                assert!(cosine(embedding, &alone) > 0.99999);
            }
        }
    }
}

#[test]
fn eight_bits_stay_close_to_floats() {
    for model in TINY {
        let (float, int8) = (
            encoder(model, Precision::Float),
            encoder(model, Precision::Int8),
        );
        let (float, int8) = (float.encode(&texts()), int8.encode(&texts()));
        for (float, int8) in float.unwrap().iter().zip(&int8.unwrap()) {
            assert!(cosine(float, int8) > 0.99);
        }
    }
}

#[test]
fn more_texts_than_fit_a_batch_are_split() {
    let encoder = encoder("tiny-bert", Precision::Int8);
    let many: Vec<Text> = (0..300)
        .map(|i| Text::from("model ".repeat(1 + i % 60)))
        .collect();
    let embeddings = encoder.encode(&many).unwrap();
    assert_eq!(embeddings.len(), 300);
    for place in [0, 59, 150, 299] {
        let alone = encoder.encode(&many[place..=place]).unwrap().remove(0);
        assert!(cosine(&embeddings[place], &alone) > 0.99999, "{place}");
    }
    assert!(encoder.encode(&[]).unwrap().is_empty());
}

#[test]
fn ids_outside_the_vocabulary_and_texts_beyond_the_positions_are_errors() {
    let encoder = encoder("tiny-bert", Precision::Float);
    let vocabulary = encoder.config.vocab_size as u32;
    assert!(encoder.pooled(&[&[0, vocabulary - 1]]).is_ok());
    let error = encoder.pooled(&[&[0, vocabulary]]).unwrap_err().to_string();
    assert!(error.contains("120"), "{error}");
    assert!(encoder.pooled(&[&[0; 80]]).is_ok());
    let error = encoder.pooled(&[&[0; 81]]).unwrap_err().to_string();
    assert!(error.contains("81 tokens"), "{error}");
}

#[test]
fn a_text_without_any_token_is_no_reason_to_panic() {
    let encoder = encoder("tiny-bert", Precision::Int8);
    let rows = encoder.normalized(&[&[], &[5, 6]]).unwrap();
    let rows = rows.to_vec2::<f32>().unwrap();
    assert!(rows[0].iter().all(|value| *value == 0.));
    let _ = encoder.normalized(&[&[]]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_has_an_embedding(texts in prop::collection::vec(any::<String>(), 1..4)) {
        let encoder = encoder("tiny-roberta", Precision::Int8);
        let texts: Vec<Text> = texts.into_iter().map(Text::from).collect();
        for embedding in encoder.encode(&texts).unwrap() {
            prop_assert!((cosine(&embedding, &embedding) - 1.).abs() < 1e-4);
        }
    }
}
