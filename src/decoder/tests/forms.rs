//! Texts within a form, and adapters that share a model.

use proptest::prelude::*;

use super::*;

fn logits(decoder: &Decoder) -> Vec<f32> {
    decoder
        .step(&[5, 17, 300, 42], &mut KvCache::new())
        .unwrap()
}

fn furthest(a: &[f32], b: &[f32]) -> f32 {
    let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    apart.fold(0., f32::max)
}

#[test]
fn a_chosen_adapter_says_what_it_says_when_it_is_merged() {
    for name in TINY {
        let adapter = model_folder(&format!("{name}-adapter"));
        for precision in [Precision::Float, Precision::Stored] {
            let own = ModelFiles::at(&adapter);
            let adapters = vec![("one".to_owned(), own.clone()), ("two".to_owned(), own)];
            let shared = match Decoder::load_with(&files(name), adapters, &precision) {
                Ok(shared) => shared,
                // An adapter of embeddings that are the head as well can only be merged.
                Err(error) => {
                    assert!(error.to_string().contains("adapter"), "{error}");
                    continue;
                }
            };
            let bare = logits(&decoder(name, &precision));
            let merged = Decoder::load(&files(name), Some(&adapter), &precision).unwrap();
            let merged = logits(&merged);
            assert!(furthest(&bare, &merged) > 1e-3);
            assert_eq!(shared.adapters(), ["one", "two"]);
            assert!(furthest(&logits(&shared), &bare) < 1e-4);
            assert!(shared.choose(Some("two")));
            assert!(furthest(&logits(&shared), &merged) < 2e-3, "{name}");
            assert!(!shared.choose(Some("three")));
            assert!(furthest(&logits(&shared), &bare) < 1e-4);
            assert!(shared.choose(Some("one")) && shared.choose(None));
            assert!(furthest(&logits(&shared), &bare) < 1e-4);
        }
    }
}

#[test]
fn an_adapter_of_another_model_is_refused() {
    let other = ModelFiles::at(&model_folder("tiny-neox-adapter"));
    let files = files("tiny-llama");
    let adapters = vec![("one".to_owned(), other)];
    assert!(Decoder::load_with(&files, adapters, &Precision::Float).is_err());
}

/// Characters that a tiny model has tokens for.
fn alphabet(pieces: &Pieces) -> Vec<char> {
    let all = ('a'..='z').chain("가나다라마바사아자차카타파하은는이".chars());
    all.filter(|character| pieces.can_say(*character)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_a_model_would_like_to_say_it_stays_in_the_form(
        picks in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 1..6), 1..6),
        prompt in prop::collection::vec(0u32..320, 1..12),
        temperature in prop::sample::select(vec![0f32, 1.]),
        seed in any::<u64>(),
    ) {
        for name in TINY {
            let decoder = decoder(name, &Precision::Float);
            let pieces = decoder.pieces();
            let letters = alphabet(&pieces);
            prop_assert!(letters.len() > 2, "{name}: {letters:?}");
            let texts: Vec<String> = picks
                .iter()
                .map(|text| text.iter().map(|pick| *pick.get(&letters)).collect())
                .collect();
            let form = Form::one_of(texts.iter().map(String::as_str));
            let sampling = Sampling { temperature, seed, ..Sampling::default() };
            let ends = &decoder.config.eos_token_ids;
            let said = decoder
                .generate_form(&prompt, &form, (&pieces, ends), &sampling, &mut KvCache::new())
                .unwrap();
            let said = said.expect("every letter can be said");
            prop_assert!(texts.contains(&said.text), "{} is none of {texts:?}", said.text);
            prop_assert!(said.log_probability <= 1e-6);
        }
    }
}

#[test]
fn a_form_that_cannot_be_said_gives_nothing() {
    let decoder = decoder("tiny-llama", &Precision::Float);
    let pieces = decoder.pieces();
    let unknown = '\u{10ffff}';
    if pieces.can_say(unknown) {
        return; // it has a token for every byte
    }
    let form = Form::one_of(["\u{10ffff}"]);
    let said = decoder.generate_form(
        &[1, 2],
        &form,
        (&pieces, &[]),
        &Sampling::default(),
        &mut KvCache::new(),
    );
    assert_eq!(said.unwrap(), None);
}
