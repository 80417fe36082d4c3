//! Model folders and adapters: what is missing or does not fit is named.

use std::path::Path;

use safetensors::SafeTensors;
use serde_json::{Value, json};

use super::*;

fn refused(path: &Path, adapter: Option<&Path>) -> String {
    match Decoder::load(&ModelFiles::at(path), adapter, &Precision::Float) {
        Ok(_) => panic!("the model was loaded"),
        Err(error) => {
            assert!(error.is_bad_input(), "{error}");
            error.to_string()
        }
    }
}

/// The error of a tiny model with something changed in a JSON file.
fn changed(model: &str, file: &str, change: impl Fn(&mut Value)) -> String {
    let (_folder, path) = copy(model);
    change_json(&path.join(file), change);
    refused(&path, None)
}

fn change_json(path: &Path, change: impl Fn(&mut Value)) {
    let mut json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    change(&mut json);
    std::fs::write(path, json.to_string()).unwrap();
}

#[test]
fn missing_files_are_named() {
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        let (_folder, path) = copy("tiny-llama");
        std::fs::remove_file(path.join(file)).unwrap();
        let error = refused(&path, None);
        assert!(error.contains(file) && error.contains("missing"), "{error}");
    }
}

#[test]
fn unknown_models_and_parts_of_models_are_named() {
    let error = changed("tiny-llama", "config.json", |c| {
        c["model_type"] = json!("mamba")
    });
    assert!(error.contains("unknown architecture mamba"), "{error}");
    assert!(error.contains("llama, gpt_neox, gemma2"), "{error}");
    let error = changed("tiny-llama", "config.json", |c| {
        c["hidden_act"] = json!("gelu")
    });
    assert!(error.contains("the activation gelu"), "{error}");
    let error = changed("tiny-llama", "config.json", |c| {
        c["rope_parameters"]["rope_type"] = json!("yarn");
    });
    assert!(error.contains("rope scaling of type yarn"), "{error}");
    let error = changed("tiny-llama", "config.json", |c| {
        c["vocab_size"] = json!(300)
    });
    assert!(
        error.contains("model.embed_tokens.weight") || error.contains("300"),
        "{error}"
    );
    let error = changed("tiny-llama", "config.json", |c| {
        c["hidden_size"] = json!("48")
    });
    assert!(error.contains("config.json"), "{error}");
}

#[test]
fn what_gemma_2_could_be_and_is_not_here_is_named() {
    let refused = |change: fn(&mut Value)| changed("tiny-gemma2", "config.json", change);
    let error = refused(|c| c["hidden_activation"] = json!("gelu"));
    assert!(error.contains("the activation gelu"), "{error}");
    let error = refused(|c| c["layer_types"] = json!(["full_attention", "full_attention"]));
    assert!(error.contains("layer_types"), "{error}");
    let error = refused(|c| c["use_bidirectional_attention"] = json!(true));
    assert!(error.contains("both directions"), "{error}");
    let error = refused(|c| c["sliding_window"] = json!(0));
    assert!(error.contains("sliding_window: 0"), "{error}");
    let error = refused(|c| c["final_logit_softcapping"] = json!(-1));
    assert!(error.contains("a positive number"), "{error}");
}

#[test]
fn gemma_2_has_defaults_where_its_file_is_silent_and_null_caps_nothing() {
    let (_folder, path) = copy("tiny-gemma2");
    let file = path.join("config.json");
    let read = || DecoderConfig::from_hugging_face(&ModelFiles::at(&path)).unwrap();
    change_json(&file, |config| {
        let config = config.as_object_mut().unwrap();
        for field in [
            "attn_logit_softcapping",
            "sliding_window",
            "layer_types",
            "tie_word_embeddings",
            "query_pre_attn_scalar",
        ] {
            config.remove(field);
        }
        config.insert("final_logit_softcapping".into(), Value::Null);
    });
    let config = read();
    assert_eq!(config.attention_soft_cap, Some(50.));
    assert_eq!(config.logit_soft_cap, None);
    assert_eq!(config.sliding_window, Some(4096));
    assert_eq!(config.attention_scalar, 256.);
    assert!(config.tie_word_embeddings);
    assert_eq!(config.heads(0).window, Some(4096));
    assert_eq!(config.heads(1).window, None);
}

#[test]
fn the_configuration_of_the_older_transformers_says_the_same() {
    let (_folder, path) = copy("tiny-llama");
    change_json(&path.join("config.json"), |config| {
        let mut rope = config["rope_parameters"].take();
        config["rope_theta"] = rope["rope_theta"].take();
        rope.as_object_mut().unwrap().remove("rope_theta");
        config["rope_scaling"] = rope;
        config.as_object_mut().unwrap().remove("rope_parameters");
    });
    let old = DecoderConfig::from_hugging_face(&ModelFiles::at(&path)).unwrap();
    let new = DecoderConfig::from_hugging_face(&files("tiny-llama")).unwrap();
    assert_eq!(old, new);
    let (_folder, path) = copy("tiny-neox");
    change_json(&path.join("config.json"), |config| {
        let config = config.as_object_mut().unwrap();
        config.remove("rope_parameters");
        config.insert("rotary_pct".into(), json!(0.5));
        config.insert("rotary_emb_base".into(), json!(10000));
        config.insert("eos_token_id".into(), json!([1]));
    });
    let old = DecoderConfig::from_hugging_face(&ModelFiles::at(&path)).unwrap();
    let new = DecoderConfig::from_hugging_face(&files("tiny-neox")).unwrap();
    assert_eq!(old, new);
}

/// Splits the weights of a tiny model over two files with an index.
fn shard(path: &Path) {
    let single = path.join("model.safetensors");
    let bytes = std::fs::read(&single).unwrap();
    let all = SafeTensors::deserialize(&bytes).unwrap();
    let mut map = serde_json::Map::new();
    let names = all.names();
    for (index, half) in names.chunks(names.len().div_ceil(2)).enumerate() {
        let file = format!("model-0000{index}-of-00002.safetensors");
        let tensors = half.iter().map(|name| (*name, all.tensor(name).unwrap()));
        safetensors::serialize_to_file(tensors, None, &path.join(&file)).unwrap();
        map.extend(half.iter().map(|name| ((*name).to_owned(), json!(file))));
    }
    std::fs::remove_file(single).unwrap();
    let index = json!({"weight_map": map});
    std::fs::write(path.join("model.safetensors.index.json"), index.to_string()).unwrap();
}

#[test]
fn weights_in_several_files_are_one_model() {
    let (_folder, path) = copy("tiny-neox");
    shard(&path);
    let sharded = Decoder::load(&ModelFiles::at(&path), None, &Precision::Float).unwrap();
    let logits = sharded.step(&[5, 17], &mut KvCache::new()).unwrap();
    let whole = decoder("tiny-neox", &Precision::Float);
    assert_eq!(logits, whole.step(&[5, 17], &mut KvCache::new()).unwrap());
}

#[test]
fn an_index_cannot_lead_out_of_the_folder_or_to_nothing() {
    for (name, hint) in [
        ("../model.safetensors", "weight_map"),
        ("/etc/passwd", "weight_map"),
        ("other.bin", "weight_map"),
        ("missing.safetensors", "missing.safetensors"),
    ] {
        let (_folder, path) = copy("tiny-neox");
        shard(&path);
        change_json(&path.join("model.safetensors.index.json"), |index| {
            index["weight_map"]["embed_out.weight"] = json!(name);
        });
        let error = refused(&path, None);
        assert!(error.contains(hint), "{error}");
    }
}

/// A copy of an adapter with something changed in its configuration.
fn adapter(name: &str, change: impl Fn(&mut Value)) -> (tempfile::TempDir, PathBuf) {
    let (folder, path) = copy(name);
    change_json(&path.join("adapter_config.json"), change);
    (folder, path)
}

#[test]
fn adapters_that_are_more_than_lora_are_refused() {
    let model = model_folder("tiny-llama");
    type Change = fn(&mut Value);
    let changes: [(Change, &str); 5] = [
        (|c| c["use_dora"] = json!(true), "DoRA"),
        (|c| c["peft_type"] = json!("IA3"), "other than LoRA"),
        (|c| c["bias"] = json!("all"), "biases"),
        (|c| c["lora_bias"] = json!(true), "biases"),
        (|c| c["r"] = json!(8), "rank 8"),
    ];
    for (change, hint) in changes {
        let (_folder, path) = adapter("tiny-llama-adapter", change);
        let error = refused(&model, Some(&path));
        assert!(error.contains(hint), "{error}");
    }
}

#[test]
fn an_adapter_of_another_model_is_refused() {
    let neox = model_folder("tiny-neox-adapter");
    let error = refused(&model_folder("tiny-llama"), Some(&neox));
    assert!(error.contains("gpt_neox.layers.0"), "{error}");
    assert!(
        error.contains("the model the adapter was trained on"),
        "{error}"
    );
    // A smaller model of the same family lacks a layer.
    let (_folder, path) = copy("tiny-llama");
    change_json(&path.join("config.json"), |c| {
        c["num_hidden_layers"] = json!(1)
    });
    let error = refused(&path, Some(&model_folder("tiny-llama-adapter")));
    assert!(error.contains("model.layers.1"), "{error}");
    let error = refused(
        &model_folder("tiny-llama"),
        Some(Path::new("/no/such/folder")),
    );
    assert!(error.contains("adapter_config.json"), "{error}");
}

#[test]
fn a_layer_may_have_its_own_alpha_and_rank() {
    let step = |path: &Path| {
        let files = files("tiny-llama");
        let decoder = Decoder::load(&files, Some(path), &Precision::Float).unwrap();
        decoder.step(&[5, 17], &mut KvCache::new()).unwrap()
    };
    let plain = step(&model_folder("tiny-llama-adapter"));
    // The same numbers, said in another way.
    let (_folder, path) = adapter("tiny-llama-adapter", |config| {
        config["r"] = json!(2);
        config["lora_alpha"] = json!(1);
        let of_all = |value: u32| {
            let names = [
                "self_attn.q_proj",
                "k_proj",
                "v_proj",
                "o_proj",
                "gate_proj",
                "up_proj",
                "down_proj",
            ];
            Value::Object(
                names
                    .iter()
                    .map(|name| ((*name).to_owned(), json!(value)))
                    .collect(),
            )
        };
        config["rank_pattern"] = of_all(4);
        config["alpha_pattern"] = of_all(8);
    });
    assert_eq!(step(&path), plain);
}
