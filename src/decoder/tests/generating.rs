//! The loop: caches, seeds, stops, cancelling.

use super::guesses::Guesses;
use super::*;
use crate::nn::block_quant::BlockType;

const PROMPT: [u32; 6] = [5, 17, 300, 42, 9, 128];

fn options(max_tokens: usize) -> GenerateOptions {
    GenerateOptions {
        max_tokens,
        sampling: Sampling::default(),
        stop: Vec::new(),
    }
}

fn generate(decoder: &Decoder, options: &GenerateOptions, cache: &mut KvCache) -> Generated {
    decoder
        .generate(&PROMPT, options, cache, &mut |_| true)
        .unwrap()
}

#[test]
fn a_cache_changes_nothing_and_is_used_again() {
    for name in TINY {
        let decoder = decoder(name, &Precision::Float);
        let mut cache = KvCache::new();
        let first = generate(&decoder, &options(20), &mut cache);
        assert_eq!((first.prompt_tokens, first.reused_tokens), (6, 0));
        let again = generate(&decoder, &options(20), &mut cache);
        assert_eq!(again.reused_tokens, 5);
        assert_eq!(first.ids, again.ids);
        // A prompt that parts from the last one after three tokens.
        let other = [5, 17, 300, 8, 8];
        let next = |cache: &mut KvCache| {
            decoder
                .generate(&other, &options(9), cache, &mut |_| true)
                .unwrap()
        };
        let (kept, fresh) = (next(&mut cache), next(&mut KvCache::new()));
        assert_eq!((kept.reused_tokens, fresh.reused_tokens), (3, 0));
        assert_eq!(kept.ids, fresh.ids);
    }
}

#[test]
fn a_long_prompt_is_read_in_parts_and_can_be_given_up() {
    let decoder = decoder("tiny-llama", &Precision::Float);
    let prompt: Vec<u32> = (0..100).map(|i| i * 3 % 320).collect();
    let whole = decoder.step(&prompt, &mut KvCache::new()).unwrap();
    let best = (0..320)
        .max_by(|a, b| whole[*a].total_cmp(&whole[*b]))
        .unwrap();
    let run = |draft: &mut dyn FnMut(&str) -> bool, cache: &mut KvCache| {
        decoder
            .generate(&prompt, &options(1), cache, draft)
            .unwrap()
    };
    // Two layers read two parts: a look before each. What a part was given up in is read again.
    for (looks, kept) in [(0, 0), (1, 0), (2, 64), (3, 64)] {
        let mut cache = KvCache::new();
        let mut left = looks;
        let mut draft = |_: &str| {
            left -= 1;
            left >= 0
        };
        let given_up = run(&mut draft, &mut cache);
        assert_eq!((left, given_up.finish), (-1, Finish::Cancelled));
        assert!(given_up.ids.is_empty());
        assert_eq!(cache.ids().len(), kept);
        let generated = run(&mut |_| true, &mut cache);
        assert_eq!(generated.ids, [best as u32]);
        assert_eq!(generated.reused_tokens, kept);
    }
}

#[test]
fn cancelling_takes_effect_within_a_token() {
    let decoder = decoder("tiny-llama", &Precision::Float);
    let mut calls = 0;
    let mut draft = |_: &str| {
        calls += 1;
        // Once before each of the two layers that read the prompt, and after each token.
        calls < 2 + 3
    };
    let generated = decoder
        .generate(&PROMPT, &options(50), &mut KvCache::new(), &mut draft)
        .unwrap();
    assert_eq!(
        (generated.ids.len(), generated.finish),
        (3, Finish::Cancelled)
    );
}

#[test]
fn text_grows_and_stops_before_the_stop_text() {
    let decoder = decoder("tiny-neox", &Precision::Float);
    let sampling = Sampling {
        temperature: 1.,
        seed: 4,
        ..Sampling::default()
    };
    let mut options = GenerateOptions {
        sampling,
        ..options(100)
    };
    let mut drafts = vec![String::new()];
    let whole = decoder
        .generate(&PROMPT, &options, &mut KvCache::new(), &mut |text| {
            drafts.push(text.to_owned());
            true
        })
        .unwrap();
    assert!(drafts.windows(2).all(|pair| pair[1].starts_with(&pair[0])));
    assert!(whole.text.starts_with(drafts.last().unwrap()));
    // A piece of that very text, wherever its tokens begin and end.
    let chars: Vec<char> = whole.text.chars().collect();
    assert!(chars.len() > 20);
    let stop: String = chars[10..14].iter().collect();
    options.stop = vec![stop.clone()];
    let stopped = decoder
        .generate(&PROMPT, &options, &mut KvCache::new(), &mut |text| {
            assert!(!text.contains(&stop));
            true
        })
        .unwrap();
    assert_eq!(stopped.finish, Finish::Stop);
    assert_eq!(Some(stopped.text.len()), whole.text.find(&stop));
    assert!(stopped.ids.len() < whole.ids.len());
}

#[test]
fn a_special_token_stops_as_a_sequence_of_tokens() {
    let decoder = decoder("tiny-llama", &Precision::Float);
    let whole = generate(&decoder, &options(12), &mut KvCache::new());
    let mut models = decoder;
    models.config.eos_token_ids = vec![whole.ids[4]];
    let stopped = generate(&models, &options(12), &mut KvCache::new());
    let until = whole.ids.iter().position(|id| *id == whole.ids[4]).unwrap();
    assert_eq!(stopped.ids, whole.ids[..=until]);
    assert_eq!(stopped.finish, Finish::Stop);
    // `<|end|>` has no text of its own once decoded.
    assert_eq!(models.tokenizer.encode("<|end|>", false).unwrap(), [1]);
    assert_eq!(models.tokenizer.decode(&[1]).unwrap(), "");
}

#[test]
fn a_syllable_of_several_tokens_comes_whole() {
    let decoder = decoder("tiny-llama", &Precision::Float);
    let text = "뷁이다 🙂 LoRA";
    let ids = decoder.tokenizer.encode(text, false).unwrap();
    assert!(ids.len() > 8);
    let mut stream = tokenizer::TextStream::default();
    let mut grown = String::new();
    for id in ids {
        let new = stream.push(id, &decoder.tokenizer).unwrap();
        assert!(!new.contains('\u{fffd}'));
        grown.push_str(&new);
    }
    assert_eq!(grown, text);
}

#[test]
fn positions_end_and_prompts_that_are_too_long_are_errors() {
    let decoder = decoder("tiny-llama", &Precision::Float);
    let limit = decoder.config.max_position_embeddings;
    let run = |prompt: &[u32], max_tokens| {
        decoder.generate(
            prompt,
            &options(max_tokens),
            &mut KvCache::new(),
            &mut |_| true,
        )
    };
    let generated = run(&vec![3; limit - 4], usize::MAX).unwrap();
    assert_eq!((generated.ids.len(), generated.finish), (4, Finish::Length));
    assert!(matches!(
        run(&vec![3; limit], 1),
        Err(DecoderError::TooLong { .. })
    ));
    assert!(run(&[], 1).is_err());
    assert!(run(&[320], 1).is_err());
    assert!(run(&[3], 0).unwrap().ids.is_empty());
}

#[test]
fn blocks_of_eight_bits_stay_close_to_floats() {
    use crate::nn::block_quant::BlockType;
    // Only the widths of this model are whole blocks.
    let (float, blocks) = (
        decoder("tiny-neox", &Precision::Float),
        decoder("tiny-neox", &Precision::Blocks(BlockType::Q8_0)),
    );
    let exact = float.step(&PROMPT, &mut KvCache::new()).unwrap();
    let close = blocks.step(&PROMPT, &mut KvCache::new()).unwrap();
    let largest = exact.iter().fold(0f32, |max, v| max.max(v.abs()));
    let worst = exact
        .iter()
        .zip(&close)
        .map(|(a, b)| (a - b).abs())
        .fold(0., f32::max);
    assert!(worst < 0.05 * largest, "{worst} of {largest}");
}

#[test]
fn guesses_change_nothing_but_the_number_of_steps() {
    for name in TINY {
        let mut decoder = decoder(name, &Precision::Blocks(BlockType::Q8_0));
        // Gemma's widths fill no block: products of floats are added up in another order for more tokens.
        let temperatures: &[f32] = if name == "tiny-gemma2" {
            &[0.]
        } else {
            &[0., 1.]
        };
        for temperature in temperatures.iter().copied() {
            let mut options = options(40);
            options.sampling.temperature = temperature;
            let mut cache = KvCache::new();
            decoder.expect([]).unwrap();
            let plain = generate(&decoder, &options, &mut cache);
            // Half of the reply, so that guesses come true and fail.
            let heard: Vec<u32> = plain.ids[..20].to_vec();
            decoder.guesses = Guesses::from_texts([heard.as_slice(), &[3, 1, 2, 3]].into_iter());
            for cache in [&mut KvCache::new(), &mut cache] {
                let guessed = generate(&decoder, &options, cache);
                assert_eq!(guessed.ids, plain.ids, "{name} at {temperature}");
                assert_eq!(guessed.text, plain.text);
            }
        }
    }
}
