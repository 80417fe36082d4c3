//! GGUF files, whole and with something wrong in them.

use super::gguf_file::{GgufFile, array, number, text};
use super::*;

/// Loads a file from disk, as the program does.
pub fn load(bytes: &[u8], precision: &Precision) -> Result<Decoder, DecoderError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, bytes).unwrap();
    Decoder::load(&ModelFiles::at(&path), None, precision)
}

fn loaded(file: &GgufFile) -> Decoder {
    load(&file.bytes().0, &Precision::Stored).unwrap()
}

fn refused(file: &GgufFile) -> String {
    match load(&file.bytes().0, &Precision::Stored) {
        Ok(_) => panic!("the file was loaded"),
        Err(error) => {
            assert!(error.is_bad_input(), "{error}");
            error.to_string()
        }
    }
}

#[test]
fn a_converted_model_computes_the_same() {
    let original = decoder("tiny-llama", &Precision::Float);
    let converted = loaded(&GgufFile::tiny_llama());
    assert_eq!(
        original.config.eos_token_ids,
        converted.config.eos_token_ids
    );
    let prompt = [5, 17, 300, 42, 9, 128, 11, 12, 13];
    let (ours, theirs) = (
        converted.step(&prompt, &mut KvCache::new()).unwrap(),
        original.step(&prompt, &mut KvCache::new()).unwrap(),
    );
    for (a, b) in ours.iter().zip(&theirs) {
        assert!((a - b).abs() < 1e-3, "{a} {b}");
    }
}

#[test]
fn a_converted_gemma_computes_the_same() {
    // The file does not say what scores are divided by; it is the head's size in all but one model.
    let (_folder, path) = copy("tiny-gemma2");
    let config = path.join("config.json");
    let mut json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
    json["query_pre_attn_scalar"] = json["head_dim"].clone();
    std::fs::write(config, json.to_string()).unwrap();
    let original = Decoder::load(&ModelFiles::at(&path), None, &Precision::Float).unwrap();
    let converted = loaded(&GgufFile::tiny_gemma2());
    assert_eq!(original.config.heads(0), converted.config.heads(0));
    assert_eq!(original.config.heads(1), converted.config.heads(1));
    assert_alike(&converted, &original);
    let without = GgufFile::tiny_gemma2().without("gemma2.attn_logit_softcapping");
    assert_eq!(loaded(&without).config.attention_soft_cap, Some(50.));
}

#[test]
fn its_tokenizer_splits_the_same() {
    let original = decoder("tiny-llama", &Precision::Float).tokenizer;
    let converted = loaded(&GgufFile::tiny_llama()).tokenizer;
    for text in [
        "손실 함수가 뭔지 설명해 줄래? (발화 종료)",
        "LoRA's r=16, 1234  \n\n 🙂<|end|>끝",
        "",
    ] {
        let ids = converted.encode(text, true).unwrap();
        assert_eq!(ids, original.encode(text, true).unwrap(), "{text}");
        assert_eq!(converted.decode(&ids).unwrap(), text.replace("<|end|>", ""));
    }
}

#[test]
fn a_begin_token_is_added_where_the_file_asks_for_it() {
    let flag = [7u32.to_le_bytes().to_vec(), vec![1]].concat();
    let file = GgufFile::tiny_llama().with("tokenizer.ggml.add_bos_token", flag);
    let tokenizer = loaded(&file).tokenizer;
    assert_eq!(tokenizer.encode("a", true).unwrap()[0], 0);
    assert_eq!(tokenizer.encode("a", true).unwrap().len(), 2);
    assert_eq!(tokenizer.encode("a", false).unwrap().len(), 1);
}

#[test]
fn smollm_takes_digits_one_by_one() {
    let file = GgufFile::tiny_llama().with("tokenizer.ggml.pre", text("smollm"));
    let ids = loaded(&file).tokenizer.encode("2024", false).unwrap();
    assert_eq!(ids.len(), 4);
}

#[test]
fn an_unknown_tokenizer_is_looked_for_beside_the_file() {
    let file = GgufFile::tiny_llama().with("tokenizer.ggml.pre", text("nobody knows"));
    assert!(refused(&file).contains("tokenizer.json"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, file.bytes().0).unwrap();
    let json = model_folder("tiny-llama").join("tokenizer.json");
    std::fs::copy(json, folder.path().join("tokenizer.json")).unwrap();
    assert!(Decoder::load(&ModelFiles::at(&path), None, &Precision::Stored).is_ok());
}

#[test]
fn other_formats_versions_and_architectures_are_named() {
    assert!(
        load(b"PK\x03\x04", &Precision::Stored)
            .is_err_and(|e| e.to_string().contains("no GGUF file"))
    );
    assert!(load(b"", &Precision::Stored).is_err());
    let mut file = GgufFile::tiny_llama();
    file.version = 1;
    assert!(refused(&file).contains("version 1"));
    let file = GgufFile::tiny_llama().with("general.architecture", text("mamba"));
    let error = refused(&file);
    assert!(
        error.contains("unknown architecture mamba") && error.contains("llama, gpt_neox"),
        "{error}"
    );
    let missing = ModelFiles::at(std::path::Path::new("/no/such/model.gguf"));
    let error = Decoder::load(&missing, None, &Precision::Stored)
        .err()
        .unwrap();
    assert!(error.to_string().contains("the file is missing"), "{error}");
}

#[test]
fn fields_of_another_type_and_absurd_sizes_are_named() {
    let tiny = GgufFile::tiny_llama;
    for (key, value, hint) in [
        ("llama.block_count", text("two"), "a whole number"),
        ("llama.block_count", number(0), "1 to"),
        ("llama.block_count", number(u32::MAX), "1 to"),
        ("llama.embedding_length", number(1 << 30), "1 to"),
        ("llama.attention.head_count_kv", number(4), "a divisor"),
        (
            "llama.attention.head_count",
            array(4, 0, vec![]),
            "an array",
        ),
        ("llama.rope.dimension_count", number(15), "shape [7]"),
        (
            "llama.attention.layer_norm_rms_epsilon",
            number(1),
            "a number",
        ),
        (
            "llama.rope.freq_base",
            super::gguf_file::float(f32::NAN),
            "a positive number",
        ),
        ("llama.expert_count", number(8), "experts"),
        ("general.alignment", number(0), "a power of two"),
        ("general.alignment", number(24), "a power of two"),
        (
            "tokenizer.ggml.tokens",
            array(4, 2, vec![0; 8]),
            "not in the file",
        ),
        ("tokenizer.ggml.tokens", array(8, u64::MAX, vec![]), "cut"),
        (
            "tokenizer.ggml.token_type",
            array(5, u64::MAX, vec![]),
            "cut",
        ),
        (
            "tokenizer.ggml.token_type",
            array(9, 1, vec![]),
            "numbers or texts",
        ),
        (
            "tokenizer.ggml.token_type",
            array(5, 0, vec![]),
            "whole numbers",
        ),
        ("nothing", 77u32.to_le_bytes().to_vec(), "type 77"),
    ] {
        let error = refused(&tiny().with(key, value));
        assert!(error.contains(hint), "{key}: {error}");
        assert!(error.contains("model.gguf"), "{error}");
    }
    assert!(refused(&tiny().without("llama.block_count")).contains("llama.block_count"));
    assert!(refused(&tiny().without("token_embd.weight")).contains("token_embd.weight"));
    assert!(refused(&tiny().without("blk.1.ffn_up.weight")).contains("blk.1.ffn_up.weight"));
}

#[test]
fn counts_beyond_the_file_are_errors() {
    for counts in [
        (u64::MAX, 3),
        (3, u64::MAX),
        (u64::MAX, u64::MAX),
        (1 << 40, 0),
    ] {
        let mut file = GgufFile::tiny_llama();
        file.counts = Some(counts);
        refused(&file);
    }
}

#[test]
fn tensors_outside_the_file_or_over_each_other_are_errors() {
    const NAME: &str = "blk.0.ffn_up.weight";
    let with = |change: &dyn Fn(&mut super::gguf_file::Tensor)| {
        let mut file = GgufFile::tiny_llama();
        change(file.tensor(NAME));
        let error = refused(&file);
        assert!(
            error.contains(NAME) || error.contains("overlaps"),
            "{error}"
        );
        error
    };
    with(&|t| t.offset = Some(u64::MAX - 31));
    with(&|t| t.offset = Some(1 << 40));
    assert!(with(&|t| t.offset = Some(7)).contains("divides"));
    assert!(with(&|t| t.offset = Some(0)).contains("overlaps"));
    with(&|t| t.dims = vec![u64::MAX, u64::MAX]);
    with(&|t| t.dims = vec![1 << 40, 1 << 40]);
    with(&|t| t.dims = vec![0, 0]);
    with(&|t| t.dims = vec![]);
    assert!(with(&|t| t.dims = vec![80, 48]).contains("shape"));
    assert!(with(&|t| t.kind = 2).contains("blocks of Q4_0"));
    assert!(with(&|t| t.kind = 99).contains("ggml type 99"));
    let mut file = GgufFile::tiny_llama();
    file.tensor(NAME).dims = vec![1; 5];
    assert!(refused(&file).contains("up to 4 dimensions"));
    let mut file = GgufFile::tiny_llama();
    file.tensor(NAME).name = "blk.0.ffn_down.weight".into();
    assert!(refused(&file).contains("the same name"));
}

fn lora() -> LoraConfig {
    LoraConfig {
        rank: 2,
        alpha: 4.,
        dropout: 0.,
        targets: vec![],
    }
}

#[test]
fn training_every_weight_is_refused() {
    let (bytes, _) = GgufFile::tiny_llama().bytes();
    let error = load(&bytes, &Precision::Trainable).err().unwrap();
    assert!(
        error.to_string().contains("training every weight"),
        "{error}"
    );
    let file = GgufFile::tiny_llama().with("llama.rope.dimension_count", number(8));
    let file = file.without("rope_freqs.weight");
    let error = load(&file.bytes().0, &Precision::Lora(lora()))
        .err()
        .unwrap();
    assert!(error.to_string().contains("turn in part"), "{error}");
}

const TEXT: [u32; 9] = [5, 17, 300, 42, 9, 128, 11, 12, 13];

fn assert_alike(ours: &Decoder, theirs: &Decoder) {
    let step = |decoder: &Decoder| decoder.step(&TEXT, &mut KvCache::new()).unwrap();
    for (a, b) in step(ours).into_iter().zip(step(theirs)) {
        assert!((a - b).abs() < 1e-3, "{a} {b}");
    }
}

#[test]
fn an_adapter_fits_the_file_as_it_fits_the_folder() {
    let adapter = model_folder("tiny-llama-adapter");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, GgufFile::tiny_llama().bytes().0).unwrap();
    let original = Decoder::load(&files("tiny-llama"), Some(&adapter), &Precision::Float).unwrap();
    for precision in [Precision::Float, Precision::Stored] {
        let file = ModelFiles::at(&path);
        let converted = Decoder::load(&file, Some(&adapter), &precision).unwrap();
        assert_alike(&converted, &original);
    }
}

#[test]
fn an_adapter_is_trained_in_the_order_of_the_folder() {
    let kind = crate::nn::block_quant::BlockType::Q4_0;
    let lora = lora();
    for precision in [
        Precision::Lora(lora.clone()),
        Precision::QLora { kind, lora },
    ] {
        let original = decoder("tiny-llama", &precision);
        let converted = load(&GgufFile::tiny_llama().bytes().0, &precision).unwrap();
        assert_eq!(original.variables().len(), converted.variables().len());
        for ((name, a), (other, b)) in original.variables().iter().zip(converted.variables()) {
            assert_eq!(name, other);
            let values = crate::nn::ops::check::var(a.dims(), a.elem_count() as u32);
            a.set(&values).unwrap();
            b.set(&values).unwrap();
        }
        assert_alike(&converted, &original);
    }
}
