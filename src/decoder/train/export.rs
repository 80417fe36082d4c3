//! What a training leaves: a whole model, or an adapter that other tools load as well.

use std::path::Path;

use candle_core::Var;
use half::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, serialize};
use serde_json::json;

use crate::decoder::{Decoder, DecoderError, LoraConfig, ModelFiles};
use crate::fs::write_atomic;

/// Files of a model that training does not change.
const UNCHANGED: [&str; 4] = [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
];

/// Writes a model whose every weight was trained, in half precision, with the files of the model it
/// was trained from beside it.
///
/// # Errors
/// When a file cannot be written.
pub fn export_model(
    decoder: &Decoder,
    files: &ModelFiles,
    folder: &Path,
) -> Result<(), DecoderError> {
    for name in UNCHANGED {
        if let Some(bytes) = files.get(name)? {
            write(folder, name, &bytes)?;
        }
    }
    let mut tensors = Vec::new();
    for (name, variable) in decoder.variables() {
        let values: Vec<f32> = variable.flatten_all()?.to_vec1()?;
        let halves = values.iter().map(|value| f16::from_f32(*value));
        let bytes = halves.flat_map(f16::to_le_bytes).collect();
        tensors.push(stored(name.clone(), Dtype::F16, variable, bytes));
    }
    write(folder, "model.safetensors", &packed(&tensors)?)
}

/// Writes the trained adapters as PEFT does, in half precision; `base` is the name of the model they belong to.
///
/// # Errors
/// When a file cannot be written.
pub fn export_adapter(
    decoder: &Decoder,
    lora: &LoraConfig,
    base: &str,
    folder: &Path,
) -> Result<(), DecoderError> {
    let mut targets: Vec<&str> = Vec::new();
    let mut tensors = Vec::new();
    for (name, variable) in decoder.variables() {
        let layer = name.split(".lora_").next().unwrap_or(name);
        let target = layer.rsplit('.').next().unwrap_or(layer);
        if !targets.contains(&target) {
            targets.push(target);
        }
        let values: Vec<f32> = variable.flatten_all()?.to_vec1()?;
        let halves = values.iter().map(|value| f16::from_f32(*value));
        let bytes = halves.flat_map(f16::to_le_bytes).collect();
        let name = format!("base_model.model.{name}");
        tensors.push(stored(name, Dtype::F16, variable, bytes));
    }
    let config = json!({
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": lora.rank,
        "lora_alpha": lora.alpha,
        "lora_dropout": lora.dropout,
        "target_modules": targets,
        "bias": "none",
        "fan_in_fan_out": false,
        "inference_mode": true,
        "use_rslora": false,
        "use_dora": false,
    });
    let config =
        serde_json::to_vec_pretty(&config).map_err(|e| DecoderError::Data(e.to_string()))?;
    write(folder, "adapter_model.safetensors", &packed(&tensors)?)?;
    write(folder, "adapter_config.json", &config)
}

type Stored = (String, Dtype, Vec<usize>, Vec<u8>);

fn stored(name: String, dtype: Dtype, variable: &Var, bytes: Vec<u8>) -> Stored {
    (name, dtype, variable.dims().to_vec(), bytes)
}

fn packed(tensors: &[Stored]) -> Result<Vec<u8>, DecoderError> {
    let broken = |error: safetensors::SafeTensorError| DecoderError::Data(error.to_string());
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, bytes)| {
            let view = TensorView::new(*dtype, shape.clone(), bytes).map_err(broken)?;
            Ok((name.as_str(), view))
        })
        .collect::<Result<Vec<_>, DecoderError>>()?;
    serialize(views, None).map_err(broken)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), DecoderError> {
    let path = folder.join(name);
    write_atomic(&path, bytes).map_err(|error| DecoderError::io(&path)(error.source))
}
