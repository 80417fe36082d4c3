//! Files cut anywhere and with bytes flipped: an error, or a model that runs; never a panic.

use proptest::prelude::*;

use super::gguf::load;
use super::gguf_file::GgufFile;
use super::*;

/// Runs what was loaded all the same.
pub fn run(decoder: Result<Decoder, DecoderError>) -> bool {
    let Ok(decoder) = decoder else {
        return false;
    };
    let options = GenerateOptions {
        max_tokens: 3,
        sampling: Sampling::default(),
        stop: vec!["끝".into()],
    };
    let prompt = decoder
        .tokenizer
        .encode("손실 함수", true)
        .unwrap_or_default();
    let _ = decoder.generate(&prompt, &options, &mut KvCache::new(), &mut |_| true);
    true
}

fn with_file(model: &str, file: &str, bytes: &[u8]) -> Result<Decoder, DecoderError> {
    let (_folder, path) = copy(model);
    std::fs::write(path.join(file), bytes).unwrap();
    Decoder::load(&ModelFiles::at(&path), None, &Precision::Float)
}

fn original(model: &str, file: &str) -> Vec<u8> {
    std::fs::read(model_folder(model).join(file)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_gguf_file_cut_anywhere_is_an_error(share in 0f64..1.) {
        let (bytes, start) = GgufFile::tiny_llama().bytes();
        for len in [bytes.len(), start] {
            let cut = (len as f64 * share) as usize;
            prop_assert!(!run(load(&bytes[..cut], &Precision::Stored)), "{cut}");
        }
    }

    #[test]
    fn a_gguf_file_with_bytes_flipped_does_no_harm(
        flips in prop::collection::vec((0f64..1., any::<u8>()), 1..6),
    ) {
        let (mut bytes, start) = GgufFile::tiny_llama().bytes();
        for (place, value) in flips {
            bytes[(start as f64 * place) as usize] = value;
        }
        run(load(&bytes, &Precision::Stored));
    }

    #[test]
    fn random_bytes_behind_the_magic_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let file = [b"GGUF\x03\0\0\0".to_vec(), bytes].concat();
        prop_assert!(!run(load(&file, &Precision::Stored)));
    }

    #[test]
    fn a_safetensors_file_cut_anywhere_is_an_error(share in 0f64..1.) {
        let bytes = original("tiny-llama", "model.safetensors");
        let cut = (bytes.len() as f64 * share) as usize;
        let result = with_file("tiny-llama", "model.safetensors", &bytes[..cut]);
        prop_assert!(!run(result));
    }

    #[test]
    fn a_safetensors_header_with_bytes_flipped_does_no_harm(
        flips in prop::collection::vec((0usize..2300, any::<u8>()), 1..4),
    ) {
        let mut bytes = original("tiny-neox", "model.safetensors");
        for (place, value) in flips {
            bytes[place] = value;
        }
        run(with_file("tiny-neox", "model.safetensors", &bytes));
    }

    #[test]
    fn a_configuration_of_any_values_does_no_harm(
        model in 0..TINY.len(),
        field in 0usize..40,
        value in prop::sample::select(vec![
            "0", "1", "7", "-1", "1e300", "18446744073709551615", "16777216", "null", "\"x\"",
            "[]", "{}", "true", "0.5", "\"llama\"", "[1,2]",
        ]),
    ) {
        let mut json: serde_json::Value =
            serde_json::from_slice(&original(TINY[model], "config.json")).unwrap();
        let fields = json.as_object_mut().unwrap();
        let name = fields.keys().nth(field % fields.len()).unwrap().clone();
        fields.insert(name, serde_json::from_str(value).unwrap());
        run(with_file(TINY[model], "config.json", json.to_string().as_bytes()));
    }

    #[test]
    fn a_tokenizer_with_bytes_flipped_does_no_harm(
        flips in prop::collection::vec((0f64..1., any::<u8>()), 1..4),
    ) {
        let mut bytes = original("tiny-llama", "tokenizer.json");
        for (place, value) in flips {
            let place = (bytes.len() as f64 * place) as usize;
            bytes[place] = value;
        }
        run(with_file("tiny-llama", "tokenizer.json", &bytes));
    }

    #[test]
    fn a_tokenizer_cut_anywhere_is_an_error(share in 0f64..1.) {
        let bytes = original("tiny-llama", "tokenizer.json");
        let cut = (bytes.len() as f64 * share) as usize;
        prop_assert!(!run(with_file("tiny-llama", "tokenizer.json", &bytes[..cut])));
    }
}

#[test]
fn a_tokenizer_that_ends_in_its_decoder_is_an_error() {
    let bytes = original("tiny-llama", "tokenizer.json");
    let text = String::from_utf8(bytes).unwrap();
    let end = text.find("\"decoder\":").unwrap() + "\"decoder\":".len();
    for cut in end..end + 30 {
        assert!(!run(with_file(
            "tiny-llama",
            "tokenizer.json",
            &text.as_bytes()[..cut]
        )));
    }
}

#[test]
fn weights_that_are_no_numbers_are_said_to_be_damaged() {
    let mut bytes = original("tiny-llama", "model.safetensors");
    let end = bytes.len();
    // The last tensors of the file: all bits set is no number.
    bytes[end - 100_000..].fill(0xff);
    let decoder = with_file("tiny-llama", "model.safetensors", &bytes).unwrap();
    let options = GenerateOptions {
        max_tokens: 3,
        sampling: Sampling::default(),
        stop: Vec::new(),
    };
    let result = decoder.generate(&[1, 2], &options, &mut KvCache::new(), &mut |_| true);
    assert!(matches!(result, Err(DecoderError::NotFinite)));
}
