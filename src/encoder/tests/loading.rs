//! Models that are no models: each mistake is named with its file and what to do about it.

use std::borrow::Cow;
use std::sync::LazyLock;

use proptest::prelude::*;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::weights::Weights;
use super::*;
use crate::testing::{TINY, copy_model, model_files, with_config};

fn bert() -> ModelFiles {
    model_files("tiny-bert")
}

fn refusal(files: &ModelFiles, base: Option<&ModelFiles>) -> EncoderError {
    match Encoder::load(files, base, Precision::Int8) {
        Ok(_) => panic!("{} loads", files.name),
        Err(error) => error,
    }
}

/// The model is refused as malformed, and the text names the model, the file, the reason and what
/// to do.
fn refused(files: &ModelFiles, file: &str, reason: &str) {
    let error = refusal(files, None);
    assert!(matches!(error, EncoderError::Malformed { .. }), "{error:?}");
    let text = error.to_string();
    for part in [
        files.name.as_str(),
        file,
        reason,
        "fetch or train the model again",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

/// The model with its tensors changed.
fn with_tensors(
    mut files: ModelFiles,
    change: impl FnOnce(&mut Vec<(String, Dtype, Vec<usize>, Vec<u8>)>),
) -> ModelFiles {
    let source = SafeTensors::deserialize(&files.weights).unwrap();
    let mut tensors = source
        .tensors()
        .into_iter()
        .map(|(name, view)| {
            let shape = view.shape().to_vec();
            (name, view.dtype(), shape, view.data().to_vec())
        })
        .collect();
    change(&mut tensors);
    let views = tensors.iter().map(|(name, dtype, shape, data)| {
        let view = TensorView::new(*dtype, shape.clone(), data).unwrap();
        (name.as_str(), view)
    });
    files.weights = safetensors::serialize(views, None).unwrap().into();
    files
}

#[test]
fn a_missing_file_is_named() {
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        let folder = tempfile::tempdir().unwrap();
        copy_model("tiny-bert", folder.path());
        std::fs::remove_file(folder.path().join(file)).unwrap();
        let error = match ModelFiles::read(folder.path()) {
            Ok(files) => refusal(&files, None),
            Err(error) => error,
        };
        assert!(matches!(error, EncoderError::Missing { .. }), "{error:?}");
        let text = error.to_string();
        let folder = folder.path().display().to_string();
        assert!(text.contains(&folder) && text.contains(&format!("{file} is missing")));
        assert!(text.contains("give a folder with"), "{text}");
    }
    let nowhere = ModelFiles::read(std::path::Path::new("/no/such/folder")).unwrap_err();
    assert!(nowhere.to_string().contains("/no/such/folder"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    copy_model("tiny-bert", folder.path());
    let path = folder.path().join("model.safetensors");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let error = ModelFiles::read(folder.path()).unwrap_err();
    assert!(matches!(error, EncoderError::Io { .. }), "{error:?}");
    assert!(error.to_string().contains("model.safetensors"), "{error}");
}

#[test]
fn a_config_that_is_none_is_refused() {
    let with = |config: &'static [u8]| ModelFiles {
        config: Cow::Borrowed(config),
        ..bert()
    };
    refused(&with(b""), "config.json", "EOF");
    refused(&with(b"\xff\xfe\0"), "config.json", "expected value");
    refused(&with(b"[]"), "config.json", "");
    refused(
        &with(b"{\"model_type\": \"bert\"}"),
        "config.json",
        "hidden_size",
    );
    let whole = bert().config;
    let cut = ModelFiles {
        config: Cow::Owned(whole[..whole.len() / 2].to_vec()),
        ..bert()
    };
    refused(&cut, "config.json", "EOF");
}

#[test]
fn a_config_that_makes_no_sense_is_refused() {
    let change = |field: &str, value: serde_json::Value, reason: &str| {
        let files = with_config(bert(), |config| config[field] = value);
        refused(&files, "config.json", reason);
    };
    change("model_type", "distilbert".into(), "distilbert");
    change("num_attention_heads", 0.into(), "num_attention_heads is 0");
    change(
        "num_attention_heads",
        5.into(),
        "32 does not divide into 5 heads",
    );
    change("hidden_size", 0.into(), "hidden_size");
    change("intermediate_size", 0.into(), "intermediate_size");
    change("type_vocab_size", 0.into(), "type_vocab_size");
    change("num_hidden_layers", 0.into(), "num_hidden_layers");
    change("hidden_act", "relu".into(), "relu");
    change("max_position_embeddings", 2.into(), "max_seq_length");
    change("layer_norm_eps", (-1).into(), "layer_norm_eps");
    change(
        "vocab_size",
        (-1).into(),
        "integer `-1`, expected usize at line 1",
    );
    let files = with_config(model_files("tiny-roberta"), |config| {
        config["pad_token_id"] = u64::MAX.into();
    });
    refused(&files, "config.json", "max_seq_length");
}

#[test]
fn fields_that_hugging_face_leaves_out_have_its_defaults() {
    let files = with_config(bert(), |config| {
        let fields = config.as_object_mut().unwrap();
        for field in ["layer_norm_eps", "hidden_act", "pad_token_id"] {
            fields.remove(field);
        }
    });
    let config = EncoderConfig::parse(&files).unwrap();
    assert_eq!(
        (config.layer_norm_eps, config.max_seq_length()),
        (1e-12, 64)
    );
}

#[test]
fn a_tokenizer_that_is_none_is_refused() {
    let with = |tokenizer: Vec<u8>| ModelFiles {
        tokenizer: Some(tokenizer.into()),
        ..bert()
    };
    let whole = bert().tokenizer.unwrap().into_owned();
    refused(
        &with(whole[..whole.len() / 2].to_vec()),
        "tokenizer.json",
        "",
    );
    refused(&with(Vec::new()), "tokenizer.json", "");
    refused(&with(b"{}".to_vec()), "tokenizer.json", "");
    let garbage = ModelFiles {
        tokenizer_config: Some(b"no json"[..].into()),
        ..bert()
    };
    refused(&garbage, "tokenizer_config.json", "");
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let text = String::from_utf8(bert().tokenizer.unwrap().into_owned()).unwrap();
    let larger = text.replace("\"[unused18]\":119", "\"[unused18]\":119,\"하나더\":120");
    assert_ne!(text, larger);
    let files = ModelFiles {
        tokenizer: Some(larger.into_bytes().into()),
        ..bert()
    };
    let error = refusal(&files, None);
    assert!(
        matches!(
            error,
            EncoderError::Vocabulary {
                tokens: 121,
                rows: 120,
                ..
            }
        ),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(text.contains("tiny-bert") && text.contains("tokenizer.json that belongs"));
}

/// A trimmed vocabulary has few tokens, but their numbers must be rows all the same.
#[test]
fn a_token_whose_number_is_no_row_is_refused() {
    let text = String::from_utf8(bert().tokenizer.unwrap().into_owned()).unwrap();
    let files = ModelFiles {
        tokenizer: Some(
            text.replace("\"##다\":100", "\"##다\":500")
                .into_bytes()
                .into(),
        ),
        ..bert()
    };
    let error = refusal(&files, None);
    assert!(
        matches!(error, EncoderError::Vocabulary { .. }),
        "{error:?}"
    );
}

#[test]
fn weights_that_are_none_are_refused() {
    let with = |weights: Vec<u8>| ModelFiles {
        weights: weights.into(),
        ..bert()
    };
    let whole = bert().weights.to_vec();
    for length in [0, 4, 8, 200, whole.len() / 2, whole.len() - 1] {
        refused(&with(whole[..length].to_vec()), "model.safetensors", "");
    }
    let mut longer = whole.clone();
    longer.push(0);
    refused(&with(longer), "model.safetensors", "");
    refused(
        &with(b"version https://git-lfs.github.com/spec/v1\n".to_vec()),
        "model.safetensors",
        "",
    );
}

#[test]
fn a_missing_tensor_or_another_shape_is_named() {
    let query = "encoder.layer.1.attention.self.query.weight";
    let is_query = |name: &str| name.ends_with(query);
    let missing = with_tensors(bert(), |tensors| {
        tensors.retain(|(name, ..)| !is_query(name));
    });
    refused(&missing, "model.safetensors", query);

    let reshaped = |shape: [usize; 2]| {
        with_tensors(bert(), |tensors| {
            let found = tensors.iter_mut().find(|(name, ..)| is_query(name));
            found.unwrap().2 = shape.to_vec();
        })
    };
    refused(
        &reshaped([64, 16]),
        "model.safetensors",
        "has shape [64, 16], not [32, 32]",
    );

    let stored_as = |dtype: Dtype, shape: Vec<usize>, bytes: usize| {
        with_tensors(bert(), |tensors| {
            let found = tensors.iter_mut().find(|(name, ..)| is_query(name));
            let tensor = found.unwrap();
            (tensor.1, tensor.2, tensor.3) = (dtype, shape, vec![1; bytes]);
        })
    };
    let files = stored_as(Dtype::I32, vec![32, 32], 4096);
    refused(&files, "model.safetensors", "is stored as I32");
    // Eight bits need their scales.
    let files = stored_as(Dtype::I8, vec![32, 32], 1024);
    refused(&files, "model.safetensors", "weight_scale");
    let files = stored_as(Dtype::I8, vec![32, 16], 512);
    refused(&files, "model.safetensors", "[32, 16]");
    // Blocks of Q4_0 have the width of whole blocks.
    let files = stored_as(Dtype::U8, vec![32, 2, 18], 32 * 36);
    refused(&files, "model.safetensors", "[32, 64]");

    for (field, value) in [
        ("vocab_size", 121),
        ("hidden_size", 36),
        ("max_position_embeddings", 81),
        ("num_hidden_layers", 4),
        ("intermediate_size", 63),
    ] {
        let files = with_config(bert(), |config| config[field] = value.into());
        refused(&files, "model.safetensors", "");
    }
}

#[test]
fn half_precision_and_blocks_of_four_bits_are_read() {
    use half::{bf16, f16};
    let floats = |bytes: &[u8]| -> Vec<f32> {
        let quads = bytes.chunks_exact(4);
        quads
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect()
    };
    type Narrow = fn(f32) -> [u8; 2];
    let narrow: [(Dtype, Narrow); 2] = [
        (Dtype::F16, |v| f16::from_f32(v).to_le_bytes()),
        (Dtype::BF16, |v| bf16::from_f32(v).to_le_bytes()),
    ];
    let whole = Encoder::load(&bert(), None, Precision::Float).unwrap();
    let text = [Text::from("손실 함수 model")];
    let expected = whole.encode(&text).unwrap().remove(0);
    for (dtype, narrow) in narrow {
        let files = with_tensors(bert(), |tensors| {
            for (_, kind, _, data) in tensors.iter_mut() {
                *data = floats(data).into_iter().flat_map(narrow).collect();
                *kind = dtype;
            }
        });
        let encoder = Encoder::load(&files, None, Precision::Float).unwrap();
        let got = encoder.encode(&text).unwrap().remove(0);
        assert!(cosine(&expected, &got) > 0.999, "{dtype:?}");
    }
    // Blocks with a scale of zero: every word is the same, and the model runs.
    let files = with_tensors(bert(), |tensors| {
        let words = tensors
            .iter_mut()
            .find(|(name, ..)| name.ends_with("word_embeddings.weight"))
            .unwrap();
        (words.1, words.2, words.3) = (Dtype::U8, vec![120, 1, 18], vec![0; 120 * 18]);
    });
    let encoder = Encoder::load(&files, None, Precision::Int8).unwrap();
    let pair = encoder.encode(&["model".into(), "loss".into()]).unwrap();
    assert_eq!(pair[0], pair[1]);
}

#[test]
fn a_base_lends_what_a_model_lacks() {
    let is_own = |name: &str| !name.contains("_embeddings.");
    let mut files = with_tensors(bert(), |tensors| tensors.retain(|(name, ..)| is_own(name)));
    files.tokenizer = None;
    files.tokenizer_config = None;
    let text = [Text::from("LoRA 손실")];
    let whole = Encoder::load(&bert(), None, Precision::Float).unwrap();
    let lent = Encoder::load(&files, Some(&bert()), Precision::Float).unwrap();
    assert_eq!(whole.encode(&text).unwrap(), lent.encode(&text).unwrap());
    // A base of another width cannot lend.
    let error = refusal(
        &with_config(files, |config| config["vocab_size"] = 130.into()),
        Some(&bert()),
    );
    assert!(error.to_string().contains("[120, 32]"), "{error}");
}

#[test]
fn checkpoints_of_a_whole_model_are_found_by_their_prefix() {
    for model in TINY {
        let plain = Encoder::load(&model_files(model), None, Precision::Float).unwrap();
        for prefix in ["bert.", "roberta.", "0.auto_model."] {
            let files = with_tensors(model_files(model), |tensors| {
                for (name, ..) in tensors.iter_mut() {
                    let start = name.find("embeddings.").or(name.find("encoder."));
                    *name = match start {
                        Some(start) => format!("{prefix}{}", &name[start..]),
                        None => format!("head.{name}"),
                    };
                }
            });
            let encoder = Encoder::load(&files, None, Precision::Float).unwrap();
            let text = [Text::from("손실 함수")];
            assert_eq!(plain.encode(&text).unwrap(), encoder.encode(&text).unwrap());
        }
    }
}

static BERT: LazyLock<ModelFiles> = LazyLock::new(bert);

/// Asks for every kind of tensor; what matters is that nothing panics.
fn ask(files: &ModelFiles) {
    if let Ok(weights) = Weights::open(files, None) {
        let query = "encoder.layer.0.attention.self.query.weight";
        let _ = weights.floats(query, &[32, 32]);
        let _ = weights.int8(query, &[32, 32]);
        let _ = weights.table("embeddings.word_embeddings.weight", 120, 32);
    }
    for precision in [Precision::Int8, Precision::Float] {
        if let Ok(encoder) = Encoder::load(files, None, precision) {
            let _ = encoder.encode(&["손실 함수".into()]);
        }
    }
}

/// A place in the file: in its header, where everything is decided, more often than in its data.
fn place() -> impl Strategy<Value = usize> {
    let whole = BERT.weights.len();
    prop_oneof![3 => 0..8usize, 20 => 8..6000usize, 3 => 0..whole]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes_are_no_model_and_no_panic(
        weights in prop::collection::vec(any::<u8>(), 0..400),
        config in prop::collection::vec(any::<u8>(), 0..100),
        tokenizer in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let real = BERT.clone();
        let noise = ModelFiles { weights: weights.into(), ..real.clone() };
        let refused = Weights::open(&noise, None).is_err();
        prop_assert!(refused);
        ask(&ModelFiles { config: config.into(), ..real.clone() });
        ask(&ModelFiles { tokenizer: Some(tokenizer.into()), ..real });
    }

    #[test]
    fn a_cut_model_is_refused(length in place()) {
        let weights = BERT.weights[..length].to_vec().into();
        let files = ModelFiles { weights, ..BERT.clone() };
        let refused = matches!(
            Weights::open(&files, None),
            Err(EncoderError::Malformed { file: "model.safetensors", .. })
        );
        prop_assert!(refused);
    }

    #[test]
    fn a_model_with_wrong_bytes_is_no_panic(
        changes in prop::collection::vec((place(), any::<u8>()), 1..4),
    ) {
        let mut weights = BERT.weights.to_vec();
        for (place, byte) in changes {
            weights[place] = byte;
        }
        ask(&ModelFiles { weights: weights.into(), ..BERT.clone() });
    }

    #[test]
    fn a_config_with_any_numbers_is_no_panic(
        changes in prop::collection::vec(
            (
                prop::sample::select(vec![
                    "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
                    "vocab_size", "max_position_embeddings", "type_vocab_size", "pad_token_id",
                    "layer_norm_eps",
                ]),
                prop_oneof![Just(0u64), Just(1), Just(u64::MAX), Just(1 << 63), 0..200u64],
            ),
            1..4,
        ),
        limit in prop::option::of(prop_oneof![Just(u64::MAX), 0..100u64]),
        roberta: bool,
    ) {
        let files = with_config(BERT.clone(), |config| {
            for (field, value) in changes {
                config[field] = value.into();
            }
            config["ohlora"] = serde_json::json!({ "max_seq_length": limit });
            if roberta {
                config["model_type"] = "roberta".into();
            }
        });
        ask(&files);
    }
}
